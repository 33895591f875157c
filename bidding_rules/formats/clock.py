"""Ascending clock (递增时钟竞价) for many units of one product: the price rises until demand fits the supply.

    each round the clock shows a price; a bidder says how many units he wants at it, never more than before
    demand > supply at the end of a round:  price = price + increment, next round
    otherwise the sale ends                (see `clock_results` for who gets what and what it costs)

Who does not answer a round is out of it, his units last wanted at the price before. A bidder who wants less
may name exit prices between the two prices. Sources: Ausubel (2004); Ausubel and Cramton on clock sales.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.clock_results import (
    ClockPayment,
    ClockReading,
    ClockResult,
    clock_result,
    is_over,
)
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

UNITS_MAX = 1_000_000
"""Most units of one clock sale; each awarded unit has a price of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTerms(FormatTerms):
    """What the notice fixed. Prices in fen a unit, quantities in units, spans in microseconds."""

    supply: int
    start: int
    increment: int
    round_us: int
    payment: ClockPayment = ClockPayment.UNIFORM
    exit_bids: bool = False
    """Whether exit prices count as prices of the clock."""

    def __post_init__(self) -> None:
        if not 1 <= self.supply <= UNITS_MAX:
            raise TermsError("supply", f"must lie from 1 to {UNITS_MAX} units")
        check_amount("start", self.start)
        check_amount("increment", self.increment)
        check_duration("round_us", self.round_us, minimum_us=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnits:
    """Want `quantity` units at the price on the clock; `exits`: last prices of units given up."""

    bidder: str
    quantity: int
    exits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsAsked:
    """A bidder's demand in this round; published only when the round has ended."""

    bidder: str
    quantity: int
    exits: tuple[int, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAdvanced:
    """Demand exceeded the supply: the next round's price."""

    round: int
    price: int
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsAwarded:
    """`units`: the price of each unit by bidder; `price`: the final price."""

    price: int
    units: Mapping[str, tuple[int, ...]]
    unsold: int
    at: int


ClockEvent: TypeAlias = UnitsAsked | ClockAdvanced | UnitsAwarded | SaleEnded


@dataclass(slots=True)
class ClockState:
    """Where a clock sale stands; changed by `apply` only."""

    price: int
    closes_at: int
    hard_end_at: int | None = None
    round: int = 1
    asked: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    """Quantity and exit prices of this round by bidder."""
    readings: list[ClockReading] = field(default_factory=list)
    leader: str | None = None
    awarded: UnitsAwarded | None = None
    outcome: Outcome | None = None


def begin(terms: ClockTerms, at: int) -> ClockState:
    """Return the state of a sale that opens at `at`."""
    return ClockState(price=terms.start, closes_at=at + terms.round_us)


def judge(
    terms: ClockTerms, state: ClockState, move: AskUnits, at: int
) -> tuple[ClockEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    Within a round the last answer counts.
    """
    if state.awarded is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    before = _before(state)
    if before is None:
        if not 0 <= move.quantity <= terms.supply or move.exits:
            return Rejection(code=RejectionCode.QUANTITY_OUT_OF_RANGE)
    else:
        broken = _broken_activity_rule(state, before, move)
        if broken is not None:
            return broken
    return (UnitsAsked(bidder=move.bidder, quantity=move.quantity, exits=move.exits, at=at),)


def apply(_terms: ClockTerms, state: ClockState, event: ClockEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case UnitsAsked():
            state.asked[event.bidder] = (event.quantity, event.exits)
        case ClockAdvanced():
            state.readings.append(_reading(state))
            state.asked = {}
            state.round, state.price, state.closes_at = event.round, event.price, event.closes_at
        case UnitsAwarded():
            state.awarded, state.price = event, event.price
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: ClockState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: ClockTerms, state: ClockState, at: int) -> ClockEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    due = state.closes_at
    if state.awarded is not None:
        sold = bool(state.awarded.units)
        kind = OutcomeKind.SOLD if sold else OutcomeKind.NO_BIDS
        price = state.awarded.price if sold else None
        return SaleEnded(outcome=Outcome(kind=kind, at=due, price=price))
    reading = _reading(state)
    if not is_over(terms.supply, reading.demand):
        return ClockAdvanced(
            round=state.round + 1,
            price=state.price + terms.increment,
            at=due,
            closes_at=due + terms.round_us,
        )
    result = result_of(terms, [*state.readings, reading])
    return UnitsAwarded(price=result.price, units=result.units, unsold=result.unsold, at=due)


def result_of(terms: ClockTerms, readings: list[ClockReading]) -> ClockResult:
    """Return what the readings come to under the terms."""
    return clock_result(terms.supply, readings, payment=terms.payment, exit_bids=terms.exit_bids)


def _broken_activity_rule(
    state: ClockState, before: ClockReading, move: AskUnits
) -> Rejection | None:
    """Demand may not rise; every exit price lies between the price before and this one."""
    held = before.demand.get(move.bidder, 0)
    if move.quantity > held:
        return Rejection(code=RejectionCode.NOT_ELIGIBLE)
    if move.quantity < 0 or len(move.exits) not in (0, held - move.quantity):
        return Rejection(code=RejectionCode.QUANTITY_OUT_OF_RANGE)
    if any(not before.price <= price <= state.price for price in move.exits):
        return Rejection(
            code=RejectionCode.AMOUNT_OUT_OF_RANGE,
            amount_min=before.price,
            amount_max=state.price,
        )
    return None


def _before(state: ClockState) -> ClockReading | None:
    return state.readings[-1] if state.readings else None


def _reading(state: ClockState) -> ClockReading:
    """Return this round's reading; who was silent wants nothing, and exits default to the price before."""
    before = _before(state)
    if before is None:
        demand = {bidder: quantity for bidder, (quantity, _) in state.asked.items()}
        return ClockReading(price=state.price, demand=demand, exits={})
    demand, exits = {}, {}
    for bidder, held in before.demand.items():
        quantity, named = state.asked.get(bidder, (0, ()))
        demand[bidder] = quantity
        if quantity < held:
            exits[bidder] = named or (before.price,) * (held - quantity)
    return ClockReading(price=state.price, demand=demand, exits=exits)
