"""Port: the journal, where a decision becomes durable. Its commit is the only acknowledgement."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from auction.inbox import StreamId


class JournalError(Exception):
    """Decisions could not be made durable, or it is unknown whether they were: stop and replay."""


class NotOwnerError(Exception):
    """A later epoch has begun: this writer no longer owns the shard and must step down."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One decision, encoded."""

    lot_id: str
    entry: int
    seq: int
    command_id: str
    arrived_us: int
    stream_id: str
    kind: str
    command: str
    events: str
    rejection: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """The public state of a lot after its last decision, encoded."""

    lot_id: str
    entry: int
    seq: int
    is_over: bool
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one statement makes durable: decisions, states, and how far the inbox was read."""

    shard: int
    epoch: int
    last: StreamId
    alive_us: int
    rows: list[Row]
    states: list[StateRow]


class Journal(Protocol):
    """Decisions of lots, insert-only."""

    async def append(self, batch: Batch) -> None:
        """Make `batch` durable, whole or not at all; raise `JournalError` or `NotOwnerError`."""
        ...

    def replay(self, shard: int, known: Mapping[str, int]) -> AsyncIterator[Row]:
        """Yield the decisions of the shard's lots, each lot's in order of entry and without gaps.

        Of a lot in `known` only those after that entry; of a lot that is over none, unless it is in `known`.
        Whoever owns the shard is shown everything that earlier owners made durable.
        """
        ...

    def recall(self, known: Mapping[str, int]) -> AsyncIterator[Row]:
        """Yield the decisions of the lots in `known` after that entry of each, as `replay` does.

        Of a lot that nobody has announced there are none.
        """
        ...
