"""Who can do anything to the database still cannot change what was signed without being found out.

The careless one changes the journal alone. The thorough one also writes the log anew, keeps all salts, and
signs it with the stolen key: only a checkpoint that somebody else has kept tells on him.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
import pytest

from supervision.log import Findings, verify
from tests.support.log import SIGNER, extract_of, journaled, keeping
from transparency.leaves import SALT_BYTES, Decision, Salts, leaf_of
from transparency.reader import LogReader
from transparency.tree import Edge

pytestmark = pytest.mark.integration

SEEDS = 20
LOTS = ["LOT-0", "LOT-1"]
TABLES = ("journal", *(f"journal_{n}" for n in range(8)))


class Dba:
    """Somebody with every right on the database."""

    def __init__(self, connection: asyncpg.Connection, rng: Random, signed: int) -> None:
        self._connection, self._rng, self._signed = connection, rng, signed

    async def _one(self) -> tuple[str, int]:
        """Choose a decision that was signed and that another one follows."""
        rows = await self._connection.fetch(
            "SELECT lot_id, entry FROM log_leaf l WHERE leaf < $1 AND EXISTS ("
            " SELECT FROM log_leaf n WHERE n.lot_id = l.lot_id AND n.entry = l.entry + 1)",
            self._signed,
        )
        lot, entry = self._rng.choice(rows)
        return lot, entry

    async def _run(self, statement: str, *arguments: Any) -> None:
        await self._connection.execute(statement, *arguments)

    async def _shift(self, lot: str, after: int, by: int) -> None:
        for change in (1_000_000, by - 1_000_000):
            await self._run(
                "UPDATE journal SET entry = entry + $3 WHERE lot_id = $1 AND entry > $2",
                lot,
                after,
                change,
            )

    async def edit(self) -> None:
        lot, entry = await self._one()
        column, text = self._rng.choice(
            [
                ("command", '{"amount":1}'),
                ("events", '[{"kind":"x"}]'),
                ("rejection", '{"code":"x"}'),
            ]
        )
        await self._run(
            f"UPDATE journal SET {column} = $3 WHERE lot_id = $1 AND entry = $2",  # noqa: S608
            lot,
            entry,
            text,
        )

    async def delete(self) -> None:
        lot, entry = await self._one()
        await self._run("DELETE FROM journal WHERE lot_id = $1 AND entry = $2", lot, entry)
        await self._shift(lot, entry, -1)

    async def insert(self) -> None:
        lot, entry = await self._one()
        await self._shift(lot, entry - 1, 1)
        await self._run(
            "INSERT INTO journal SELECT lot_id, $2, seq, shard, epoch, 'invented', arrived_us, stream_id,"
            " kind, command, events, rejection FROM journal WHERE lot_id = $1 AND entry = $2 + 1",
            lot,
            entry,
        )

    async def swap(self) -> None:
        lot, entry = await self._one()
        for old, new in ((entry, 1_000_000), (entry + 1, entry), (1_000_000, entry + 1)):
            await self._run(
                "UPDATE journal SET entry = $3 WHERE lot_id = $1 AND entry = $2", lot, old, new
            )

    async def backdate(self) -> None:
        lot, entry = await self._one()
        await self._run(
            "UPDATE journal SET arrived_us = arrived_us - $3 WHERE lot_id = $1 AND entry = $2",
            lot,
            entry,
            self._rng.randint(1, 1000),
        )

    async def cut(self) -> None:
        await self._run(
            "DELETE FROM journal j USING log_leaf l"
            " WHERE l.lot_id = j.lot_id AND l.entry = j.entry AND l.leaf >= $1",
            self._rng.randint(self._signed - 10, self._signed - 1),
        )

    async def fork(self) -> None:
        """Show another log, as long as the one that was signed, to somebody else."""
        await self._run(
            "DELETE FROM journal j USING log_leaf l"
            " WHERE l.lot_id = j.lot_id AND l.entry = j.entry AND l.leaf >= $1",
            self._signed,
        )
        await self.edit()

    async def writes_the_log_anew(self) -> None:
        """Make leaves of what the journal says now, where they were before, and sign that."""
        kept = await self._connection.fetch("SELECT * FROM log_leaf ORDER BY leaf")
        decisions = {
            (row["lot_id"], row["entry"]): Decision(**row)
            for row in await self._connection.fetch(
                "SELECT lot_id, entry, seq, shard, epoch, command_id, arrived_us, stream_id, kind,"
                " command::text, events::text, rejection::text FROM journal ORDER BY lot_id, entry"
            )
        }
        salts = {
            (row["lot_id"], row["entry"]): Salts(
                decision=row["decision_salt"], events=row["events_salt"]
            )
            for row in kept
        }
        for table in ("log_leaf", "log_node", "log_checkpoint"):
            await self._run(f"DELETE FROM {table}")  # noqa: S608
        edge, new = Edge(), [place for place in decisions if place not in salts]
        for place in [*(place for place in salts if place in decisions), *new]:
            fresh = Salts(decision=b"x" * SALT_BYTES, events=b"y" * SALT_BYTES)
            salt = salts.get(place, fresh)
            await self._run(
                "INSERT INTO log_leaf VALUES ($1, $2, $3, $4, $5)",
                edge.size, *place, salt.decision, salt.events,
            )  # fmt: skip
            for node, hash_ in edge.append(leaf_of(decisions[place], salt)):
                await self._run("INSERT INTO log_node VALUES ($1, $2, $3)", *node, hash_)
        note = SIGNER.note(edge.size, edge.root())
        await self._run(
            "INSERT INTO log_checkpoint VALUES ($1, $2, $3, $4)",
            edge.size, edge.root(), note, SIGNER.public_key,
        )  # fmt: skip


KINDS = [Dba.edit, Dba.delete, Dba.insert, Dba.swap, Dba.backdate, Dba.cut, Dba.fork]


@pytest.fixture
async def kept(fresh_database) -> AsyncIterator[tuple[asyncpg.Connection, list[str]]]:
    """A database whose log was signed twice; somebody has kept the first checkpoint."""
    async with asyncpg.create_pool(fresh_database, min_size=1, max_size=2) as pool:
        await journaled(fresh_database, pool, seed=1)
        async with keeping(fresh_database) as keeper:
            entries = dict(await pool.fetch("SELECT lot_id, entry FROM lot_state"))
            await pool.execute("UPDATE lot_state SET entry = entry - 8")
            await keeper.append_new()
            await keeper.sign()
            for lot, entry in entries.items():
                await pool.execute("UPDATE lot_state SET entry = $2 WHERE lot_id = $1", lot, entry)
            first = await LogReader(pool).latest()
            await keeper.append_new()
            await keeper.sign()
        async with pool.acquire() as connection:
            yield connection, [first.note]


@asynccontextmanager
async def as_dba(connection: asyncpg.Connection, seed: int, signed: int) -> AsyncIterator[Dba]:
    """Take all guards away; afterwards nothing of it has happened."""
    change = connection.transaction()
    await change.start()
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER journal_is_insert_only")
    for table in ("log_leaf", "log_node", "log_checkpoint"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_insert_only")
    yield Dba(connection, Random(seed), signed)
    await change.rollback()


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


async def found(connection: asyncpg.Connection, earlier: list[str]) -> Findings:
    extract = await extract_of(connection, LOTS, [size_of(note) for note in earlier])
    return verify(extract, public_key=SIGNER.public_key, earlier=earlier)


async def test_an_honest_log_is_found_whole(kept):
    connection, notes = kept
    findings = await found(connection, notes)
    assert findings.problems == []
    assert findings.unseen == 0
    assert findings.opened == findings.decisions == findings.size > size_of(notes[0])
    assert (findings.lots, findings.earlier) == (2, 1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_changed_journal_does_not_fit_its_log(kept, kind):
    connection, _ = kept
    for seed in range(SEEDS):
        async with as_dba(connection, seed, size_of(kept[1][0])) as dba:
            await kind(dba)
            assert (await found(connection, [])).problems, seed


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_log_written_anew_does_not_fit_the_checkpoint_that_was_kept(kept, kind):
    """And, the control, without that checkpoint nothing is found: it is what the proof stands on."""
    connection, notes = kept
    for seed in range(SEEDS):
        async with as_dba(connection, seed, size_of(notes[0])) as dba:
            await kind(dba)
            await dba.writes_the_log_anew()
            assert (await found(connection, [])).problems == [], seed
            problems = (await found(connection, notes)).problems
            assert any("the log was" in problem for problem in problems), seed


async def test_one_lot_alone_tells_too(kept):
    """By the proof of consistency, without seeing every leaf."""
    connection, notes = kept
    async with as_dba(connection, 1, size_of(notes[0])) as dba:
        await dba.edit()
        await dba.writes_the_log_anew()
        for lot in LOTS:
            extract = await extract_of(connection, [lot], [size_of(notes[0])])
            findings = verify(extract, public_key=SIGNER.public_key, earlier=notes)
            assert findings.unseen
            assert [p for p in findings.problems if "rewritten" in p]


async def test_what_was_signed_after_the_kept_checkpoint_can_be_rewritten_unseen(kept):
    """The control: a checkpoint says nothing of what came after it."""
    connection, notes = kept
    async with as_dba(connection, 1, size_of(notes[0])) as dba:
        await connection.execute(
            "UPDATE journal j SET command = '{}' FROM log_leaf l"
            " WHERE l.lot_id = j.lot_id AND l.entry = j.entry AND l.leaf >= $1",
            size_of(notes[0]),
        )
        await dba.writes_the_log_anew()
        assert (await found(connection, notes)).problems == []
