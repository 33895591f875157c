"""Descending sale (荷兰式拍卖, 降价拍卖): the price falls step by step; the first who takes it buys.

    price of step k = max(start - k x decrement, floor),  k = 0, 1, ..., each shown for `step_us`

The decrement is an amount, or a share of the start price; then each price is rounded to the fen once,
half up, so that rounding never adds up along the way.

A bid must name exactly the price on the clock: who saw an earlier, higher step is told that the price has
moved rather than sold at a price he did not name (procedure of the Ukrainian asset sales, ProZorro.Sale).
After the floor's step has passed without a bid the sale fails (流拍).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.rounding import half_up

WHOLE_BP = 10_000
"""100% in hundredths of a percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchTerms(FormatTerms):
    """What the notice fixed for a descending sale. Amounts in fen, spans in microseconds."""

    start: int
    """The first and highest price."""
    decrement: int | None = None
    """降价幅度: how far the price falls with each step; or else:"""
    decrement_bp: int | None = None
    """The same as a share of the start price, in hundredths of a percent (100: 1%)."""
    floor: int
    """The last and lowest price."""
    step_us: int
    """How long each price stands."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        if (self.decrement is None) == (self.decrement_bp is None):
            raise TermsError("decrement", "is given either as an amount or as a share")
        if self.decrement is not None:
            check_amount("decrement", self.decrement)
        if self.decrement_bp is not None and not 1 <= self.decrement_bp <= WHOLE_BP:
            raise TermsError("decrement_bp", f"must lie from 1 to {WHOLE_BP}")
        check_amount("floor", self.floor)
        check_duration("step_us", self.step_us, minimum_us=1)
        if self.floor > self.start:
            raise TermsError("floor", "must not be above the start price")

    @property
    def exact_decrement(self) -> Fraction:
        """How far the price falls with each step, in fen, before rounding."""
        if self.decrement_bp is not None:
            return Fraction(self.start * self.decrement_bp, WHOLE_BP)
        return Fraction(self.decrement or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchStepBegan:
    """The price fell to `price` at `at` and stands until `closes_at`."""

    step: int
    price: int
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchPriceTaken:
    """`bidder` took the price on the clock."""

    bidder: str
    amount: int
    at: int


DutchEvent: TypeAlias = DutchStepBegan | DutchPriceTaken | SaleEnded


@dataclass(slots=True)
class DutchState:
    """Where a descending sale stands; changed by `apply` only."""

    price: int
    closes_at: int
    hard_end_at: int | None = None
    step: int = 0
    leader: str | None = None
    leader_at: int | None = None
    outcome: Outcome | None = None


def begin(terms: DutchTerms, at: int) -> DutchState:
    """Return the state of a sale that opens at `at`."""
    return DutchState(price=terms.start, closes_at=at + terms.step_us)


def price_at(terms: DutchTerms, step: int) -> int:
    """Return the price of `step`, counted from 0."""
    return max(ladder_price(terms.start, terms.exact_decrement, step), terms.floor)


def last_step(terms: DutchTerms) -> int:
    """Return the number of the first step whose price is the floor."""
    step = int((terms.start - terms.floor) // terms.exact_decrement)
    return step if price_at(terms, step) == terms.floor else step + 1


def ladder_price(start: int, decrement: Fraction, step: int) -> int:
    """Return the price of `step` on a ladder of equal decrements; rounded once."""
    return half_up(start - step * decrement)


def price_after(current: int, decrement: Fraction) -> int:
    """Return the price one decrement below `current`."""
    return half_up(current - decrement)


def judge(
    terms: DutchTerms, state: DutchState, move: Bid, at: int
) -> tuple[DutchEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    price = price_at(terms, state.step)
    if state.outcome is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if move.amount != price:
        return Rejection(code=RejectionCode.PRICE_MOVED, amount_min=price, amount_max=price)
    # From here on the bid must succeed.
    sold = Outcome(kind=OutcomeKind.SOLD, at=at, winner=move.bidder, price=price)
    return (
        DutchPriceTaken(bidder=move.bidder, amount=price, at=at),
        SaleEnded(outcome=sold),
    )


def apply(_terms: DutchTerms, state: DutchState, event: DutchEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case DutchStepBegan():
            state.step, state.price, state.closes_at = event.step, event.price, event.closes_at
        case DutchPriceTaken():
            state.leader, state.leader_at = event.bidder, event.at
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: DutchState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: DutchTerms, state: DutchState, at: int) -> DutchEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    due = state.closes_at
    if state.step >= last_step(terms):
        return SaleEnded(outcome=Outcome(kind=OutcomeKind.NO_BIDS, at=due))
    return DutchStepBegan(
        step=state.step + 1,
        price=price_at(terms, state.step + 1),
        at=due,
        closes_at=due + terms.step_us,
    )
