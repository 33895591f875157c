"""What is left to clear of a multi-unit sale's orders: replaced, cut and outranked ones; released supply."""

from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.clearing import (
    Tie,
    count_bidders,
    cut_to_limits,
    fill,
    price_at,
)
from bidding_rules.clearing.columns import SUPPLY_MAX, Column, as_column
from bidding_rules.clearing.guarantees import cut_to_guarantees
from bidding_rules.formats.multi_unit_terms import (
    LimitRule,
    MultiUnitTerms,
    Orders,
    Pricing,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingOrders:
    """What counts: quantities (0: the order does not), demand and bidders at the reserve or above."""

    quantity: Column
    demand: int
    bidders: int
    """1 stands for any number where the terms ask for no more."""


def orders_that_count(terms: MultiUnitTerms, orders: Orders) -> CountingOrders:
    """Return what counts after replaced orders, share limit, guarantee and rank rule, in this order."""
    quantity = orders.quantity
    if terms.last_order_counts:
        quantity = _last_of_each_bidder(orders)
    if terms.share_limit is not None and terms.share_rule is LimitRule.CUT:
        limits = as_column([terms.order_total_max] * orders.bidders)
        quantity = cut_to_limits(orders.price, quantity, _bidder_of(orders), limits)
    if terms.guarantee_rule is LimitRule.CUT:
        quantity = _cut_to_guarantees(terms, orders, quantity)
    demand = price_at(orders.price, quantity, supply=SUPPLY_MAX, reserve=terms.reserve).demand
    bidders = 1 if demand else 0
    if terms.bidders_min > 1 or terms.pricing is Pricing.RANK:
        valid = _valid(orders.price, quantity, terms.reserve)
        bidders = count_bidders(_bidder_of(orders), valid, orders.bidders)
        if terms.winners_share is not None:
            quantity = _first_in_rank(orders.price, valid, bidders, terms.winners_share)
    return CountingOrders(quantity=quantity, demand=demand, bidders=bidders)


def supply_with_containment(
    terms: MultiUnitTerms, price: Column, quantity: Column
) -> tuple[int, int]:
    """Return the supply with what cost containment releases, and the highest trigger that released some.

    A step is used when the price would exceed its trigger. Not more is released than takes the price down
    to the trigger: what is asked for at the trigger or above (RGGI's cost containment reserve).
    """
    supply, last_trigger = terms.supply, 0
    for step in terms.cost_containment:
        interim = price_at(price, quantity, supply=supply, reserve=terms.reserve)
        setter = interim.lowest_accepted
        if terms.pricing is Pricing.HIGHEST_REJECTED:
            setter = interim.highest_rejected
        if setter is None or setter <= step.trigger or interim.demand <= supply:
            break
        wanted = price_at(price, quantity, supply=supply, reserve=step.trigger).demand
        supply += max(0, min(step.quantity, wanted - supply))
        last_trigger = step.trigger
    return supply, last_trigger


def _bidder_of(orders: Orders) -> Column:
    if orders.bidder is None:
        raise ValueError("the terms have rules by bidder: a bidder column is needed")
    return orders.bidder


def _last_of_each_bidder(orders: Orders) -> Column:
    last = dict(zip(_bidder_of(orders), range(len(orders.price)), strict=True))
    counting = [0] * len(orders.price)
    for i in last.values():
        counting[i] = orders.quantity[i]
    return as_column(counting)


def _cut_to_guarantees(terms: MultiUnitTerms, orders: Orders, quantity: Column) -> Column:
    """Return quantities covered by each bidder's guarantee, in whole quantity steps."""
    if orders.guarantee is None:
        raise ValueError("the terms ask for guarantees: a guarantee column is needed")
    covered = [amount * terms.quantity_scale for amount in orders.guarantee]
    kept = cut_to_guarantees(orders.price, quantity, _bidder_of(orders), covered)
    step = terms.quantity_step
    return kept if step == 1 else as_column(share // step * step for share in kept)


def _valid(price: Column, quantity: Column, reserve: int) -> Column:
    return as_column(q if p >= reserve else 0 for p, q in zip(price, quantity, strict=True))


def _first_in_rank(price: Column, valid: Column, bidders: int, share: Fraction) -> Column:
    """Return the quantities of the first `share` of the bidders, rounded half up; price, then time."""
    one_each = as_column(1 if quantity else 0 for quantity in valid)
    winners = int(bidders * share + Fraction(1, 2))
    first = fill(price, one_each, supply=winners, tie=Tie.TIME).allocation
    return as_column(q if wins else 0 for q, wins in zip(valid, first, strict=True))
