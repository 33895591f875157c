"""Redis or PostgreSQL gone for longer than a lot tolerates: it stands still with its time, and goes on."""

import asyncio

import pytest

from auction.desk import AnswerUnknownError
from tests.support.engine import (
    SECOND,
    announced,
    bid,
    clock,
    desk_running,
    engine_running,
    simple_terms,
)
from tests.support.outage import database_away

pytestmark = pytest.mark.integration

TERMS = {"outage_tolerance_us": SECOND, "resume_notice_us": SECOND // 4}
PATIENT = {"outage_tolerance_us": 3600 * SECOND}


async def resumed_events(bench):
    """Wait until the lot is open again; return its suspension and its resumption."""
    async with asyncio.timeout(15):
        while True:
            events = await bench.archive.events("L", after=0, limit=100)
            if events[-1]["kind"] == "bidding_reopened":
                return events[-3:-1]
            await asyncio.sleep(0.05)


async def assert_time_is_kept(bench, gone_at: int) -> None:
    suspended, resumed = await resumed_events(bench)
    assert (suspended["kind"], suspended["cause"]) == ("lot_suspended", "outage")
    assert abs(suspended["at_us"] - gone_at) < SECOND
    assert resumed["resumes_at_us"] >= resumed["at_us"] + TERMS["resume_notice_us"]
    assert resumed["closes_at_us"] == resumed["resumes_at_us"] + suspended["remaining_us"]
    patient = await bench.archive.events("patient", after=0, limit=100)
    assert "lot_suspended" not in {event["kind"] for event in patient}


async def test_lots_stand_still_while_redis_does_not_answer(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(**TERMS), "ann", "bob")
        await announced(bench.desk, "patient", simple_terms(**PATIENT), "ann")
        await bid(bench.desk, "L", "ann", 100)
        gone_at = clock.now_us()
        await bench.inbox._writing.call(b"CLIENT", b"PAUSE", 1800, b"ALL")
        await assert_time_is_kept(bench, gone_at)
        assert (await bid(bench.desk, "L", "bob", 110)).rejection is None
        assert (await bid(bench.desk, "patient", "ann", 100)).rejection is None


async def test_lots_stand_still_while_the_database_takes_nobody_in(
    servers, fresh_database, redis_url
):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(**TERMS), "ann", "bob")
        await announced(bench.desk, "patient", simple_terms(**PATIENT), "ann")
        await bid(bench.desk, "L", "ann", 100)
        gone_at = clock.now_us()
        async with database_away(servers, fresh_database):
            bench.desk._timeout_s = 0.5
            with pytest.raises(AnswerUnknownError):
                await bid(bench.desk, "L", "bob", 110, "in-the-outage")
            await asyncio.sleep(1.3)
        bench.desk._timeout_s = 5
        await assert_time_is_kept(bench, gone_at)
        assert (await bid(bench.desk, "L", "bob", 110)).rejection is None
