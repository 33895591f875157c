"""Sealed multi-unit sale (统一价/多价位密封竞价): what may be ordered, and clearing as one pure function."""

from bidding_rules.clearing import MarginPrices, Tie, count_bidders, fill, price_at, value
from bidding_rules.clearing.columns import Column, as_column
from bidding_rules.clearing.guarantees import bid_value_max
from bidding_rules.formats.multi_unit_cuts import orders_that_count, supply_with_containment
from bidding_rules.formats.multi_unit_terms import (
    LimitRule,
    MultiUnitOutcome,
    MultiUnitTerms,
    Orders,
    PolicyReserveRule,
    Pricing,
    SaleStatus,
    UnderSubscription,
    amount_due,
)
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.rejections import Rejection, RejectionCode


def check_order(
    terms: MultiUnitTerms,
    earlier: list[tuple[int, int]],
    price: int,
    quantity: int,
    guarantee: int | None = None,
) -> Rejection | None:
    """Return why an order may not be placed, or None; `earlier` are the bidder's (price, quantity) orders.

    The rules of the notice in their order: price, quantity, number of orders, share, guarantee.
    """
    if price < terms.floor:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=terms.floor)
    if price > AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_max=AMOUNT_MAX)
    if price % terms.price_step:
        return Rejection(code=RejectionCode.OFF_GRID)
    if not terms.order_min <= quantity <= terms.supply or quantity % terms.quantity_step:
        return Rejection(code=RejectionCode.QUANTITY_OUT_OF_RANGE)
    if terms.orders_max is not None and len(earlier) >= terms.orders_max:
        return Rejection(code=RejectionCode.TOO_MANY_ORDERS)
    standing = [] if terms.last_order_counts else earlier
    asked = sum(own for _, own in standing) + quantity
    limited = terms.share_limit is not None and terms.share_rule is LimitRule.REFUSE
    if limited and asked > terms.order_total_max:
        return Rejection(code=RejectionCode.SHARE_LIMIT)
    if terms.guarantee_rule is LimitRule.REFUSE:
        needed = bid_value_max([*standing, (price, quantity)])
        if needed > (guarantee or 0) * terms.quantity_scale:
            return Rejection(code=RejectionCode.GUARANTEE_EXCEEDED)
    return None


def clear(terms: MultiUnitTerms, orders: Orders) -> MultiUnitOutcome:
    """Return the result of a closed sale.

    Orders are taken to have passed `check_order`. What is left of them after the cuts that the terms ask
    for is served by price; the terms say how ties and too little demand are dealt with, and what is paid.
    Raises `ValueError` when columns do not fit together, or one that the terms need is missing.
    """
    if orders.rank is None and terms.tie in {Tie.RANDOM_ORDER, Tie.FLOOR_THEN_RANDOM}:
        raise ValueError("the tie rule needs the rank column, fixed before the auction")
    counting = orders_that_count(terms, orders)
    supply, trigger = supply_with_containment(terms, orders.price, counting.quantity)
    prices = price_at(orders.price, counting.quantity, supply=supply, reserve=terms.reserve)
    price = _common_price(terms, prices, supply, trigger)
    status = _status(terms, prices, supply, price, counting.bidders)
    if status is not SaleStatus.SOLD:
        return _cancelled(terms, orders, status, counting.demand)
    filled = fill(
        orders.price,
        counting.quantity,
        supply=supply,
        reserve=terms.reserve,
        tie=terms.tie,
        rank=orders.rank,
        unit=terms.quantity_step,
        minimum=terms.order_min,
    )
    winners = filled.orders_filled
    if orders.bidder is not None:
        winners = count_bidders(orders.bidder, filled.allocation, orders.bidders)
    return MultiUnitOutcome(
        status=status,
        price=price,
        allocation=filled.allocation,
        supply=supply,
        demand=counting.demand,
        sold=filled.sold,
        winners=winners,
        lowest_accepted=prices.lowest_accepted,
        highest_rejected=prices.highest_rejected,
        revenue=_revenue(terms, orders.price, filled.allocation, price, filled.sold),
        own_price=orders.price,
        quantity_scale=terms.quantity_scale,
    )


def _common_price(
    terms: MultiUnitTerms, prices: MarginPrices, supply: int, trigger: int
) -> int | None:
    """Return the price that all pay, at least the highest trigger that released supply; None: his own."""
    if prices.lowest_accepted is None or terms.pricing in {Pricing.PAY_AS_BID, Pricing.RANK}:
        return None
    everything_fits = prices.demand <= supply
    if everything_fits and terms.undersubscribed is UnderSubscription.RESERVE:
        return max(terms.reserve, trigger)
    if everything_fits and terms.undersubscribed is UnderSubscription.LOWEST_BID:
        return max(prices.lowest_accepted, trigger)
    if terms.pricing is Pricing.HIGHEST_REJECTED:
        rejected = terms.reserve if prices.highest_rejected is None else prices.highest_rejected
        return max(rejected, trigger)
    return max(prices.lowest_accepted, trigger)


def _status(
    terms: MultiUnitTerms, prices: MarginPrices, supply: int, price: int | None, bidders: int
) -> SaleStatus:
    if prices.demand == 0:
        return SaleStatus.NO_ORDERS
    if bidders < terms.bidders_min:
        return SaleStatus.TOO_FEW_BIDDERS
    if terms.undersubscribed is UnderSubscription.CANCEL and prices.demand < supply:
        return SaleStatus.UNDERSUBSCRIBED
    hidden = terms.policy_reserve
    if terms.policy_reserve_rule is PolicyReserveRule.CANCEL and hidden is not None:
        return SaleStatus.SOLD if price is None or price >= hidden else SaleStatus.RESERVE_NOT_MET
    return SaleStatus.SOLD


def _cancelled(
    terms: MultiUnitTerms, orders: Orders, status: SaleStatus, demand: int
) -> MultiUnitOutcome:
    return MultiUnitOutcome(
        status=status,
        price=None,
        allocation=as_column([0] * len(orders.price)),
        supply=terms.supply,
        demand=demand,
        sold=0,
        winners=0,
        lowest_accepted=None,
        highest_rejected=None,
        revenue=0,
        own_price=orders.price,
        quantity_scale=terms.quantity_scale,
    )


def _revenue(
    terms: MultiUnitTerms, own: Column, allocation: Column, price: int | None, sold: int
) -> int:
    """Return what all orders cost together: each is rounded, so with decimals they are added up."""
    if terms.quantity_scale == 1:
        return value(own, allocation) if price is None else price * sold
    unit_prices = own if price is None else [price] * len(own)
    return sum(
        amount_due(unit_price, share, terms.quantity_scale)
        for unit_price, share in zip(unit_prices, allocation, strict=True)
    )
