"""Port: which engine owns which shard, by a lease and an epoch; a later epoch ends every earlier one.

Whatever implements it must judge leases by one clock of its own, never by that of an engine, and must
share its truth with the journal: once an epoch has begun, no batch of an earlier one becomes durable.
"""

from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from auction.inbox import StreamId

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Who works, and who owns what.

    `engines`: names of the engines that were heard of lately and do not leave. `owners`: by shard, the
    name of the engine whose lease holds, or None.
    """

    engines: frozenset[str]
    owners: dict[int, str | None]


def shard_of(lot_id: str, shards: int) -> int:
    """Return the shard of a lot: the same for every process and for ever."""
    return crc32(lot_id.encode()) % shards


class Ownership(Protocol):
    """Takes, keeps and gives up shards for one engine.

    Every method raises `JournalError` when it cannot tell what is so.
    """

    async def survey(self, *, is_leaving: bool) -> Survey:
        """Tell the others that this engine works, or that it leaves; return who works and owns."""
        ...

    async def take(self, shard: int) -> Claim:
        """Wait until the shard is free, begin a new epoch and return the claim.

        A shard is free when it was released, when its lease is over, or when its owner bears this
        engine's name. While it is not, its owner is asked for it: see `renew`.
        """
        ...

    async def renew(self, claim: Claim, *, alive_us: int) -> bool:
        """Stay the owner, and tell whether another engine that works asks for the shard.

        `alive_us` says until when the shard's inbox was served. Raises `NotOwnerError` when a later epoch
        has begun.
        """
        ...

    async def release(self, claim: Claim, *, alive_us: int) -> None:
        """Give the shard up, served until `alive_us`; the next engine need not wait for the lease to end."""
        ...
