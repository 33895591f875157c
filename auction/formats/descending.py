"""Descending sales as live formats: Dutch, and Dutch with a sealed part after it."""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from auction.formats.sealed import ENVELOPES, public_phase
from bidding_rules.formats import dutch, hybrid_dutch
from bidding_rules.formats.dutch import DutchPriceTaken, DutchState, DutchStepBegan, DutchTerms
from bidding_rules.formats.hybrid_dutch import (
    BestBidPartBegan,
    BestBidPlaced,
    HybridDutchTerms,
    HybridPhase,
    HybridState,
    SealedPartBegan,
)
from bidding_rules.formats.sealed_terms import (
    OpenEnvelope,
    SealedPhase,
    SealedPhaseBegan,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.timed_terms import Bid, SaleEnded


def _step(event: DutchStepBegan) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "price_fen": event.price,
        "closes_at_us": event.closes_at,
        "details": {"step": event.step},
    }


def _taken(event: DutchPriceTaken) -> dict[str, Any]:
    return {"at_us": event.at, "number": event.bidder, "amount_fen": event.amount}


def _sealed_part(event: SealedPartBegan) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "number": event.dutch_winner,
        "price_fen": event.dutch_price,
        "closes_at_us": event.closes_at,
    }


def _best_bid_part(event: BestBidPartBegan) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "number": event.sealed_winner,
        "price_fen": event.sealed_price,
        "closes_at_us": event.closes_at,
    }


def _best_bid(event: BestBidPlaced) -> dict[str, Any]:
    return {"at_us": event.at, "number": event.bidder, "amount_fen": event.amount}


def _dutch_details(terms: DutchTerms, state: DutchState) -> dict[str, Any]:
    return {
        "step": state.step,
        "last_step": dutch.last_step(terms),
        "step_us": terms.step_us,
        "clock_price_fen": state.price,
    }


def _dutch_view(terms: DutchTerms, state: DutchState) -> SaleView:
    taken = int(state.leader is not None)
    return SaleView(
        phase="dutch" if state.outcome is None else "ended",
        price=state.price if taken else None,
        leader=state.leader,
        bids=taken,
        bidders=taken,
        amount_min=state.price,
        details=_dutch_details(terms, state),
    )


def _hybrid_view(terms: HybridDutchTerms, state: HybridState) -> SaleView:
    details = _dutch_details(terms.dutch, state.dutch)
    amount_min = state.price
    if state.phase is HybridPhase.SEALED:
        assert state.sealed is not None, "the sealed part has begun"
        amount_min = state.sealed.floor
        details["opening"] = state.sealed.phase is SealedPhase.OPENING
    elif state.phase is HybridPhase.BEST_BID:
        amount_min = (state.price or 0) + terms.increment
    if state.dutch_winner is not None:
        details["dutch_winner"], details["dutch_price_fen"] = state.dutch_winner, state.dutch_price
    return SaleView(
        phase=str(state.phase),
        price=None if state.leader is None else state.price,
        leader=state.leader,
        bids=int(state.leader is not None),
        bidders=int(state.leader is not None),
        amount_min=amount_min,
        details=details,
    )


DUTCH = LiveFormat(
    kind="dutch",
    terms=DutchTerms,
    machine=dutch,
    moves={Bid: Side.BIDDER},
    public={
        DutchStepBegan: _step,
        DutchPriceTaken: _taken,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    bids=frozenset({DutchPriceTaken}),
    view=_dutch_view,
)

HYBRID_DUTCH = LiveFormat(
    kind="hybrid_dutch",
    terms=HybridDutchTerms,
    machine=hybrid_dutch,
    moves={
        Bid: Side.BIDDER,
        SubmitEnvelope: Side.BIDDER,
        WithdrawEnvelope: Side.BIDDER,
        OpenEnvelope: Side.BIDDER,
    },
    public={
        DutchStepBegan: _step,
        DutchPriceTaken: _taken,
        SealedPartBegan: _sealed_part,
        SealedPhaseBegan: public_phase,
        BestBidPartBegan: _best_bid_part,
        BestBidPlaced: _best_bid,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=ENVELOPES,
    bids=frozenset({DutchPriceTaken, BestBidPlaced}),
    secret_moves=frozenset({SubmitEnvelope, WithdrawEnvelope, OpenEnvelope}),
    view=_hybrid_view,
)
