"""A day of permit trading as a live format: order book, listings, blocks, calls. Trading is anonymous."""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from bidding_rules.formats import trading_sale
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.formats.trading_sale_moves import best_prices
from bidding_rules.formats.trading_sale_terms import (
    AcceptBlock,
    BlockProposed,
    DealMade,
    ListForPick,
    OfferGathered,
    OfferKind,
    OfferMade,
    OfferTaken,
    OfferTakenBack,
    Order,
    PickListing,
    ProposeBlock,
    TakeBackOffer,
    TradingPhaseBegan,
    TradingSaleTerms,
    TradingSide,
    TradingState,
)

_LEVELS = 5


def _deals(deals: tuple[DealMade, ...]) -> list[dict[str, Any]]:
    return [{"kind": d.kind, "price_fen": d.price, "quantity": d.quantity} for d in deals]


def _made(event: OfferMade) -> dict[str, Any]:
    details = {
        "offer": event.offer,
        "side": event.side,
        "price_fen": event.price,
        "quantity": event.quantity,
        "deals": _deals(event.deals),
    }
    return {"at_us": event.at, "details": details}


def _taken(event: OfferTaken) -> dict[str, Any]:
    details = {"offer": event.offer, "deals": _deals((event.deal,))}
    return {"at_us": event.at, "details": details}


def _taken_back(event: OfferTakenBack) -> dict[str, Any]:
    return {"at_us": event.at, "details": {"offer": event.offer}}


def _phase(event: TradingPhaseBegan) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "phase": event.phase,
        "closes_at_us": event.closes_at,
        "details": {"deals": _deals(event.deals)},
    }


def _depth(state: TradingState, side: TradingSide) -> list[dict[str, int]]:
    """Return up to five best prices of the book with what rests at each."""
    levels: dict[int, int] = {}
    for _, place in state.book[side]:
        order = state.offers[OfferKind.ORDER][place]
        if order.price not in levels and len(levels) == _LEVELS:
            break
        levels[order.price] = levels.get(order.price, 0) + order.left
    return [{"price_fen": price, "quantity": left} for price, left in levels.items()]


def _listings(terms: TradingSaleTerms, state: TradingState) -> list[dict[str, Any]]:
    best = {side: best_prices(terms.rules, state, side) for side in TradingSide}
    return [
        {"listing": place, "side": o.side, "price_fen": o.price, "quantity": o.left}
        for place, o in enumerate(state.offers[OfferKind.LISTING])
        if o.left and o.price in best[o.side]
    ]


def _view(terms: TradingSaleTerms, state: TradingState) -> SaleView:
    low, high = terms.rules.price_range
    return SaleView(
        phase=str(state.phase),
        price=state.last_price,
        bids=state.deals,
        details={
            "previous_close_fen": terms.rules.previous_close,
            "close_fen": trading_sale.close_price(terms, state),
            "low_fen": low,
            "high_fen": high,
            "tick_fen": terms.rules.tick,
            "volume": state.quantity,
            "buy": _depth(state, TradingSide.BUY),
            "sell": _depth(state, TradingSide.SELL),
            "listings": _listings(terms, state),
        },
    )


TRADING = LiveFormat(
    kind="trading",
    terms=TradingSaleTerms,
    machine=trading_sale,
    moves={
        Order: Side.BIDDER,
        ListForPick: Side.BIDDER,
        PickListing: Side.BIDDER,
        ProposeBlock: Side.BIDDER,
        AcceptBlock: Side.BIDDER,
        TakeBackOffer: Side.BIDDER,
    },
    public={
        OfferMade: _made,
        OfferTaken: _taken,
        OfferTakenBack: _taken_back,
        TradingPhaseBegan: _phase,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(OfferGathered, BlockProposed),
    secret_moves=frozenset({Order, ProposeBlock}),
    view=_view,
)
