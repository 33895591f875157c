"""Hybrid Dutch sale (荷兰式与密封混合竞价), as in the Ukrainian sales of bank assets (dgfInsider).

    1 Dutch     the price falls; the first who takes it is the Dutch winner; nobody does: no sale
    2 sealed    everybody else may hand in one sealed bid above the Dutch price; none valid: he wins
    3 best bid  the Dutch winner alone may beat the best sealed bid by one increment

The machine is made of the Dutch and the sealed one and adds the last phase. Source: procedure
`sellout.insider` of ProZorro.Sale (openprocurement.auction.insider): 81 steps of 5 minutes, 1% of the
first price each; 10 minutes sealed; 5 minutes best bid; equal sealed bids go to the earlier one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats import dutch, sealed
from bidding_rules.formats.dutch import DutchEvent, DutchState, DutchTerms
from bidding_rules.formats.sealed_terms import (
    OpenEnvelope,
    SealedEvent,
    SealedState,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.money import AMOUNT_MAX, TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


class HybridPhase(StrEnum):
    """Stable and public."""

    DUTCH = "dutch"
    SEALED = "sealed"
    BEST_BID = "best_bid"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridDutchTerms(FormatTerms):
    """What the notice fixed for a hybrid sale. Amounts in fen, spans in microseconds."""

    dutch: DutchTerms
    increment: int
    """加价幅度: a sealed bid is at least this above the Dutch price, the best bid above the sealed one."""
    sealed_us: int
    opening_us: int
    best_bid_us: int

    def __post_init__(self) -> None:
        check_amount("increment", self.increment)
        check_duration("sealed_us", self.sealed_us, minimum_us=1)
        check_duration("opening_us", self.opening_us, minimum_us=1)
        check_duration("best_bid_us", self.best_bid_us, minimum_us=1)
        if self.dutch.start + self.increment > AMOUNT_MAX:
            raise TermsError("increment", "leaves no room above the first price")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPartBegan:
    """The Dutch part is over: `dutch_winner` took `dutch_price`; the others may seal bids now."""

    dutch_winner: str
    dutch_price: int
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BestBidPartBegan:
    """The best sealed bid is known; the Dutch winner may beat it."""

    sealed_winner: str
    sealed_price: int
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BestBidPlaced:
    """The Dutch winner beat the best sealed bid."""

    bidder: str
    amount: int
    at: int


HybridMove: TypeAlias = Bid | SubmitEnvelope | WithdrawEnvelope | OpenEnvelope
HybridEvent: TypeAlias = (
    DutchEvent | SealedEvent | SealedPartBegan | BestBidPartBegan | BestBidPlaced
)


@dataclass(slots=True)
class HybridState:
    """Where a hybrid sale stands; changed by `apply` only."""

    dutch: DutchState
    phase: HybridPhase = HybridPhase.DUTCH
    best_bid_closes_at: int = 0
    hard_end_at: int | None = None
    sealed: SealedState | None = None
    price: int | None = None
    leader: str | None = None
    dutch_winner: str | None = None
    dutch_price: int | None = None
    outcome: Outcome | None = None

    @property
    def closes_at(self) -> int:
        """The close in force: that of the part that runs."""
        if self.phase is HybridPhase.DUTCH:
            return self.dutch.closes_at
        if self.phase is HybridPhase.SEALED and self.sealed is not None:
            return self.sealed.closes_at
        return self.best_bid_closes_at

    @closes_at.setter
    def closes_at(self, value: int) -> None:
        if self.phase is HybridPhase.DUTCH:
            self.dutch.closes_at = value
        elif self.phase is HybridPhase.SEALED and self.sealed is not None:
            self.sealed.closes_at = value
        else:
            self.best_bid_closes_at = value


def begin(terms: HybridDutchTerms, at: int) -> HybridState:
    """Return the state of a sale that opens at `at`."""
    first = dutch.begin(terms.dutch, at)
    return HybridState(dutch=first, price=first.price)


def judge(
    terms: HybridDutchTerms, state: HybridState, move: HybridMove, at: int
) -> tuple[HybridEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.phase is HybridPhase.ENDED or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if isinstance(move, Bid):
        if state.phase is HybridPhase.DUTCH:
            return _take(terms, state, move, at)
        if state.phase is HybridPhase.BEST_BID:
            return _beat(terms, state, move, at)
    elif state.phase is HybridPhase.SEALED:
        return _seal(terms, state, move, at)
    return Rejection(code=RejectionCode.WRONG_PHASE)


def apply(terms: HybridDutchTerms, state: HybridState, event: HybridEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case SealedPartBegan():
            state.phase = HybridPhase.SEALED
            state.dutch_winner, state.dutch_price = event.dutch_winner, event.dutch_price
            state.leader, state.price = event.dutch_winner, event.dutch_price
            state.sealed = sealed.begin(sealed_terms(terms, event.dutch_price), event.at)
        case BestBidPartBegan():
            state.phase, state.best_bid_closes_at = HybridPhase.BEST_BID, event.closes_at
            state.leader, state.price = event.sealed_winner, event.sealed_price
        case BestBidPlaced():
            state.leader, state.price = event.bidder, event.amount
        case SaleEnded():
            state.phase, state.outcome = HybridPhase.ENDED, event.outcome
        case dutch.DutchStepBegan() | dutch.DutchPriceTaken():
            dutch.apply(terms.dutch, state.dutch, event)
            state.price = state.dutch.price
        case _:
            sealed.apply(sealed_terms(terms, _dutch_price(state)), _inner(state), event)


def due_at(state: HybridState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.phase is HybridPhase.ENDED else state.closes_at


def lapse(terms: HybridDutchTerms, state: HybridState, at: int) -> HybridEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    due = due_at(state)
    if due is None or at < due:
        return None
    match state.phase:
        case HybridPhase.DUTCH:
            return dutch.lapse(terms.dutch, state.dutch, at)
        case HybridPhase.SEALED:
            event = sealed.lapse(sealed_terms(terms, _dutch_price(state)), _inner(state), at)
            assert event is not None, "the close in force is due"
            return _after_sealed(terms, state, event, due)
        case _:
            return SaleEnded(outcome=_sold(state, due))


def sealed_terms(terms: HybridDutchTerms, dutch_price: int) -> SealedTerms:
    """Return the terms of the sealed part: above the Dutch price, replaceable, withdrawable."""
    return SealedTerms(
        start=dutch_price + terms.increment,
        window_us=terms.sealed_us,
        opening_us=terms.opening_us,
        replaceable=True,
        withdrawable=True,
    )


def _take(
    terms: HybridDutchTerms, state: HybridState, move: Bid, at: int
) -> tuple[HybridEvent, ...] | Rejection:
    taken = dutch.judge(terms.dutch, state.dutch, move, at)
    if isinstance(taken, Rejection):
        return taken
    return (
        *(event for event in taken if not isinstance(event, SaleEnded)),
        SealedPartBegan(
            dutch_winner=move.bidder,
            dutch_price=move.amount,
            at=at,
            closes_at=at + terms.sealed_us,
        ),
    )


def _seal(
    terms: HybridDutchTerms,
    state: HybridState,
    move: SubmitEnvelope | WithdrawEnvelope | OpenEnvelope,
    at: int,
) -> tuple[HybridEvent, ...] | Rejection:
    if move.bidder == state.dutch_winner:
        return Rejection(code=RejectionCode.BIDS_NOT_IN_TURN)
    caused = sealed.judge(sealed_terms(terms, _dutch_price(state)), _inner(state), move, at)
    if isinstance(caused, Rejection):
        return caused
    return tuple(_after_sealed(terms, state, event, at) for event in caused)


def _after_sealed(
    terms: HybridDutchTerms, state: HybridState, event: SealedEvent, at: int
) -> HybridEvent:
    """Turn the end of the sealed part into the best bid part, or into the Dutch winner's deal."""
    if not isinstance(event, SaleEnded):
        return event
    best = event.outcome
    if best.winner is None or best.price is None:
        return SaleEnded(outcome=_sold(state, at))
    return BestBidPartBegan(
        sealed_winner=best.winner,
        sealed_price=best.price,
        at=at,
        closes_at=at + terms.best_bid_us,
    )


def _beat(
    terms: HybridDutchTerms, state: HybridState, move: Bid, at: int
) -> tuple[HybridEvent, ...] | Rejection:
    """Let the Dutch winner, and nobody else, beat the best bid; he may raise his own again."""
    if move.bidder != state.dutch_winner:
        return Rejection(code=RejectionCode.BIDS_NOT_IN_TURN)
    lowest = (state.price or 0) + terms.increment
    if not 1 <= move.amount <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest)
    if move.amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=lowest)
    return (BestBidPlaced(bidder=move.bidder, amount=move.amount, at=at),)


def _sold(state: HybridState, at: int) -> Outcome:
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=state.leader, price=state.price)


def _inner(state: HybridState) -> SealedState:
    assert state.sealed is not None, "the sealed part has begun"
    return state.sealed


def _dutch_price(state: HybridState) -> int:
    assert state.dutch_price is not None, "the Dutch part is over"
    return state.dutch_price
