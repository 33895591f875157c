"""Which engine owns which shard: a lease and an epoch, both rows in PostgreSQL, judged by its clock."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

import asyncpg

from auction.inbox import StreamId
from auction.journal import JournalError, NotOwnerError
from listing.sql import load

_SQL = load("auction", "ownership")
_LEASE = timedelta(seconds=3)
RENEW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to write a shard, until a later epoch begins.

    `alive_us`: when the last owner was known to work, 0 for never. `last`: the last inbox entry decided.
    """

    shard: int
    epoch: int
    alive_us: int
    last: StreamId


def shard_of(lot_id: str, shards: int) -> int:
    """Return the shard of a lot: the same for every process and for ever."""
    return crc32(lot_id.encode()) % shards


class Ownership:
    """Takes, keeps and gives up shards for one engine, known by `owner`."""

    def __init__(self, pool: asyncpg.Pool, *, owner: str) -> None:
        self._pool = pool
        self._owner = owner

    async def register(self, shards: int) -> None:
        """Make sure that the shards exist."""
        await self._pool.execute(_SQL["register_shards"], shards)

    async def take(self, shard: int) -> Claim:
        """Wait until the shard is free, begin a new epoch and return the claim."""
        while True:
            row = await self._pool.fetchrow(_SQL["take_shard"], shard, self._owner, _LEASE)
            if row is not None:
                return Claim(
                    shard=shard,
                    epoch=row["epoch"],
                    alive_us=row["alive_us"],
                    last=StreamId(row["last_stream_ms"], row["last_stream_no"]),
                )
            await asyncio.sleep(RENEW_EVERY_S / 2)

    async def renew(self, claim: Claim, *, alive_us: int) -> None:
        """Stay the owner; `alive_us` says until when the shard's inbox was served."""
        try:
            row = await self._pool.fetchval(
                _SQL["renew_lease"], claim.shard, claim.epoch, _LEASE, alive_us
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise JournalError(f"lease not renewed: {error}") from error
        if row is None:
            raise NotOwnerError(f"shard {claim.shard}: epoch {claim.epoch} is over")

    async def release(self, claim: Claim) -> None:
        """Give the shard up; the next engine need not wait for the lease to end."""
        await self._pool.execute(_SQL["release_shard"], claim.shard, claim.epoch)
