"""Engines come and go under load: shards move, and no bidder notices."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from auction.crew import LOOK_EVERY_S
from auction.ownership_postgres import PostgresOwnership, ShardCountError, register_shards
from bidding_rules.rejections import RejectionCode as Code
from tests.support.engine import (
    SECOND,
    announced,
    bid,
    desk_running,
    engine_running,
    simple_terms,
)

pytestmark = pytest.mark.integration

SHARDS = 4
LOTS = [f"lot-{n}" for n in range(8)]
UNNOTICED_S = 1.0
"""A planned move takes some ten milliseconds; a lease that has to run out takes two seconds."""


async def owners_of(bench) -> list[str | None]:
    survey = await PostgresOwnership(bench.pool, owner="asks").survey(is_leaving=True)
    return [survey.owners[shard] for shard in range(SHARDS)]


async def until_owned_by(bench, *names: str) -> None:
    """Wait until exactly these engines own the shards, evenly."""
    async with asyncio.timeout(10):
        while True:
            owners = await owners_of(bench)
            counts = [owners.count(name) for name in names]
            if sum(counts) == SHARDS and max(counts) - min(counts) <= 1:
                return
            await asyncio.sleep(0.02)


@dataclass
class Load:
    """What bidders were told, and how long the slowest answer took."""

    told: list[tuple[str, str, int]] = field(default_factory=list)
    slowest_s: float = 0


@asynccontextmanager
async def bidders(bench) -> AsyncIterator[Load]:
    """One bidder a lot bids on and on, each bid as soon as the last one is answered."""
    load = Load()

    async def go_on(lot_id: str) -> None:
        amount = 100
        while True:
            started = time.monotonic()
            reply = await bid(bench.desk, lot_id, lot_id, amount, f"bid-{amount}")
            load.slowest_s = max(load.slowest_s, time.monotonic() - started)
            assert reply.rejection is None
            load.told.append((lot_id, f"bid-{amount}", reply.entry))
            amount += 10

    terms = simple_terms(leader_may_raise=True, outage_tolerance_us=SECOND)
    for lot_id in LOTS:
        await announced(bench.desk, lot_id, terms, lot_id)
    async with asyncio.TaskGroup() as jobs:
        tasks = [jobs.create_task(go_on(lot_id)) for lot_id in LOTS]
        yield load
        for task in tasks:
            task.cancel()


async def assert_nothing_is_lost(bench, load: Load) -> None:
    """Every answer is in the journal once; entries have no gaps, epochs never go back, no lot stood still."""
    for lot_id in LOTS:
        decisions = await bench.archive.decisions(lot_id, after=0, limit=100_000)
        assert [d["entry"] for d in decisions] == list(range(1, len(decisions) + 1))
        epochs = [d["epoch"] for d in decisions]
        assert epochs == sorted(epochs)
        assert "suspend_lot" not in {d["command"]["kind"] for d in decisions}
        entries = {d["command"].get("command_id"): d["entry"] for d in decisions}
        told = [(i, entry) for lot, i, entry in load.told if lot == lot_id]
        assert told
        assert {i: entries[i] for i, _ in told} == dict(told)


async def test_a_rolling_restart_under_load_loses_nothing_and_suspends_no_lot(
    fresh_database, redis_url
):
    database = (fresh_database, redis_url)
    async with desk_running(*database, shards=SHARDS) as bench:
        async with (
            engine_running(*database, shards=SHARDS, owner="old-1") as first,
            engine_running(*database, shards=SHARDS, owner="old-2") as second,
        ):
            async with bidders(bench) as load:
                await until_owned_by(bench, "old-1", "old-2")
                load.slowest_s = 0
                async with engine_running(*database, shards=SHARDS, owner="new-1"):
                    await first.leave(within_s=10)
                    await until_owned_by(bench, "old-2", "new-1")
                    async with engine_running(*database, shards=SHARDS, owner="new-2"):
                        await second.leave(within_s=10)
                        await until_owned_by(bench, "new-1", "new-2")
                        bids_before = len(load.told)
                        await asyncio.sleep(0.3)
                        assert len(load.told) > bids_before
            assert load.slowest_s < UNNOTICED_S
        await assert_nothing_is_lost(bench, load)


async def test_the_last_engine_to_leave_waits_for_nobody(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url, shards=SHARDS) as bench,
        engine_running(fresh_database, redis_url, shards=SHARDS, owner="only") as crew,
    ):
        await until_owned_by(bench, "only")
        started = time.monotonic()
        await crew.leave(within_s=10)
        assert time.monotonic() - started < UNNOTICED_S


async def test_a_bid_id_gets_its_first_answer_from_the_engine_that_took_over(
    fresh_database, redis_url
):
    async with (
        desk_running(fresh_database, redis_url, shards=SHARDS) as bench,
        engine_running(fresh_database, redis_url, shards=SHARDS, owner="old") as old,
    ):
        await announced(bench.desk, "L", simple_terms(), "ann", "bob")
        first = await bid(bench.desk, "L", "ann", 100, "id-1")
        refused = await bid(bench.desk, "L", "bob", 105, "id-2")
        async with engine_running(fresh_database, redis_url, shards=SHARDS, owner="new"):
            await old.leave(within_s=10)
            await until_owned_by(bench, "new")
            again = await bid(bench.desk, "L", "ann", 100, "id-1")
            assert again.repeated
            assert (again.entry, again.seq, again.at_us) == (first.entry, first.seq, first.at_us)
            again = await bid(bench.desk, "L", "bob", 105, "id-2")
            assert (again.entry, again.rejection) == (refused.entry, refused.rejection)
            other = await bid(bench.desk, "L", "ann", 110, "id-1")
            assert other.rejection.code is Code.COMMAND_ID_REUSED


async def test_a_shard_is_given_up_however_often_its_crew_looks_meanwhile(
    fresh_database, redis_url, monkeypatch
):
    """Otherwise its lease would have to run out, which is an outage for its lots."""
    release, released = PostgresOwnership.release, set()

    async def slowly(ownership, claim, *, alive_us):
        await asyncio.sleep(2 * LOOK_EVERY_S)
        await release(ownership, claim, alive_us=alive_us)
        released.add(claim.shard)

    monkeypatch.setattr(PostgresOwnership, "release", slowly)
    async with (
        desk_running(fresh_database, redis_url, shards=SHARDS) as bench,
        engine_running(fresh_database, redis_url, shards=SHARDS, owner="old") as old,
    ):
        await until_owned_by(bench, "old")
        async with engine_running(fresh_database, redis_url, shards=SHARDS, owner="new"):
            await old.leave(within_s=10)
            await until_owned_by(bench, "new")
            assert released == set(range(SHARDS))


async def test_the_shards_of_an_engine_that_vanished_are_served_by_the_others(
    fresh_database, redis_url
):
    """It released nothing: its lease has to run out, and then its share goes round."""
    async with desk_running(fresh_database, redis_url, shards=SHARDS) as bench:
        lost = PostgresOwnership(bench.pool, owner="lost")
        await register_shards(bench.pool, SHARDS)
        await lost.survey(is_leaving=False)
        for shard in range(SHARDS):
            await lost.take(shard)
        async with engine_running(fresh_database, redis_url, shards=SHARDS, owner="other"):
            started = time.monotonic()
            await until_owned_by(bench, "other")
            assert time.monotonic() - started < 4
            await announced(bench.desk, "L", simple_terms(), "ann")


async def test_another_number_of_shards_than_at_the_beginning_is_refused(
    fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        await register_shards(bench.pool, 2)
        with pytest.raises(ShardCountError, match="LUOCHUI_SHARDS is 3"):
            await register_shards(bench.pool, 3)
