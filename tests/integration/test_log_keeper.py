"""Every state change is a leaf of the log (I15): whoever keeps it, whatever becomes of him."""

import asyncio
from contextlib import suppress
from random import Random

import asyncpg
import pytest

from luochui.tasks import running
from supervision import merkle
from tests.support.engine import announced, bid, desk_running, engine_running, simple_terms
from tests.support.log import SIGNER, journal_of, journaled, keeping, leaves_of
from tests.support.outage import database_away
from transparency import keeper as keeper_module
from transparency.keeper import Keeper
from transparency.nodes import LogBrokenError, edge_of

pytestmark = pytest.mark.integration


async def assert_every_decision_is_one_leaf(pool: asyncpg.Pool) -> None:
    leaves = await leaves_of(pool)
    assert [leaf["leaf"] for leaf in leaves] == list(range(len(leaves)))
    places = [(leaf["lot_id"], leaf["entry"]) for leaf in leaves]
    assert len(set(places)) == len(places)
    assert set(places) == await journal_of(pool)
    for lot in {lot for lot, _ in places}:
        entries = [entry for of, entry in places if of == lot]
        assert entries == list(range(1, len(entries) + 1)), "a lot's leaves stand in order"
    root = merkle.root_of([leaf["hash"] for leaf in leaves])
    assert (await edge_of(pool, len(leaves))).root() == root


@pytest.fixture
async def pool(fresh_database):
    async with asyncpg.create_pool(fresh_database, min_size=1, max_size=2) as pool:
        yield pool


async def test_a_bid_is_a_leaf_a_second_after_its_answer(fresh_database, redis_url, pool):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
        keeping(fresh_database) as keeper,
        running(keeper.keep(), name="keeper"),
    ):
        await announced(bench.desk, "L", simple_terms(), "ann", "bob")
        for n in range(6):
            reply = await bid(bench.desk, "L", ("ann", "bob")[n % 2], 100 + 10 * n)
        refused = await bid(bench.desk, "L", "bob", 100, "too-low")
        assert (reply.rejection, refused.rejection is None) == (None, False)
        async with asyncio.timeout(1.5):
            while await journal_of(pool) != {
                (r["lot_id"], r["entry"]) for r in await leaves_of(pool)
            }:
                await asyncio.sleep(0.02)
        await assert_every_decision_is_one_leaf(pool)


async def test_what_was_journaled_before_anybody_kept_a_log_becomes_leaves_too(
    fresh_database, pool, monkeypatch
):
    monkeypatch.setattr(keeper_module, "_AT_ONCE", 7)
    monkeypatch.setattr(keeper_module, "_LOTS_AT_ONCE", 2)
    await journaled(fresh_database, pool, seed=1, lots=3)
    async with keeping(fresh_database) as keeper:
        assert await keeper.append_new() == len(await journal_of(pool))
        await assert_every_decision_is_one_leaf(pool)
        assert await keeper.append_new() == 0


async def test_the_last_decision_of_a_lot_is_a_leaf_without_looking_at_all_lots(
    fresh_database, pool
):
    await journaled(fresh_database, pool, seed=1)
    async with keeping(fresh_database) as keeper:
        await keeper.append_new()
        await pool.execute(
            "INSERT INTO journal SELECT lot_id, entry + 1, seq, shard, epoch, 'last', arrived_us, stream_id,"
            " kind, command, events, rejection FROM journal WHERE lot_id = 'LOT-0'"
            " ORDER BY entry DESC LIMIT 1"
        )
        await pool.execute(
            "UPDATE lot_state SET is_over = true, entry = entry + 1 WHERE lot_id = 'LOT-0'"
        )
        assert await keeper.append_new(everywhere=False) == 1
        await assert_every_decision_is_one_leaf(pool)


@pytest.mark.parametrize(("rest", "looks_often"), [(0, True), (10_000, False)])
async def test_a_keeper_to_whom_looking_takes_long_looks_more_rarely(
    fresh_database, pool, monkeypatch, rest, looks_often
):
    monkeypatch.setattr(keeper_module, "_LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(keeper_module, "_REST", rest)
    looks = []

    class Watched(Keeper):
        async def append_new(self, *, everywhere: bool = True) -> int:
            looks.append(everywhere)
            return await super().append_new(everywhere=everywhere)

    await journaled(fresh_database, pool, seed=9, lots=1)
    async with running(Watched(pool, SIGNER).keep(), name="keeper"):
        await asyncio.sleep(0.5)
    assert (len(looks) > 5) == looks_often
    assert len(await leaves_of(pool)) == len(await journal_of(pool))


async def test_two_keepers_write_one_log(fresh_database, pool, monkeypatch):
    monkeypatch.setattr(keeper_module, "_AT_ONCE", 3)
    await journaled(fresh_database, pool, seed=2)
    async with keeping(fresh_database) as one, keeping(fresh_database) as two:

        async def until_all_are_leaves(keeper: Keeper) -> int:
            count = 0
            while len(await leaves_of(pool)) < len(await journal_of(pool)):
                count += await keeper.append_new()
            return count

        async with asyncio.TaskGroup() as group:
            jobs = [group.create_task(until_all_are_leaves(k)) for k in (one, two)]
        assert sum(job.result() for job in jobs) == len(await journal_of(pool))
        await assert_every_decision_is_one_leaf(pool)
        await one.sign()
        await two.sign()
        assert await pool.fetchval("SELECT count(*) FROM log_checkpoint") == 1


async def test_two_keepers_who_do_not_know_of_each_other_still_write_one_log(
    fresh_database, pool, monkeypatch
):
    """Without the lock the places of the leaves, each taken once, keep them apart."""
    monkeypatch.setattr(keeper_module, "_AT_ONCE", 3)
    monkeypatch.setitem(keeper_module._KEEPER, "keep", "SELECT $1::bigint IS NOT NULL")
    await journaled(fresh_database, pool, seed=3)
    async with keeping(fresh_database) as one, keeping(fresh_database) as two:

        async def insists(keeper: Keeper) -> None:
            while len(await leaves_of(pool)) < len(await journal_of(pool)):
                with suppress(asyncpg.UniqueViolationError):
                    await keeper.append_new()

        async with asyncio.TaskGroup() as group:
            group.create_task(insists(one))
            group.create_task(insists(two))
        await assert_every_decision_is_one_leaf(pool)


async def test_a_keeper_that_dies_at_any_moment_leaves_a_whole_log(
    fresh_database, redis_url, pool, monkeypatch
):
    monkeypatch.setattr(keeper_module, "_LOOK_EVERY_S", 0.005)
    monkeypatch.setattr(keeper_module, "_AT_ONCE", 2)
    rng = Random(4)

    async def kept_and_killed() -> None:
        while True:
            async with keeping(fresh_database) as keeper:
                job = asyncio.create_task(keeper.keep())  # noqa: TID251 - it is killed here
                await asyncio.sleep(rng.uniform(0, 0.05))
                if rng.random() < 0.5:
                    await pool.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'luochui log' AND datname = current_database()"
                    )
                job.cancel()
                await asyncio.wait([job])

    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(), "ann", "bob")
        async with running(kept_and_killed(), name="keepers"):
            for n in range(120):
                await bid(bench.desk, "L", ("ann", "bob")[n % 2], 100 + 10 * n)
                await asyncio.sleep(0.005)
        assert len(await leaves_of(pool)) > 20, "they got somewhere"
        async with keeping(fresh_database) as keeper:
            await keeper.append_new()
            await keeper.sign()
        await assert_every_decision_is_one_leaf(pool)
        size, root = await pool.fetchrow(
            "SELECT size, root FROM log_checkpoint ORDER BY size DESC LIMIT 1"
        )
        leaves = await leaves_of(pool)
        assert (size, root) == (len(leaves), merkle.root_of([leaf["hash"] for leaf in leaves]))


async def test_a_keeper_goes_on_when_the_database_is_back(
    servers, fresh_database, pool, monkeypatch
):
    monkeypatch.setattr(keeper_module, "_LOOK_EVERY_S", 0.05)
    await journaled(fresh_database, pool, seed=5)
    async with keeping(fresh_database) as keeper:
        async with database_away(servers, fresh_database), running(keeper.keep(), name="keeper"):
            await asyncio.sleep(0.3)
        async with running(keeper.keep(), name="keeper"), asyncio.timeout(5):
            while len(await leaves_of(pool)) < len(await journal_of(pool)):
                await asyncio.sleep(0.05)


async def test_a_log_that_has_not_grown_is_not_signed_again(fresh_database, pool):
    await journaled(fresh_database, pool, seed=6)
    async with keeping(fresh_database) as keeper:
        await keeper.sign()
        assert await pool.fetchval("SELECT count(*) FROM log_checkpoint") == 0, "nothing to sign"
        await keeper.append_new()
        await keeper.sign()
        await keeper.sign()
        assert await pool.fetchval("SELECT count(*) FROM log_checkpoint") == 1
        assert await pool.fetchval("SELECT key FROM log_checkpoint") == SIGNER.public_key


OPENED = "ALTER TABLE {0} DISABLE TRIGGER {0}_is_insert_only"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE log_node SET hash = sha256(hash) WHERE level > 2", "not those that were signed"),
        ("DELETE FROM log_leaf WHERE leaf > 20", "were signed, 21 are left"),
        ("DELETE FROM log_node WHERE level > 2", "nodes are missing"),
    ],
)
async def test_a_log_that_is_not_what_was_signed_is_not_signed_again(
    fresh_database, pool, statement, said
):
    await journaled(fresh_database, pool, seed=7)
    async with keeping(fresh_database) as keeper:
        await keeper.append_new()
        await keeper.sign()
    for table in ("log_leaf", "log_node"):
        await pool.execute(OPENED.format(table))
    await pool.execute(statement)
    async with keeping(fresh_database) as keeper:
        with pytest.raises(LogBrokenError, match=said):
            await keeper.sign()


@pytest.mark.parametrize("table", ["log_leaf", "log_node", "log_checkpoint"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_log_is_insert_only(fresh_database, pool, table, statement):
    await journaled(fresh_database, pool, seed=8, lots=1)
    column = {"log_leaf": "leaf", "log_node": "place", "log_checkpoint": "size"}[table]
    with pytest.raises(asyncpg.RaiseError, match="insert-only"):
        await pool.execute(statement.format(table, column, column))
