"""Every format through both doors, the real engine and the real servers, from opening to result."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import redis.asyncio as redis

from bidding_rules.first_refusal import FirstRefusal
from bidding_rules.formats.clock import ClockTerms
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.english_terms import EnglishTerms
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms
from bidding_rules.formats.multi_unit_sale import MultiUnitSaleTerms
from bidding_rules.formats.multi_unit_terms import MultiUnitTerms
from bidding_rules.formats.multi_unit_terms import Pricing as Uniform
from bidding_rules.formats.one_price import OnePriceTerms
from bidding_rules.formats.package_sale import PackageSaleTerms, Units
from bidding_rules.formats.raise_agree import RaiseAgreeTerms
from bidding_rules.formats.sealed import seal_of
from bidding_rules.formats.sealed_terms import SealedTerms
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.smra_terms import SmraLot, SmraTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.formats.trading_sale_terms import TradingSaleTerms
from bidding_rules.formats.trading_terms import TradingTerms
from bidding_rules.increments import fixed
from bidding_rules.sequence import SaleTerms
from tests.integration.test_bad_input import connected
from tests.support.any_format import DRAW, SEED
from tests.support.listening import Overheard, listening
from tests.support.server import LOT, SECOND, Server, clock, server_running

pytestmark = pytest.mark.integration
CANARY = 987_654_321


@asynccontextmanager
async def sale_running(
    postgres_url: str, redis_url: str
) -> AsyncIterator[tuple[Server, Overheard]]:
    """A server, and ears at every door of its feed, which never hear who anybody is."""
    async with server_running(postgres_url, redis_url) as server, listening(server, LOT) as heard:
        yield server, heard
        people = [
            text
            for login, account in server.account.items()
            for text in (f"name of {login}", account)
        ]
        await heard.assert_silent_about(*people, *server.token.values())
        for door, text in (await heard.everything()).items():
            assert f'"lot_id": "{LOT}"' in text, door


async def state(server: Server) -> dict[str, Any]:
    found = await server.services.archive.state(LOT)
    assert found is not None
    return found


async def until(server: Server, **wanted: Any) -> dict[str, Any]:
    """Wait until the public state says so."""
    async with asyncio.timeout(20):
        while True:
            now = await state(server)
            if all(now[name] == value for name, value in wanted.items()):
                return now
            await asyncio.sleep(0.02)


async def accepted(call: Any) -> dict[str, Any]:
    status, answer = await call
    assert status == 200, answer
    return answer


async def post(server: Server, by: str, path: str, **body: Any) -> tuple[int, Any]:
    server.moves_made += 1
    said = {"command_id": f"post-{server.moves_made:06d}", **body}
    return await server.call("POST", f"/api/lots/{LOT}/{path}", by=by, json=said)


async def assert_recomputed(server: Server, outcome: str = "sold") -> None:
    """The independent program reads the stored journal and finds the same result."""
    path = f"/api/supervision/lots/{LOT}/verification"
    verdict = await accepted(server.call("GET", path, by="supervisor"))
    assert verdict["differences"] == []
    assert verdict["agrees"]
    assert verdict["recomputed"]["outcome"] == outcome


async def test_an_english_lot_with_hall_and_network_run_by_the_auctioneer(
    fresh_database, redis_url
):
    terms = EnglishTerms(start=100, increments=fixed(10), calls=2)
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        await accepted(server.move("auctioneer", "open_floor", participants=2))
        await accepted(server.bid("ann", 100, "ann-bids-100"))
        hall = {"number": "A02", "amount_fen": 110}
        await accepted(server.move("auctioneer", "enter_floor_bid", **hall))
        assert (await state(server))["leader"] == "A02"
        await accepted(server.move("auctioneer", "undo_entry", reason="wrong paddle"))
        assert (await state(server))["leader"] == "A01"
        await accepted(server.move("auctioneer", "adjust_increment", increment_fen=50))
        await accepted(post(server, "auctioneer", "messages", text="加价幅度调整为 0.50 元"))
        status, problem = await server.bid("bob", 110, "bob-bids-110")
        assert (status, problem["code"], problem["amount_min_fen"]) == (409, "below_minimum", 150)
        await accepted(server.bid("bob", 150, "bob-bids-150"))
        for _ in range(2):
            await accepted(post(server, "auctioneer", "warning"))
        await accepted(post(server, "auctioneer", "hammer"))
        sold = await until(server, status="sold")
        assert (sold["result"]["winner"], sold["result"]["price_fen"]) == ("A02", 150)
        assert (sold["format"], sold["message"]["text"]) == ("english", "加价幅度调整为 0.50 元")
        await assert_recomputed(server)


async def test_who_acted_when_and_why_stands_in_the_supervisors_journal(fresh_database, redis_url):
    terms = EnglishTerms(start=100, increments=fixed(10))
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        await server.announce(LOT, "ann", format_terms=terms)
        await accepted(server.move("auctioneer", "open_floor", participants=2, reason="到齐"))
        path = f"/api/supervision/lots/{LOT}/journal"
        page = await accepted(server.call("GET", path, by="supervisor"))
        command = page["entries"][-1]["command"]
        assert (command["kind"], command["reason"]) == ("open_floor", "到齐")
        assert page["people"][command["actor"]] == "name of auctioneer"


async def everything_kept(server: Server, postgres_url: str, redis_url: str) -> str:
    """Everything that the database, Redis and the interfaces hold or tell, as one text."""
    kept = []
    pool = await asyncpg.connect(postgres_url)
    tables = await pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    for row in tables:
        rows = await pool.fetch(f'SELECT t::text FROM "{row[0]}" t')  # noqa: S608
        kept.append(str([tuple(one) for one in rows]))
    await pool.close()
    client = redis.from_url(redis_url)
    async for key in client.scan_iter():
        kind = await client.type(key)
        if kind == b"stream":
            kept.append(str(await client.xrange(key)))
        elif kind == b"string":
            kept.append(str(await client.get(key)))
    await client.aclose()
    for by in (None, "bob", "auctioneer", "supervisor", "owner", "observer", "settlement"):
        for path in (
            *(f"/api/lots/{LOT}", f"/api/lots/{LOT}/events", "/api/lots"),
            *(f"/api/lots/{LOT}/moves", f"/api/console/lots/{LOT}"),
            f"/api/supervision/lots/{LOT}/journal",
        ):
            kept += [str(await server.call("GET", path, by=by))]
    return "\n".join(kept)


async def test_before_the_opening_nobody_reads_a_sealed_bid_anywhere(
    fresh_database, redis_url, caplog
):
    """I14: no table, no stream, no interface and no log holds the amount before it is opened."""
    terms = SealedTerms(start=100, window_us=3 * SECOND, opening_us=20 * SECOND)
    nonce = "6f1c0de2a55e47c0b1b7d0f3"
    async with sale_running(fresh_database, redis_url) as (server, heard):
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        bob = await connected(server, "bob")
        seal = seal_of(bidder="A01", round_no=1, amount=CANARY, nonce=nonce)
        await accepted(server.move("ann", "submit_envelope", seal=seal))
        seal = seal_of(bidder="A02", round_no=1, amount=500, nonce=nonce)
        wish = {"lot_id": LOT, "command_id": "bob-seals-1", "seal": seal}
        assert (await bob.call("submit_envelope", wish, timeout=5))["ok"]
        kept = await everything_kept(server, fresh_database, redis_url)
        assert "A01" in kept, "the search looks where something is"
        assert [it for it in (str(CANARY), nonce) if it in kept + caplog.text] == []
        await heard.assert_silent_about(str(CANARY), nonce)
        journal = await accepted(
            server.call("GET", f"/api/supervision/lots/{LOT}/journal", by="supervisor")
        )
        sealed = [e for e in journal["entries"] if e["command"]["kind"] == "submit_envelope"]
        assert [e["command"]["actor"] for e in sealed] == ["", ""], "nor who has handed one in"
        assert (await state(server))["bids"] == 0
        await until(server, phase="opening")
        await accepted(server.move("ann", "open_envelope", amount_fen=CANARY, nonce=nonce))
        for by in (None, "bob", "auctioneer", "supervisor"):
            for path in (f"/api/lots/{LOT}", f"/api/supervision/lots/{LOT}/journal"):
                assert str(CANARY) not in str(await server.call("GET", path, by=by))
        await heard.assert_silent_about(str(CANARY), nonce)
        wish = {"lot_id": LOT, "command_id": "bob-opens-1", "amount_fen": 500, "nonce": nonce}
        assert (await bob.call("open_envelope", wish, timeout=5))["ok"]
        sold = await until(server, status="sold")
        assert (sold["result"]["winner"], sold["result"]["price_fen"]) == ("A01", CANARY)
        assert {"number": "A02", "amount_fen": 500} in sold["details"]["opened"]
        await assert_recomputed(server)
        await bob.disconnect()


async def test_a_secret_maximum_is_read_by_its_bidder_alone(fresh_database, redis_url, caplog):
    async with sale_running(fresh_database, redis_url) as (server, heard):
        await server.announce(LOT, "ann", "bob", proxies_allowed=True)
        await accepted(server.move("ann", "set_maximum", maximum_fen=CANARY))
        await accepted(server.bid("bob", 200, "bob-bids-200"))
        assert (await state(server))["leader"] == "A01"
        own = await accepted(server.call("GET", f"/api/lots/{LOT}/moves", by="ann"))
        assert [move["move"]["maximum"] for move in own["moves"]] == [CANARY]
        others = await accepted(server.call("GET", f"/api/lots/{LOT}/moves", by="bob"))
        assert others["moves"] == []
        for by in (None, "bob", "auctioneer", "supervisor", "owner"):
            for path in (
                *(f"/api/lots/{LOT}", f"/api/lots/{LOT}/events", f"/api/console/lots/{LOT}"),
                f"/api/supervision/lots/{LOT}/journal",
            ):
                assert str(CANARY) not in str(await server.call("GET", path, by=by)), (by, path)
        assert str(CANARY) not in caplog.text
        await heard.assert_silent_about(str(CANARY))


async def test_a_right_of_first_refusal_is_recorded_and_used(fresh_database, redis_url):
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        opens_at = clock.now_us() + 3 * SECOND
        await server.announce(
            LOT, first_refusal=FirstRefusal(), opens_at=opens_at, free_us=2 * SECOND
        )
        for who in ("ann", "bob"):
            path = f"/api/lots/{LOT}/application"
            await accepted(server.call("POST", path, by=who))
        number = (await server.call("GET", path, by="ann"))[1]["number"]
        right = {"number": number, "rank": 1, "reason": "股东"}
        await accepted(post(server, "auctioneer", "priorities", **right))
        await until(server, status="open")
        await accepted(server.bid("bob", 100, "bob-bids-100"))
        await accepted(server.bid("ann", 100, "ann-matches-100"))
        assert (await state(server))["leader"] == number
        await until(server, status="sold")
        await assert_recomputed(server)


async def test_a_sale_that_reaches_the_cap_goes_on_in_a_second_dimension(
    fresh_database, redis_url
):
    terms = SaleTerms(
        price=TimedTerms(
            start=100,
            increments=fixed(10),
            cap=200,
            capped_goes_on=True,
            free_us=0,
            limited_us=20 * SECOND,
        ),
        second_dimension=SecondDimensionTerms(
            dimension=Dimension.AREA,
            start=100,
            increment=100,
            first_us=2 * SECOND,
            limited_us=SECOND,
        ),
    )
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        await accepted(server.bid("ann", 200, "ann-bids-cap"))
        now = await state(server)
        assert (now["details"]["stage"], now["amount_min_fen"]) == ("second_dimension", 100)
        await accepted(server.bid("bob", 300, "bob-builds-3"))
        sold = await until(server, status="sold")
        assert (sold["result"]["winner"], sold["result"]["price_fen"]) == ("A02", 200)
        await assert_recomputed(server)


async def test_equal_bids_at_the_cap_are_drawn_and_a_stop_price_leads_to_sealed_prices(
    fresh_database, redis_url
):
    price = {"start": 100, "increments": fixed(10), "cap": 200, "free_us": SECOND}
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        drawn = SaleTerms(price=TimedTerms(**price, equal_bids_at_cap=True), lottery=DRAW)
        await server.announce(LOT, "ann", "bob", format_terms=drawn)
        for who in ("ann", "bob"):
            await accepted(server.bid(who, 200, f"{who}-bids-cap"))
        await until(server, phase="draw")
        await asyncio.sleep(DRAW.notice_us / SECOND)
        await accepted(server.move("auctioneer", "reveal_seed", seed=SEED, public="27 08"))
        await until(server, status="sold")
        await assert_recomputed(server)
        status, problem = await server.move("ann", "reveal_seed", seed=SEED, public="27 08")
        assert (status, problem["code"]) == (403, "not_authorised")


async def test_one_sealed_price_nearest_the_mean(fresh_database, redis_url):
    price = TimedTerms(
        start=100, increments=fixed(10), cap=200, stop_above_cap=True, free_us=30 * SECOND
    )
    one = OnePriceTerms(
        above=200, up_to=CANARY, step=1, waiting_us=0, inquiry_us=2 * SECOND, quoting_us=2 * SECOND
    )
    async with sale_running(fresh_database, redis_url) as (server, heard):
        terms = SaleTerms(price=price, one_price=one)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        await accepted(server.bid("ann", 210, "ann-passes-stop"))
        await until(server, phase="inquiry")
        for who in ("ann", "bob"):
            await accepted(post(server, who, "participation"))
        await until(server, phase="quoting")
        await accepted(server.move("ann", "quote_once", amount_fen=876_543_210))
        await accepted(server.move("bob", "quote_once", amount_fen=300))
        for by in (None, "bob", "auctioneer", "supervisor"):
            for path in (f"/api/lots/{LOT}/events", f"/api/supervision/lots/{LOT}/journal"):
                assert "876543210" not in str(await server.call("GET", path, by=by))
        await heard.assert_silent_about("876543210")
        await until(server, status="sold")
        _, events = await server.call("GET", f"/api/lots/{LOT}/events")
        opened = next(e for e in events["events"] if e["kind"] == "quotes_opened")
        assert {"number": "A01", "amount_fen": 876_543_210} in opened["details"]["quotes"]
        await assert_recomputed(server)


async def test_dutch_and_hybrid_dutch(fresh_database, redis_url):
    dutch = DutchTerms(start=1_000, decrement=1, floor=900, step_us=2 * SECOND)
    hybrid = HybridDutchTerms(
        dutch=dutch,
        increment=10,
        sealed_us=2 * SECOND,
        opening_us=10 * SECOND,
        best_bid_us=2 * SECOND,
    )
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        await server.announce(LOT, "ann", "bob", format_terms=hybrid)
        price = (await state(server))["amount_min_fen"]
        await accepted(server.bid("ann", price, "ann-takes-it"))
        nonce = "0f" * 16
        seal = seal_of(bidder="A02", round_no=1, amount=1_500, nonce=nonce)
        await accepted(server.move("bob", "submit_envelope", seal=seal))
        await asyncio.sleep(2.2)
        await accepted(server.move("bob", "open_envelope", amount_fen=1_500, nonce=nonce))
        await accepted(server.bid("ann", 1_510, "ann-answers-1"))
        sold = await until(server, status="sold")
        assert (sold["result"]["winner"], sold["result"]["price_fen"]) == ("A01", 1_510)
        await assert_recomputed(server)


async def test_sales_in_rounds(fresh_database, redis_url):
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = RaiseAgreeTerms(start=100, increment=10, round_us=2 * SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        await accepted(server.move("ann", "agree"))
        await accepted(server.bid("bob", 150, "bob-raises-1"))
        await until(server, status="sold")
        await assert_recomputed(server)


async def test_units_on_a_clock(fresh_database, redis_url):
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = ClockTerms(supply=10, start=100, increment=10, round_us=SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        for who in ("ann", "bob"):
            await accepted(server.move(who, "ask_units", quantity=7, exits_fen=[]))
        await until(server, price_fen=110)
        for who in ("ann", "bob"):
            await accepted(server.move(who, "ask_units", quantity=5, exits_fen=[]))
        sold = await until(server, status="sold")
        assert sold["result"]["price_fen"] == 110
        await assert_recomputed(server)


async def test_many_lots_in_simultaneous_rounds(fresh_database, redis_url):
    lots = (SmraLot(lot="A", start=100, increment=10), SmraLot(lot="B", start=50, increment=5))
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = SmraTerms(lots=lots, points_each=2, round_us=SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        bids = [{"lot": "A", "amount_fen": 100}, {"lot": "B", "amount_fen": 50}]
        await accepted(server.move("ann", "bid_on_lots", bids=bids))
        sold = await until(server, status="sold")
        assert sold["result"]["price_fen"] == 150
        await assert_recomputed(server)


async def test_sealed_orders_and_packages_clear_at_the_close(fresh_database, redis_url):
    rules = MultiUnitTerms(supply=100, pricing=Uniform.LOWEST_ACCEPTED, floor=10)
    async with sale_running(fresh_database, redis_url) as (server, heard):
        terms = MultiUnitSaleTerms(rules=rules, window_us=2 * SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        await accepted(server.move("ann", "place_order", price_fen=CANARY, quantity=60))
        await accepted(server.move("bob", "place_order", price_fen=40, quantity=60))
        for by in (None, "bob", "auctioneer", "supervisor"):
            for path in (f"/api/lots/{LOT}", f"/api/supervision/lots/{LOT}/journal"):
                assert str(CANARY) not in str(await server.call("GET", path, by=by))
        await heard.assert_silent_about(str(CANARY))
        sold = await until(server, status="sold")
        assert (sold["price_fen"], sold["details"]["result"]["sold"]) == (40, 100)
        await assert_recomputed(server)


async def test_packages_clear_at_the_close(fresh_database, redis_url):
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = PackageSaleTerms(supply=(Units(item="A", units=2),), window_us=2 * SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        for who, amount in (("ann", 500), ("bob", 700)):
            bundle = [{"item": "A", "units": 2}]
            packages = [{"amount_fen": amount, "bundle": bundle}]
            await accepted(server.move(who, "bid_packages", packages=packages))
        sold = await until(server, status="sold")
        assert (sold["details"]["awards"][0]["number"], sold["result"]["price_fen"]) == (
            "A02",
            500,
        )
        await assert_recomputed(server)


async def test_a_day_of_permit_trading(fresh_database, redis_url):
    rules = TradingTerms(previous_close=1_000, opening_call=False, closing_call=False)
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = TradingSaleTerms(rules=rules, continuous_us=3 * SECOND)
        await server.announce(LOT, "ann", "bob", format_terms=terms)
        about = {"price_fen": 1_000, "quantity": 10}
        await accepted(server.move("ann", "order", side="sell", **about))
        assert (await state(server))["details"]["sell"] == [about]
        client = await connected(server, "bob")
        wish = {"lot_id": LOT, "command_id": "bob-buys-1", "side": "buy", **about}
        assert (await client.call("order", wish, timeout=5))["ok"]
        await client.disconnect()
        sold = await until(server, status="sold")
        assert (sold["result"]["price_fen"], sold["details"]["volume"]) == (1_000, 10)
        await assert_recomputed(server)


async def test_two_people_take_back_a_lot(fresh_database, redis_url):
    async def waiting(by: str) -> list[dict]:
        return (await accepted(server.call("GET", f"/api/console/lots/{LOT}", by=by)))["approvals"]

    async with sale_running(fresh_database, redis_url) as (server, _heard):
        await server.announce(LOT, "ann", "bob", four_eyes=True)
        await accepted(server.bid("ann", 100, "ann-bids-100"))
        assert await waiting("auctioneer") == []
        await accepted(post(server, "auctioneer", "withdrawal", reason="权属争议"))
        assert (await state(server))["status"] == "open"

        (own,) = await waiting("auctioneer")
        (asked,) = await waiting("colleague")
        assert (own["own"], asked["own"]) == (True, False)
        assert (asked["action"], asked["reason"]) == ("withdraw_lot", "权属争议")
        assert asked["by"] == "name of auctioneer"
        agree = {"proposal_id": asked["proposal_id"]}
        status, problem = await post(server, "auctioneer", "approvals", **agree)
        assert (status, problem["code"]) == (403, "same_person")

        # A bid in between does not make taking the lot back another question.
        await accepted(server.bid("bob", 130, "bob-bids-130"))
        assert await waiting("colleague") == [asked]
        await accepted(post(server, "colleague", "approvals", **agree))
        assert (await state(server))["status"] == "withdrawn"
        assert await waiting("colleague") == []


async def test_what_two_people_take_back_is_asked_for_again_after_the_next_bid(
    fresh_database, redis_url
):
    async with sale_running(fresh_database, redis_url) as (server, _heard):
        terms = EnglishTerms(start=100, increments=fixed(10), calls=1)
        await server.announce(LOT, "ann", "bob", format_terms=terms, four_eyes=True)
        by = "auctioneer"
        await accepted(server.move(by, "open_floor", participants=2))
        await accepted(server.move(by, "enter_floor_bid", number="A01", amount_fen=100))
        await accepted(server.move(by, "undo_entry", reason="误录"))
        console = f"/api/console/lots/{LOT}"
        (asked,) = (await accepted(server.call("GET", console, by="colleague")))["approvals"]
        assert asked["action"] == "undo_entry"
        await accepted(server.bid("bob", 110, "bob-bids-110"))
        assert (await accepted(server.call("GET", console, by="colleague")))["approvals"] == []
        agree = {"proposal_id": asked["proposal_id"]}
        status, problem = await post(server, "colleague", "approvals", **agree)
        assert (status, problem["code"]) == (409, "nothing_to_approve")
