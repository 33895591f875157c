"""The inbox of a web process on a cluster, where every shard's stream may lie on another server."""

from collections.abc import Callable, Mapping

from auction.commands import Command
from auction.inbox import Arrived, Inbox, StreamId


class InboxOfShards:
    """Hands everything to the shard's own inbox."""

    def __init__(self, inboxes: Mapping[int, Inbox]) -> None:
        self._inboxes = inboxes

    async def append(self, shard: int, command: Command, reply_to: str) -> StreamId:
        """Append to the shard's inbox."""
        return await self._inboxes[shard].append(shard, command, reply_to)

    def send(
        self, shard: int, command: Command, reply_to: str, on_lost: Callable[[Exception], None]
    ) -> None:
        """Send to the shard's inbox."""
        self._inboxes[shard].send(shard, command, reply_to, on_lost)

    async def read(
        self, shard: int, after: StreamId, *, count_max: int, wait_ms: int
    ) -> list[Arrived]:
        """Read the shard's inbox."""
        inbox = self._inboxes[shard]
        return await inbox.read(shard, after, count_max=count_max, wait_ms=wait_ms)

    async def make_newer_than(self, shard: int, last: StreamId) -> None:
        """See to the shard's inbox."""
        await self._inboxes[shard].make_newer_than(shard, last)

    async def forget(self, shard: int, before: StreamId) -> None:
        """Trim the shard's inbox."""
        await self._inboxes[shard].forget(shard, before)

    async def clock_us(self, shard: int) -> int:
        """Ask the shard's inbox for its clock."""
        return await self._inboxes[shard].clock_us(shard)

    async def begin_anew(self, shard: int, after: StreamId) -> list[Arrived]:
        """Empty the shard's inbox."""
        return await self._inboxes[shard].begin_anew(shard, after)

    async def length(self, shard: int) -> int:
        """Ask the shard's inbox."""
        return await self._inboxes[shard].length(shard)
