"""Descending sale (荷兰式拍卖, 降价拍卖): the price falls step by step; the first who takes it buys.

    price of step k = max(start - k x decrement, floor),  k = 0, 1, ..., each shown for `step_us`

A bid must name exactly the price on the clock: who saw an earlier, higher step is told that the price has
moved rather than sold at a price he did not name (procedure of the Ukrainian asset sales, ProZorro.Sale).
After the floor's step has passed without a bid the sale fails (流拍).
"""

from dataclasses import dataclass
from typing import TypeAlias

from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchTerms:
    """What the notice fixed for a descending sale. Amounts in fen, spans in microseconds."""

    start: int
    """The first and highest price."""
    decrement: int
    """降价幅度: how far the price falls with each step."""
    floor: int
    """The last and lowest price."""
    step_us: int
    """How long each price stands."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        check_amount("decrement", self.decrement)
        check_amount("floor", self.floor)
        check_duration("step_us", self.step_us, minimum_us=1)
        if self.floor > self.start:
            raise TermsError("floor", "must not be above the start price")


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
    return max(terms.start - step * terms.decrement, terms.floor)


def last_step(terms: DutchTerms) -> int:
    """Return the number of the step whose price is the floor."""
    return -(-(terms.start - terms.floor) // terms.decrement)


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
