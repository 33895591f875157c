"""Timed bidding: the moves that are no bids - confirm, key in the reserve, adjust, rights."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from bidding_rules.first_refusal import (
    ExercisePriority,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
    ends_asking,
    judge_right,
)
from bidding_rules.formats.timed_terms import (
    ConfirmParticipation,
    ParticipationConfirmed,
    Phase,
    SaleEnded,
    TimedEvent,
    TimedState,
    TimedTerms,
)
from bidding_rules.increments import AdjustIncrement, IncrementAdjusted, fixed, is_on_grid
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.reserve import EnterReserve, ReserveEntered, mean_reserve

Events: TypeAlias = tuple[TimedEvent, ...]
SideMove: TypeAlias = (
    ConfirmParticipation | EnterReserve | AdjustIncrement | ExercisePriority | WaivePriority
)
SideEvent: TypeAlias = (
    ParticipationConfirmed
    | ReserveEntered
    | IncrementAdjusted
    | PriorityExercised
    | PriorityWaived
)


def judge(terms: TimedTerms, state: TimedState, move: SideMove, at: int) -> Events | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.phase is Phase.ENDED or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    match move:
        case ConfirmParticipation():
            return _confirm(terms, state, move)
        case EnterReserve():
            return _enter_reserve(terms, state, move, at)
        case AdjustIncrement():
            return _adjust(terms, state, move, at)
        case ExercisePriority() | WaivePriority():
            return _right(terms, state, move, at)
        case _:
            assert_never(move)


def apply(terms: TimedTerms, state: TimedState, event: SideEvent) -> None:
    """Change `state` by what happened; part of `timed.apply`."""
    match event:
        case ParticipationConfirmed():
            state.confirmed.add(event.bidder)
        case ReserveEntered():
            state.reserve = event.reserve
        case IncrementAdjusted():
            state.increments = replace(fixed(event.increment), on_grid=terms.increments.on_grid)
        case PriorityExercised():
            state.leader, state.leader_rank, state.leader_at = event.bidder, event.rank, event.at
        case PriorityWaived():
            state.waived.add(event.bidder)
        case _:
            assert_never(event)


def _confirm(
    terms: TimedTerms, state: TimedState, move: ConfirmParticipation
) -> Events | Rejection:
    if state.phase is not Phase.INQUIRY:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if terms.must_have_quoted and move.bidder not in state.quoted:
        return Rejection(code=RejectionCode.NOT_CONFIRMED)
    if move.bidder in state.confirmed:
        return ()
    return (ParticipationConfirmed(bidder=move.bidder),)


def _enter_reserve(
    terms: TimedTerms, state: TimedState, move: EnterReserve, at: int
) -> Events | Rejection:
    if terms.reserve_entry_us is None:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if state.phase is not Phase.FREE:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if state.reserve is not None:
        return Rejection(code=RejectionCode.ALREADY_SEALED)
    if at < state.closes_at - terms.reserve_entry_us:
        return Rejection(code=RejectionCode.TOO_SOON)
    highest = terms.cap or AMOUNT_MAX
    if not move.values or any(not terms.start <= value <= highest for value in move.values):
        return Rejection(
            code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=terms.start, amount_max=highest
        )
    reserve = mean_reserve(move.values)
    return (ReserveEntered(reserve=reserve, values=move.values, at=at),)


def _adjust(
    terms: TimedTerms, state: TimedState, move: AdjustIncrement, at: int
) -> Events | Rejection:
    if not terms.increments_adjustable:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if state.phase is not Phase.FREE:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if not 1 <= move.increment <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=1)
    base = terms.start if state.price is None else state.price
    if terms.cap is not None and not is_on_grid(fixed(move.increment), base, terms.cap):
        return Rejection(code=RejectionCode.OFF_GRID, amount_max=terms.cap)
    return (IncrementAdjusted(increment=move.increment, at=at),)


def _right(
    terms: TimedTerms, state: TimedState, move: ExercisePriority | WaivePriority, at: int
) -> Events | Rejection:
    caused = judge_right(
        terms.first_refusal,
        move,
        asked=state.phase is Phase.PRIORITY,
        waived=state.waived,
        leader_rank=state.leader_rank,
        at=at,
    )
    if isinstance(caused, Rejection):
        return caused
    taken = ends_asking(caused)
    if taken is None:
        return caused
    sold = Outcome(kind=OutcomeKind.SOLD, at=at, winner=taken.bidder, price=state.price)
    return (*caused, SaleEnded(outcome=sold))
