"""An outage never decides a sale, however short it is: not even one that the terms tolerate."""

import asyncio

import pytest

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


async def kinds_of(bench, lot_id):
    return [event["kind"] for event in await bench.archive.events(lot_id, after=0, limit=100)]


async def until(bench, lot_id, status):
    async with asyncio.timeout(10):
        while (await bench.archive.state(lot_id))["status"] != status:
            await asyncio.sleep(0.02)


async def sleep_until(instant_us):
    await asyncio.sleep(max(0, instant_us - clock.now_us()) / SECOND)


async def test_a_lot_whose_close_fell_into_an_outage_is_suspended_and_not_sold(
    fresh_database, redis_url
):
    """Nobody could answer the last bid, so the time that was left is given again."""
    half = 2 * SECOND
    terms = simple_terms(free_us=half, limited_us=half, outage_tolerance_us=3600 * SECOND)
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", terms, "ann", "bob")
            await bid(bench.desk, "L", "ann", 100)
            await sleep_until(terms.opens_at + half * 5 // 4)
        await sleep_until(terms.opens_at + half * 11 // 4)
        async with engine_running(fresh_database, redis_url, owner="another"):
            await until(bench, "L", "sold")
        events = await bench.archive.events("L", after=0, limit=100)
        suspended, resumed, _, ended = events[-4:]
        assert [event["kind"] for event in events[-4:]] == [
            "lot_suspended",
            "lot_resumed",
            "bidding_reopened",
            "sale_ended",
        ]
        assert suspended["cause"] == "outage"
        close_before = terms.opens_at + 2 * half
        assert suspended["at_us"] + suspended["remaining_us"] == close_before
        assert ended["at_us"] == resumed["resumes_at_us"] + suspended["remaining_us"]


async def test_a_short_outage_without_a_close_in_it_is_tolerated(fresh_database, redis_url):
    terms = simple_terms(outage_tolerance_us=3600 * SECOND)
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", terms, "ann", "bob")
            await bid(bench.desk, "L", "ann", 100)
        await asyncio.sleep(1.3)
        async with engine_running(fresh_database, redis_url, owner="another"):
            assert (await bid(bench.desk, "L", "bob", 110)).rejection is None
        assert "lot_suspended" not in await kinds_of(bench, "L")


async def test_a_close_while_the_engine_served_stands(fresh_database, redis_url):
    """The lot ended by its own clock; what happened to the engine later changes nothing."""
    terms = simple_terms(free_us=2 * SECOND, limited_us=SECOND // 2)
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", terms, "ann")
            await bid(bench.desk, "L", "ann", 100)
            await until(bench, "L", "sold")
        await asyncio.sleep(1.3)
        async with engine_running(fresh_database, redis_url, owner="another"):
            await asyncio.sleep(0.3)
        assert (await kinds_of(bench, "L"))[-1] == "sale_ended"
