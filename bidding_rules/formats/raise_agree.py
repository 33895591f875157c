"""Open ascending rounds with "raise" or "agree" (提价/同意逐轮竞价), as in ProZorro.Sale's land leases.

    price of round 1   = start + increment
    agree              takes the price of the round
    raise to x         x lies whole increments, at least one, above the price of the round
    each of them ends the round at once; after a pause the next one begins at the bid + increment
    a round in which nobody acts ends the sale: the last bidder wins; so does the daily stop

Nothing forbids the leader to act again (the published scenarios show it), so the terms allow it unless
they say otherwise. Source: procedure landLease (texas) of ProZorro.Sale: rounds of 3 minutes, pauses of
15 seconds, stop at 17:00.
"""

from dataclasses import dataclass
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.money import AMOUNT_MAX, TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAgreeTerms(FormatTerms):
    """What the notice fixed. Amounts in fen, spans in microseconds."""

    start: int
    """起始价; the first round already asks for one increment more."""
    increment: int
    round_us: int
    pause_us: int = 0
    """Between a bid and the next round."""
    stop_us: int | None = None
    """The sale ends at the latest so long after it began (a daily stop); None: no such end."""
    leader_may_act: bool = True

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        check_amount("increment", self.increment)
        check_duration("round_us", self.round_us, minimum_us=1)
        check_duration("pause_us", self.pause_us)
        if self.stop_us is not None:
            check_duration("stop_us", self.stop_us, minimum_us=1)
            if self.stop_us < self.round_us:
                raise TermsError("stop_us", "must not be shorter than a round")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """Take the price of the round."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWon:
    """`bidder` raised to or agreed to `amount`; the next round opens at `opens_at`."""

    bidder: str
    amount: int
    at: int
    opens_at: int
    closes_at: int


RaiseAgreeEvent: TypeAlias = RoundWon | SaleEnded


@dataclass(slots=True)
class RaiseAgreeState:
    """Where the sale stands; changed by `apply` only."""

    asked: int
    """Price of the round."""
    opens_at: int
    closes_at: int
    hard_end_at: int | None = None
    round: int = 1
    price: int | None = None
    leader: str | None = None
    leader_at: int | None = None
    outcome: Outcome | None = None


def begin(terms: RaiseAgreeTerms, at: int) -> RaiseAgreeState:
    """Return the state of a sale that opens at `at`."""
    return RaiseAgreeState(
        asked=terms.start + terms.increment,
        opens_at=at,
        closes_at=at + terms.round_us,
        hard_end_at=None if terms.stop_us is None else at + terms.stop_us,
    )


def judge(
    terms: RaiseAgreeTerms, state: RaiseAgreeState, move: Bid | Agree, at: int
) -> tuple[RaiseAgreeEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.outcome is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if at < state.opens_at:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if move.bidder == state.leader and not terms.leader_may_act:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    amount = move.amount if isinstance(move, Bid) else state.asked
    if not 1 <= amount <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=state.asked)
    if isinstance(move, Bid):
        broken = _broken_raise(terms, state, amount)
        if broken is not None:
            return broken
    # From here on the action must succeed.
    opens_at = at + terms.pause_us
    closes_at = opens_at + terms.round_us
    if state.hard_end_at is not None:
        closes_at = min(closes_at, state.hard_end_at)
    return (
        RoundWon(bidder=move.bidder, amount=amount, at=at, opens_at=opens_at, closes_at=closes_at),
    )


def apply(terms: RaiseAgreeTerms, state: RaiseAgreeState, event: RaiseAgreeEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case RoundWon():
            state.price, state.leader, state.leader_at = event.amount, event.bidder, event.at
            state.asked, state.round = event.amount + terms.increment, state.round + 1
            state.opens_at, state.closes_at = event.opens_at, event.closes_at
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: RaiseAgreeState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(_terms: RaiseAgreeTerms, state: RaiseAgreeState, at: int) -> RaiseAgreeEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    kind = OutcomeKind.NO_BIDS if state.leader is None else OutcomeKind.SOLD
    outcome = Outcome(kind=kind, at=state.closes_at, winner=state.leader, price=state.price)
    return SaleEnded(outcome=outcome)


def _broken_raise(terms: RaiseAgreeTerms, state: RaiseAgreeState, amount: int) -> Rejection | None:
    lowest = state.asked + terms.increment
    if amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=lowest)
    if (amount - state.asked) % terms.increment:
        return Rejection(code=RejectionCode.OFF_GRID, amount_min=lowest)
    return None
