"""What those who run a sale may do to a lot beside pausing it: calls, the hammer, moves, approvals.

Part of `decide`: pure functions that say what a command causes, or why it causes nothing.
"""

from dataclasses import replace
from typing import Any

from auction.commands import (
    ApproveAction,
    AskedCommand,
    CallWarning,
    ConductMove,
    ExtendClosing,
    HammerLot,
)
from auction.events import (
    ApprovalAsked,
    ClosingExtended,
    Event,
    FairWarningGiven,
    LotWithdrawn,
)
from auction.formats.live import LiveFormat, Side
from auction.formats.registry import TOUCH_RESULT, carries_rank, name_of, speaks_for_bidder
from auction.state import Lot, Status
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.terms import Terms

Caused = tuple[Event, ...] | Rejection
WITHDRAW = "withdraw_lot"
"""The action of a request to take the lot back."""
_OPEN, _STAFF = Status.OPEN, Side.STAFF


def not_live(lot: Lot) -> Rejection | None:
    """Return why nobody can act on the sale now, if so."""
    if lot.status is _OPEN:
        return None
    match lot.status:
        case Status.WITHDRAWN:
            return Rejection(code=RejectionCode.LOT_WITHDRAWN)
        case Status.ENDED:
            return Rejection(code=RejectionCode.LOT_CLOSED)
        case Status.SUSPENDED:
            return Rejection(code=RejectionCode.LOT_SUSPENDED)
        case Status.RESUMING:
            return Rejection(code=RejectionCode.LOT_RESUMING)
        case _:
            return Rejection(code=RejectionCode.LOT_NOT_OPEN)


def conducted_move(
    lot: Lot, terms: Terms, row: LiveFormat, command: ConductMove, at: int
) -> Caused:
    """Return what a move of those who run the sale causes; the rules of the format judge it."""
    broken = not_live(lot)
    if broken is not None:
        return broken
    move = command.move
    if row.moves.get(type(move)) is not _STAFF:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if speaks_for_bidder(type(move)):
        if move.bidder not in lot.admitted:
            return Rejection(code=RejectionCode.NOT_QUALIFIED)
        move = in_the_name_of(lot, move.bidder, move)
    caused = row.machine.judge(terms.format, lot.sale, move, at)
    if isinstance(caused, Rejection) or not terms.four_eyes or type(move) not in TOUCH_RESULT:
        return caused
    return asked_for_approval(command, name_of(type(move)), move.reason, at)


def in_the_name_of(lot: Lot, number: str, move: Any) -> Any:
    """Return the move with the bidder's number and the right of first refusal that stands behind it."""
    if carries_rank(type(move)):
        return replace(move, bidder=number, rank=lot.ranks.get(number))
    return replace(move, bidder=number)


def conducted(
    lot: Lot,
    terms: Terms,
    row: LiveFormat,
    command: ExtendClosing | CallWarning | HammerLot,
    at: int,
) -> Caused:
    """Return what a call, the hammer or an extension causes."""
    broken = not_live(lot)
    if broken is not None:
        return broken
    if isinstance(command, ExtendClosing):
        return _extend(lot.sale, command, at)
    translated = row.translated.get(type(command))
    if translated is not None:
        return row.machine.judge(terms.format, lot.sale, translated(), at)
    if terms.calls_before_hammer is None or row.ending is None:
        return Rejection(code=RejectionCode.HAMMER_BY_CLOCK)
    if not row.may_hammer(lot.sale):
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if lot.calls and at < lot.called_at + terms.call_gap_us:
        return Rejection(code=RejectionCode.TOO_SOON)
    if isinstance(command, CallWarning):
        if lot.calls >= terms.calls_before_hammer:
            return Rejection(code=RejectionCode.WRONG_PHASE)
        return (FairWarningGiven(at=at, call=lot.calls + 1),)
    if lot.calls < terms.calls_before_hammer:
        return Rejection(code=RejectionCode.CALLS_MISSING)
    return (row.ending(terms.format, lot.sale, at),)


def _extend(sale: Any, command: ExtendClosing, at: int) -> Caused:
    if sale.closes_at is None:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    closes_at = sale.closes_at + command.by_us
    if sale.hard_end_at is not None:
        closes_at = min(closes_at, sale.hard_end_at)
    if closes_at <= sale.closes_at:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    return (
        ClosingExtended(
            at=at,
            by_us=closes_at - sale.closes_at,
            closes_at=closes_at,
            reason=command.reason,
        ),
    )


def asked_for_approval(command: AskedCommand, action: str, reason: str, at: int) -> Caused:
    """Return that `action` waits for a second person (四眼)."""
    asked = ApprovalAsked(
        at=at, proposal=command.command_id, action=action, reason=reason, by=command.actor
    )
    return (asked,)


def approved(lot: Lot, terms: Terms, row: LiveFormat, command: ApproveAction, at: int) -> Caused:
    """Return what a second person's agreement causes.

    What undoes something is agreed to as it was asked for: once anything public has happened in between,
    it must be asked for again.
    """
    found = lot.proposals.get(command.proposal)
    if found is None:
        return Rejection(code=RejectionCode.NOTHING_TO_APPROVE)
    asked, seq = found
    if asked.by == command.actor:
        return Rejection(code=RejectionCode.SAME_PERSON)
    if asked.action == WITHDRAW:
        if lot.status in (Status.WITHDRAWN, Status.ENDED):
            return not_live(lot) or ()
        return (LotWithdrawn(at=at, reason=asked.reason),)
    broken = not_live(lot)
    if broken is not None:
        return broken
    if lot.seq != seq:
        return Rejection(code=RejectionCode.NOTHING_TO_APPROVE)
    move: Any = next(m for m in TOUCH_RESULT if name_of(m) == asked.action)
    return row.machine.judge(terms.format, lot.sale, move(reason=asked.reason), at)
