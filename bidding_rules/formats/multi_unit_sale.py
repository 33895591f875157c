"""A sealed multi-unit sale over time: orders come in during one window, then all clear at once.

    window   orders come in, each checked as it comes; nobody sees another's
    close    where ties go by a draw: the bidders are drawn (see `lottery`), whether any tie or not, so
             that the draw tells nothing about the orders
    then     the orders clear (see `multi_unit`): who gets how much, and what each pays; the sale ends

The machine must know orders to check a bidder's limits, so their contents are secret, not sealed. The
draw's algorithm and the seed's commitment are fixed in the notice, before the sale (EU Reg 1031/2010 art. 7).
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.clearing import Tie
from bidding_rules.clearing.columns import as_column
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats import lottery
from bidding_rules.formats.lottery import DrawMade, LotteryTerms, RevealSeed
from bidding_rules.formats.multi_unit import check_order, clear
from bidding_rules.formats.multi_unit_terms import MultiUnitTerms, Orders, SaleStatus
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

_OUTCOMES = {
    SaleStatus.SOLD: OutcomeKind.SOLD,
    SaleStatus.NO_ORDERS: OutcomeKind.NO_BIDS,
    SaleStatus.TOO_FEW_BIDDERS: OutcomeKind.TOO_FEW_BIDDERS,
    SaleStatus.UNDERSUBSCRIBED: OutcomeKind.UNDERSUBSCRIBED,
    SaleStatus.RESERVE_NOT_MET: OutcomeKind.RESERVE_NOT_MET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiUnitSaleTerms(FormatTerms):
    """The rules of clearing, and the window. Raises `TermsError`, naming the field."""

    rules: MultiUnitTerms
    window_us: int
    guarantee: int | None = None
    """What each bidder's bid guarantee covers, in fen; where the rules ask for one."""
    draw: LotteryTerms | None = None
    """What the notice fixed for the draw; needed where ties at the margin go by one."""

    def __post_init__(self) -> None:
        check_duration("window_us", self.window_us, minimum_us=1)
        if self.guarantee is not None:
            check_amount("guarantee", self.guarantee)
        if (self.guarantee is None) != (self.rules.guarantee_rule is None):
            raise TermsError("guarantee", "belongs to a guarantee rule, which needs it")
        by_draw = self.rules.tie in {Tie.RANDOM_ORDER, Tie.FLOOR_THEN_RANDOM}
        if by_draw != (self.draw is not None):
            raise TermsError("draw", "belongs to ties by a random order, which need it")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Ask for `quantity` at `price` fen a unit."""

    bidder: str
    price: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """An order is in. Never published before the end."""

    bidder: str
    price: int
    quantity: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersClosed:
    """The window is over; these bidders are drawn, not before `draw_from`."""

    participants: tuple[str, ...]
    at: int
    draw_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAward:
    """What a bidder gets for one of his orders, and what it costs in all."""

    bidder: str
    quantity: int
    payment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersCleared:
    """All orders cleared: the common price (None: each pays his own), and who gets how much."""

    status: SaleStatus
    price: int | None
    demand: int
    sold: int
    revenue: int
    awards: tuple[OrderAward, ...]
    at: int


MultiUnitMove: TypeAlias = PlaceOrder | RevealSeed
MultiUnitEvent: TypeAlias = OrderPlaced | OrdersClosed | DrawMade | OrdersCleared | SaleEnded


@dataclass(slots=True)
class MultiUnitState:
    """Where a multi-unit sale stands; changed by `apply` only."""

    closes_at: int
    """End of the window; once it is over, the draw is not held before."""
    hard_end_at: int | None = None
    draws: bool = False
    """The window is over and a draw is awaited."""
    drawn: tuple[str, ...] = ()
    orders: list[PlaceOrder] = field(default_factory=list)
    """In order of arrival."""
    cleared: OrdersCleared | None = None
    outcome: Outcome | None = None


def begin(terms: MultiUnitSaleTerms, at: int) -> MultiUnitState:
    """Return the state of a sale that opens at `at`."""
    return MultiUnitState(closes_at=at + terms.window_us)


def judge(
    terms: MultiUnitSaleTerms, state: MultiUnitState, move: MultiUnitMove, at: int
) -> tuple[MultiUnitEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    The caller has checked who may do this: bidders place orders, a notary reveals the seed of the draw.
    """
    if isinstance(move, RevealSeed):
        return _draw(terms, state, move, at)
    if state.draws or state.cleared is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    earlier = [(o.price, o.quantity) for o in state.orders if o.bidder == move.bidder]
    broken = check_order(terms.rules, earlier, move.price, move.quantity, terms.guarantee)
    if broken is not None:
        return broken
    return (OrderPlaced(bidder=move.bidder, price=move.price, quantity=move.quantity, at=at),)


def apply(_terms: MultiUnitSaleTerms, state: MultiUnitState, event: MultiUnitEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case OrderPlaced():
            order = PlaceOrder(bidder=event.bidder, price=event.price, quantity=event.quantity)
            state.orders.append(order)
        case OrdersClosed():
            state.draws, state.closes_at = True, event.draw_from
        case DrawMade():
            state.draws, state.drawn = False, event.order
        case OrdersCleared():
            state.cleared = event
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: MultiUnitState) -> int | None:
    """Return when something next happens by itself; a draw waits for people."""
    return None if state.outcome is not None or state.draws else state.closes_at


def lapse(terms: MultiUnitSaleTerms, state: MultiUnitState, at: int) -> MultiUnitEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    due = due_at(state)
    if due is None or at < due:
        return None
    if state.cleared is not None:
        return _ended(state.cleared)
    if terms.draw is not None and state.orders:
        return OrdersClosed(
            participants=_bidders(state), at=due, draw_from=due + terms.draw.notice_us
        )
    return _cleared(terms, state, (), due)


def _draw(
    terms: MultiUnitSaleTerms, state: MultiUnitState, move: RevealSeed, at: int
) -> tuple[MultiUnitEvent, ...] | Rejection:
    """Draw the bidders and clear: the earlier drawn goes first among orders tied at the margin."""
    if not state.draws or terms.draw is None:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    made = lottery.draw(terms.draw, _bidders(state), move, not_before=state.closes_at, at=at)
    if isinstance(made, Rejection):
        return made
    cleared = _cleared(terms, state, made.order, at)
    return (made, cleared, _ended(cleared))


def _ended(cleared: OrdersCleared) -> SaleEnded:
    kind = _OUTCOMES[cleared.status]
    return SaleEnded(outcome=Outcome(kind=kind, at=cleared.at, price=cleared.price))


def _bidders(state: MultiUnitState) -> tuple[str, ...]:
    """Return who ordered, in order of arrival."""
    return tuple(dict.fromkeys(order.bidder for order in state.orders))


def _cleared(
    terms: MultiUnitSaleTerms, state: MultiUnitState, drawn: tuple[str, ...], at: int
) -> OrdersCleared:
    bidders = _bidders(state)
    ranks = {bidder: place for place, bidder in enumerate(drawn)}
    places = {bidder: place for place, bidder in enumerate(bidders)}
    guarantees = None if terms.guarantee is None else [terms.guarantee] * len(bidders)
    result = clear(
        terms.rules,
        Orders(
            price=as_column(order.price for order in state.orders),
            quantity=as_column(order.quantity for order in state.orders),
            bidder=as_column(places[order.bidder] for order in state.orders),
            bidders=len(bidders),
            rank=as_column(ranks.get(order.bidder, len(ranks)) for order in state.orders),
            guarantee=None if guarantees is None else as_column(guarantees),
        ),
    )
    awards = tuple(
        OrderAward(bidder=order.bidder, quantity=quantity, payment=result.payment(place))
        for place, (order, quantity) in enumerate(
            zip(state.orders, result.allocation.tolist(), strict=True)
        )
        if quantity
    )
    return OrdersCleared(
        status=result.status,
        price=result.price,
        demand=result.demand,
        sold=result.sold,
        revenue=result.revenue,
        awards=awards,
        at=at,
    )
