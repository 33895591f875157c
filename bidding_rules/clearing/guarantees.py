"""Bid guarantees (竞买担保): what a bidder's orders may come to, and cutting what is not covered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bidding_rules.clearing.columns import (
    Column,
    as_column,
    check_orders,
    check_places,
    check_same_length,
    column_values,
)


def bid_value_max(orders: Iterable[tuple[int, int]]) -> int:
    """Return the most that these (price, quantity) orders of one bidder can cost at any single price.

    For each bid price: that price times the quantity bid at that price or higher; the highest of these
    (WAC 173-446-325(2)).
    """
    best, quantity_so_far = 0, 0
    for price, quantity in sorted(orders, reverse=True):
        quantity_so_far += quantity
        best = max(best, price * quantity_so_far)
    return best


def cut_to_guarantees(
    price: Column, quantity: Column, bidder: Column, guarantee: Sequence[int]
) -> "memoryview[int]":
    """Return the quantities left when bidder `b`'s orders must stay covered by `guarantee[b]`.

    Each bidder's orders are walked from the highest price down, at one price by arrival. Of an order,
    only so much is kept that price times all that is kept down to it stays within the guarantee; what
    is cut is not offered again at a lower price. `bid_value_max` of the rest is covered.
    """
    prices, quantities = column_values("price", price), column_values("quantity", quantity)
    bidders = column_values("bidder", bidder)
    check_orders(prices, quantities)
    check_same_length("bidder", bidders, prices)
    check_places(bidders, len(guarantee))
    kept: defaultdict[int, int] = defaultdict(int)
    remaining = [0] * len(prices)
    for i in sorted(range(len(prices)), key=prices.__getitem__, reverse=True):
        place = bidders[i]
        covered = quantities[i]
        if prices[i] > 0:
            covered = max(0, guarantee[place] // prices[i] - kept[place])
        remaining[i] = min(quantities[i], covered)
        kept[place] += remaining[i]
    return as_column(remaining)
