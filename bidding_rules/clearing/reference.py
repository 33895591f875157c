"""Multi-unit clearing in plain Python: the definition that the compiled twin is tested against.

Orders stand in columns; an order's place is its time priority. All functions are pure, exact, and raise
`ValueError` for columns that do not fit together.
"""

from collections import defaultdict
from dataclasses import dataclass

from bidding_rules.clearing.columns import (
    PRICE_MAX,
    SUPPLY_MAX,
    Column,
    as_column,
    check_orders,
    check_places,
    check_range,
    check_same_length,
    column_values,
)
from bidding_rules.clearing.margin_ties import TIME, TieRule, share_margin


@dataclass(frozen=True, slots=True)
class _Margin:
    """Where the supply runs out: the price, and what is left of the supply for the orders at it."""

    price: int
    left: int


def _find_margin(
    price: list[int], quantity: list[int], supply: int, reserve: int
) -> _Margin | None:
    """Return the highest price at which more is asked for than offered; None when everything fits.

    A histogram over prices: what is sorted are the distinct prices, never the orders.
    """
    at_price: defaultdict[int, int] = defaultdict(int)
    for one_price, one_quantity in zip(price, quantity, strict=True):
        at_price[one_price] += one_quantity
    left = supply
    for one_price in sorted(at_price, reverse=True):
        if one_price < reserve:
            break
        if at_price[one_price] > left:
            return _Margin(one_price, left)
        left -= at_price[one_price]
    return None


def price_at(
    price: Column, quantity: Column, supply: int, reserve: int
) -> tuple[int, int | None, int | None]:
    """Return what is asked for at the reserve or above, the lowest accepted and the highest rejected price.

    The lowest accepted price is that of the last unit sold, the highest rejected price that of the first
    unit asked for and not sold; None where there is no such unit.
    """
    prices, quantities = column_values("price", price), column_values("quantity", quantity)
    check_orders(prices, quantities)
    valid = [(p, q) for p, q in zip(prices, quantities, strict=True) if p >= reserve and q > 0]
    demand = sum(q for _, q in valid)
    margin = _find_margin(prices, quantities, supply, reserve)
    if margin is None:
        return demand, min((p for p, _ in valid), default=None), None
    if margin.left > 0:
        return demand, margin.price, margin.price
    return demand, min((p for p, _ in valid if p > margin.price), default=None), margin.price


def fill(
    price: Column,
    quantity: Column,
    supply: int,
    reserve: int,
    tie: TieRule,
) -> "tuple[memoryview[int], int, int, int]":
    """Return each order's allocation, what was asked for, what is sold, and the number of orders filled.

    Orders above the margin are filled in full; `tie` says how those at the margin share the rest.
    """
    prices, quantities = column_values("price", price), column_values("quantity", quantity)
    check_orders(prices, quantities)
    ranks = list(range(len(prices))) if tie.rank is None else column_values("rank", tie.rank)
    check_same_length("rank", ranks, prices)
    check_range("rank", ranks, PRICE_MAX)
    demand = sum(q for p, q in zip(prices, quantities, strict=True) if p >= reserve)
    margin = _find_margin(prices, quantities, supply, reserve)
    full_from = reserve if margin is None else margin.price + 1
    allocation = [q if p >= full_from else 0 for p, q in zip(prices, quantities, strict=True)]
    if margin is not None and margin.left > 0:
        tied = [i for i, p in enumerate(prices) if p == margin.price and quantities[i] > 0]
        asked = [quantities[i] for i in tied]
        order = [ranks[i] for i in tied]
        shares = share_margin(tie, asked, order, margin.left)
        for i, share in zip(tied, shares, strict=True):
            allocation[i] = share
    winners = sum(1 for share in allocation if share > 0)
    return as_column(allocation), demand, sum(allocation), winners


def cut_to_limits(
    price: Column, quantity: Column, bidder: Column, limit: Column
) -> "memoryview[int]":
    """Return the quantities that remain when no bidder may have more than `limit[bidder]` in all.

    What is cut are a bidder's lowest-priced lots, at one price the latest: within each bidder's own orders
    this is clearing with his limit as the supply and time as the tie rule.
    """
    prices, quantities = column_values("price", price), column_values("quantity", quantity)
    bidders, limits = column_values("bidder", bidder), column_values("limit", limit)
    check_orders(prices, quantities)
    check_same_length("bidder", bidders, prices)
    check_places(bidders, len(limits))
    check_range("limit", limits, SUPPLY_MAX)
    own: defaultdict[int, list[int]] = defaultdict(list)
    for i, place in enumerate(bidders):
        own[place].append(i)
    remaining = list(quantities)
    for place, orders in own.items():
        asked = [quantities[i] for i in orders]
        if sum(asked) <= limits[place]:
            continue
        columns = as_column(prices[i] for i in orders), as_column(asked)
        allocation, *_ = fill(*columns, limits[place], 0, TieRule(TIME))
        for i, kept in zip(orders, allocation, strict=True):
            remaining[i] = kept
    return as_column(remaining)


def value(price: Column, allocation: Column) -> int:
    """Return the sum of price times allocation: what is paid when each pays his own price."""
    prices, shares = column_values("price", price), column_values("allocation", allocation)
    check_orders(prices, shares)
    return sum(p * q for p, q in zip(prices, shares, strict=True))


def count_bidders(bidder: Column, allocation: Column, bidders: int) -> int:
    """Return how many different bidders, of `bidders` in all, have an allocation above zero."""
    places, shares = column_values("bidder", bidder), column_values("allocation", allocation)
    check_same_length("bidder", places, shares)
    check_places(places, bidders)
    return len({place for place, share in zip(places, shares, strict=True) if share > 0})
