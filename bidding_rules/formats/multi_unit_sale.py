"""A sealed multi-unit sale over time: orders come in during one window, then all clear at once.

    window   orders come in, each checked as it comes; nobody sees another's
    close    the orders clear (see `multi_unit`): who gets how much, and what each pays
    then     the sale ends

The machine must know orders to check a bidder's limits, so their contents are secret, not sealed.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.clearing import Tie
from bidding_rules.clearing.columns import as_column
from bidding_rules.format_terms import FormatTerms
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

    def __post_init__(self) -> None:
        check_duration("window_us", self.window_us, minimum_us=1)
        if self.guarantee is not None:
            check_amount("guarantee", self.guarantee)
        if (self.guarantee is None) != (self.rules.guarantee_rule is None):
            raise TermsError("guarantee", "belongs to a guarantee rule, which needs it")
        if self.rules.tie in {Tie.RANDOM_ORDER, Tie.FLOOR_THEN_RANDOM}:
            raise TermsError("rules", "a random order would have to be fixed before the sale")


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


MultiUnitEvent: TypeAlias = OrderPlaced | OrdersCleared | SaleEnded


@dataclass(slots=True)
class MultiUnitState:
    """Where a multi-unit sale stands; changed by `apply` only."""

    closes_at: int
    hard_end_at: int | None = None
    orders: list[PlaceOrder] = field(default_factory=list)
    """In order of arrival."""
    cleared: OrdersCleared | None = None
    outcome: Outcome | None = None


def begin(terms: MultiUnitSaleTerms, at: int) -> MultiUnitState:
    """Return the state of a sale that opens at `at`."""
    return MultiUnitState(closes_at=at + terms.window_us)


def judge(
    terms: MultiUnitSaleTerms, state: MultiUnitState, move: PlaceOrder, at: int
) -> tuple[MultiUnitEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.cleared is not None or at >= state.closes_at:
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
        case OrdersCleared():
            state.cleared = event
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: MultiUnitState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: MultiUnitSaleTerms, state: MultiUnitState, at: int) -> MultiUnitEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    if state.cleared is None:
        return _cleared(terms, state)
    kind = _OUTCOMES[state.cleared.status]
    return SaleEnded(outcome=Outcome(kind=kind, at=state.closes_at, price=state.cleared.price))


def _cleared(terms: MultiUnitSaleTerms, state: MultiUnitState) -> OrdersCleared:
    bidders = list(dict.fromkeys(order.bidder for order in state.orders))
    places = {bidder: place for place, bidder in enumerate(bidders)}
    guarantees = None if terms.guarantee is None else [terms.guarantee] * len(bidders)
    result = clear(
        terms.rules,
        Orders(
            price=as_column(order.price for order in state.orders),
            quantity=as_column(order.quantity for order in state.orders),
            bidder=as_column(places[order.bidder] for order in state.orders),
            bidders=len(bidders),
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
        at=state.closes_at,
    )
