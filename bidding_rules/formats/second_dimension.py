"""竞配建 / 竞自持: the price stays at the cap, and bidders go on in a second dimension.

A new ascending sale on area of public housing (竞配建), on the share the developer must keep (竞自持) or on
money paid on top; the same countdown as timed bidding, the highest wins and pays the cap. Where the
dimension has a maximum of its own (a share cannot exceed 100 %), others may bid the maximum too and a
draw decides. If nobody bids, whoever reached the cap first wins with nothing committed.

Units: area in 0.01 ㎡, share in 0.01 % (10 000 = 100 %), money in fen.
Sources: net-listing rules of the Suzhou/Wuxi family (起始公租房, 公租房增幅; 竞自持比例).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bidding_rules.extension import Extension
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import (
    Bid,
    Phase,
    SaleEnded,
    TimedEvent,
    TimedState,
    TimedTerms,
)
from bidding_rules.increments import fixed
from bidding_rules.money import TermsError, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection

WHOLE_SHARE = 10_000
"""100 % in units of 0.01 %."""


class Dimension(StrEnum):
    """What is bid; stable and public."""

    AREA = "area"
    """竞配建 or 竞保障房, 0.01 ㎡."""
    SHARE = "share"
    """竞自持, 0.01 %."""
    MONEY = "money"
    """竞配建资金, fen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondDimensionTerms:
    """What the notice fixes for the second dimension; amounts in its units."""

    dimension: Dimension
    start: int
    """The first bid is at least this."""
    increment: int
    maximum: int | None = None
    """A share has one, at most 100 %."""
    first_us: int
    """Time for the first bid."""
    limited_us: int
    """N: each bid resets the close to its arrival + N."""

    def __post_init__(self) -> None:
        check_duration("limited_us", self.limited_us, minimum_us=1)
        try:
            self.bidding()
        except TermsError as error:
            named = {"cap": "maximum", "increments": "increment", "limited_us": "first_us"}
            raise TermsError(named.get(error.field, error.field), error.message) from error
        if self.dimension is Dimension.SHARE and (
            self.maximum is None or self.maximum > WHOLE_SHARE
        ):
            raise TermsError("maximum", "a share needs a maximum, and cannot exceed 100 %")

    def bidding(self) -> TimedTerms:
        """Return the ascending sale in this dimension."""
        return TimedTerms(
            start=self.start,
            increments=fixed(self.increment),
            cap=self.maximum,
            equal_bids_at_cap=self.maximum is not None,
            free_us=0,
            limited_us=self.first_us,
            limited_extension=Extension(by_us=self.limited_us),
        )


@dataclass(slots=True)
class SecondDimensionState:
    """Where the second dimension stands; changed by `apply` only."""

    capped: Outcome
    """How price bidding ended."""
    bidding: TimedState

    @property
    def phase(self) -> Phase:
        """Return the phase, in the words of timed bidding."""
        return self.bidding.phase

    @property
    def closes_at(self) -> int:
        """The close in force."""
        return self.bidding.closes_at

    @closes_at.setter
    def closes_at(self, value: int) -> None:
        self.bidding.closes_at = value

    @property
    def hard_end_at(self) -> int | None:
        """The instant that no bid moves the close beyond."""
        return self.bidding.hard_end_at

    @hard_end_at.setter
    def hard_end_at(self, value: int | None) -> None:
        self.bidding.hard_end_at = value

    @property
    def outcome(self) -> Outcome | None:
        """Return how it ended, with the price of the first dimension."""
        return self.bidding.outcome


def begin(terms: SecondDimensionTerms, at: int, capped: Outcome) -> SecondDimensionState:
    """Return the state of a second dimension that begins at `at`, after `capped`."""
    return SecondDimensionState(capped=capped, bidding=timed.begin(terms.bidding(), at))


def judge(
    terms: SecondDimensionTerms, state: SecondDimensionState, move: Bid, at: int
) -> tuple[TimedEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    return timed.judge(terms.bidding(), state.bidding, move, at)


def apply(terms: SecondDimensionTerms, state: SecondDimensionState, event: TimedEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    timed.apply(terms.bidding(), state.bidding, event)


def due_at(state: SecondDimensionState) -> int | None:
    """Return when something next happens by itself."""
    return timed.due_at(state.bidding)


def lapse(terms: SecondDimensionTerms, state: SecondDimensionState, at: int) -> TimedEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    event = timed.lapse(terms.bidding(), state.bidding, at)
    if isinstance(event, SaleEnded):
        return SaleEnded(outcome=_with_price(state.capped, event.outcome))
    return event


def _with_price(capped: Outcome, bidding: Outcome) -> Outcome:
    """Return the outcome of both dimensions: the price of the first, the commitment of the second."""
    if bidding.kind is not OutcomeKind.NO_BIDS:
        return replace(bidding, price=capped.price, committed=bidding.price)
    if not capped.contenders:
        return bidding
    return Outcome(
        kind=OutcomeKind.SOLD,
        at=bidding.at,
        winner=capped.contenders[0],
        price=capped.price,
        committed=0,
    )
