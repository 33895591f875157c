"""Port: the inbox of a shard, where what arrives gets its one place in the order and its one stamp."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

import msgspec

from auction.commands import Command

_KEEP_MS = 600_000
_KEEP_MAX = 100_000
_FORGET_EVERY_S = 2


class StreamId(NamedTuple):
    """The place in the order: milliseconds of arrival (the inbox server's clock) and a number."""

    ms: int
    no: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.no}"


class Arrived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry of the inbox. `reply_to` names the web worker that waits, or nobody."""

    stream_id: StreamId
    kind: str
    body: bytes
    reply_to: str


class InboxDownError(Exception):
    """The inbox cannot be reached: nothing was appended."""


class InboxUnsureError(Exception):
    """Whether the command was appended is unknown; ask for its answer by its id."""


class Inbox(Protocol):
    """Ordered commands of each shard."""

    async def append(self, shard: int, command: Command, reply_to: str) -> StreamId:
        """Append a command; raise `InboxDownError` or `InboxUnsureError`."""
        ...

    def send(
        self, shard: int, command: Command, reply_to: str, on_lost: Callable[[Exception], None]
    ) -> None:
        """Append a command without waiting for its place; raise `InboxDownError` if it was not sent.

        `on_lost` is told `InboxUnsureError` later when nobody knows what became of it.
        """
        ...

    async def read(
        self, shard: int, after: StreamId, *, count_max: int, wait_ms: int
    ) -> list[Arrived]:
        """Return what arrived after `after`, in order; wait up to `wait_ms` for the first.

        Fewer than `count_max` means that nothing else was there. Raises `InboxDownError`.
        """
        ...

    async def make_newer_than(self, shard: int, last: StreamId) -> None:
        """See to it that every further entry is newer than `last`, whatever the server lost."""
        ...

    async def forget(self, shard: int, before: StreamId) -> None:
        """Let entries older than `before` go: they are decided and durable elsewhere."""
        ...

    async def clock_us(self, shard: int) -> int:
        """Return what the clock that stamps says now, microseconds UTC; raise `InboxDownError`."""
        ...

    async def begin_anew(self, shard: int, after: StreamId) -> list[Arrived]:
        """Empty the inbox at once, so that its stamps follow the clock again; return what came after `after`.

        For an inbox whose clock had run ahead: places only rise, so it would go on stamping the future.
        """
        ...

    async def length(self, shard: int) -> int:
        """Return how many entries the inbox holds, decided or not; raise `InboxDownError`."""
        ...


async def earlier_now(inbox: Inbox, shard: int, now_us: int) -> int:
    """Return the earlier of the engine's clock, `now_us`, and the inbox's, if that can be asked.

    What is dated by it never lies in the future of the stamps to come, even if one of the clocks jumped.
    """
    with suppress(InboxDownError):
        return min(now_us, await inbox.clock_us(shard))
    return now_us


async def keep_short(inbox: Inbox, shard: int, durable_to: Callable[[], StreamId]) -> None:
    """Let old entries go, and all decided ones if there are many: how much waits should show.

    Runs until cancelled, now and then. `durable_to`: the last entry that is decided and durable.
    """
    while True:
        await asyncio.sleep(_FORGET_EVERY_S)
        old = StreamId(durable_to().ms - _KEEP_MS, 0)
        with suppress(InboxDownError):
            if await inbox.length(shard) > _KEEP_MAX:
                old = durable_to()
            if old.ms > 0:
                await inbox.forget(shard, old)
