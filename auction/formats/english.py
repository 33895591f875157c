"""The English auction as a live format: run by an auctioneer, with bids of the hall and of the network."""

from typing import Any

from auction.commands import CallWarning, HammerLot
from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from bidding_rules.first_refusal import (
    ExercisePriority,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
)
from bidding_rules.formats import english
from bidding_rules.formats.english_terms import (
    AskingSet,
    CallPrice,
    CallUndone,
    EnglishState,
    EnglishTerms,
    EnterFloorBid,
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
from bidding_rules.formats.timed_terms import Bid, Phase, PhaseBegan, SaleEnded
from bidding_rules.increments import AdjustIncrement
from bidding_rules.proxies import MaximumSet, SetMaximum


def _opened(event: FloorOpened) -> dict[str, Any]:
    details = {"participants": event.participants, "asking_fen": event.asking}
    return {"at_us": event.at, "details": details}


def _bid(event: RoomBidAccepted) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "number": event.bidder,
        "amount_fen": event.amount,
        "details": {
            "asking_fen": event.asking,
            "entry": event.entry,
            "on_floor": event.on_floor,
            "matches": event.matches,
        },
    }


def _asking(event: AskingSet) -> dict[str, Any]:
    details = {"asking_fen": event.asking, "increment_fen": event.increment}
    return {"at_us": event.at, "details": details}


def _called(event: PriceCalled) -> dict[str, Any]:
    return {"at_us": event.at, "call": event.call}


def _call_undone(event: CallUndone) -> dict[str, Any]:
    return {"at_us": event.at}


def _entry_undone(event: EntryUndone) -> dict[str, Any]:
    return {"at_us": event.at, "reason": event.reason, "details": {"entry": event.entry}}


def _hammered(event: HammerFell) -> dict[str, Any]:
    return {"at_us": event.at, "closes_at_us": event.final_at}


def _reopened(event: LotReopened) -> dict[str, Any]:
    return {"at_us": event.at, "reason": event.reason}


def _view(terms: EnglishTerms, state: EnglishState) -> SaleView:
    standing = state.standing
    led = {entry.before.leader for entry in state.entries} | {standing.leader}
    on_the_way = state.phase in (Phase.WAITING, Phase.FLOOR)
    return SaleView(
        phase=str(state.phase),
        price=standing.price,
        leader=standing.leader,
        bids=standing.bids,
        bidders=len(led - {None}),
        amount_min=standing.asking if on_the_way else None,
        calls=state.calls,
        details={
            "asking_fen": standing.asking,
            "increment_fen": state.increments.at(standing.price or 0),
            "participants": state.participants,
            "participants_min": terms.participants_min,
            "calls_needed": terms.calls,
            "proxies_allowed": terms.proxies_allowed,
            "first_refusal": terms.first_refusal is not None,
            "last_entry_on_floor": bool(state.entries) and state.entries[-1].on_floor,
        },
    )


def _reserve(terms: EnglishTerms, _state: EnglishState) -> int | None:
    return terms.reserve


ENGLISH = LiveFormat(
    kind="english",
    terms=EnglishTerms,
    machine=english,
    moves={
        Bid: Side.BIDDER,
        SetMaximum: Side.BIDDER,
        ExercisePriority: Side.BIDDER,
        WaivePriority: Side.BIDDER,
        OpenFloor: Side.STAFF,
        EnterFloorBid: Side.STAFF,
        SetAsking: Side.STAFF,
        AdjustIncrement: Side.STAFF,
        UndoCall: Side.STAFF,
        UndoEntry: Side.STAFF,
        PassLot: Side.STAFF,
        Reopen: Side.STAFF,
    },
    translated={CallWarning: CallPrice, HammerLot: Hammer},
    public={
        FloorOpened: _opened,
        RoomBidAccepted: _bid,
        AskingSet: _asking,
        PriceCalled: _called,
        CallUndone: _call_undone,
        EntryUndone: _entry_undone,
        HammerFell: _hammered,
        LotReopened: _reopened,
        PhaseBegan: timed.PUBLIC[PhaseBegan],
        PriorityExercised: timed.PUBLIC[PriorityExercised],
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(MaximumSet, PriorityWaived),
    bids=frozenset({RoomBidAccepted}),
    secret_moves=frozenset({SetMaximum}),
    touch_result=frozenset({UndoEntry, Reopen}),
    view=_view,
    reserve=_reserve,
)
