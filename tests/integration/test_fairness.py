"""One bidder cannot starve another, nor another lot, however fast he sends; streams do not grow for ever."""

import asyncio
import time

import pytest

from auction import inbox
from auction.backlog import Backlog
from auction.desk import AnswerUnknownError
from tests.support.engine import announced, bid, desk_running, engine_running, simple_terms
from tests.support.server import server_running

pytestmark = pytest.mark.integration


async def test_a_flood_by_one_bidder_delays_nobody_else(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, bids_per_second_max=20) as server:
        for lot in ("LOT-1", "LOT-2"):
            await server.announce(lot, "ann", "bob", leader_may_raise=True)
        stop = asyncio.Event()
        told: list[int] = []

        async def flood() -> None:
            while not stop.is_set():
                n = len(told)
                status, _ = await server.bid("ann", 100 + 10 * n, f"flood-{n:06d}-{id(stop)}")
                told.append(status)

        async with asyncio.TaskGroup() as jobs:
            for _ in range(20):
                jobs.create_task(flood())
            await asyncio.sleep(0.5)
            slowest = 0.0
            for n in range(10):
                for lot in ("LOT-1", "LOT-2"):
                    began = time.monotonic()
                    status, _ = await server.bid("bob", 10**6 * (n + 1), f"bob-{n:06d}", lot)
                    slowest = max(slowest, time.monotonic() - began)
                    assert status == 200
            stop.set()
        assert 429 in told
        assert slowest < 1


async def test_an_inbox_that_nobody_reads_is_seen_to_be_too_long(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        backlog = Backlog(bench.inbox, shards=1, length_max=3)
        bench.desk._timeout_s = 0.05
        for amount in range(4):
            assert not backlog.is_too_long(0)
            with pytest.raises(AnswerUnknownError):
                await bid(bench.desk, "L", "ann", amount)
            await backlog.look()
        assert backlog.is_too_long(0)


async def test_an_engine_lets_decided_entries_go_when_there_are_many(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(inbox, "_KEEP_MAX", 50)
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(leader_may_raise=True), "ann")
        for n in range(300):
            await bid(bench.desk, "L", "ann", 100 + 10 * n)
        async with asyncio.timeout(5):
            while await bench.inbox.length(0) > 200:
                await asyncio.sleep(0.05)
