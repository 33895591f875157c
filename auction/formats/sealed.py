"""Sealed bidding as a live format: the lot holds seals, and nobody reads an amount before the opening.

Who hands in an envelope, how many there are, and what is opened one by one stay private until the window
of opening ends: neither the other bidders nor the house can act on them.
"""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from auction.formats.sale import public_draw
from bidding_rules.formats import sealed
from bidding_rules.formats.lottery import DrawMade, RevealSeed
from bidding_rules.formats.sealed_terms import (
    EnvelopeOpened,
    EnvelopeReceived,
    EnvelopeWithdrawn,
    OpenEnvelope,
    RecordScore,
    ScoreRecorded,
    SealedPhase,
    SealedPhaseBegan,
    SealedState,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.timed_terms import SaleEnded


def public_phase(event: SealedPhaseBegan) -> dict[str, Any]:
    """Return a phase of sealed bidding as anyone may see it."""
    return {
        "at_us": event.at,
        "phase": event.phase,
        "closes_at_us": event.closes_at,
        "details": {
            "round": event.round,
            "floor_fen": event.floor,
            "contenders": event.contenders,
        },
    }


def opened_envelopes(state: SealedState) -> list[dict[str, Any]]:
    """Return what the envelopes of the last round held, once their opening is over."""
    if state.phase not in (SealedPhase.DRAW, SealedPhase.ENDED):
        return []
    return [{"number": number, "amount_fen": amount} for number, amount in state.opened.items()]


def _view(terms: SealedTerms, state: SealedState) -> SaleView:
    sealing = state.phase is SealedPhase.SEALING
    return SaleView(
        phase=str(state.phase),
        price=state.price,
        leader=state.leader,
        bids=0 if sealing else len(state.envelopes),
        bidders=0 if sealing else len(state.envelopes),
        amount_min=state.floor if sealing else None,
        details={
            "round": state.round,
            "rounds_max": terms.rounds_max,
            "pricing": terms.pricing,
            "floor_fen": state.floor,
            "contenders": state.contenders,
            "replaceable": terms.replaceable,
            "withdrawable": terms.withdrawable,
            "opened": opened_envelopes(state),
            "commitment": None if terms.draw is None else terms.draw.commitment,
        },
    )


def _reserve(terms: SealedTerms, _state: SealedState) -> int | None:
    return terms.reserve


ENVELOPES = (EnvelopeReceived, EnvelopeWithdrawn, EnvelopeOpened)

SEALED = LiveFormat(
    kind="sealed",
    terms=SealedTerms,
    machine=sealed,
    moves={
        SubmitEnvelope: Side.BIDDER,
        WithdrawEnvelope: Side.BIDDER,
        OpenEnvelope: Side.BIDDER,
        RecordScore: Side.STAFF,
        RevealSeed: Side.STAFF,
    },
    public={
        SealedPhaseBegan: public_phase,
        DrawMade: public_draw,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(*ENVELOPES, ScoreRecorded),
    secret_moves=frozenset({SubmitEnvelope, WithdrawEnvelope, OpenEnvelope, RecordScore}),
    view=_view,
    reserve=_reserve,
)
