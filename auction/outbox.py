"""Port: what leaves the engine after the commit: answers to who asked, news to who watches.

Both are told at most once and may be lost; the journal has everything, and everybody can ask it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from bidding_rules.rejections import Rejection


class Reply(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """The answer to one command. `entry` is 0 for what was never journaled (reused id, unknown lot).

    `fingerprint` is that of the command that was asked (`codec.fingerprint`): with an id that was used for
    two contents, each gets the answer to its own.
    """

    lot_id: str
    command_id: str
    entry: int
    seq: int
    at_us: int
    number: str | None
    rejection: Rejection | None
    repeated: bool
    fingerprint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened to a lot in one batch: its public events, numbered, and the state after them.

    `state` is a `view.LotState` as JSON: it was made once, for the journal.
    """

    lot_id: str
    events: list[dict[str, Any]]
    state: bytes


class Outbox(Protocol):
    """Tells, never blocks, never fails."""

    def answer(self, worker: str, replies: list[Reply]) -> None:
        """Send `replies` to a web worker."""
        ...

    def tell(self, news: list[News]) -> None:
        """Send news to whoever watches."""
        ...
