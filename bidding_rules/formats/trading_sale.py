"""A trading day over time: the phases of `trading` moved by the clock, every deal an event.

    opening call  ->  continuous (orders, listings, blocks)  ->  closing call  ->  closed

`trading.TradingDay` is the same day without a clock. Here `judge` says which deals a move makes and
changes nothing, and `apply` books them, so a day is replayed from its events. Sources: see `trading`.
"""

from bisect import insort
from fractions import Fraction

from bidding_rules.formats.call_auction import call_pairs, call_price
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.formats.trading_rules import check_order
from bidding_rules.formats.trading_sale_moves import judge_offer, meets_own
from bidding_rules.formats.trading_sale_terms import (
    BlockProposed,
    DealMade,
    OfferGathered,
    OfferKind,
    OfferMade,
    OfferTaken,
    OfferTakenBack,
    Order,
    StandingOffer,
    TradingEvent,
    TradingMove,
    TradingPhaseBegan,
    TradingSaleTerms,
    TradingSide,
    TradingState,
)
from bidding_rules.formats.trading_terms import DealKind, Offer, TradingPhase
from bidding_rules.order_book import BUY, SELL
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

_CONTINUOUS = TradingPhase.CONTINUOUS


def begin(terms: TradingSaleTerms, at: int) -> TradingState:
    """Return the state of a day that opens at `at`."""
    if terms.rules.opening_call:
        return TradingState(phase=TradingPhase.OPENING_CALL, closes_at=at + terms.opening_call_us)
    return TradingState(phase=_CONTINUOUS, closes_at=at + terms.continuous_us)


def close_price(terms: TradingSaleTerms, state: TradingState) -> int:
    """Return 收盘价 so far: the mean of all deals but blocks weighted by quantity, else the previous one."""
    if not state.quantity:
        return terms.rules.previous_close
    return terms.rules.to_tick(Fraction(state.value, state.quantity))


def judge(
    terms: TradingSaleTerms, state: TradingState, move: TradingMove, at: int
) -> tuple[TradingEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.phase is TradingPhase.CLOSED or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if not isinstance(move, Order):
        return judge_offer(terms.rules, state, move, at)
    broken = check_order(terms.rules, move.price, move.quantity)
    if broken is not None:
        return broken
    if not terms.rules.self_trade and meets_own(state, move):
        return Rejection(code=RejectionCode.OWN_ORDER)
    about = {"bidder": move.bidder, "side": move.side, "price": move.price}
    if state.phase is not _CONTINUOUS:
        return (OfferGathered(**about, quantity=move.quantity, at=at),)  # type: ignore[arg-type]
    place = len(state.offers[OfferKind.ORDER])
    newcomer = StandingOffer(move.bidder, move.side, move.price, move.quantity)
    return (
        OfferMade(
            offer=OfferKind.ORDER,
            **about,  # type: ignore[arg-type]
            quantity=move.quantity,
            deals=_met(state, place, newcomer),
            at=at,
        ),
    )


def apply(_terms: TradingSaleTerms, state: TradingState, event: TradingEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case OfferGathered() | OfferMade() | BlockProposed():
            _enter(state, event)
        case OfferTaken():
            _book(state, event.offer, event.deal)
        case OfferTakenBack():
            _drop(state, event.offer, event.place)
        case TradingPhaseBegan():
            _in_phase(state, event)
        case SaleEnded():
            state.phase, state.outcome = TradingPhase.CLOSED, event.outcome


def due_at(state: TradingState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: TradingSaleTerms, state: TradingState, at: int) -> TradingEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    due, rules = state.closes_at, terms.rules
    if state.phase is TradingPhase.CLOSED:
        kind = OutcomeKind.SOLD if state.deals else OutcomeKind.NO_BIDS
        price = close_price(terms, state) if state.deals else None
        return SaleEnded(outcome=Outcome(kind=kind, at=due, price=price))
    deals = () if state.phase is _CONTINUOUS else _called(terms, state)
    follows, lasts = TradingPhase.CLOSED, 0
    if state.phase is TradingPhase.OPENING_CALL:
        follows, lasts = _CONTINUOUS, terms.continuous_us
    elif state.phase is _CONTINUOUS and rules.closing_call:
        follows, lasts = TradingPhase.CLOSING_CALL, terms.closing_call_us
    return TradingPhaseBegan(phase=follows, deals=deals, at=due, closes_at=due + lasts)


def _rank(side: TradingSide, price: int) -> int:
    return -price if side is TradingSide.BUY else price


def _other(side: TradingSide) -> TradingSide:
    return TradingSide.SELL if side is TradingSide.BUY else TradingSide.BUY


def _met(state: TradingState, place: int, newcomer: StandingOffer) -> tuple[DealMade, ...]:
    """Return the deals that a new order makes with what rests, the best price first, then the earliest."""
    orders, left, deals = state.offers[OfferKind.ORDER], newcomer.left, []
    buys = newcomer.side is TradingSide.BUY
    for _, resting_place in state.book[_other(newcomer.side)]:
        resting = orders[resting_place]
        crosses = resting.price <= newcomer.price if buys else resting.price >= newcomer.price
        if not left or not crosses:
            break
        quantity = min(left, resting.left)
        left -= quantity
        deals.append(
            DealMade(
                kind=DealKind.CONTINUOUS,
                buyer=newcomer.bidder if buys else resting.bidder,
                seller=resting.bidder if buys else newcomer.bidder,
                price=resting.price,
                quantity=quantity,
                bought=place if buys else resting_place,
                sold=resting_place if buys else place,
            )
        )
    return tuple(deals)


def _called(terms: TradingSaleTerms, state: TradingState) -> tuple[DealMade, ...]:
    """Return the deals of a call: one price at which most is traded.

    All buyers above it and all sellers below it are served, and at it at least one side: so nothing that
    is left can meet when it enters the book.
    """
    orders = state.offers[OfferKind.ORDER]
    sides = {TradingSide.BUY: BUY, TradingSide.SELL: SELL}
    open_ = {
        place: Offer(owner=o.bidder, side=sides[o.side], price=o.price, left=o.left)
        for place, o in enumerate(orders)
        if o.left
    }
    last = terms.rules.previous_close if state.last_price is None else state.last_price
    at = call_price(terms.rules, list(open_.values()), last)
    if at is None:
        return ()
    places = {id(offer): place for place, offer in open_.items()}
    return tuple(
        DealMade(
            kind=DealKind.CALL,
            buyer=buyer.owner,
            seller=seller.owner,
            price=at.price,
            quantity=quantity,
            bought=places[id(buyer)],
            sold=places[id(seller)],
        )
        for buyer, seller, quantity in call_pairs(list(open_.values()), at)
    )


def _enter(state: TradingState, event: OfferGathered | OfferMade | BlockProposed) -> None:
    kind = OfferKind.ORDER
    if isinstance(event, OfferMade):
        kind = event.offer
    elif isinstance(event, BlockProposed):
        kind = OfferKind.BLOCK
    offer = StandingOffer(event.bidder, event.side, event.price, event.quantity)
    if isinstance(event, BlockProposed):
        offer.counterparty = event.counterparty
    state.offers[kind].append(offer)
    if isinstance(event, OfferMade) and kind is OfferKind.ORDER:
        for deal in event.deals:
            _book(state, kind, deal)
        _rest(state, len(state.offers[kind]) - 1)


def _rest(state: TradingState, place: int) -> None:
    """Let what is left of an order rest in the book."""
    order = state.offers[OfferKind.ORDER][place]
    if order.left:
        insort(state.book[order.side], (_rank(order.side, order.price), place))


def _book(state: TradingState, kind: OfferKind, deal: DealMade) -> None:
    for place in (deal.bought, deal.sold):
        if place is not None:
            offer = state.offers[kind][place]
            offer.left -= deal.quantity
            if not offer.left:
                _drop(state, kind, place)
    state.deals += 1
    if deal.kind is not DealKind.BLOCK:
        state.value += deal.price * deal.quantity
        state.quantity += deal.quantity
        state.last_price = deal.price


def _drop(state: TradingState, kind: OfferKind, place: int) -> None:
    offer = state.offers[kind][place]
    offer.left = 0
    entry = (_rank(offer.side, offer.price), place)
    if kind is OfferKind.ORDER and entry in state.book[offer.side]:
        state.book[offer.side].remove(entry)


def _in_phase(state: TradingState, event: TradingPhaseBegan) -> None:
    for deal in event.deals:
        _book(state, OfferKind.ORDER, deal)
    state.phase, state.closes_at = event.phase, event.closes_at
    for resting in state.book.values():
        resting.clear()
    if event.phase is _CONTINUOUS:
        for place in range(len(state.offers[OfferKind.ORDER])):
            _rest(state, place)
        return
    closed = event.phase is TradingPhase.CLOSED
    for kind in OfferKind if closed else (OfferKind.LISTING, OfferKind.BLOCK):
        for offer in state.offers[kind]:
            offer.left = 0
