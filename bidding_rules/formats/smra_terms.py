"""The vocabulary of simultaneous ascending rounds: terms, moves, events, state."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome

PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SmraLot:
    """One of the lots: its first price, its increment, and its weight in the activity rule."""

    lot: str
    start: int
    increment: int
    points: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SmraTerms(FormatTerms):
    """What the notice fixed. Amounts in fen, spans in microseconds."""

    lots: tuple[SmraLot, ...]
    eligibility: tuple[tuple[str, int], ...] = ()
    """Points that each bidder's deposit paid for, where deposits differ."""
    points_each: int = 0
    """Points that the deposit paid for of everybody who is not named there; 0: nobody else takes part."""
    activity_percent: int = PERCENT
    """Share of his eligibility that a bidder must use to keep it."""
    waivers: int = 0
    """How often a bidder may keep it without."""
    round_us: int

    def __post_init__(self) -> None:
        names = [lot.lot for lot in self.lots]
        if not names or len(set(names)) < len(names):
            raise TermsError("lots", "at least one, each named once")
        for lot in self.lots:
            check_amount("start", lot.start)
            check_amount("increment", lot.increment)
            if lot.points < 1:
                raise TermsError("points", "must be at least 1")
        if len(dict(self.eligibility)) < len(self.eligibility):
            raise TermsError("eligibility", "each bidder stands there once")
        if any(points < 0 for _, points in self.eligibility):
            raise TermsError("eligibility", "must not be negative")
        if self.points_each < 0:
            raise TermsError("points_each", "must not be negative")
        if not 1 <= self.activity_percent <= PERCENT:
            raise TermsError("activity_percent", "must lie from 1 to 100")
        if self.waivers < 0:
            raise TermsError("waivers", "must not be negative")
        check_duration("round_us", self.round_us, minimum_us=1)

    def lot(self, name: str) -> SmraLot:
        """Return the lot of that name; `KeyError` when there is none."""
        for lot in self.lots:
            if lot.lot == name:
                return lot
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBid:
    """`amount` fen for `lot`."""

    lot: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BidOnLots:
    """All new bids of a bidder in this round."""

    bidder: str
    bids: tuple[LotBid, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive:
    """Keep one's eligibility without bidding in this round."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBidsPlaced:
    """A bidder's bids in this round; published only when the round has ended."""

    bidder: str
    bids: tuple[LotBid, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverUsed:
    """A bidder waived this round."""

    bidder: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The highest bid on a lot so far."""

    lot: str
    bidder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmraRoundEnded:
    """A round ended with these new standing bids and everybody's eligibility; the next one runs."""

    round: int
    standing: tuple[Standing, ...]
    eligibility: tuple[tuple[str, int], ...]
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsAwarded:
    """Bidding is over; the standing bids win."""

    awards: tuple[Standing, ...]
    at: int


SmraEvent: TypeAlias = LotBidsPlaced | WaiverUsed | SmraRoundEnded | LotsAwarded | SaleEnded


@dataclass(slots=True)
class SmraState:
    """Where the sale stands; changed by `smra.apply` only."""

    closes_at: int
    eligibility: dict[str, int]
    waivers: dict[str, int]
    hard_end_at: int | None = None
    round: int = 1
    bids: dict[str, tuple[LotBid, ...]] = field(default_factory=dict)
    """This round's bids in order of arrival; a new answer arrives anew."""
    waived: set[str] = field(default_factory=set)
    standing: dict[str, Standing] = field(default_factory=dict)
    price: int | None = None
    leader: str | None = None
    awards: tuple[Standing, ...] | None = None
    outcome: Outcome | None = None
