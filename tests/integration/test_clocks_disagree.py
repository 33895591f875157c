"""A stamp that jumps decides nothing: lots stand still until the clocks agree, and no close falls early."""

import asyncio

import pytest

from auction.codec import encode_command
from auction.commands import PlaceBid
from auction.inbox import StreamId
from bidding_rules.rejections import RejectionCode as Code
from tests.support.engine import (
    SECOND,
    announced,
    bid,
    clock,
    desk_running,
    engine_running,
    simple_terms,
)

pytestmark = pytest.mark.integration

HOUR = 3600 * SECOND
TERMS = {"free_us": HOUR // 2, "resume_notice_us": SECOND // 4, "outage_tolerance_us": HOUR}


class MovableClock:
    """The engine's clock, which a test can set."""

    def __init__(self) -> None:
        self.ahead_us = 0

    def now_us(self) -> int:
        return clock.now_us() + self.ahead_us


async def events_of(bench, lot_id="L"):
    return await bench.archive.events(lot_id, after=0, limit=100)


async def until(bench, status, lot_id="L"):
    async with asyncio.timeout(10):
        while (await bench.archive.state(lot_id))["status"] != status:
            await asyncio.sleep(0.02)


async def run_ahead(bench, command) -> None:
    """Let the inbox's clock jump an hour: a command gets a place there, and so does all that follows."""
    place = StreamId((clock.now_us() + HOUR) // 1000, 0)
    await bench.inbox._writing.call(
        *(b"XADD", b"luochui:{0}:inbox", str(place)),
        *(b"k", b"place_bid", b"r", b"test", b"b", encode_command(command)),
    )


async def test_a_stamp_from_the_future_closes_nothing_and_its_bid_is_refused(
    fresh_database, redis_url
):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        terms = simple_terms(**TERMS)
        await announced(bench.desk, "L", terms, "ann", "bob")
        await announced(bench.desk, "quiet", simple_terms(**TERMS), "ann")
        await bid(bench.desk, "L", "ann", 100)
        jumped_at = clock.now_us()
        late = PlaceBid(lot_id="L", command_id="late", actor="bob", amount=110)
        await run_ahead(bench, late)
        await until(bench, "resuming")
        found = await bench.archive.first_answer("L", "late")
        assert found.rejection.code is Code.LOT_SUSPENDED
        await until(bench, "open")
        await until(bench, "open", "quiet")
        after = await bid(bench.desk, "L", "bob", 110)
        assert after.rejection is None
        assert abs(after.at_us - clock.now_us()) < 2 * SECOND
        suspended, resumed = (await events_of(bench))[-4:-2]
        assert suspended["cause"] == "clock"
        assert abs(suspended["at_us"] - jumped_at) < SECOND
        assert resumed["closes_at_us"] == resumed["resumes_at_us"] + suspended["remaining_us"]
        kinds = [event["kind"] for event in await events_of(bench, "quiet")]
        assert kinds[-3:] == ["lot_suspended", "lot_resumed", "bidding_reopened"]


async def test_while_the_clocks_disagree_lots_stand_still_and_then_they_go_on(
    fresh_database, redis_url
):
    """The engine's own clock is an hour slow: every stamp lies in its future."""
    own = MovableClock()
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url, now_us=own.now_us),
    ):
        await announced(bench.desk, "L", simple_terms(**TERMS), "ann", "bob")
        await bid(bench.desk, "L", "ann", 100)
        own.ahead_us = -HOUR
        refused = await bid(bench.desk, "L", "bob", 110)
        assert refused.rejection.code is Code.LOT_SUSPENDED
        await asyncio.sleep(0.7)
        assert (await bench.archive.state("L"))["status"] == "suspended"
        own.ahead_us = 0
        await until(bench, "open")
        assert (await bid(bench.desk, "L", "bob", 110, "again")).rejection is None


async def test_an_engine_whose_clock_runs_ahead_ends_no_lot_early(fresh_database, redis_url):
    own = MovableClock()
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url, now_us=own.now_us),
    ):
        await announced(bench.desk, "L", simple_terms(**TERMS), "ann", "bob")
        await bid(bench.desk, "L", "ann", 100)
        own.ahead_us = HOUR
        await until(bench, "suspended")
        refused = await bid(bench.desk, "L", "bob", 110)
        assert refused.rejection.code in (Code.LOT_SUSPENDED, Code.LOT_RESUMING)
        assert abs(refused.at_us - clock.now_us()) < 2 * SECOND
        await asyncio.sleep(0.5)
        kinds = {event["kind"] for event in await events_of(bench)}
        assert "lot_suspended" in kinds
        assert "sale_ended" not in kinds
        own.ahead_us = 0
        await until(bench, "open")
        assert (await bid(bench.desk, "L", "bob", 110, "again")).rejection is None


async def test_a_restart_while_the_clocks_disagree_repeats_no_decision(fresh_database, redis_url):
    own = MovableClock()
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url, now_us=own.now_us):
            await announced(bench.desk, "L", simple_terms(**TERMS), "ann", "bob")
            await bid(bench.desk, "L", "ann", 100)
            own.ahead_us = -HOUR
            refused = await bid(bench.desk, "L", "bob", 110)
            assert refused.rejection.code is Code.LOT_SUSPENDED
        async with engine_running(fresh_database, redis_url, owner="another"):
            await until(bench, "open")
            assert (await bid(bench.desk, "L", "bob", 110, "again")).rejection is None
            repeated = await bid(bench.desk, "L", "bob", 110)
            assert (repeated.entry, repeated.rejection) == (refused.entry, refused.rejection)
            decisions = await bench.archive.decisions("L", after=0, limit=100)
            ids = [d["command"].get("command_id") for d in decisions]
            assert ids.count("bob-110") == 1
            place = await bench.pool.fetchval("SELECT last_stream_ms FROM shard")
            assert abs(place * 1000 - clock.now_us()) < 10 * SECOND
