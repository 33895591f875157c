"""The vocabulary of timed bidding: terms, moves, events, state."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, final

from bidding_rules.extension import Extension, check_reaches, reset_by
from bidding_rules.first_refusal import (
    ExercisePriority,
    FirstRefusal,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
)
from bidding_rules.format_terms import FormatTerms
from bidding_rules.increments import AdjustIncrement, IncrementAdjusted, Increments, is_on_grid
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome
from bidding_rules.proxies import MaximumSet, SetMaximum, check_rising
from bidding_rules.reserve import EnterReserve, ReserveEntered
from bidding_rules.values import plain_members, value


@plain_members
class Phase(StrEnum):
    """The phases of all formats; stable and public."""

    FREE = "free"
    """自由报价."""
    INQUIRY = "inquiry"
    """询问: who goes on?"""
    LIMITED = "limited"
    """限时竞价."""
    PRIORITY = "priority"
    """行权询问: bidding is over; holders of a right of first refusal are asked."""
    WAITING = "waiting"
    """等待: the next phase is announced."""
    QUOTING = "quoting"
    """一次报价: sealed quotes are taken."""
    DRAW = "draw"
    """摇号: the lot waits for the draw."""
    FLOOR = "floor"
    """现场竞价: the auctioneer takes bids."""
    HAMMERED = "hammered"
    """落槌: the hammer has fallen and the auctioneer may still re-open."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTerms(FormatTerms):
    """What the notice (公告) fixed for a lot sold by timed bidding. Amounts in fen, spans in microseconds.

    Raises `TermsError`, naming the field, unless start <= reserve <= cap, the cap on the grid, a phase.
    """

    leads_on = ("equal_bids_at_cap", "capped_goes_on", "stop_above_cap")
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
    limited_bidders_min: int = 0
    """Fewer bidders than this with a quote in the free phase end the sale there (挂牌: one bidder, sold)."""
    stop_window_us: int = 0
    """停止报价: no quotes in the last part of the free phase."""
    inquiry_us: int = 0
    """询问: time to confirm that one goes on; 0: everybody goes on."""
    inquiry_min_confirmed: int = 1
    """Fewer confirmations end the sale at the free phase's price; 0: a mere pause, everybody goes on."""
    must_have_quoted: bool = False
    """Only who quoted in the free phase may go on."""
    bidders_min: int = 1
    """Fewer bidders with a bid than this: no sale (0 and 1 are the same)."""
    leader_may_raise: bool = False
    """Whether the leader may outbid himself; no rule read says so, so the default refuses."""
    equal_bids_at_cap: bool = False
    """Others may bid the cap too, once each, until the close (for a lottery, 摇号)."""
    capped_goes_on: bool = False
    """Reaching the cap hands over to the terms' next format."""
    stop_above_cap: bool = False
    """中止价: the cap ends nothing; the first bid above it is no price, it hands over (一次报价)."""
    reserve_entry_us: int | None = None
    """The reserve is keyed in during so much of the end of the free phase; None: it is in the terms."""
    increments_adjustable: bool = False
    """The host may change the increment during the free phase (挂牌期间调整增价幅度)."""
    proxies_allowed: bool = False
    """委托出价: bidders may leave a secret maximum."""
    first_refusal: FirstRefusal | None = None
    """优先购买权: how holders may use their right; None: nobody holds one."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        if self.reserve is not None:
            check_amount("reserve", self.reserve)
            if self.reserve < self.start:
                raise TermsError("reserve", "must not be below the start price")
        self._check_cap()
        self._check_times()
        self._check_limited()
        self._check_offers()

    def _check_cap(self) -> None:
        if self.cap is None:
            for field_name in self.leads_on:
                if getattr(self, field_name):
                    raise TermsError(field_name, "there is no cap")
            return
        check_amount("cap", self.cap)
        if self.cap < max(self.start, self.reserve or 0):
            raise TermsError("cap", "must not be below the start price or the reserve")
        ladder = len(self.increments.steps) > 1
        if not ladder and not is_on_grid(self.increments, self.start, self.cap):
            raise TermsError("cap", "must lie a whole number of increments above the start price")
        if self.stop_above_cap:
            if self.equal_bids_at_cap or self.capped_goes_on:
                raise TermsError("stop_above_cap", "reaching the cap cannot end bidding as well")
        elif self.bidders_min > 1 and not self.equal_bids_at_cap:
            raise TermsError("bidders_min", "one bidder who jumps to the cap would fail the sale")

    def _check_times(self) -> None:
        check_duration("free_us", self.free_us)
        check_duration("stop_window_us", self.stop_window_us)
        if self.stop_window_us and self.stop_window_us >= self.free_us:
            raise TermsError("stop_window_us", "must be shorter than the free phase")
        if self.reserve_entry_us is not None:
            check_duration("reserve_entry_us", self.reserve_entry_us, minimum_us=1)
            if self.reserve_entry_us > self.free_us:
                raise TermsError("reserve_entry_us", "must not be longer than the free phase")
            if self.reserve is not None:
                raise TermsError("reserve", "is keyed in later; it cannot be in the terms as well")
        check_reaches("free_extension", self.free_extension, self.free_us)

    def _check_limited(self) -> None:
        check_duration("inquiry_us", self.inquiry_us)
        if self.limited_us is not None:
            check_duration("limited_us", self.limited_us, minimum_us=1)
            if self.free_extension is not None:
                raise TermsError("free_extension", "the limited phase follows; bids extend that")
            if self.free_us == 0 and (self.inquiry_us or self.must_have_quoted):
                raise TermsError("free_us", "a choice of who goes on needs a free phase before it")
            check_reaches("limited_extension", self.limited_extension, self.limited_us)
        elif self.limited_extension is not None:
            raise TermsError("limited_extension", "there is no limited phase")
        elif self.free_us == 0:
            raise TermsError("free_us", "a sale without a limited phase needs a free phase")
        elif self.inquiry_us:
            raise TermsError("inquiry_us", "an inquiry leads to a limited phase; there is none")
        for field_name in ("bidders_min", "limited_bidders_min", "inquiry_min_confirmed"):
            if getattr(self, field_name) < 0:
                raise TermsError(field_name, "must not be negative")

    def _check_offers(self) -> None:
        if self.proxies_allowed:
            check_rising(self.increments)
            if self.stop_above_cap:
                raise TermsError("proxies_allowed", "a maximum above the stop price means nothing")
        if self.first_refusal is None or not self.first_refusal.in_room:
            return
        if self.cap is not None:
            raise TermsError("first_refusal", "reaching the cap would leave no time to match")
        if self.proxies_allowed:
            raise TermsError("first_refusal", "matching and proxies would both claim a tie")

    def extension(self, phase: Phase) -> Extension | None:
        """Return how bids move the close in `phase`."""
        if phase is Phase.LIMITED and self.limited_us is not None:
            return self.limited_extension or reset_by(self.limited_us)
        return self.free_extension if phase is Phase.FREE else None


@final
@value
class Bid:
    """Offer `amount` fen. `rank`: the bidder's right of first refusal (1 is the best), if any."""

    bidder: str
    amount: int
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmParticipation:
    """Say in the inquiry that one goes on."""

    bidder: str


Move: TypeAlias = (
    Bid
    | SetMaximum
    | ConfirmParticipation
    | EnterReserve
    | AdjustIncrement
    | ExercisePriority
    | WaivePriority
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegan:
    """A phase began at `at` and closes at `closes_at` unless bids move it."""

    phase: Phase
    at: int
    closes_at: int


@final
@value
class BidAccepted:
    """`bidder` leads with `amount`; the close in force afterwards is `closes_at`.

    One that `matches` equals the price before and leads all the same: by a right of first refusal of
    `rank`, or because the bidder's maximum was in first. Without it an equal bid stands beside the
    leader's (a lottery at the cap).
    """

    bidder: str
    amount: int
    at: int
    closes_at: int
    matches: bool = False
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationConfirmed:
    """`bidder` goes on to the limited phase."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleEnded:
    """Bidding is over, with this outcome."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPricePassed:
    """`bidder` bid above the stop price: no price, but the end of price bidding."""

    bidder: str
    at: int


TimedEvent: TypeAlias = (
    PhaseBegan
    | BidAccepted
    | MaximumSet
    | ParticipationConfirmed
    | ReserveEntered
    | IncrementAdjusted
    | StopPricePassed
    | PriorityExercised
    | PriorityWaived
    | SaleEnded
)


@dataclass(slots=True)
class TimedState:
    """Where a timed sale stands; changed by `timed.apply` only."""

    phase: Phase = Phase.FREE
    began_at: int = 0
    closes_at: int = 0
    hard_end_at: int | None = None
    extension: Extension | None = None
    """How bids move the close of this phase; None: they do not."""
    price: int | None = None
    leader: str | None = None
    leader_at: int | None = None
    leader_rank: int | None = None
    maxima: dict[str, int] = field(default_factory=dict)
    """Secret maxima; only the leader's still matters, everybody else's has been passed."""
    increments: Increments | None = None
    """The increments in force where the host changed those of the terms."""
    reserve: int | None = None
    """The reserve that was keyed in."""
    bids: int = 0
    extensions: int = 0
    quoted: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    at_cap: tuple[str, ...] = ()
    """Who holds a price that no valid bid can pass, in order of arrival."""
    waived: set[str] = field(default_factory=set)
    outcome: Outcome | None = None
