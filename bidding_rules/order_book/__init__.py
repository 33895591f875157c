"""Limit order book (限价委托簿) with price-time priority: the better price first, then the earlier order.

One class over two twins that give the same trades: `reference` (plain Python, the definition) and the
compiled `bidding_rules._native`. Prices and quantities are whole numbers in the market's smallest units.
A book belongs to one thread.
"""

from bidding_rules.backend import backend
from bidding_rules.order_book.vocabulary import BUY, CANCEL, SELL, SPAN_MAX, Trade

if backend() == "c":
    from bidding_rules._native import OrderBook
else:
    from bidding_rules.order_book.reference import OrderBook

__all__ = ["BUY", "CANCEL", "SELL", "SPAN_MAX", "OrderBook", "Trade"]
