"""Lots that are over leave the engine's memory, and nobody who asks for them can tell."""

import asyncio

import pytest

from auction.journal_postgres import PostgresJournal
from auction.recovery import recall, recovered_lots
from auction.snapshots_postgres import PostgresSnapshots, SnapshotWriter
from tests.support.engine import (
    SECOND,
    announced,
    bid,
    desk_running,
    engine_running,
    simple_terms,
)

pytestmark = pytest.mark.integration
KEEP_US = SECOND // 2


async def sold(bench, lot_id, *bidders):
    """Announce a lot that `bidders[0]` wins, and wait for its end."""
    terms = simple_terms(free_us=2 * SECOND, limited_us=SECOND // 2)
    await announced(bench.desk, lot_id, terms, *bidders)
    first = await bid(bench.desk, lot_id, bidders[0], 100, bid_id="first")
    async with asyncio.timeout(20):
        while (await bench.archive.state(lot_id))["status"] != "sold":
            await asyncio.sleep(0.02)
    return first


async def gone(crew, lot_id):
    """Wait until the engine holds the lot no more."""
    (engine,) = crew.engines
    async with asyncio.timeout(20):
        while lot_id in engine._lots:
            await asyncio.sleep(0.02)


async def test_a_lot_that_is_over_is_let_go_and_answers_as_before(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url, keep_over_us=KEEP_US) as crew,
    ):
        first = await sold(bench, "L", "ann", "bob")
        await announced(bench.desk, "GOES-ON", simple_terms(), "ann")
        await gone(crew, "L")

        again = await bid(bench.desk, "L", "ann", 100, bid_id="first")
        assert (again.entry, again.rejection, again.repeated) == (first.entry, None, True)
        other = await bid(bench.desk, "L", "ann", 110, bid_id="first")
        assert other.rejection.code == "command_id_reused"
        late = await bid(bench.desk, "L", "bob", 110)
        assert late.rejection.code == "lot_closed"
        assert late.entry > first.entry
        assert "GOES-ON" in crew.engines[0]._lots
        await gone(crew, "L")


async def test_an_engine_that_starts_reads_only_what_goes_on(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            first = await sold(bench, "L", "ann")
            await announced(bench.desk, "GOES-ON", simple_terms(), "ann")
        journal = PostgresJournal(bench.pool)
        assert list(await recovered_lots(journal, 0)) == ["GOES-ON"]
        await SnapshotWriter(bench.pool, owner="engine", arrears_min=1, pause_s=0).write_all()
        snapshots = PostgresSnapshots(bench.pool)
        assert list(await recovered_lots(journal, 0, snapshots)) == ["GOES-ON"]
        async with engine_running(fresh_database, redis_url, owner="another"):
            again = await bid(bench.desk, "L", "ann", 100, bid_id="first")
            assert (again.entry, again.repeated) == (first.entry, True)


async def test_a_lot_is_taken_up_again_from_its_snapshot_too(fresh_database, redis_url):
    """The snapshot is some decisions old; the journal has the rest."""
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            first = await sold(bench, "L", "ann", "bob")
            await SnapshotWriter(bench.pool, owner="engine", arrears_min=1, pause_s=0).write_all()
            late = await bid(bench.desk, "L", "bob", 110)
        lots = {}
        journal, snapshots = PostgresJournal(bench.pool), PostgresSnapshots(bench.pool)
        assert list(await snapshots.usable_of(["L"])) == ["L"]
        await recall(lots, {"L", "NEVER-ANNOUNCED"}, journal, snapshots)
        (lot,) = lots.values()
        assert lot.is_over
        assert lot.entry == late.entry
        assert lot.answers["first"].entry == first.entry
