"""The inquiry (询问): who goes on says so, over HTTP or the socket; who does not may not bid afterwards."""

import asyncio

import pytest

from tests.integration.test_bad_input import connected
from tests.support.server import LOT, SECOND, Server, server_running

pytestmark = pytest.mark.integration
TERMS = {"free_us": 2 * SECOND, "inquiry_us": 2 * SECOND, "limited_us": 2 * SECOND}


async def confirm(server: Server, by: str, command_id: str = "I-go-on-1") -> tuple[int, dict]:
    body = {"command_id": command_id}
    return await server.call("POST", f"/api/lots/{LOT}/participation", by=by, json=body)


async def until_phase(server: Server, phase: str) -> None:
    async with asyncio.timeout(10):
        while (await server.services.archive.state(LOT))["phase"] != phase:
            await asyncio.sleep(0.02)


async def goes_on(server: Server, bidder: str) -> bool:
    _, application = await server.call("GET", f"/api/lots/{LOT}/application", by=bidder)
    return application["goes_on"]


async def test_only_who_confirms_in_the_inquiry_may_bid_in_the_limited_phase(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob", "cat", **TERMS)
        status, problem = await confirm(server, "ann", "I-ask-too-early")
        assert (status, problem["code"]) == (409, "wrong_phase")
        assert (await server.bid("ann", 100, "ann-bids-100"))[0] == 200
        await until_phase(server, "inquiry")
        status, problem = await server.bid("bob", 110, "bob-bids-110")
        assert (status, problem["code"]) == (409, "wrong_phase")
        assert not await goes_on(server, "ann")
        status, answer = await confirm(server, "ann")
        assert (status, answer["repeated"]) == (200, False)
        client = await connected(server, "bob")
        wish = {"lot_id": LOT, "command_id": "bob-goes-on"}
        first = await client.call("confirm_participation", wish, timeout=5)
        assert (first["ok"], first["number"]) == (True, "A02")
        assert [await goes_on(server, b) for b in ("ann", "bob", "cat")] == [True, True, False]
        await until_phase(server, "limited")
        status, problem = await server.bid("cat", 110, "cat-bids-110")
        assert (status, problem["code"]) == (409, "not_confirmed")
        assert (await server.bid("bob", 110, "bob-bids-now"))[0] == 200
        await client.disconnect()


async def test_a_confirmation_is_made_once_whatever_is_repeated(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", **TERMS)
        await until_phase(server, "inquiry")
        _, first = await confirm(server, "ann")
        assert await confirm(server, "ann") == (200, {**first, "repeated": True})
        status, _ = await confirm(server, "ann", "I-go-on-again")
        assert status == 200
        decided = await server.services.archive.decisions(LOT, after=0, limit=100)
        events = [event for row in decided for event in row["events"]]
        assert [e["kind"] for e in events].count("participation_confirmed") == 1


async def test_who_is_not_admitted_cannot_go_on(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", **TERMS)
        await until_phase(server, "inquiry")
        status, problem = await confirm(server, "bob")
        assert (status, problem["code"]) == (409, "not_qualified")
        status, problem = await confirm(server, "auctioneer")
        assert (status, problem["code"]) == (403, "not_authorised")
        observer = await connected(server, None)
        wish = {"lot_id": LOT, "command_id": "nobody-goes-on"}
        refused = await observer.call("confirm_participation", wish, timeout=5)
        assert (refused["ok"], refused["code"]) == (False, "not_authorised")
        for bad in (None, {}, {"lot_id": LOT}, {**wish, "extra": 1}, {**wish, "command_id": "x"}):
            refused = await observer.call("confirm_participation", bad, timeout=5)
            assert (refused["ok"], refused["code"]) == (False, "malformed_message"), bad
        await observer.disconnect()


async def test_nobody_fills_the_journal_with_confirmations(fresh_database, redis_url):
    """Refused ones are journaled too, so they are limited like bids."""
    async with server_running(fresh_database, redis_url, bids_per_second_max=2) as server:
        await server.announce(LOT, "ann", **TERMS)
        codes = [(await confirm(server, "ann", f"again-and-{n}"))[1]["code"] for n in range(8)]
        assert set(codes) == {"wrong_phase", "rate_limited"}
