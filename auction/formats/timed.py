"""Timed bidding as a live format (网上挂牌, 限时竞价), and what anyone may see of its events."""

from collections.abc import Callable, Mapping
from typing import Any

from auction.formats.live import LiveFormat, SaleView, Side, public_outcome
from bidding_rules.first_refusal import (
    ExercisePriority,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
)
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import (
    Bid,
    BidAccepted,
    ConfirmParticipation,
    ParticipationConfirmed,
    Phase,
    PhaseBegan,
    SaleEnded,
    StopPricePassed,
    TimedState,
    TimedTerms,
)
from bidding_rules.increments import AdjustIncrement, IncrementAdjusted
from bidding_rules.proxies import MaximumSet, SetMaximum
from bidding_rules.reserve import EnterReserve, ReserveEntered


def _bid(event: BidAccepted) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "at_us": event.at,
        "number": event.bidder,
        "amount_fen": event.amount,
        "closes_at_us": event.closes_at,
    }
    if event.matches:
        shown["details"] = {"matches": True}
    return shown


def _phase(event: PhaseBegan) -> dict[str, Any]:
    return {"at_us": event.at, "phase": event.phase, "closes_at_us": event.closes_at}


def _ended(event: SaleEnded) -> dict[str, Any]:
    return public_outcome(event.outcome)


def _adjusted(event: IncrementAdjusted) -> dict[str, Any]:
    return {"at_us": event.at, "details": {"increment_fen": event.increment}}


def _passed_stop(event: StopPricePassed) -> dict[str, Any]:
    return {"at_us": event.at, "number": event.bidder}


def _right_used(event: PriorityExercised) -> dict[str, Any]:
    return {"at_us": event.at, "number": event.bidder, "details": {"rank": event.rank}}


def timed_view(terms: TimedTerms, state: TimedState) -> SaleView:
    """Return how timed bidding stands. Secret maxima and the reserve are not in it."""
    details: dict[str, Any] = {}
    if state.increments is not None:
        details["increment_fen"] = state.increments.at(state.price or 0)
    for name in ("proxies_allowed", "increments_adjustable"):
        if getattr(terms, name):
            details[name] = True
    if terms.first_refusal is not None:
        details["first_refusal"] = True
    if terms.reserve_entry_us is not None:
        details["reserve_entry"] = True
        details["reserve_entered"] = state.reserve is not None
    return SaleView(
        phase=str(state.phase),
        price=state.price,
        leader=state.leader,
        bids=state.bids,
        bidders=len(state.quoted),
        extensions=state.extensions,
        amount_min=timed.amount_min(terms, state),
        details=details,
    )


def reserve_of(terms: TimedTerms, state: TimedState) -> int | None:
    """Return the reserve of the terms, or the one that was keyed in."""
    return terms.reserve if terms.reserve_entry_us is None else state.reserve


def _ending(terms: TimedTerms, state: TimedState, at: int) -> PhaseBegan | SaleEnded:
    return timed.ending(terms, state, at)


def may_hammer(state: TimedState) -> bool:
    """Tell whether the auctioneer may call and hammer: in the limited phase, on a bid."""
    return state.phase is Phase.LIMITED and state.price is not None


MOVES: Mapping[type, Side] = {
    Bid: Side.BIDDER,
    ConfirmParticipation: Side.BIDDER,
    SetMaximum: Side.BIDDER,
    ExercisePriority: Side.BIDDER,
    WaivePriority: Side.BIDDER,
    EnterReserve: Side.STAFF,
    AdjustIncrement: Side.STAFF,
}
PUBLIC: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    BidAccepted: _bid,
    PhaseBegan: _phase,
    SaleEnded: _ended,
    IncrementAdjusted: _adjusted,
    StopPricePassed: _passed_stop,
    PriorityExercised: _right_used,
}
PRIVATE = (MaximumSet, ParticipationConfirmed, ReserveEntered, PriorityWaived)
SECRET_MOVES = frozenset({SetMaximum, EnterReserve})

TIMED = LiveFormat(
    kind="timed",
    terms=TimedTerms,
    machine=timed,
    moves=MOVES,
    ending=_ending,
    may_hammer=may_hammer,
    public=PUBLIC,
    private=PRIVATE,
    bids=frozenset({BidAccepted}),
    secret_moves=SECRET_MOVES,
    view=timed_view,
    reserve=reserve_of,
)
