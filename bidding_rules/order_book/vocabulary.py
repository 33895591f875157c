"""What both twins of the order book speak of."""

from typing import NamedTuple

BUY, SELL, CANCEL = range(3)
"""The sides of an order; `CANCEL` is a kind of row in `OrderBook.apply` only."""

SPAN_MAX = 1 << 24
"""The most price steps that one book covers: a day's price limits cover far fewer."""

ORDERS_MAX = (1 << 32) - 2
"""The most orders that one book takes in its life."""


class Trade(NamedTuple):
    """成交: the arriving order `taker` met the resting order `maker`, at the maker's price."""

    taker: int
    maker: int
    price: int
    quantity: int
