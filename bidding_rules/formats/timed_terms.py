"""The vocabulary of timed bidding: terms, moves, events, state."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bidding_rules.extension import Extension
from bidding_rules.increments import Increments, is_on_grid
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome


class Phase(StrEnum):
    """Stable and public."""

    FREE = "free"
    """自由报价."""
    INQUIRY = "inquiry"
    """询问: who goes on?"""
    LIMITED = "limited"
    """限时竞价."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTerms:
    """What the notice (公告) fixed for a lot sold by timed bidding. Amounts in fen, spans in microseconds.

    Raises `TermsError`, naming the field, when terms contradict each other: start <= reserve <= cap, the
    cap on the grid, at least one phase of some length.
    """

    start: int
    """起始价."""
    increments: Increments
    """加价幅度."""
    cap: int | None = None
    """最高限价."""
    reserve: int | None = None
    """底价/保留价; secret until the end."""
    free_us: int
    """Length of the free phase; 0: the sale begins with the limited phase."""
    free_extension: Extension | None = None
    """Whether late bids of the free phase move its end (tail window); used without a limited phase."""
    limited_us: int | None = None
    """N of the limited phase; None: the free phase closes the sale."""
    limited_extension: Extension | None = None
    """None: every bid resets the close to its arrival + N."""
    limited_needs_bid: bool = False
    """With no quote in the free phase the sale ends there."""
    stop_window_us: int = 0
    """停止报价: no quotes in the last part of the free phase."""
    inquiry_us: int = 0
    """询问: time to confirm that one goes on; 0: everybody goes on."""
    inquiry_min_confirmed: int = 1
    """Fewer confirmations than this end the sale at the free phase's price."""
    must_have_quoted: bool = False
    """Only who quoted in the free phase may go on."""
    bidders_min: int = 1
    """Fewer bidders with a bid than this: no sale."""
    leader_may_raise: bool = False
    """Whether the leader may outbid himself; no rule read says so, so the default refuses."""
    equal_bids_at_cap: bool = False
    """Others may bid the cap too, once each, until the close (for a lottery, 摇号)."""
    capped_goes_on: bool = False
    """Reaching the cap hands over to the terms' next format instead of selling."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        if self.reserve is not None:
            check_amount("reserve", self.reserve)
            if self.reserve < self.start:
                raise TermsError("reserve", "must not be below the start price")
        if self.cap is not None:
            self._check_cap(self.cap)
        self._check_times()

    def _check_cap(self, cap: int) -> None:
        check_amount("cap", cap)
        if cap < max(self.start, self.reserve or 0):
            raise TermsError("cap", "must not be below the start price or the reserve")
        if len(self.increments.steps) == 1 and not is_on_grid(self.increments, self.start, cap):
            raise TermsError("cap", "must lie a whole number of increments above the start price")

    def _check_times(self) -> None:
        check_duration("free_us", self.free_us)
        check_duration("stop_window_us", self.stop_window_us)
        check_duration("inquiry_us", self.inquiry_us)
        if self.limited_us is not None:
            check_duration("limited_us", self.limited_us, minimum_us=1)
        elif self.free_us == 0:
            raise TermsError("free_us", "a sale without a limited phase needs a free phase")
        elif self.inquiry_us:
            raise TermsError("inquiry_us", "an inquiry leads to a limited phase; there is none")
        if self.stop_window_us and self.stop_window_us >= self.free_us:
            raise TermsError("stop_window_us", "must be shorter than the free phase")
        if self.bidders_min < 1:
            raise TermsError("bidders_min", "must be at least 1")
        if self.inquiry_min_confirmed < 1:
            raise TermsError("inquiry_min_confirmed", "must be at least 1")

    def extension(self, phase: Phase) -> Extension | None:
        """Return how bids move the close in `phase`."""
        if phase is Phase.LIMITED and self.limited_us is not None:
            return self.limited_extension or Extension(by_us=self.limited_us)
        return self.free_extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """Offer `amount` fen."""

    bidder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmParticipation:
    """Say in the inquiry that one goes on."""

    bidder: str


Move: TypeAlias = Bid | ConfirmParticipation


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegan:
    """A phase began at `at` and closes at `closes_at` unless bids move it."""

    phase: Phase
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BidAccepted:
    """`bidder` leads with `amount`; the close in force afterwards is `closes_at`."""

    bidder: str
    amount: int
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationConfirmed:
    """`bidder` goes on to the limited phase."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleEnded:
    """Bidding is over, with this outcome."""

    outcome: Outcome


TimedEvent: TypeAlias = PhaseBegan | BidAccepted | ParticipationConfirmed | SaleEnded


@dataclass(slots=True)
class TimedState:
    """Where a timed sale stands; changed by `timed.apply` only."""

    phase: Phase = Phase.FREE
    began_at: int = 0
    closes_at: int = 0
    hard_end_at: int | None = None
    price: int | None = None
    leader: str | None = None
    leader_at: int | None = None
    bids: int = 0
    extensions: int = 0
    quoted: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    at_cap: tuple[str, ...] = ()
    outcome: Outcome | None = None
