"""A snapshot saves time and decides nothing: with it, without it, or broken, recovery gives the same lot."""

from dataclasses import replace

import pytest
from msgspec import structs

from auction import snapshots_postgres
from auction.codec import fingerprint
from auction.commands import PlaceBid
from auction.journal_postgres import PostgresJournal
from auction.recovery import recovered_lots
from auction.snapshots_postgres import PostgresSnapshots, SnapshotWriter
from auction.state import Lot
from auction.steps import take
from bidding_rules.rejections import RejectionCode as Code
from tests.support.engine import clock, desk_running, simple_terms
from tests.support.history import claimed, commands_of, write_history

pytestmark = pytest.mark.integration

BIDS = 700


async def written(bench) -> Lot:
    """A lot with a journal, and snapshots of all but its last decisions."""
    claim = await claimed(bench.pool)
    lot, at = Lot("L"), clock.now_us()
    terms = simple_terms(opens_at=at, leader_may_raise=True)
    commands = list(commands_of("L", terms, BIDS))
    await write_history(bench.pool, claim, lot, iter(commands[:300]), at)
    await writer(bench).write_all()
    await write_history(bench.pool, claim, lot, iter(commands[300:600]), lot.arrived_at)
    await writer(bench).write_all()
    await write_history(bench.pool, claim, lot, iter(commands[600:]), lot.arrived_at)
    return lot


def writer(bench) -> SnapshotWriter:
    return SnapshotWriter(bench.pool, owner="writer", arrears_min=250, pause_s=0)


async def recovered(bench, *, by_snapshot: bool = True) -> Lot:
    snapshots = PostgresSnapshots(bench.pool) if by_snapshot else None
    lots = await recovered_lots(PostgresJournal(bench.pool), 0, snapshots)
    return lots["L"]


async def snapshot_entries(bench) -> list[int]:
    return [lot.entry for lot in (await PostgresSnapshots(bench.pool).usable(0)).values()]


def without_answers(lot: Lot) -> Lot:
    return replace(lot, answers={})


def told(lot: Lot) -> dict[str, tuple[object, ...]]:
    return {i: (a.entry, a.seq, a.at, a.rejection) for i, a in lot.answers.items()}


def assert_same(lot: Lot, expected: Lot) -> None:
    assert without_answers(lot) == without_answers(expected)
    assert told(lot) == told(expected)


async def test_a_lot_recovered_by_its_snapshot_is_the_lot_of_its_journal(
    fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        lot = await written(bench)
        assert await snapshot_entries(bench) == [600]
        assert_same(await recovered(bench), lot)
        assert_same(await recovered(bench, by_snapshot=False), lot)


async def test_a_repeat_after_recovery_gets_the_first_answer_and_a_reused_id_is_refused(
    fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        before = await written(bench)
        lot = await recovered(bench)
        early = next(c for c in commands_of("L", before.terms, BIDS) if isinstance(c, PlaceBid))
        again = take(lot, early, lot.arrived_at + 1)
        assert again.repeated
        assert again.answer.entry == before.answers[early.command_id].entry
        other = take(lot, structs.replace(early, amount=early.amount + 10), lot.arrived_at + 1)
        assert other.answer.code is Code.COMMAND_ID_REUSED


FLIPPED = "SET body = set_byte(body, 40, get_byte(body, 40) # 1)"
MOVED = """UPDATE lot_snapshot n SET entry = j.entry, command_id = j.command_id, arrived_us = j.arrived_us
    FROM journal j WHERE j.entry = n.entry - 1"""


@pytest.mark.parametrize(
    "damage",
    [
        f"UPDATE lot_snapshot {FLIPPED}",
        f"UPDATE lot_answers {FLIPPED} WHERE entry_first > 1",
        MOVED,
        "DELETE FROM lot_answers WHERE entry_first = 1",
        "DELETE FROM lot_answers WHERE entry_first > 1",
    ],
)
async def test_a_broken_snapshot_is_let_go_and_the_journal_folded_instead(
    damage, fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        lot = await written(bench)
        await bench.pool.execute(damage)
        assert_same(await recovered(bench), lot)
        assert await snapshot_entries(bench) == []
        await writer(bench).write_all()
        assert await snapshot_entries(bench) == [lot.entry]
        assert_same(await recovered(bench), lot)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE lot_snapshot SET entry = 100000",
        "UPDATE lot_snapshot SET command_id = 'another'",
        "UPDATE lot_snapshot SET arrived_us = arrived_us + 1",
    ],
)
async def test_a_snapshot_that_says_more_than_the_journal_is_not_used(
    change, fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        lot = await written(bench)
        await bench.pool.execute(change)
        assert await snapshot_entries(bench) == []
        assert_same(await recovered(bench), lot)


async def test_a_snapshot_by_other_code_is_not_used_and_gets_replaced(
    fresh_database, redis_url, monkeypatch
):
    async with desk_running(fresh_database, redis_url) as bench:
        lot = await written(bench)
        monkeypatch.setattr(snapshots_postgres, "form", lambda: "another")
        assert await snapshot_entries(bench) == []
        assert_same(await recovered(bench), lot)
        await writer(bench).write_all()
        assert await snapshot_entries(bench) == [lot.entry]
        assert_same(await recovered(bench), lot)


async def test_two_writers_do_not_disturb_each_other(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        lot = await written(bench)
        slow = await writer(bench)._begun("L")
        await snapshots_postgres.SnapshotWriter(
            bench.pool, owner="writer", arrears_min=1, pause_s=0
        ).write_all()
        assert await snapshot_entries(bench) == [lot.entry]
        assert slow.entry == 600
        late = writer(bench)
        late._arrears_min = 1
        late._begun = lambda _: _ready(slow)
        await late._write("L")
        assert await snapshot_entries(bench) == [lot.entry]
        assert_same(await recovered(bench), lot)


async def _ready(lot: Lot) -> Lot:
    return lot


def test_a_fingerprint_tells_commands_apart():
    first = PlaceBid(lot_id="L", command_id="1", actor="ann", amount=1)
    assert fingerprint(first) == fingerprint(structs.replace(first))
    for other in ({"amount": 2}, {"actor": "bob"}, {"lot_id": "M"}):
        assert fingerprint(first) != fingerprint(structs.replace(first, **other))
