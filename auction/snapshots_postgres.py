"""Snapshots on PostgreSQL: read at recovery, and written beside the engine from the journal alone."""

import asyncio
from collections.abc import Sequence

import asyncpg
import structlog

from auction.codec import decode_command, fingerprint
from auction.database_errors import DATABASE_ERRORS
from auction.journal import JournalError
from auction.journal_postgres import row_of
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
from auction.state import Answer, Lot
from listing.sql import load

_SQL = load("auction", "snapshots")
_LOOK_EVERY_S = 10
_ARREARS_MIN = 5_000
_STRETCH_MAX = 10_000
_AT_ONCE = 250
_PAUSE_S = 0.02

_log = structlog.get_logger()


class PostgresSnapshots:
    """Reads snapshots; every stretch is decoded on its own, so that nobody else waits long for the loop."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def usable(self, shard: int) -> dict[str, Lot]:
        """Read what was written by this very code and agrees with the journal; let go of what is broken."""
        return await self._usable("snapshots_of_shard", shard)

    async def usable_of(self, lot_ids: Sequence[str]) -> dict[str, Lot]:
        """Read the same of some lots."""
        return await self._usable("snapshots_of_lots", lot_ids)

    async def _usable(self, query: str, wanted: object) -> dict[str, Lot]:
        try:
            found = await self._pool.fetch(_SQL[query], wanted, form())
            lots = [await self._lot_or_none(row) for row in found]
        except DATABASE_ERRORS as error:
            raise JournalError(f"snapshots not readable: {error}") from error
        return {lot.lot_id: lot for lot in lots if lot is not None}

    async def _lot_or_none(self, row: asyncpg.Record) -> Lot | None:
        try:
            return await self._lot(row)
        except SnapshotError as error:
            _log.warning("snapshot not used", lot=row["lot_id"], error=str(error))
            await self._pool.execute(_SQL["forget_snapshot"], row["lot_id"], row["digest"])
            return None

    async def _lot(self, row: asyncpg.Record) -> Lot:
        lot = _head(row["lot_id"], row)
        entry = 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            cursor = connection.cursor(_SQL["answers_of_lot"], lot.lot_id, prefetch=4)
            async for stretch in cursor:
                if stretch["entry_first"] != entry + 1:
                    raise SnapshotError(f"answers missing after entry {entry}")
                entry = stretch["entry_last"]
                _check(lot.lot_id, entry, stretch)
                lot.answers.update(decode_answers(stretch["body"]))
                await asyncio.sleep(0)
        if entry != lot.entry:
            raise SnapshotError(f"answers end at entry {entry}, the lot at {lot.entry}")
        return lot


class SnapshotWriter:
    """Writes snapshots of long journals of the shards that the engine called `owner` owns.

    It folds what the journal says, slowly and beside the engine, and never looks at the engine's memory,
    which may be ahead of the journal. A lot gets a new one after `arrears_min` more decisions; after every
    few decisions it pauses for `pause_s`.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        owner: str,
        arrears_min: int = _ARREARS_MIN,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._pool, self._owner = pool, owner
        self._arrears_min, self._pause_s = arrears_min, pause_s
        self._unfit: set[str] = set()

    async def keep_writing(self) -> None:
        """Write whatever has fallen into arrears, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.write_all()
            except DATABASE_ERRORS as error:
                _log.warning("snapshots not written", error=str(error))

    async def write_all(self) -> None:
        """Bring the snapshots of all lots with long journals up to date."""
        arrears = (self._owner, form(), self._arrears_min)
        for row in await self._pool.fetch(_SQL["lots_in_arrears"], *arrears):
            if row["lot_id"] in self._unfit:
                continue
            try:
                await self._write(row["lot_id"])
            except SnapshotError as error:
                self._unfit.add(row["lot_id"])
                _log.warning("no snapshot of this lot", lot=row["lot_id"], error=str(error))

    async def _write(self, lot_id: str) -> None:
        lot = await self._begun(lot_id)
        while True:
            base = lot.entry
            last = await self._fold(lot)
            if lot.entry - base < self._arrears_min or last is None:
                return
            body, answers = encode_lot(lot), encode_answers(lot.answers)
            await self._pool.execute(
                _SQL["save_snapshot"],
                *(lot_id, base, lot.entry, last["command_id"], last["arrived_us"], form()),
                *(digest_of(lot_id, lot.entry, body), body),
                *(digest_of(lot_id, lot.entry, answers), answers),
            )
            lot.answers.clear()

    async def _begun(self, lot_id: str) -> Lot:
        """Return the lot as its last snapshot has it, without answers."""
        row = await self._pool.fetchrow(_SQL["snapshot_of_lot"], lot_id, form())
        return Lot(lot_id) if row is None else _head(lot_id, row)

    async def _fold(self, lot: Lot) -> asyncpg.Record | None:
        """Take the next stretch of the journal into `lot`, and return its last row."""
        last, end = None, lot.entry + _STRETCH_MAX
        while lot.entry < end:
            rows = await self._pool.fetch(
                _SQL["decisions_to_fold"], lot.lot_id, lot.entry, _AT_ONCE
            )
            _replay(lot, rows)
            last = rows[-1] if rows else last
            if len(rows) < _AT_ONCE:
                break
            await asyncio.sleep(self._pause_s)
        return last


def _replay(lot: Lot, rows: Sequence[asyncpg.Record]) -> None:
    """Fold `rows`; the answers are to be understood by other processes."""
    for record in rows:
        row = row_of(record)
        replay(lot, row)
        answer = lot.answers.get(row.command_id)
        if answer is not None:
            lot.answers[row.command_id] = _for_others(answer, row.kind, row.command)


def _for_others(answer: Answer, kind: str, command: str) -> Answer:
    return Answer(
        entry=answer.entry,
        seq=answer.seq,
        at=answer.at,
        rejection=answer.rejection,
        fingerprint=fingerprint(decode_command(kind, command)),
    )


def _head(lot_id: str, row: asyncpg.Record) -> Lot:
    _check(lot_id, row["entry"], row)
    lot = decode_lot(row["body"])
    if (lot.lot_id, lot.entry) != (lot_id, row["entry"]):
        raise SnapshotError(f"of another lot or entry: {lot.lot_id}, {lot.entry}")
    return lot


def _check(lot_id: str, entry: int, row: asyncpg.Record) -> None:
    if digest_of(lot_id, entry, row["body"]) != row["digest"]:
        raise SnapshotError(f"broken at entry {entry}")
