"""Cases of a sealed sale of many like units, with every setting that its terms have."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.cases.draws import ranks_of
from bidding_rules.cases.reading import (
    CaseError,
    Fields,
    Number,
    as_fields,
    as_pair,
    as_positive,
    as_ratio,
)
from bidding_rules.cases.writing import Style, style_of
from bidding_rules.clearing import Tie
from bidding_rules.clearing.columns import PRICE_MAX, QUANTITY_MAX, SUPPLY_MAX, as_column
from bidding_rules.formats.multi_unit import check_order, clear
from bidding_rules.formats.multi_unit_terms import (
    ContainmentStep,
    LimitRule,
    MultiUnitOutcome,
    MultiUnitTerms,
    Orders,
    PolicyReserveRule,
    Pricing,
    UnderSubscription,
)
from bidding_rules.money import AMOUNT_MAX, TermsError

_UNDERSUBSCRIBED = {
    **{answer.value: answer for answer in UnderSubscription},
    "lowest": UnderSubscription.LOWEST_BID,
}
_TIES = {
    **{tie.value: tie for tie in Tie},
    "random": Tie.RANDOM_ORDER,
    "pro_rata": Tie.FLOOR_THEN_RANDOM,
}
_NAMES = {"floor": "reserve"}
"""Terms that go by another name in the published cases."""
_AMOUNTS = ("reserve", "policy_reserve", "price_step")
_QUANTITIES = ("supply", "order_min", "quantity_step")
_RULES_OF_ORDERS = (
    "price_step", "quantity_step", "order_min", "orders_max", "share_limit", "guarantees",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bid:
    path: str
    bidder: str
    price: Number
    quantity: Number
    time: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A bid in whole units; `rank` is its bidder's place in the random order."""

    bidder: str
    price: int
    quantity: int
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """The case, its bids in order of arrival, and how its amounts and quantities are written."""

    case: Fields
    bids: list[_Bid]
    containment: list[tuple[Number, Number]]
    guarantees: dict[str, Number]
    money: Style
    goods: Style

    def amount(self, name: str) -> int | None:
        """Return a setting in units of money, if it is there."""
        if not self.case.has(name):
            return None
        return self.money.units_within(self.case.at(name), self.case.number(name), AMOUNT_MAX)

    def quantity(self, name: str) -> int | None:
        """Return a setting in units of goods, if it is there."""
        if not self.case.has(name):
            return None
        return self.goods.units_within(self.case.at(name), self.case.number(name), SUPPLY_MAX)


def uniform_price(case: Fields) -> object:
    """Kind `uniform_price`: bids of {bidder, price, qty}, in order of arrival or with a `time`.

    The settings of `MultiUnitTerms` go by their names there. Nothing said: one price, that of the lowest
    accepted bid, also when less is asked for than offered; ties by time.
    """
    sale = _read(case)
    try:
        terms = _terms(sale)
    except TermsError as error:
        raise CaseError(case.at(_NAMES.get(error.field, error.field)), error.message) from error
    orders = _orders(sale)
    if any(case.has(name) for name in _RULES_OF_ORDERS):
        orders = _accepted(sale, terms, orders)
    places = {bidder: i for i, bidder in enumerate(dict.fromkeys(o.bidder for o in orders))}
    outcome = clear(
        terms,
        Orders(
            price=as_column(order.price for order in orders),
            quantity=as_column(order.quantity for order in orders),
            bidder=as_column(places[order.bidder] for order in orders),
            bidders=len(places),
            rank=as_column(order.rank for order in orders),
            guarantee=as_column(_guarantee(sale, bidder) for bidder in places),
        ),
    )
    return _told(sale, terms, orders, outcome)


def _read(case: Fields) -> _Sale:
    bids = _by_arrival(case.items("bids", _bid))
    steps = case.items("cost_containment", as_pair) if case.has("cost_containment") else []
    covered = case.table("guarantees", as_positive) if case.has("guarantees") else {}
    amounts = [case.number(name) for name in _AMOUNTS if case.has(name)]
    quantities = [case.number(name) for name in _QUANTITIES if case.has(name)]
    return _Sale(
        case=case,
        bids=bids,
        containment=steps,
        guarantees=covered,
        money=style_of(
            [*(b.price for b in bids), *amounts, *(low for low, _ in steps), *covered.values()]
        ),
        goods=style_of([*quantities, *(b.quantity for b in bids), *(more for _, more in steps)]),
    )


def _terms(sale: _Sale) -> MultiUnitTerms:
    case = sale.case
    price_step = sale.amount("price_step") or 1
    pricing = Pricing(case.choice("pricing", tuple(Pricing), Pricing.LOWEST_ACCEPTED))
    tie = Tie.RANDOM_ORDER if case.has("random_order") else Tie.TIME
    guarantee_rule = LimitRule(case.choice("guarantee_rule", tuple(LimitRule), LimitRule.REFUSE))
    return MultiUnitTerms(
        supply=sale.goods.units_within(
            case.at("supply"), case.number("supply", above=0), SUPPLY_MAX
        ),
        pricing=pricing,
        floor=max(sale.amount("reserve") or price_step, price_step),
        policy_reserve=sale.amount("policy_reserve"),
        policy_reserve_rule=PolicyReserveRule(
            case.choice("policy_reserve_rule", tuple(PolicyReserveRule), PolicyReserveRule.EXCLUDE)
        ),
        undersubscribed=_undersubscribed(case),
        tie=_TIES[case.choice("tie", tuple(_TIES), tie)],
        price_step=price_step,
        quantity_step=sale.quantity("quantity_step") or 1,
        quantity_scale=10**sale.goods.decimals,
        order_min=sale.quantity("order_min") or 1,
        orders_max=case.whole("orders_max", minimum=1) if case.has("orders_max") else None,
        last_order_counts=case.flag("last_order_counts", default=pricing is Pricing.RANK),
        share_limit=_share(case, "share_limit"),
        share_rule=LimitRule(case.choice("share_rule", tuple(LimitRule), LimitRule.REFUSE)),
        guarantee_rule=guarantee_rule if case.has("guarantees") else None,
        winners_share=_share(case, "winners_share"),
        cost_containment=tuple(
            ContainmentStep(trigger=sale.money.units(low), quantity=sale.goods.units(more))
            for low, more in sale.containment
        ),
        bidders_min=case.whole("bidders_min", minimum=1) if case.has("bidders_min") else 1,
    )


def _undersubscribed(case: Fields) -> UnderSubscription:
    answer = _UNDERSUBSCRIBED[case.choice("undersubscribed", tuple(_UNDERSUBSCRIBED), "lowest")]
    if answer is UnderSubscription.RESERVE and not case.has("reserve"):
        raise CaseError(case.at("reserve"), 'is missing; undersubscribed "reserve" needs it')
    return answer


def _share(case: Fields, name: str) -> Fraction | None:
    return as_ratio(case.at(name), case.raw(name)) if case.has(name) else None


def _orders(sale: _Sale) -> list[_Order]:
    ranks = ranks_of(sale.case, [bid.bidder for bid in sale.bids])
    return [
        _Order(
            bidder=bid.bidder,
            price=sale.money.units_within(f"{bid.path}.price", bid.price, PRICE_MAX),
            quantity=sale.goods.units_within(f"{bid.path}.qty", bid.quantity, QUANTITY_MAX),
            rank=rank,
        )
        for bid, rank in zip(sale.bids, ranks, strict=True)
    ]


def _accepted(sale: _Sale, terms: MultiUnitTerms, orders: list[_Order]) -> list[_Order]:
    """Return the orders that may be placed, each checked against those accepted before it.

    Who asks for more than the supply is taken to ask for all of it.
    """
    taken: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    accepted = []
    for order in orders:
        earlier, asked = taken[order.bidder], min(order.quantity, terms.supply)
        guarantee = _guarantee(sale, order.bidder)
        if check_order(terms, earlier, order.price, asked, guarantee) is None:
            earlier.append((order.price, asked))
            accepted.append(order)
    return accepted


def _guarantee(sale: _Sale, bidder: str) -> int:
    covered = sale.guarantees.get(bidder)
    return 0 if covered is None else sale.money.units(covered)


def _told(
    sale: _Sale, terms: MultiUnitTerms, orders: list[_Order], outcome: MultiUnitOutcome
) -> dict[str, object]:
    awarded: defaultdict[str, int] = defaultdict(int)
    due: defaultdict[str, int] = defaultdict(int)
    for place, (order, quantity) in enumerate(zip(orders, outcome.allocation, strict=True)):
        if quantity:
            awarded[order.bidder] += quantity
            due[order.bidder] += outcome.payment(place)
    told: dict[str, object] = {
        "price": None if outcome.price is None else sale.money.write(outcome.price),
        "alloc": {bidder: sale.goods.write(quantity) for bidder, quantity in awarded.items()},
        "unsold": sale.goods.write(outcome.unsold),
    }
    if terms.pricing in {Pricing.PAY_AS_BID, Pricing.RANK}:
        told["payments"] = {bidder: sale.money.write(amount) for bidder, amount in due.items()}
    return told


def _by_arrival(bids: list[_Bid]) -> list[_Bid]:
    """Return the bids by their `time`, those of one time as they stand; all of them have one, or none."""
    untimed = [bid for bid in bids if bid.time is None]
    if untimed and len(untimed) < len(bids):
        raise CaseError(f"{untimed[0].path}.time", "is missing, while other bids have it")
    return sorted(bids, key=lambda bid: Fraction(0) if bid.time is None else bid.time.value)


def _bid(path: str, value: object) -> _Bid:
    return as_fields(path, value, _bid_of)


def _bid_of(bid: Fields) -> _Bid:
    return _Bid(
        path=bid.path,
        bidder=bid.name("bidder"),
        price=bid.number("price", above=0),
        quantity=bid.number("qty", above=0),
        time=bid.number("time") if bid.has("time") else None,
    )
