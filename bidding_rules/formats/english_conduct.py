"""The English auction: what the auctioneer and the clerk do, and how the room changes by it."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from bidding_rules.first_refusal import goes_before
from bidding_rules.formats.english_rules import after, meets_reserve, result
from bidding_rules.formats.english_terms import (
    AskingSet,
    CallPrice,
    CallUndone,
    Conduct,
    EnglishEvent,
    EnglishState,
    EnglishTerms,
    Entry,
    EntryUndone,
    FloorOpened,
    Hammer,
    HammerFell,
    LotReopened,
    OpenFloor,
    PassLot,
    PriceCalled,
    Reopen,
    RoomBidAccepted,
    SetAsking,
    UndoCall,
    UndoEntry,
)
from bidding_rules.formats.timed_terms import Phase, PhaseBegan, SaleEnded
from bidding_rules.increments import AdjustIncrement, fixed
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

Events: TypeAlias = tuple[EnglishEvent, ...]
RoomEvent: TypeAlias = (
    FloorOpened
    | RoomBidAccepted
    | AskingSet
    | PriceCalled
    | CallUndone
    | EntryUndone
    | HammerFell
    | LotReopened
)


def judge(terms: EnglishTerms, state: EnglishState, move: Conduct, at: int) -> Events | Rejection:
    """Return what `move` causes, or why it causes nothing; part of `english.judge`."""
    match move:
        case OpenFloor():
            return _open(terms, state, move, at)
        case PassLot():
            return _pass(terms, state, at)
        case Reopen():
            return _reopen(terms, state, move, at)
        case _:
            if state.phase is not Phase.FLOOR:
                return Rejection(code=RejectionCode.WRONG_PHASE)
            return _on_the_floor(terms, state, move, at)


def apply(_terms: EnglishTerms, state: EnglishState, event: RoomEvent) -> None:
    """Change `state` by what happened in the room; part of `english.apply`."""
    match event:
        case PriceCalled():
            state.calls, state.called_at = event.call, event.at
            return
        case CallUndone():
            state.calls -= 1
            return
        case RoomBidAccepted():
            _apply_bid(state, event)
        case EntryUndone():
            state.standing = state.entries.pop().before
        case AskingSet():
            _apply_asking(state, event)
        case FloorOpened():
            state.phase, state.participants = Phase.FLOOR, event.participants
        case HammerFell():
            state.phase, state.closes_at = Phase.HAMMERED, event.final_at
            state.hammered_at = event.at
        case LotReopened():
            state.phase, state.closes_at, state.hammered_at = Phase.FLOOR, None, None
        case _:
            assert_never(event)
    # Whatever else happens in the room cancels the calls.
    state.calls = 0


def _apply_bid(state: EnglishState, event: RoomBidAccepted) -> None:
    if event.entry != state.entry:
        entry = Entry(number=event.entry, on_floor=event.on_floor, before=state.standing)
        state.entries.append(entry)
        state.entry = event.entry
    state.standing = after(state.standing, event)


def _apply_asking(state: EnglishState, event: AskingSet) -> None:
    state.standing = replace(state.standing, asking=event.asking)
    if event.increment is not None:
        on_grid = state.increments.on_grid
        state.increments = replace(fixed(event.increment), on_grid=on_grid)


def after_hammer(
    terms: EnglishTerms, state: EnglishState, hammered_at: int, at: int
) -> PhaseBegan | SaleEnded:
    """Return what follows at `at` a hammer that fell at `hammered_at`: the end, or holders are asked."""
    outcome = result(terms, state, hammered_at)
    ask_us = 0 if terms.first_refusal is None else terms.first_refusal.ask_us
    unbeaten = not goes_before(1, state.standing.leader_rank)
    if ask_us == 0 or outcome.kind is not OutcomeKind.SOLD or unbeaten:
        return SaleEnded(outcome=outcome)
    return PhaseBegan(phase=Phase.PRIORITY, at=at, closes_at=at + ask_us)


def _open(
    terms: EnglishTerms, state: EnglishState, move: OpenFloor, at: int
) -> Events | Rejection:
    if state.phase is not Phase.WAITING:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if move.participants < terms.participants_min:
        return (SaleEnded(outcome=Outcome(kind=OutcomeKind.TOO_FEW_BIDDERS, at=at)),)
    return (FloorOpened(participants=move.participants, asking=state.standing.asking, at=at),)


def _pass(terms: EnglishTerms, state: EnglishState, at: int) -> Events | Rejection:
    if state.phase not in (Phase.WAITING, Phase.FLOOR):
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if meets_reserve(terms, state):
        return Rejection(code=RejectionCode.BID_STANDS)
    return (SaleEnded(outcome=Outcome(kind=OutcomeKind.PASSED, at=at)),)


def _reopen(terms: EnglishTerms, state: EnglishState, move: Reopen, at: int) -> Events | Rejection:
    if terms.reopen_us == 0:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if state.phase is not Phase.HAMMERED:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    return (LotReopened(reason=move.reason, at=at),)


def _on_the_floor(
    terms: EnglishTerms,
    state: EnglishState,
    move: SetAsking | AdjustIncrement | CallPrice | UndoCall | UndoEntry | Hammer,
    at: int,
) -> Events | Rejection:
    match move:
        case SetAsking():
            return _set_asking(terms, state, move, at)
        case AdjustIncrement():
            return _adjust(state, move, at)
        case CallPrice() | Hammer():
            return _call_or_hammer(terms, state, move, at)
        case UndoCall():
            if state.calls == 0:
                return Rejection(code=RejectionCode.NOTHING_TO_UNDO)
            return (CallUndone(at=at),)
        case UndoEntry():
            if not state.entries or not state.entries[-1].on_floor:
                return Rejection(code=RejectionCode.NOTHING_TO_UNDO)
            number = state.entries[-1].number
            return (EntryUndone(entry=number, reason=move.reason, at=at),)
        case _:
            assert_never(move)


def _set_asking(
    terms: EnglishTerms, state: EnglishState, move: SetAsking, at: int
) -> Events | Rejection:
    lowest = terms.start if terms.asking_min is None else terms.asking_min
    if state.standing.price is not None:
        lowest = state.standing.price + 1
    if move.amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=lowest)
    if move.amount > AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest)
    return (AskingSet(asking=move.amount, increment=None, at=at),)


def _adjust(state: EnglishState, move: AdjustIncrement, at: int) -> Events | Rejection:
    if not 1 <= move.increment <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=1)
    standing = state.standing
    asking = standing.asking if standing.price is None else standing.price + move.increment
    return (AskingSet(asking=asking, increment=move.increment, at=at),)


def _call_or_hammer(
    terms: EnglishTerms, state: EnglishState, move: CallPrice | Hammer, at: int
) -> Events | Rejection:
    if state.standing.price is None:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if state.calls and at < state.called_at + terms.call_gap_us:
        return Rejection(code=RejectionCode.TOO_SOON)
    if isinstance(move, CallPrice):
        if state.calls >= terms.calls:
            return Rejection(code=RejectionCode.WRONG_PHASE)
        return (PriceCalled(call=state.calls + 1, at=at),)
    if state.calls < terms.calls:
        return Rejection(code=RejectionCode.CALLS_MISSING)
    sold = result(terms, state, at).kind is OutcomeKind.SOLD
    if sold and terms.reopen_us:
        return (HammerFell(at=at, final_at=at + terms.reopen_us),)
    return (HammerFell(at=at, final_at=at), after_hammer(terms, state, at, at))
