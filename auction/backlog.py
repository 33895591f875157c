"""How much waits in the inboxes, seen from a web process: too much of it refuses more at the door."""

import asyncio

from auction.inbox import Inbox, InboxDownError

_LOOK_EVERY_S = 0.25


class Backlog:
    """Knows, a quarter of a second late, which shards' inboxes hold more than `length_max` entries.

    Engines trim what they have decided, so a long inbox is one that no engine keeps up with.
    """

    def __init__(self, inbox: Inbox, *, shards: int, length_max: int) -> None:
        self._inbox, self._shards, self._length_max = inbox, shards, length_max
        self._too_long: set[int] = set()

    def is_too_long(self, shard: int) -> bool:
        """Tell whether nothing more should be put into the shard's inbox."""
        return shard in self._too_long

    async def keep_looking(self) -> None:
        """Look at every inbox again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Look at every inbox once; one that cannot be reached refuses by itself."""
        for shard in range(self._shards):
            try:
                is_long = await self._inbox.length(shard) > self._length_max
            except InboxDownError:
                is_long = False
            (self._too_long.add if is_long else self._too_long.discard)(shard)
