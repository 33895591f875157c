"""The one place where a lot's fate is decided: pure functions of the lot, the command, the arrival.

Two questions, asked in this order for every command that arrives::

    fallen_due(lot, at)       what has happened by itself by now?   -> the next event, or None
    decide(lot, command, at)  what does the command cause?          -> events, or why none

So a bid that arrives at or after the close finds the lot closed even if nobody closed it yet, and "bid
or hammer first?" has one answer: the order of arrival.
"""

from dataclasses import replace
from typing import Any, assert_never

from auction.commands import (
    AdmitBidder,
    AnnounceLot,
    AskedCommand,
    CallWarning,
    ConductMove,
    ConfirmParticipation,
    ExtendClosing,
    HammerLot,
    MakeMove,
    PlaceBid,
    RegisterBidder,
    ResumeLot,
    SuspendLot,
    WithdrawLot,
)
from auction.events import (
    BidderAdmitted,
    BidderRegistered,
    BiddingReopened,
    ClosingExtended,
    Event,
    FairWarningGiven,
    LotAnnounced,
    LotOpened,
    LotResumed,
    LotSuspended,
    LotWithdrawn,
)
from auction.formats.live import LiveFormat, Side
from auction.formats.registry import carries_rank, speaks_for_bidder
from auction.state import Lot, Status
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.formats.timed_terms import ConfirmParticipation as Confirmation
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.terms import Terms


def fallen_due(lot: Lot, at: int) -> Event | None:
    """Return the next event that has fallen due by `at`, or None. Apply it and ask again."""
    terms, row = lot.terms, lot.format
    if terms is None or row is None:
        return None
    if lot.status is Status.OPEN:
        return row.machine.lapse(terms.format, lot.sale, at)
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
        if isinstance(command, AnnounceLot):
            return (LotAnnounced(at=at, terms=command.terms),)
        return Rejection(code=RejectionCode.LOT_UNKNOWN)
    match command:
        case PlaceBid() | ConfirmParticipation() | MakeMove():
            return _move(lot, terms, row, command, at)
        case ConductMove():
            return _conduct_move(lot, terms, row, command, at)
        case AnnounceLot():
            return Rejection(code=RejectionCode.LOT_ALREADY_ANNOUNCED)
        case RegisterBidder() | AdmitBidder():
            return _about_bidder(lot, terms, command)
        case SuspendLot() | ResumeLot() | WithdrawLot():
            return _interrupt(lot, terms, command, at)
        case ExtendClosing() | CallWarning() | HammerLot():
            return _conduct(lot, terms, row, command, at)
        case _:
            assert_never(command)


def _not_live(lot: Lot) -> Rejection | None:
    """Return why nobody can act on the sale now, if so."""
    match lot.status:
        case Status.OPEN:
            return None
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


def _about_bidder(
    lot: Lot, terms: Terms, command: RegisterBidder | AdmitBidder
) -> tuple[Event, ...] | Rejection:
    if lot.status in (Status.ENDED, Status.WITHDRAWN):
        return Rejection(code=RejectionCode.LOT_CLOSED)
    held = lot.numbers.get(command.bidder_id)
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


def _move(
    lot: Lot,
    terms: Terms,
    row: LiveFormat,
    command: PlaceBid | ConfirmParticipation | MakeMove,
    at: int,
) -> tuple[Event, ...] | Rejection:
    broken = _not_live(lot)
    if broken is not None:
        return broken
    if command.actor == terms.seller:
        return Rejection(code=RejectionCode.SELLER_MAY_NOT_BID)
    number = lot.numbers.get(command.actor)
    if number is None:
        return Rejection(code=RejectionCode.NOT_QUALIFIED)
    if number not in lot.admitted:
        return Rejection(code=RejectionCode.DEPOSIT_NOT_PAID)
    move: Any
    match command:
        case PlaceBid():
            move = Bid(bidder=number, amount=command.amount, rank=lot.ranks.get(number))
        case ConfirmParticipation():
            move = Confirmation(bidder=number)
        case _:
            move = _in_the_name_of(lot, number, command.move)
    if type(move) not in row.moves:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    return row.machine.judge(terms.format, lot.sale, move, at)


def _conduct_move(
    lot: Lot, terms: Terms, row: LiveFormat, command: ConductMove, at: int
) -> tuple[Event, ...] | Rejection:
    broken = _not_live(lot)
    if broken is not None:
        return broken
    move = command.move
    if row.moves.get(type(move)) is not Side.STAFF:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if speaks_for_bidder(type(move)):
        if move.bidder not in lot.admitted:
            return Rejection(code=RejectionCode.NOT_QUALIFIED)
        move = _in_the_name_of(lot, move.bidder, move)
    return row.machine.judge(terms.format, lot.sale, move, at)


def _in_the_name_of(lot: Lot, number: str, move: Any) -> Any:
    """Return the move with the bidder's number and the right of first refusal that stands behind it."""
    if carries_rank(type(move)):
        return replace(move, bidder=number, rank=lot.ranks.get(number))
    return replace(move, bidder=number)


def _interrupt(
    lot: Lot, terms: Terms, command: SuspendLot | ResumeLot | WithdrawLot, at: int
) -> tuple[Event, ...] | Rejection:
    if isinstance(command, WithdrawLot):
        if lot.status in (Status.WITHDRAWN, Status.ENDED):
            return _not_live(lot) or ()
        return (LotWithdrawn(at=at, reason=command.reason),)
    if isinstance(command, ResumeLot):
        if lot.status is not Status.SUSPENDED:
            return Rejection(code=RejectionCode.LOT_NOT_SUSPENDED)
        resumes_at = at + max(command.notice_us, terms.resume_notice_us)
        return (LotResumed(at=at, resumes_at=resumes_at, closes_at=resumes_at + lot.remaining_us),)
    if lot.status is Status.RESUMING:
        remaining_us = lot.remaining_us
    else:
        broken = _not_live(lot)
        if broken is not None:
            return broken
        closes_at = lot.sale.closes_at  # type: ignore[union-attr]
        remaining_us = 0 if closes_at is None else closes_at - at
    return (
        LotSuspended(at=at, remaining_us=remaining_us, cause=command.cause, reason=command.reason),
    )


def _conduct(
    lot: Lot,
    terms: Terms,
    row: LiveFormat,
    command: ExtendClosing | CallWarning | HammerLot,
    at: int,
) -> tuple[Event, ...] | Rejection:
    broken = _not_live(lot)
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


def _extend(sale: Any, command: ExtendClosing, at: int) -> tuple[Event, ...] | Rejection:
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
