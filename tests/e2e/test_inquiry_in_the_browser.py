"""The inquiry (询问) in the bidding room: one button, clear words, and what follows from each choice."""

import pytest

from tests.support.browser import opened_browser
from tests.support.pages import Room, visiting
from tests.support.server import LOT, SECOND, server_running
from tests.support.server_as_demo import as_demo

pytestmark = pytest.mark.e2e


async def test_a_bidder_says_in_time_that_he_goes_on_and_another_does_not(
    fresh_database, redis_url
):
    terms = {"free_us": 6 * SECOND, "inquiry_us": 12 * SECOND, "limited_us": 60 * SECOND}
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        demo = as_demo(server)
        async with visiting(browser, demo, "ann") as ann, visiting(browser, demo, "bob") as bob:
            await server.announce(LOT, **terms)
            for bidder in ("ann", "bob"):
                await server.call("POST", f"/api/lots/{LOT}/application", by=bidder)
            rooms = Room(ann, LOT), Room(bob, LOT)
            for room in rooms:
                await room.enter()
            assert await ann.page.locator(".inquiry").count() == 0
            await ann.sees("您是否继续参加限时竞价？")
            assert await ann.page.locator(".bid-button").is_disabled()
            assert "询问期间不能报价" in await ann.page.inner_text(".why")
            assert await ann.axe_findings() == []
            sent = []
            ann.page.on("request", lambda request: sent.append(request.url))
            # Two clicks before the page could draw anything in between: quicker than any hand.
            await ann.page.eval_on_selector(
                ".inquiry button", "(button) => { button.click(); button.click(); }"
            )
            await ann.sees("您已确认继续参加")
            assert len([url for url in sent if url.endswith("/participation")]) == 1
            await ann.page.reload()
            await ann.sees("您已确认继续参加")
            assert await ann.page.locator(".inquiry button").count() == 0

            await ann.page.wait_for_selector(".badge.live >> text=限时竞价", timeout=30_000)
            await rooms[0].bid_lowest()
            await rooms[0].wait_for_standing("leading")
            assert await bob.page.locator(".bid-button").is_disabled()
            assert "未在询问期间确认" in await bob.page.inner_text(".why")
            assert await bob.page.locator(".inquiry").count() == 0
            assert ann.errors == bob.errors == []
