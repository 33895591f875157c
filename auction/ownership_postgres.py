"""Ownership on PostgreSQL: rows of shards and engines beside the journal, judged by its clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from auction.database_errors import DATABASE_ERRORS
from auction.inbox import StreamId
from auction.journal import JournalError, NotOwnerError
from auction.ownership import Claim, Survey
from listing.sql import load

_SQL = load("auction", "ownership")
_LEASE = timedelta(seconds=2)
_TAKE_EVERY_S = 0.02


class ShardCountError(Exception):
    """The installation was begun with another number of shards: lots would be looked for in wrong streams."""


class PostgresOwnership:
    """Takes, keeps and gives up shards for one engine, known by `owner`."""

    def __init__(self, pool: asyncpg.Pool, *, owner: str) -> None:
        self._pool = pool
        self._owner = owner

    async def survey(self, *, is_leaving: bool) -> Survey:
        """Write this engine's row, read all rows of engines and shards."""
        async with _told():
            await self._pool.execute(_SQL["note_engine"], self._owner, is_leaving)
            engines = await self._pool.fetch(_SQL["working_engines"], _LEASE)
            shards = await self._pool.fetch(_SQL["shard_owners"])
        return Survey(
            engines=frozenset(row["name"] for row in engines),
            owners={row["shard"]: row["owner"] for row in shards},
        )

    async def take(self, shard: int) -> Claim:
        """Try and ask again until the shard is free."""
        while True:
            async with _told():
                row = await self._pool.fetchrow(_SQL["take_shard"], shard, self._owner, _LEASE)
            if row is not None:
                return Claim(
                    shard=shard,
                    epoch=row["epoch"],
                    alive_us=row["alive_us"],
                    last=StreamId(row["last_stream_ms"], row["last_stream_no"]),
                )
            await asyncio.sleep(_TAKE_EVERY_S)

    async def renew(self, claim: Claim, *, alive_us: int) -> bool:
        """Move the lease on; the row tells who asks."""
        async with _told():
            row = await self._pool.fetchrow(
                _SQL["renew_lease"], claim.shard, claim.epoch, _LEASE, alive_us
            )
        if row is None:
            raise NotOwnerError(f"shard {claim.shard}: epoch {claim.epoch} is over")
        return bool(row["is_asked_for"])

    async def release(self, claim: Claim, *, alive_us: int) -> None:
        """End the lease now, unless a later epoch has begun."""
        async with _told():
            await self._pool.execute(_SQL["release_shard"], claim.shard, claim.epoch, alive_us)


async def register_shards(pool: asyncpg.Pool, shards: int) -> None:
    """Make the shards of a new installation; raise `ShardCountError` if it has another number of them."""
    await pool.execute(_SQL["register_shards"], shards)
    await check_shards(pool, shards)


async def check_shards(pool: asyncpg.Pool, shards: int) -> None:
    """Raise `ShardCountError` if the installation was begun with another number of shards."""
    known = await pool.fetchval(_SQL["count_shards"])
    if known not in (0, shards):
        raise ShardCountError(
            f"LUOCHUI_SHARDS is {shards}, but this installation was begun with {known}"
        )


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Call every failure of the database by the name that the port promises."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise JournalError(f"ownership unknown: {error}") from error
