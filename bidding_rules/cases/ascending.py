"""Cases of ascending sales: raise or agree in rounds, and the clock with clinching."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bidding_rules.cases.reading import (
    CaseError,
    Fields,
    Number,
    as_amount,
    as_list,
    as_positive,
    as_text,
)
from bidding_rules.cases.writing import Style, style_of
from bidding_rules.formats import raise_agree
from bidding_rules.formats.clock_results import (
    ClockPayment,
    ClockReading,
    clock_result,
    is_over,
)
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeTerms
from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.outcome import Outcome
from bidding_rules.rejections import Rejection

_ROUND_US = 180_000_000
_ACTION = re.compile(r"(.+?):(raise|agree)(?::(.+))?")


@dataclass(frozen=True, slots=True)
class _Action:
    path: str
    bidder: str
    amount: Number | None
    agrees: bool


def raise_agree_rounds(case: Fields) -> object:
    """Kind `english_raise_agree_rounds`: one action a round, "X:raise", "X:raise:150" or "X:agree".

    A round without an action ends the sale. With `start` and `min_step` the price is told too; a raise
    without an amount is by the least possible.
    """
    actions = case.items("actions_by_round", _action)
    priced = case.has("start") or case.has("min_step")
    numbers = [case.number(n, above=0) for n in ("start", "min_step")] if priced else []
    style = style_of([*numbers, *(a.amount for a in actions if a.amount is not None)])
    start, step = (style.units(n) for n in numbers) if priced else (1, 1)
    outcome = _play(
        RaiseAgreeTerms(start=start, increment=step, round_us=_ROUND_US), actions, style
    )
    result: dict[str, object] = {"winner": outcome.winner}
    if priced:
        result["price"] = None if outcome.price is None else style.write(outcome.price)
    return result


def ausubel_clock(case: Fields) -> object:
    """Kind `ausubel_clock`: truthful bidders, each wanting the units worth more than the price.

    `start` (0) and `increment` (1) make the clock; with `exit_bids` exit prices count as prices of the
    clock. Marginal values must not rise from unit to unit.
    """
    supply = case.whole("supply", minimum=1)
    values = case.table("marginal_values", _falling)
    increment = (
        case.number("increment", above=0) if case.has("increment") else Number(Fraction(1), 1)
    )
    start = case.number("start") if case.has("start") else Number(Fraction(0), 0)
    style = style_of([increment, start, *(v for each in values.values() for v in each)])
    clock = _Clock(style.units(start), style.units(increment))
    wanted = {bidder: [style.units(v) for v in each] for bidder, each in values.items()}
    payments = tuple(payment.value for payment in ClockPayment)
    result = clock_result(
        supply,
        clock.readings(supply, wanted),
        payment=ClockPayment(case.choice("payment", payments, ClockPayment.CLINCHING.value)),
        exit_bids=case.flag("exit_bids", default=False),
    )
    return {
        "final_price": style.write(result.price),
        "clinched": {
            bidder: [style.write(price) for price in prices]
            for bidder, prices in result.units.items()
        },
    }


@dataclass(frozen=True, slots=True)
class _Clock:
    """A clock that starts at `start` and rises by `increment`, and the demand of truthful bidders."""

    start: int
    increment: int

    def readings(self, supply: int, wanted: dict[str, list[int]]) -> list[ClockReading]:
        """Return the readings at which demand changes, until it is within the supply.

        At the start a unit is wanted that is worth the price; on the way up only one worth more.
        """
        stops = {self._stop(v) for values in wanted.values() for v in values if v >= self.start}
        held = {
            bidder: sum(value >= max(self.start, 1) for value in values)
            for bidder, values in wanted.items()
        }
        readings = [ClockReading(price=self.start, demand=held, exits={})]
        for price in sorted(stops):
            if is_over(supply, held):
                break
            demand = {b: sum(value > price for value in values) for b, values in wanted.items()}
            gone = {b: tuple(wanted[b][demand[b] : held[b]]) for b in wanted}
            exits = {bidder: values for bidder, values in gone.items() if values}
            readings.append(ClockReading(price=price, demand=demand, exits=exits))
            held = demand
        return readings

    def _stop(self, value: int) -> int:
        """Return the first price on the clock at which a unit worth `value` is not wanted."""
        steps = max(0, -(-(value - self.start) // self.increment))
        return self.start + steps * self.increment


def _play(terms: RaiseAgreeTerms, actions: list[_Action], style: Style) -> Outcome:
    state = raise_agree.begin(terms, 0)
    for action in actions:
        move: Bid | Agree = Agree(bidder=action.bidder)
        if not action.agrees:
            least = state.asked + terms.increment
            amount = least if action.amount is None else style.units(action.amount)
            move = Bid(bidder=action.bidder, amount=amount)
        caused = raise_agree.judge(terms, state, move, state.opens_at)
        if isinstance(caused, Rejection):
            raise CaseError(action.path, f"is refused: {caused.code.value}")
        for event in caused:
            raise_agree.apply(terms, state, event)
    ended = raise_agree.lapse(terms, state, state.closes_at)
    assert isinstance(ended, SaleEnded), "the last round has run out"
    return ended.outcome


def _action(path: str, value: object) -> _Action:
    match = _ACTION.fullmatch(as_text(path, value))
    if match is None or (match[2] == "agree" and match[3] is not None):
        raise CaseError(path, 'must be like "X:raise", "X:raise:150" or "X:agree"')
    amount = None
    if match[3] is not None:
        number = as_positive(path, match[3])
        amount = number if number.decimals else Number(number.value, int(number.value))
    return _Action(path=path, bidder=match[1], amount=amount, agrees=match[2] == "agree")


def _falling(path: str, value: object) -> list[Number]:
    values = as_list(path, value, as_amount)
    for index, (one, other) in enumerate(pairwise(values)):
        if other.value > one.value:
            raise CaseError(f"{path}[{index + 1}]", "must not be above the value before")
    return values
