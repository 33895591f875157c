"""The one place where a lot's fate is decided: pure functions of the lot, the command, the arrival.

Two questions, asked in this order for every command that arrives::

    fallen_due(lot, at)       what has happened by itself by now?   -> the next event, or None
    decide(lot, command, at)  what does the command cause?          -> events, or why none

So a bid that arrives at or after the close finds the lot closed even if nobody closed it yet, and "bid
or hammer first?" has one answer: the order of arrival.
"""

from typing import Any, assert_never

from auction.commands import (
    AdmitBidder,
    AnnounceLot,
    ApproveAction,
    AskedCommand,
    CallWarning,
    ConductMove,
    ConfirmParticipation,
    ExtendClosing,
    HammerLot,
    MakeMove,
    PlaceBid,
    RecordPriority,
    RegisterBidder,
    ResumeLot,
    SendMessage,
    SuspendLot,
    WithdrawLot,
)
from auction.conduct import (
    WITHDRAW,
    approved,
    asked_for_approval,
    conducted,
    conducted_move,
    in_the_name_of,
    not_live,
)
from auction.events import (
    BidderAdmitted,
    BidderRegistered,
    BiddingReopened,
    Event,
    LotAnnounced,
    LotOpened,
    LotResumed,
    LotSuspended,
    LotWithdrawn,
    MessageSent,
    PriorityRecorded,
)
from auction.formats.live import LiveFormat, Side
from auction.state import Lot, Status
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.formats.timed_terms import ConfirmParticipation as Confirmation
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.terms import Terms

_OPEN, _BIDDER = Status.OPEN, Side.BIDDER
# Refusals without bounds are the same for everybody: made once, not for each bid.
_SELLER = Rejection(RejectionCode.SELLER_MAY_NOT_BID)
_NOT_QUALIFIED = Rejection(RejectionCode.NOT_QUALIFIED)
_NO_DEPOSIT = Rejection(RejectionCode.DEPOSIT_NOT_PAID)
_NOT_OFFERED = Rejection(RejectionCode.NOT_OFFERED)


def fallen_due(lot: Lot, at: int) -> Event | None:
    """Return the next event that has fallen due by `at`, or None. Apply it and ask again."""
    terms, row = lot.terms, lot.format
    if lot.status is _OPEN:
        return row.machine.lapse(terms.format, lot.sale, at)  # type: ignore[union-attr]
    if terms is None or row is None:
        return None
    if lot.status is Status.ANNOUNCED and at >= terms.opens_at:
        closes_at = row.machine.begin(terms.format, terms.opens_at).closes_at
        return LotOpened(at=terms.opens_at, closes_at=closes_at)
    if lot.status is Status.RESUMING and at >= lot.resumes_at:
        return BiddingReopened(at=lot.resumes_at)
    return None


def due_at(lot: Lot) -> int | None:
    """Return when something next happens to the lot by itself."""
    match lot.status:
        case Status.ANNOUNCED:
            return None if lot.terms is None else lot.terms.opens_at
        case Status.RESUMING:
            return lot.resumes_at
        case Status.OPEN:
            return None if lot.format is None else lot.format.machine.due_at(lot.sale)
        case _:
            return None


def decide(lot: Lot, command: AskedCommand, at: int) -> tuple[Event, ...] | Rejection:
    """Return the events that `command`, arrived at `at`, causes, or why it causes none.

    Changes nothing. The caller has applied everything that fell due by `at`.
    """
    terms, row = lot.terms, lot.format
    if terms is None or row is None:
        return _not_announced(command, at)
    if type(command) is PlaceBid:  # Nearly all of them.
        return _move(lot, terms, row, command, at)
    match command:
        case ConfirmParticipation() | MakeMove():
            return _move(lot, terms, row, command, at)
        case ConductMove():
            return conducted_move(lot, terms, row, command, at)
        case AnnounceLot():
            return Rejection(code=RejectionCode.LOT_ALREADY_ANNOUNCED)
        case RegisterBidder() | AdmitBidder() | RecordPriority():
            return _about_bidder(lot, terms, command)
        case SuspendLot() | ResumeLot() | WithdrawLot():
            return _interrupt(lot, terms, row, command, at)
        case ExtendClosing() | CallWarning() | HammerLot():
            return conducted(lot, terms, row, command, at)
        case SendMessage() | ApproveAction():
            return _desk(lot, terms, row, command, at)
        case _:
            assert_never(command)


def _not_announced(command: AskedCommand, at: int) -> tuple[Event, ...] | Rejection:
    if isinstance(command, AnnounceLot):
        return (LotAnnounced(at=at, terms=command.terms),)
    return Rejection(code=RejectionCode.LOT_UNKNOWN)


def _about_bidder(
    lot: Lot, terms: Terms, command: RegisterBidder | AdmitBidder | RecordPriority
) -> tuple[Event, ...] | Rejection:
    if lot.status in (Status.ENDED, Status.WITHDRAWN):
        return Rejection(code=RejectionCode.LOT_CLOSED)
    held = lot.numbers.get(command.bidder_id)
    if isinstance(command, RecordPriority):
        return _right(lot, held, command)
    if isinstance(command, AdmitBidder):
        if held is None:
            return Rejection(code=RejectionCode.NOT_QUALIFIED)
        return () if held in lot.admitted else (BidderAdmitted(number=held),)
    if command.bidder_id == terms.seller:
        return Rejection(code=RejectionCode.SELLER_MAY_NOT_BID)
    if held is not None:
        return ()
    if command.number in lot.numbers.values():
        return Rejection(code=RejectionCode.NUMBER_TAKEN)
    registered = BidderRegistered(bidder_id=command.bidder_id, number=command.number)
    if terms.deposit == 0:
        return (registered, BidderAdmitted(number=command.number))
    return (registered,)


def _right(lot: Lot, number: str | None, command: RecordPriority) -> tuple[Event, ...] | Rejection:
    if lot.status is not Status.ANNOUNCED:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if number is None:
        return Rejection(code=RejectionCode.NOT_QUALIFIED)
    return (PriorityRecorded(number=number, rank=command.rank),)


def _desk(
    lot: Lot, terms: Terms, row: LiveFormat, command: SendMessage | ApproveAction, at: int
) -> tuple[Event, ...] | Rejection:
    if isinstance(command, SendMessage):
        return (MessageSent(at=at, text=command.text),)
    return approved(lot, terms, row, command, at)


def _move(
    lot: Lot,
    terms: Terms,
    row: LiveFormat,
    command: PlaceBid | ConfirmParticipation | MakeMove,
    at: int,
) -> tuple[Event, ...] | Rejection:
    if lot.status is not _OPEN and (broken := not_live(lot)) is not None:
        return broken
    actor = command.actor
    if actor == terms.seller:
        return _SELLER
    number = lot.numbers.get(actor)
    if number is None:
        return _NOT_QUALIFIED
    if number not in lot.admitted:
        return _NO_DEPOSIT
    if type(command) is PlaceBid:
        if row.moves.get(Bid) is not _BIDDER:
            return _NOT_OFFERED
        rank = lot.ranks.get(number) if lot.ranks else None
        bid = Bid(number, command.amount, rank)
        return row.machine.judge(terms.format, lot.sale, bid, at)
    move: Any = command.move if isinstance(command, MakeMove) else Confirmation(bidder=number)
    if row.moves.get(type(move)) is not _BIDDER:
        return _NOT_OFFERED
    if type(command) is MakeMove:
        move = in_the_name_of(lot, number, move)
    return row.machine.judge(terms.format, lot.sale, move, at)


def _interrupt(
    lot: Lot,
    terms: Terms,
    row: LiveFormat,
    command: SuspendLot | ResumeLot | WithdrawLot,
    at: int,
) -> tuple[Event, ...] | Rejection:
    if isinstance(command, WithdrawLot):
        if lot.status in (Status.WITHDRAWN, Status.ENDED):
            return not_live(lot) or ()
        touched = terms.four_eyes and lot.sale is not None
        if touched and row.view(terms.format, lot.sale).bids:
            return asked_for_approval(command, WITHDRAW, command.reason, at)
        return (LotWithdrawn(at=at, reason=command.reason),)
    if isinstance(command, ResumeLot):
        if lot.status is not Status.SUSPENDED:
            return Rejection(code=RejectionCode.LOT_NOT_SUSPENDED)
        resumes_at = at + max(command.notice_us, terms.resume_notice_us)
        return (LotResumed(at=at, resumes_at=resumes_at, closes_at=resumes_at + lot.remaining_us),)
    if lot.status is Status.RESUMING:
        remaining_us = lot.remaining_us
    else:
        broken = not_live(lot)
        if broken is not None:
            return broken
        closes_at = lot.sale.closes_at  # type: ignore[union-attr]
        remaining_us = 0 if closes_at is None else closes_at - at
    return (
        LotSuspended(at=at, remaining_us=remaining_us, cause=command.cause, reason=command.reason),
    )
