"""What anyone may see of a lot: numbers instead of names, no reserve, nothing of applicants."""

from typing import Any

import msgspec

from auction.codec import event_kind
from auction.events import (
    BiddingReopened,
    ClosingExtended,
    Event,
    FairWarningGiven,
    LotAnnounced,
    LotOpened,
    LotResumed,
    LotSuspended,
    LotWithdrawn,
    MessageSent,
)
from auction.formats.live import SaleView
from auction.formats.registry import PUBLIC
from auction.state import Lot, Status
from bidding_rules.outcome import Outcome, OutcomeKind


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """The last notice to the room: who did what, when, until when, and why.

    `kind` is suspended, resumed, extended or withdrawn; `text` the reason; `cause` says by whom:
    auctioneer, or outage or clock where the system did it. What a kind does not have is null.
    """

    kind: str
    text: str
    at_us: int
    cause: str = "auctioneer"
    by_us: int | None = None
    remaining_us: int | None = None
    resumes_at_us: int | None = None
    closes_at_us: int | None = None


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """How the lot ended. `reserve_met` is None where there was no reserve or no bid."""

    outcome: str
    price_fen: int | None
    winner: str | None
    at_us: int
    reserve_met: bool | None


class LotState(msgspec.Struct, frozen=True, kw_only=True):
    """The lot as it stands: absolute, so that a later one replaces every earlier one.

    Amounts in fen, instants in microseconds UTC. `leader` and `winner` are bidder numbers (竞买号).
    `seq` numbers the lot's public events from 1 without gaps.
    """

    lot_id: str
    seq: int
    status: str
    """announced, open, suspended, resuming, sold, unsold or withdrawn."""
    phase: str | None
    price_fen: int | None
    leader: str | None
    bids: int
    bidders: int
    """Numbers that have bid; how many may bid is not public."""
    extensions: int
    amount_min_fen: int | None
    closes_at_us: int | None
    resumes_at_us: int | None
    remaining_us: int | None
    calls: int
    notice: NoticeView | None
    result: ResultView | None
    message: NoticeView | None = None
    """What the auctioneer last told the room; `kind` is message."""
    format: str = "timed"
    """Which format the lot is sold by."""
    details: dict[str, Any] = {}
    """What only this format has to say; its page under `docs/formats` tells the fields."""


def public_state(lot: Lot) -> LotState:
    """Return what anyone may see of `lot` now."""
    row, terms, sale = lot.format, lot.terms, lot.sale
    assert row is not None and terms is not None, "only announced lots are shown"  # noqa: PT018
    opened = sale is not None
    shown = row.view(terms.format, sale or row.machine.begin(terms.format, terms.opens_at))
    running = opened and lot.status in (Status.OPEN, Status.RESUMING)
    over = lot.is_over
    return LotState(
        lot_id=lot.lot_id,
        seq=lot.seq,
        status=_status(lot),
        phase=shown.phase if opened else None,
        price_fen=shown.price if opened else None,
        leader=shown.leader,
        bids=shown.bids,
        bidders=shown.bidders,
        extensions=shown.extensions,
        amount_min_fen=None if over else shown.amount_min,
        closes_at_us=sale.closes_at if running and sale is not None else None,
        resumes_at_us=lot.resumes_at if lot.status is Status.RESUMING else None,
        remaining_us=max(0, lot.remaining_us) if lot.status is Status.SUSPENDED else None,
        calls=lot.calls if shown.calls is None else shown.calls,
        notice=_notice(lot),
        result=_result(lot, shown) if opened else None,
        message=None if lot.message is None else _message(lot.message),
        format=row.kind,
        details=shown.details,
    )


def public_event(event: Event) -> dict[str, Any] | None:
    """Return the event as anyone may see it, or None where nobody may."""
    fields = _public_fields(event)
    return None if fields is None else {"kind": event_kind(event), **fields}


def _public_fields(event: Event) -> dict[str, Any] | None:
    of_format = PUBLIC.get(type(event))
    if of_format is not None:
        return of_format(event)
    match event:
        case LotAnnounced() | BiddingReopened():
            return {"at_us": event.at}
        case LotOpened():
            return {"at_us": event.at, "closes_at_us": event.closes_at}
        case _:
            return _public_notice(event)


def _public_notice(event: Event) -> dict[str, Any] | None:
    match event:
        case LotSuspended():
            return {
                "at_us": event.at,
                "reason": event.reason,
                "remaining_us": event.remaining_us,
                "cause": event.cause,
            }
        case LotResumed():
            return {
                "at_us": event.at,
                "resumes_at_us": event.resumes_at,
                "closes_at_us": event.closes_at,
            }
        case ClosingExtended():
            return {
                "at_us": event.at,
                "closes_at_us": event.closes_at,
                "by_us": event.by_us,
                "reason": event.reason,
            }
        case FairWarningGiven():
            return {"at_us": event.at, "call": event.call}
        case LotWithdrawn():
            return {"at_us": event.at, "reason": event.reason}
        case MessageSent():
            return {"at_us": event.at, "text": event.text}
        case _:
            return None


def _status(lot: Lot) -> str:
    if lot.status is not Status.ENDED:
        return str(lot.status)
    assert lot.sale is not None, "an ended lot was opened"
    return "sold" if lot.sale.outcome.kind is OutcomeKind.SOLD else "unsold"


def _notice(lot: Lot) -> NoticeView | None:
    match lot.notice:
        case LotSuspended() as event:
            return NoticeView(
                kind="suspended",
                text=event.reason,
                at_us=event.at,
                cause=event.cause,
                remaining_us=event.remaining_us,
            )
        case LotResumed() as event:
            return NoticeView(
                kind="resumed",
                text="",
                at_us=event.at,
                cause=lot.suspended_by,  # Who stopped it lets it go on: so the engine does it.
                resumes_at_us=event.resumes_at,
                closes_at_us=event.closes_at,
            )
        case ClosingExtended() as event:
            return NoticeView(
                kind="extended",
                text=event.reason,
                at_us=event.at,
                by_us=event.by_us,
                closes_at_us=event.closes_at,
            )
        case LotWithdrawn() as event:
            return NoticeView(kind="withdrawn", text=event.reason, at_us=event.at)
        case None:
            return None


def _message(event: MessageSent) -> NoticeView:
    return NoticeView(kind="message", text=event.text, at_us=event.at)


def _result(lot: Lot, shown: SaleView) -> ResultView | None:
    assert lot.format is not None and lot.terms is not None, "the lot was announced"  # noqa: PT018
    outcome: Outcome | None = None if lot.sale is None else lot.sale.outcome
    if outcome is None:
        return None
    reserve = lot.format.reserve(lot.terms.format, lot.sale)
    known = reserve is not None and shown.price is not None
    return ResultView(
        outcome=str(outcome.kind),
        price_fen=outcome.price,
        winner=outcome.winner,
        at_us=outcome.at,
        reserve_met=outcome.kind is not OutcomeKind.RESERVE_NOT_MET if known else None,
    )
