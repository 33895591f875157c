"""The vocabulary of the English auction: terms, moves, events, state."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.first_refusal import (
    ExercisePriority,
    FirstRefusal,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
)
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import Bid, Phase, PhaseBegan, SaleEnded
from bidding_rules.increments import AdjustIncrement, Increments
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome
from bidding_rules.proxies import MaximumSet, SetMaximum, check_rising


@dataclass(frozen=True, slots=True, kw_only=True)
class EnglishTerms(FormatTerms):
    """What the notice fixed for a lot sold by an auctioneer. Amounts in fen, spans in microseconds.

    Raises `TermsError`, naming the field, when terms contradict each other.
    """

    start: int
    """起拍价: the first asking price."""
    asking_min: int | None = None
    """Down to this the auctioneer may lower the asking price while nobody bids; None: not at all."""
    increments: Increments
    """The first increments; the auctioneer may change them."""
    reserve: int | None = None
    """保留价; secret until the end."""
    participants_min: int = 1
    """With fewer bidders present the lot is not opened."""
    calls: int = 3
    """Times the price is called before the hammer may fall."""
    call_gap_us: int = 0
    """Least time between two calls, and between the last one and the hammer."""
    reopen_us: int = 0
    """How long after the hammer the auctioneer may re-open; 0: never."""
    leader_may_raise: bool = False
    """Whether the leader may outbid himself."""
    proxies_allowed: bool = False
    """委托出价: bidders may leave a secret maximum."""
    first_refusal: FirstRefusal | None = None
    """优先购买权: how holders may use their right."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        if self.asking_min is not None:
            check_amount("asking_min", self.asking_min)
            if self.asking_min > self.start:
                raise TermsError("asking_min", "must not be above the first asking price")
        if self.reserve is not None:
            check_amount("reserve", self.reserve)
            if self.reserve < self.start:
                raise TermsError("reserve", "must not be below the start price")
        for name in ("participants_min", "calls"):
            if getattr(self, name) < 1:
                raise TermsError(name, "must be at least 1")
        check_duration("call_gap_us", self.call_gap_us)
        check_duration("reopen_us", self.reopen_us)
        if self.proxies_allowed:
            check_rising(self.increments)
            if self.first_refusal is not None and self.first_refusal.in_room:
                raise TermsError("first_refusal", "matching and proxies would both claim a tie")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFloor:
    """The auctioneer has counted the bidders and opens the lot."""

    participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterFloorBid:
    """The clerk enters a bid made in the hall by paddle or voice."""

    bidder: str
    amount: int
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsking:
    """The auctioneer asks for `amount` fen next."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPrice:
    """The auctioneer calls the price once more (第一次, 第二次, 第三次)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCall:
    """The auctioneer takes the last call back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEntry:
    """The clerk takes his last entry back: an error of his, before the hammer."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hammer:
    """落槌."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLot:
    """The auctioneer passes the lot unsold."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """The auctioneer re-opens a lot whose hammer has just fallen, for the reason he announces."""

    reason: str


BidMove: TypeAlias = Bid | EnterFloorBid
Conduct: TypeAlias = (
    OpenFloor
    | SetAsking
    | AdjustIncrement
    | CallPrice
    | UndoCall
    | UndoEntry
    | Hammer
    | PassLot
    | Reopen
)
"""What the auctioneer and the clerk do, but for bids of the floor."""
EnglishMove: TypeAlias = BidMove | SetMaximum | Conduct | ExercisePriority | WaivePriority


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorOpened:
    """So many bidders are present; `asking` is asked first."""

    participants: int
    asking: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomBidAccepted:
    """`bidder` leads with `amount`; `asking` is asked next.

    Bids with the same `entry` number came of one move: a bid and the answer of a proxy. `on_floor`: that
    move was an entry of the clerk. `matches`: as in `BidAccepted`.
    """

    bidder: str
    amount: int
    asking: int
    at: int
    entry: int
    on_floor: bool
    matches: bool = False
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingSet:
    """From now on `asking` is asked and bids rise by `increment` (None: as before)."""

    asking: int
    increment: int | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCalled:
    """The price was called for the `call`-th time."""

    call: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUndone:
    """The last call does not count."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryUndone:
    """The clerk's entry number `entry` and what followed of it never counted."""

    entry: int
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HammerFell:
    """The hammer fell at `at`; until `final_at` the auctioneer may re-open."""

    at: int
    final_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotReopened:
    """The fall of the hammer does not count; bidding goes on."""

    reason: str
    at: int


EnglishEvent: TypeAlias = (
    FloorOpened
    | RoomBidAccepted
    | MaximumSet
    | AskingSet
    | PriceCalled
    | CallUndone
    | EntryUndone
    | HammerFell
    | LotReopened
    | PhaseBegan
    | PriorityExercised
    | PriorityWaived
    | SaleEnded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who leads at what price, and what is asked next."""

    asking: int
    price: int | None = None
    leader: str | None = None
    leader_at: int | None = None
    leader_rank: int | None = None
    bids: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One move that was accepted, and how the room stood before it."""

    number: int
    on_floor: bool
    before: Standing


@dataclass(slots=True)
class EnglishState:
    """Where an English auction stands; changed by `english.apply` only."""

    standing: Standing
    increments: Increments
    phase: Phase = Phase.WAITING
    participants: int = 0
    calls: int = 0
    called_at: int = 0
    entries: list[Entry] = field(default_factory=list)
    """Entries that count, in order; an undone one is gone."""
    entry: int = 0
    """Number of the last entry, undone or not."""
    maxima: dict[str, int] = field(default_factory=dict)
    """Secret maxima; only the leader's still matters."""
    waived: set[str] = field(default_factory=set)
    hammered_at: int | None = None
    closes_at: int | None = None
    """When re-opening or the asking of holders ends."""
    hard_end_at: int | None = None
    outcome: Outcome | None = None
