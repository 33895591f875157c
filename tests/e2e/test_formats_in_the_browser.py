"""Formats with moves of their own, in the browsers of those who make them, against the real server."""

from contextlib import asynccontextmanager

import pytest

from bidding_rules.formats.english_terms import EnglishTerms
from bidding_rules.formats.sealed_terms import SealedTerms
from bidding_rules.increments import fixed
from tests.integration.test_live_formats import until
from tests.support.browser import DESKTOP, PHONE, opened_browser
from tests.support.server import LOT, SECOND, Server, server_running

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def page_of(browser, server: Server, person: str, path: str, size=DESKTOP):
    """A page at a browser of his own, signed in."""
    context = await browser.new_context(viewport=size, base_url=server.base_url)
    cookie = {"name": "luochui_session", "value": server.token[person], "url": server.base_url}
    await context.add_cookies([cookie])
    page = await context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(path)
    yield page
    assert errors == []
    await context.close()


async def admitted(server: Server, *bidders: str) -> None:
    """Let bidders apply and be admitted, so that their pages know them."""
    for who in bidders:
        status, answer = await server.call("POST", f"/api/lots/{LOT}/application", by=who)
        assert status == 200, answer


async def make(page, kind: str, **values: str) -> None:
    for name, value in values.items():
        await page.fill(f"#{kind}-{name}", value)
    form = page.locator("form.move").filter(has=page.locator(f"button[name={kind}]"))
    await form.locator("button").click()
    await page.wait_for_selector(f".answer.good[data-move={kind}]")


async def test_an_auctioneer_runs_an_english_lot_and_a_bidder_bids_on_a_phone(
    fresh_database, redis_url, tmp_path
):
    terms = EnglishTerms(start=100_00, increments=fixed(10_00), calls=1)
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        await server.announce(LOT, format_terms=terms)
        await admitted(server, "ann", "bob")
        async with (
            page_of(browser, server, "auctioneer", f"/console/{LOT}") as console,
            page_of(browser, server, "ann", f"/lots/{LOT}", PHONE) as room,
        ):
            await make(console, "open_floor", participants="2")
            await make(room, "place_bid", amount_fen="100")
            await until(server, price_fen=100_00)
            await make(console, "send_message", text="请继续加价")
            await room.wait_for_selector(".room-message >> text=请继续加价")
            await console.screenshot(path=tmp_path / "console.png", full_page=True)
            await room.screenshot(path=tmp_path / "room.png", full_page=True)
            width = await room.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"]
            await room.click("text=English")
            await room.wait_for_selector("text=From the auctioneer:")
            for path in ("warning", "hammer"):
                body = {"command_id": f"the-{path}-1"}
                where = f"/api/lots/{LOT}/{path}"
                assert (await server.call("POST", where, by="auctioneer", json=body))[0] == 200
            await until(server, status="sold")


async def test_a_bidder_seals_and_opens_with_a_key_that_only_his_browser_has(
    fresh_database, redis_url
):
    terms = SealedTerms(start=100_00, window_us=8 * SECOND, opening_us=20 * SECOND)
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        await server.announce(LOT, format_terms=terms)
        await admitted(server, "ann")
        async with page_of(browser, server, "ann", f"/lots/{LOT}") as room:
            await make(room, "submit_envelope", amount_fen="1234.56")
            await until(server, phase="opening")
            await room.wait_for_selector("#open_envelope-nonce")
            await room.click(
                "button[name=open_envelope]"
            )  # The only one: its opening ends the sale.
            sold = await until(server, status="sold")
            assert sold["result"]["price_fen"] == 1234_56


async def test_a_colleague_agrees_to_what_an_auctioneer_asked_for(
    fresh_database, redis_url, tmp_path
):
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        await server.announce(LOT, "ann", four_eyes=True)
        assert (await server.bid("ann", 100, "ann-bids-100"))[0] == 200
        asked = {"command_id": "withdraw-it-1", "reason": "权属争议，待核实"}
        path = f"/api/lots/{LOT}/withdrawal"
        async with (
            page_of(browser, server, "auctioneer", f"/console/{LOT}") as own,
            page_of(browser, server, "colleague", f"/console/{LOT}", PHONE) as other,
        ):
            assert (await server.call("POST", path, by="auctioneer", json=asked))[0] == 200
            await own.wait_for_selector(".approvals >> text=须由他人复核")
            assert await own.locator("button[name=approve]").count() == 0
            await other.wait_for_selector(".approvals >> text=权属争议，待核实")
            await own.screenshot(path=tmp_path / "own.png", full_page=True)
            await other.screenshot(path=tmp_path / "other.png", full_page=True)
            await other.dblclick("button[name=approve]")
            await until(server, status="withdrawn")
            await other.wait_for_selector(".approvals .answer.good")
            decided = (await server.services.archive.decisions(LOT, after=0, limit=100))[-1]
            assert (decided["command"]["kind"], decided["rejection"]) == ("approve_action", None)
