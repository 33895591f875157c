"""The journal on PostgreSQL: one fenced statement a batch."""

from collections.abc import AsyncIterator, Mapping

import asyncpg

from auction.database_errors import DATABASE_ERRORS
from auction.journal import Batch, JournalError, NotOwnerError, Row
from listing.sql import load

_SQL = load("auction", "journal")


class PostgresJournal:
    """Writes on one connection of its own, so that batches of a shard follow each other."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def append(self, batch: Batch) -> None:
        """Run the one statement. Its commit is what makes an answer true."""
        rows, states = batch.rows, batch.states
        try:
            fenced = await self._pool.fetchval(
                _SQL["append_decisions"],
                batch.shard,
                batch.epoch,
                batch.last.ms,
                batch.last.no,
                batch.alive_us,
                [r.lot_id for r in rows],
                [r.entry for r in rows],
                [r.seq for r in rows],
                [r.command_id for r in rows],
                [r.arrived_us for r in rows],
                [r.stream_id for r in rows],
                [r.kind for r in rows],
                [r.command for r in rows],
                [r.events for r in rows],
                [r.rejection for r in rows],
                [s.lot_id for s in states],
                [s.entry for s in states],
                [s.seq for s in states],
                [s.is_over for s in states],
                [s.state for s in states],
            )
        except DATABASE_ERRORS as error:
            raise JournalError(f"decisions not durable: {error}") from error
        if fenced is None:
            raise NotOwnerError(f"shard {batch.shard}: epoch {batch.epoch} is over")

    def replay(self, shard: int, known: Mapping[str, int]) -> AsyncIterator[Row]:
        """Yield what an engine replays when it takes over the shard."""
        return self._read("decisions_of_shard", shard, list(known), list(known.values()))

    def recall(self, known: Mapping[str, int]) -> AsyncIterator[Row]:
        """Yield what was decided on some lots."""
        return self._read("decisions_of_lots", list(known), list(known.values()))

    async def _read(self, query: str, *parameters: object) -> AsyncIterator[Row]:
        """Yield decisions through a cursor, so that memory stays flat."""
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                async for r in connection.cursor(_SQL[query], *parameters, prefetch=1000):
                    yield row_of(r)
        except DATABASE_ERRORS as error:
            raise JournalError(f"journal not readable: {error}") from error


def row_of(record: asyncpg.Record) -> Row:
    """Return a decision as it was read."""
    return Row(
        lot_id=record["lot_id"],
        entry=record["entry"],
        seq=record["seq"],
        command_id=record["command_id"],
        arrived_us=record["arrived_us"],
        stream_id="",
        kind=record["kind"],
        command=record["command"],
        events=record["events"],
        rejection=record["rejection"],
    )
