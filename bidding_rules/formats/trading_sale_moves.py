"""A trading day: the moves that are no orders - listings, picks, blocks, taking back."""

from bidding_rules.formats.trading_rules import check_block, check_order, check_pick
from bidding_rules.formats.trading_sale_terms import (
    AcceptBlock,
    BlockProposed,
    DealMade,
    ListForPick,
    OfferKind,
    OfferMade,
    OfferTaken,
    OfferTakenBack,
    Order,
    PickListing,
    ProposeBlock,
    StandingOffer,
    TakeBackOffer,
    TradingEvent,
    TradingSide,
    TradingState,
)
from bidding_rules.formats.trading_terms import DealKind, TradingPhase, TradingTerms
from bidding_rules.rejections import Rejection, RejectionCode

Caused = tuple[TradingEvent, ...] | Rejection
OtherMove = ListForPick | PickListing | ProposeBlock | AcceptBlock | TakeBackOffer
_UNKNOWN = Rejection(code=RejectionCode.ORDER_UNKNOWN)
_OWN = Rejection(code=RejectionCode.OWN_ORDER)


def meets_own(state: TradingState, order: Order) -> bool:
    """Tell whether an order would meet one of the same account (自买自卖)."""
    for own in state.offers[OfferKind.ORDER]:
        if own.bidder != order.bidder or not own.left or own.side is order.side:
            continue
        buys = order.side is TradingSide.BUY
        if order.price >= own.price if buys else order.price <= own.price:
            return True
    return False


def judge_offer(rules: TradingTerms, state: TradingState, move: OtherMove, at: int) -> Caused:
    """Return what a listing, a pick, a block or taking back causes, or why nothing."""
    if isinstance(move, TakeBackOffer):
        return _take_back(rules, state, move, at)
    if state.phase is not TradingPhase.CONTINUOUS:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    match move:
        case ListForPick():
            return _list(rules, move, at)
        case PickListing():
            return _pick(rules, state, move, at)
        case ProposeBlock():
            return _propose(rules, move, at)
        case AcceptBlock():
            block = _standing(state, OfferKind.BLOCK, move.block)
            if block is None or block.counterparty != move.bidder:
                return _UNKNOWN
            deal = _deal(DealKind.BLOCK, block, move.block, move.bidder, block.left)
            return (OfferTaken(offer=OfferKind.BLOCK, deal=deal, at=at),)


def best_prices(rules: TradingTerms, state: TradingState, side: TradingSide) -> list[int]:
    """Return the prices at which listings can be picked, the best first."""
    prices = {o.price for o in state.offers[OfferKind.LISTING] if o.left and o.side is side}
    return sorted(prices, reverse=side is TradingSide.BUY)[: rules.pick_levels]


def _list(rules: TradingTerms, move: ListForPick, at: int) -> Caused:
    broken = check_order(rules, move.price, move.quantity)
    if broken is not None:
        return broken
    return (
        OfferMade(
            offer=OfferKind.LISTING,
            bidder=move.bidder,
            side=move.side,
            price=move.price,
            quantity=move.quantity,
            deals=(),
            at=at,
        ),
    )


def _pick(rules: TradingTerms, state: TradingState, move: PickListing, at: int) -> Caused:
    listing = _standing(state, OfferKind.LISTING, move.listing)
    if listing is None or listing.price not in best_prices(rules, state, listing.side):
        return _UNKNOWN
    if listing.bidder == move.bidder and not rules.self_trade:
        return _OWN
    broken = check_pick(rules, move.quantity, listing.left)
    if broken is not None:
        return broken
    deal = _deal(DealKind.LISTED, listing, move.listing, move.bidder, move.quantity)
    return (OfferTaken(offer=OfferKind.LISTING, deal=deal, at=at),)


def _propose(rules: TradingTerms, move: ProposeBlock, at: int) -> Caused:
    broken = check_block(rules, move.price, move.quantity)
    if broken is not None:
        return broken
    if move.bidder == move.counterparty:
        return _OWN
    return (
        BlockProposed(
            bidder=move.bidder,
            side=move.side,
            price=move.price,
            quantity=move.quantity,
            counterparty=move.counterparty,
            at=at,
        ),
    )


def _take_back(rules: TradingTerms, state: TradingState, move: TakeBackOffer, at: int) -> Caused:
    gathering = state.phase is not TradingPhase.CONTINUOUS
    if move.offer is OfferKind.ORDER and gathering and not rules.call_withdrawals:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    offer = _standing(state, move.offer, move.place)
    if offer is None or offer.bidder != move.bidder:
        return _UNKNOWN
    return (OfferTakenBack(offer=move.offer, place=move.place, at=at),)


def _standing(state: TradingState, kind: OfferKind, place: int) -> StandingOffer | None:
    offers = state.offers[kind]
    if not 0 <= place < len(offers) or not offers[place].left:
        return None
    return offers[place]


def _deal(kind: DealKind, offer: StandingOffer, place: int, taker: str, quantity: int) -> DealMade:
    buys = offer.side is TradingSide.BUY
    return DealMade(
        kind=kind,
        buyer=offer.bidder if buys else taker,
        seller=taker if buys else offer.bidder,
        price=offer.price,
        quantity=quantity,
        bought=place if buys else None,
        sold=None if buys else place,
    )
