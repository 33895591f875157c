"""What anyone may see of a lot: numbers instead of names, no reserve, nothing of applicants."""

from dataclasses import dataclass
from typing import Any

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
)
from auction.state import Lot, Status
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import BidAccepted, PhaseBegan, SaleEnded, TimedState
from bidding_rules.outcome import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """How the lot ended. `reserve_met` is None where there was no reserve or no bid."""

    outcome: str
    price_fen: int | None
    winner: str | None
    at_us: int
    reserve_met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
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


def public_state(lot: Lot) -> LotState:
    """Return what anyone may see of `lot` now."""
    sale = lot.sale or TimedState()
    running = lot.status in (Status.OPEN, Status.RESUMING)
    paused = lot.status is Status.SUSPENDED
    return LotState(
        lot_id=lot.lot_id,
        seq=lot.seq,
        status=_status(lot),
        phase=None if lot.sale is None else str(sale.phase),
        price_fen=sale.price,
        leader=sale.leader,
        bids=sale.bids,
        bidders=len(sale.quoted),
        extensions=sale.extensions,
        amount_min_fen=_amount_min(lot, sale),
        closes_at_us=sale.closes_at if running else None,
        resumes_at_us=lot.resumes_at if lot.status is Status.RESUMING else None,
        remaining_us=lot.remaining_us if paused else None,
        calls=lot.calls,
        notice=_notice(lot),
        result=None if sale.outcome is None else _result(lot, sale, sale.outcome),
    )


def public_event(event: Event) -> dict[str, Any] | None:
    """Return the event as anyone may see it, or None where nobody may."""
    fields = _public_fields(event)
    return None if fields is None else {"kind": event_kind(event), **fields}


def _public_fields(event: Event) -> dict[str, Any] | None:
    match event:
        case BidAccepted():
            return {
                "at_us": event.at,
                "number": event.bidder,
                "amount_fen": event.amount,
                "closes_at_us": event.closes_at,
            }
        case LotAnnounced() | BiddingReopened():
            return {"at_us": event.at}
        case LotOpened():
            return {"at_us": event.at, "closes_at_us": event.closes_at}
        case PhaseBegan():
            return {"at_us": event.at, "phase": event.phase, "closes_at_us": event.closes_at}
        case SaleEnded():
            return _public_outcome(event.outcome)
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
        case _:
            return None


def _public_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "at_us": outcome.at,
        "outcome": outcome.kind,
        "price_fen": outcome.price,
        "winner": outcome.winner,
    }


def _status(lot: Lot) -> str:
    if lot.status is not Status.ENDED:
        return str(lot.status)
    assert lot.sale is not None and lot.sale.outcome is not None, "an ended lot has an outcome"  # noqa: PT018
    return "sold" if lot.sale.outcome.kind is OutcomeKind.SOLD else "unsold"


def _amount_min(lot: Lot, sale: TimedState) -> int | None:
    if lot.terms is None or lot.status in (Status.ENDED, Status.WITHDRAWN):
        return None
    return timed.amount_min(lot.terms.format, sale)


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


def _result(lot: Lot, sale: TimedState, outcome: Outcome) -> ResultView:
    reserve = None if lot.terms is None else lot.terms.format.reserve
    known = reserve is not None and sale.price is not None
    return ResultView(
        outcome=str(outcome.kind),
        price_fen=outcome.price,
        winner=outcome.winner,
        at_us=outcome.at,
        reserve_met=outcome.kind is not OutcomeKind.RESERVE_NOT_MET if known else None,
    )
