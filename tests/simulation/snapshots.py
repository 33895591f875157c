"""Snapshots in a simulation: taken from the journal beside the engine, stale, torn, lost, of older code."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

import msgspec

from auction.codec import decode_command, fingerprint
from auction.journal import JournalError, Row
from auction.recovery import replay
from auction.snapshots import (
    SnapshotError,
    decode_answers,
    decode_lot,
    digest_of,
    encode_answers,
    encode_lot,
    form,
)
from auction.state import Lot
from tests.simulation.postgres import Database, read, row_of
from tests.simulation.world import Link, World

_LOOK_EVERY_S = 0.7
_ARREARS_MIN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A row of `lot_snapshot` with those of `lot_answers` that belong to it."""

    lot_id: str
    entry: int
    command_id: str
    arrived_us: int
    form: str
    digest: bytes
    body: bytes


class SnapshotTable:
    """Tables `lot_snapshot` and `lot_answers`."""

    def __init__(self, world: World, database: Database) -> None:
        self._world, self._database = world, database
        self.rows: dict[str, Snapshot] = {}
        self._earlier: list[Snapshot] = []

    def usable(self, lot_ids: Iterable[str]) -> list[Snapshot]:
        """`snapshots_of_lots`: those of this code which end with a decision that the journal has there."""
        found = [self.rows[lot_id] for lot_id in lot_ids if lot_id in self.rows]
        return [row for row in found if self._is_of_this_code(row) and self._is_in_journal(row)]

    def usable_of_shard(self, shard: int) -> list[Snapshot]:
        """`snapshots_of_shard`."""
        lots = self._database.lots.items()
        return self.usable(n for n, lot in lots if lot.shard == shard and not lot.is_over)

    def lots_in_arrears(self) -> list[str]:
        """`lots_in_arrears`: those whose journal has grown since their snapshot."""
        entries = {n: row.entry for n, row in self.rows.items() if self._is_of_this_code(row)}
        lots = sorted(self._database.lots.items())
        return [n for n, lot in lots if len(lot.rows) - entries.get(n, 0) >= _ARREARS_MIN]

    def save(self, snapshot: Snapshot, base: int) -> None:
        """`save_snapshot`: nothing is saved when somebody else has moved it."""
        known = self.rows.get(snapshot.lot_id)
        if (0 if known is None or known.form != snapshot.form else known.entry) == base:
            self.rows[snapshot.lot_id] = snapshot
            self._earlier.append(snapshot)
            self._world.trace(f"snapshot of {snapshot.lot_id} at {snapshot.entry}")

    def forget(self, snapshot: Snapshot) -> None:
        """`forget_snapshot`."""
        if self.rows.get(snapshot.lot_id) == snapshot:
            del self.rows[snapshot.lot_id]

    def go_wrong(self, rng: Random) -> None:
        """Lose a snapshot, tear it, take it for one of older code, or bring an earlier one back."""
        for lot_id in sorted(self.rows):
            what, row = rng.choice(("lost", "torn", "older code", "stale")), self.rows[lot_id]
            match what:
                case "lost":
                    del self.rows[lot_id]
                case "torn":
                    self.rows[lot_id] = replace(row, body=row.body[: rng.randrange(len(row.body))])
                case "older code":
                    self.rows[lot_id] = _by_older_code(row)
                case _:
                    earlier = [old for old in self._earlier if old.lot_id == lot_id]
                    self.rows[lot_id] = rng.choice(earlier)
            self._world.trace(f"snapshot of {lot_id} is {what}")

    def _is_of_this_code(self, row: Snapshot) -> bool:
        return row.form == form()

    def _is_in_journal(self, row: Snapshot) -> bool:
        decided = self._database.lots[row.lot_id].rows[row.entry - 1 : row.entry]
        place = [(d.entry, d.command_id, d.arrived_us) for d in decided]
        return place == [(row.entry, row.command_id, row.arrived_us)]


class SimulatedSnapshots:
    """The port `auction.snapshots.Snapshots`, for one process; and what writes them beside the engine."""

    def __init__(self, table: SnapshotTable, database: Database, link: Link) -> None:
        self._table, self._database, self._link = table, database, link

    async def usable(self, shard: int) -> dict[str, Lot]:
        return await self._lots(await read(self._link, lambda: self._table.usable_of_shard(shard)))

    async def usable_of(self, lot_ids: Sequence[str]) -> dict[str, Lot]:
        return await self._lots(await read(self._link, lambda: self._table.usable(lot_ids)))

    async def keep_writing(self) -> None:
        """Bring snapshots up to date, now and then, whoever owns the shard by now."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                for lot_id in await read(self._link, self._table.lots_in_arrears):
                    await self._write(lot_id)
            except JournalError:
                continue

    async def _lots(self, rows: list[Snapshot]) -> dict[str, Lot]:
        lots = {}
        for row in rows:
            try:
                lots[row.lot_id] = _lot_of(row)
            except SnapshotError:
                await read(self._link, lambda row=row: self._table.forget(row))
        return lots

    async def _write(self, lot_id: str) -> None:
        lot = (await self.usable_of([lot_id])).get(lot_id) or Lot(lot_id)
        base, last = lot.entry, None
        known = {lot_id: base}
        for decision in await read(self._link, lambda: self._database.rows_of_lots(known)):
            last = row_of(decision)
            _fold(lot, last)
        if last is None or lot.entry - base < _ARREARS_MIN:
            return
        taken = _taken(lot, last.command_id)
        await read(self._link, lambda: self._table.save(taken, base))


def _fold(lot: Lot, row: Row) -> None:
    """Take in a decision; its answer is to be understood by other processes."""
    replay(lot, row)
    answer = lot.answers.get(row.command_id)
    if answer is not None:
        command = decode_command(row.kind, row.command)
        lot.answers[row.command_id] = msgspec.structs.replace(
            answer, fingerprint=fingerprint(command)
        )


def _taken(lot: Lot, command_id: str) -> Snapshot:
    body = msgspec.msgpack.encode((encode_lot(lot), encode_answers(lot.answers)))
    return Snapshot(
        lot_id=lot.lot_id,
        entry=lot.entry,
        command_id=command_id,
        arrived_us=lot.arrived_at,
        form=form(),
        digest=digest_of(lot.lot_id, lot.entry, body),
        body=body,
    )


def _by_older_code(row: Snapshot) -> Snapshot:
    """Return it as code would have made it that counted one event more as public."""
    try:
        lot = _lot_of(row)
    except SnapshotError:
        return row
    lot.seq += 1
    return replace(_taken(lot, row.command_id), form="older")


def _lot_of(row: Snapshot) -> Lot:
    if digest_of(row.lot_id, row.entry, row.body) != row.digest:
        raise SnapshotError(f"{row.lot_id}: broken at entry {row.entry}")
    body, answers = msgspec.msgpack.decode(row.body)
    lot = decode_lot(body)
    lot.answers.update(decode_answers(answers))
    return lot
