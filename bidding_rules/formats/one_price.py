"""一次报价: above the stop price each bidder gives one sealed price; the one nearest the mean wins.

The rule (Suzhou 2016), in full::

    WAITING -> INQUIRY (who does not confirm gives up) -> QUOTING -> ENDED
    valid quote: above < quote <= up_to, a whole number of `step` (whole yuan); one each, never changed
    no two equal quotes: the later bidder must choose another price
    mean = sum / number of valid quotes, to 0.01 yuan, half up; who confirmed and stayed silent is not counted
    winner = the quote nearest the mean, at his own price; of two equally near the lower
    no quote at all: the highest earlier bid, which is not above the stop price, wins at its price

The machine must know the prices to refuse equal ones; nobody else may see them before the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, assert_never

from bidding_rules.formats.timed_terms import (
    ConfirmParticipation,
    ParticipationConfirmed,
    Phase,
    PhaseBegan,
    SaleEnded,
)
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.rounding import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePriceTerms:
    """The interval (fen) and the times. Raises `TermsError` if no quote could be valid."""

    above: int
    """Quotes lie above this: the stop price (中止价)."""
    up_to: int
    """Quotes lie at or below this."""
    step: int = 100
    """Quotes are whole multiples of this: whole yuan."""
    waiting_us: int
    inquiry_us: int
    quoting_us: int

    def __post_init__(self) -> None:
        check_amount("above", self.above)
        check_amount("up_to", self.up_to)
        check_amount("step", self.step)
        if self.up_to // self.step * self.step <= self.above:
            raise TermsError("up_to", "leaves no valid quote above the stop price")
        check_duration("waiting_us", self.waiting_us)
        check_duration("inquiry_us", self.inquiry_us, minimum_us=1)
        check_duration("quoting_us", self.quoting_us, minimum_us=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteOnce:
    """Quote `amount` fen, once and for all."""

    bidder: str
    amount: int


OnePriceMove: TypeAlias = ConfirmParticipation | QuoteOnce


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTaken:
    """`bidder` quoted `amount`. Never published before the end."""

    bidder: str
    amount: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotesOpened:
    """All quotes in order of arrival, and their mean; published."""

    quotes: tuple[tuple[str, int], ...]
    mean: int
    at: int


OnePriceEvent: TypeAlias = (
    PhaseBegan | ParticipationConfirmed | QuoteTaken | QuotesOpened | SaleEnded
)


@dataclass(slots=True)
class OnePriceState:
    """Where a one-price phase stands; changed by `apply` only."""

    capped: Outcome
    """How price bidding ended."""
    phase: Phase
    closes_at: int
    confirmed: set[str] = field(default_factory=set)
    quotes: dict[str, int] = field(default_factory=dict)
    mean: int | None = None
    hard_end_at: int | None = None
    outcome: Outcome | None = None


def nearest_the_mean(quotes: Mapping[str, int]) -> tuple[str, int]:
    """Return who wins and the mean in fen, half up; `quotes` are one or more, no two equal."""
    mean = half_up(Fraction(sum(quotes.values()), len(quotes)))
    winner = min(quotes, key=lambda bidder: (abs(quotes[bidder] - mean), quotes[bidder]))
    return winner, mean


def begin(terms: OnePriceTerms, at: int, capped: Outcome) -> OnePriceState:
    """Return the state of a one-price phase after price bidding ended at `at` with `capped`."""
    return OnePriceState(capped=capped, phase=Phase.WAITING, closes_at=at + terms.waiting_us)


def judge(
    terms: OnePriceTerms, state: OnePriceState, move: OnePriceMove, at: int
) -> tuple[OnePriceEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.phase is Phase.ENDED or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    match move:
        case ConfirmParticipation():
            if state.phase is not Phase.INQUIRY:
                return Rejection(code=RejectionCode.WRONG_PHASE)
            if move.bidder in state.confirmed:
                return ()
            return (ParticipationConfirmed(bidder=move.bidder),)
        case QuoteOnce():
            broken = _broken_rule(terms, state, move)
            if broken is not None:
                return broken
            # From here on the quote must stand.
            return (QuoteTaken(bidder=move.bidder, amount=move.amount, at=at),)
        case _:
            assert_never(move)


def apply(_terms: OnePriceTerms, state: OnePriceState, event: OnePriceEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case PhaseBegan():
            state.phase, state.closes_at = event.phase, event.closes_at
        case ParticipationConfirmed():
            state.confirmed.add(event.bidder)
        case QuoteTaken():
            state.quotes[event.bidder] = event.amount
        case QuotesOpened():
            state.mean = event.mean
        case SaleEnded():
            state.phase, state.outcome = Phase.ENDED, event.outcome
        case _:
            assert_never(event)


def due_at(state: OnePriceState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.phase is Phase.ENDED else state.closes_at


def lapse(terms: OnePriceTerms, state: OnePriceState, at: int) -> OnePriceEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.phase is Phase.ENDED or at < state.closes_at:
        return None
    due = state.closes_at
    if state.phase is Phase.WAITING:
        return PhaseBegan(phase=Phase.INQUIRY, at=due, closes_at=due + terms.inquiry_us)
    if state.phase is Phase.INQUIRY and state.confirmed:
        return PhaseBegan(phase=Phase.QUOTING, at=due, closes_at=due + terms.quoting_us)
    if not state.quotes:
        return SaleEnded(outcome=_stands_by(state.capped, due))
    winner, mean = nearest_the_mean(state.quotes)
    if state.mean is None:
        return QuotesOpened(quotes=tuple(state.quotes.items()), mean=mean, at=due)
    sold = Outcome(kind=OutcomeKind.SOLD, at=due, winner=winner, price=state.quotes[winner])
    return SaleEnded(outcome=sold)


def _broken_rule(terms: OnePriceTerms, state: OnePriceState, quote: QuoteOnce) -> Rejection | None:
    lowest = (terms.above // terms.step + 1) * terms.step
    highest = terms.up_to // terms.step * terms.step
    bounds = {"amount_min": lowest, "amount_max": highest}
    if state.phase is not Phase.QUOTING:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if quote.bidder not in state.confirmed:
        return Rejection(code=RejectionCode.NOT_CONFIRMED)
    if quote.amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, **bounds)
    if quote.amount > highest:
        return Rejection(code=RejectionCode.ABOVE_CAP, **bounds)
    if quote.amount % terms.step:
        return Rejection(code=RejectionCode.OFF_GRID, **bounds)
    if quote.bidder in state.quotes:
        return Rejection(code=RejectionCode.ALREADY_SEALED)
    if quote.amount in state.quotes.values():
        return Rejection(code=RejectionCode.DUPLICATE_PRICE, **bounds)
    return None


def _stands_by(capped: Outcome, at: int) -> Outcome:
    """Return the outcome where nobody quoted: the highest earlier bid wins, if there is one."""
    if not capped.contenders:
        return Outcome(kind=OutcomeKind.NO_BIDS, at=at)
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=capped.contenders[0], price=capped.price)
