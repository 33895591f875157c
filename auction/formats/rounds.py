"""Sales in rounds as live formats: raise or agree, the ascending clock, simultaneous ascending rounds."""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side, shift_clock
from bidding_rules.formats import clock, raise_agree, smra
from bidding_rules.formats.clock import (
    AskUnits,
    ClockAdvanced,
    ClockState,
    ClockTerms,
    UnitsAsked,
    UnitsAwarded,
)
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeState, RaiseAgreeTerms, RoundWon
from bidding_rules.formats.smra_terms import (
    BidOnLots,
    LotBidsPlaced,
    LotsAwarded,
    SmraRoundEnded,
    SmraState,
    SmraTerms,
    Standing,
    Waive,
    WaiverUsed,
)
from bidding_rules.formats.timed_terms import Bid, SaleEnded


def _round_won(event: RoundWon) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "number": event.bidder,
        "amount_fen": event.amount,
        "closes_at_us": event.closes_at,
        "details": {"opens_at_us": event.opens_at},
    }


def _advanced(event: ClockAdvanced) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "price_fen": event.price,
        "closes_at_us": event.closes_at,
        "details": {"round": event.round},
    }


def _awarded(event: UnitsAwarded) -> dict[str, Any]:
    units = [{"number": number, "prices_fen": prices} for number, prices in event.units.items()]
    return {
        "at_us": event.at,
        "price_fen": event.price,
        "details": {"units": units, "unsold": event.unsold},
    }


def _lots(standing: tuple[Standing, ...]) -> list[dict[str, Any]]:
    return [{"lot": s.lot, "number": s.bidder, "amount_fen": s.amount} for s in standing]


def _round_ended(event: SmraRoundEnded) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "closes_at_us": event.closes_at,
        "details": {"round": event.round, "standing": _lots(event.standing)},
    }


def _lots_awarded(event: LotsAwarded) -> dict[str, Any]:
    return {"at_us": event.at, "details": {"awards": _lots(event.awards)}}


def _raise_agree_view(terms: RaiseAgreeTerms, state: RaiseAgreeState) -> SaleView:
    return SaleView(
        phase="rounds" if state.outcome is None else "ended",
        price=state.price,
        leader=state.leader,
        bids=state.round - 1,
        bidders=int(state.leader is not None),
        amount_min=state.asked + terms.increment,
        details={
            "round": state.round,
            "agree_fen": state.asked,
            "increment_fen": terms.increment,
            "opens_at_us": state.opens_at,
        },
    )


def _shift_rounds(state: RaiseAgreeState, by_us: int) -> None:
    shift_clock(state, by_us)
    state.opens_at += by_us


def _clock_view(terms: ClockTerms, state: ClockState) -> SaleView:
    """Show the demand of finished rounds only, and only all bidders' together."""
    return SaleView(
        phase="clock" if state.outcome is None else "ended",
        price=state.price,
        amount_min=state.price,
        details={
            "round": state.round,
            "clock_price_fen": state.price,
            "supply": terms.supply,
            "rounds": [
                {"price_fen": reading.price, "demand": sum(reading.demand.values())}
                for reading in state.readings
            ],
        },
    )


def _smra_view(terms: SmraTerms, state: SmraState) -> SaleView:
    standing = state.awards if state.awards is not None else tuple(state.standing.values())
    return SaleView(
        phase="rounds" if state.outcome is None else "ended",
        price=state.price,
        details={
            "round": state.round,
            "standing": _lots(standing),
            "lots": [
                {
                    "lot": lot.lot,
                    "amount_min_fen": smra.amount_min(terms, state, lot.lot),
                    "increment_fen": lot.increment,
                    "points": lot.points,
                }
                for lot in terms.lots
            ],
        },
    )


RAISE_AGREE = LiveFormat(
    kind="raise_agree",
    terms=RaiseAgreeTerms,
    machine=raise_agree,
    moves={Bid: Side.BIDDER, Agree: Side.BIDDER},
    public={RoundWon: _round_won, SaleEnded: timed.PUBLIC[SaleEnded]},
    bids=frozenset({RoundWon}),
    view=_raise_agree_view,
    shift=_shift_rounds,
)

CLOCK = LiveFormat(
    kind="clock",
    terms=ClockTerms,
    machine=clock,
    moves={AskUnits: Side.BIDDER},
    public={
        ClockAdvanced: _advanced,
        UnitsAwarded: _awarded,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(UnitsAsked,),
    secret_moves=frozenset({AskUnits}),
    view=_clock_view,
)

SMRA = LiveFormat(
    kind="smra",
    terms=SmraTerms,
    machine=smra,
    moves={BidOnLots: Side.BIDDER, Waive: Side.BIDDER},
    public={
        SmraRoundEnded: _round_ended,
        LotsAwarded: _lots_awarded,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(LotBidsPlaced, WaiverUsed),
    secret_moves=frozenset({BidOnLots, Waive}),
    view=_smra_view,
)
