"""A live format: the protocol between a lot and the format it is sold by.

The rules are the format's machine in `bidding_rules`; a row adds what a live lot needs besides: which
moves may be asked and by whom, what anyone may see of what happened and of how the sale stands, and what
stays secret until the end. Nothing outside the rows knows a format by name, so a new format is a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bidding_rules.outcome import Outcome
from bidding_rules.rejections import Rejection
from bidding_rules.values import plain_members, value


@plain_members
class Side(StrEnum):
    """Who may ask for a move."""

    BIDDER = "bidder"
    STAFF = "staff"


class Machine(Protocol):
    """A format's rules: a module of five pure functions over its own terms, state, moves and events.

    A state has `closes_at` and `hard_end_at` (instants in microseconds, or None), and `outcome`.
    """

    def begin(self, terms: Any, at: int, /) -> Any:
        """Return the state of a sale that opens at `at`."""
        ...

    def judge(self, terms: Any, state: Any, move: Any, at: int, /) -> tuple[Any, ...] | Rejection:
        """Return what `move` causes, or why it causes nothing."""
        ...

    def apply(self, terms: Any, state: Any, event: Any, /) -> None:
        """Change `state` by what happened."""
        ...

    def due_at(self, state: Any, /) -> int | None:
        """Return when something next happens by itself."""
        ...

    def lapse(self, terms: Any, state: Any, at: int, /) -> Any | None:
        """Return the next thing that has fallen due by `at`, or None."""
        ...


@value
class SaleView:
    """How a sale stands, as anyone may see it. Amounts in fen; bidders by number."""

    phase: str | None = None
    price: int | None = None
    leader: str | None = None
    bids: int = 0
    bidders: int = 0
    extensions: int = 0
    amount_min: int | None = None
    calls: int | None = None
    """Fair warnings where the format counts them itself; None: the lot does."""
    details: dict[str, Any] = field(default_factory=dict)
    """What only this format has to say; plain values."""


def shift_clock(state: Any, by_us: int) -> None:
    """Move the instants of a sale that was suspended for so long."""
    if state.closes_at is not None:
        state.closes_at += by_us
    if state.hard_end_at is not None:
        state.hard_end_at += by_us


def no_reserve(_terms: Any, _state: Any) -> int | None:
    """Return the reserve of a format that has none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFormat:
    """A row of the registry."""

    kind: str
    """Stable and public; stands in the journal with the terms."""
    terms: type
    machine: Machine
    """A module, asked by name, so that whatever stands in it at that moment decides."""
    moves: Mapping[type, Side]
    translated: Mapping[type, Callable[[], Any]] = field(default_factory=dict)
    """Moves that stand for the lot's own commands: how this format calls and hammers."""
    ending: Callable[[Any, Any, int], Any] | None = None
    """What follows if the hammer falls before the close; None: only the clock (or a move) ends it."""
    may_hammer: Callable[[Any], bool] = lambda _state: False
    """Whether the sale is where the auctioneer may call and hammer."""
    public: Mapping[type, Callable[[Any], dict[str, Any]]]
    """What anyone may see of an event; a type that is missing here is private and has no `seq`."""
    private: tuple[type, ...] = ()
    """The format's other events."""
    bids: frozenset[type] = frozenset()
    """Public events that are bids: the history that a room shows."""
    secret_moves: frozenset[type] = frozenset()
    """Moves whose content nobody reads before the sale has ended, supervisors included."""
    touch_result: frozenset[type] = frozenset()
    """Moves, each with nothing but its `reason`, that take back what was accepted."""
    view: Callable[[Any, Any], SaleView]
    reserve: Callable[[Any, Any], int | None] = no_reserve
    shift: Callable[[Any, int], None] = shift_clock

    @property
    def events(self) -> tuple[type, ...]:
        """All event types of the format."""
        return (*self.public, *self.private)


def public_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return the fields of a result that anyone may see."""
    return {
        "at_us": outcome.at,
        "outcome": outcome.kind,
        "price_fen": outcome.price,
        "winner": outcome.winner,
    }
