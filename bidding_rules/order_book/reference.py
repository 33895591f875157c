"""The limit order book in plain Python: the definition that the compiled twin is tested against."""

from collections import deque
from heapq import heappop, heappush

from bidding_rules.clearing.columns import (
    QUANTITY_MAX,
    Column,
    as_column,
    check_same_length,
    column_values,
)
from bidding_rules.order_book.vocabulary import BUY, CANCEL, SELL, SPAN_MAX, Trade


class _Side:
    """The resting orders of one side, by price, in order of arrival at each price."""

    def __init__(self, side: int) -> None:
        self._sign = -1 if side == BUY else 1
        self._ranked: list[int] = []
        self.queues: dict[int, deque[int]] = {}
        self.totals: dict[int, int] = {}

    def best(self) -> int | None:
        """Return the best price at which something rests."""
        while self._ranked:
            price = self._ranked[0] * self._sign
            if self.totals.get(price):
                return price
            heappop(self._ranked)
            self.queues.pop(price, None)
            self.totals.pop(price, None)
        return None

    def add(self, order: int, price: int, quantity: int) -> None:
        if price not in self.queues:
            self.queues[price] = deque()
            self.totals[price] = 0
            heappush(self._ranked, price * self._sign)
        self.queues[price].append(order)
        self.totals[price] += quantity

    def ranked_prices(self) -> list[int]:
        """Return the prices at which something rests, the best first."""
        resting = (price for price, total in self.totals.items() if total)
        return sorted(resting, key=lambda price: price * self._sign)


class OrderBook:
    """Orders meet at the resting order's price, the better price first, then the earlier order.

    Orders are numbered from 0 as they come. A book covers the prices from `price_min` to `price_max`, as
    price limits fix them for a day: `ValueError` beyond these, or for more than `SPAN_MAX` prices.
    """

    def __init__(self, price_min: int, price_max: int) -> None:
        if not 0 <= price_min <= price_max or price_max - price_min >= SPAN_MAX:
            raise ValueError(f"a book covers from 1 to {SPAN_MAX} prices from 0 on")
        self._price_min, self._price_max = price_min, price_max
        self._sides = (_Side(BUY), _Side(SELL))
        self._side_of: list[int] = []
        self._price_of: list[int] = []
        self._left: list[int] = []
        self._trades: list[Trade] = []

    def submit(self, side: int, price: int, quantity: int, /) -> int:
        """Take an order: match it with what rests, let the rest of it rest; return its number."""
        self._check(side, price, quantity)
        order = len(self._left)
        self._side_of.append(side)
        self._price_of.append(price)
        self._left.append(quantity)
        self._match(order)
        if self._left[order]:
            self._sides[side].add(order, price, self._left[order])
        return order

    def cancel(self, order: int, /) -> int:
        """Take back what is left of an order and return how much; 0: nothing, or no such order."""
        if not 0 <= order < len(self._left):
            return 0
        taken_back = self._left[order]
        if taken_back:
            self._left[order] = 0
            self._sides[self._side_of[order]].totals[self._price_of[order]] -= taken_back
        return taken_back

    def apply(self, kind: Column, price: Column, quantity: Column, /) -> None:
        """Take many rows in turn: `BUY` and `SELL` orders, and `CANCEL` with the order's number as price.

        `ValueError` when a row is wrong; then no row has been taken.
        """
        kinds, prices = column_values("kind", kind), column_values("price", price)
        quantities = column_values("quantity", quantity)
        check_same_length("price", prices, kinds)
        check_same_length("quantity", quantities, kinds)
        rows = list(zip(kinds, prices, quantities, strict=True))
        for one_kind, one_price, one_quantity in rows:
            if one_kind != CANCEL:
                self._check(one_kind, one_price, one_quantity)
        for one_kind, one_price, one_quantity in rows:
            if one_kind == CANCEL:
                self.cancel(one_price)
            else:
                self.submit(one_kind, one_price, one_quantity)

    def remaining(self, order: int, /) -> int:
        """Return what is left of an order; 0 when there is no such order."""
        return self._left[order] if 0 <= order < len(self._left) else 0

    def best(self, side: int, /) -> int | None:
        """Return the best price on a side; None when nothing rests there."""
        return self._sides[_checked_side(side)].best()

    def depth(self, side: int, levels: int, /) -> list[tuple[int, int]]:
        """Return up to `levels` best prices of a side, with the quantity that rests at each."""
        resting = self._sides[_checked_side(side)]
        return [
            (price, resting.totals[price]) for price in resting.ranked_prices()[: max(levels, 0)]
        ]

    @property
    def trade_count(self) -> int:
        """How many trades wait to be taken."""
        return len(self._trades)

    def take_trades(self) -> list[Trade]:
        """Return the trades since they were last taken, in order."""
        taken, self._trades = self._trades, []
        return taken

    def take_trade_rows(self) -> "memoryview[int]":
        """Return the same as one column: taker, maker, price, quantity of each trade in turn."""
        return as_column(number for trade in self.take_trades() for number in trade)

    def _check(self, side: int, price: int, quantity: int) -> None:
        _checked_side(side)
        if not self._price_min <= price <= self._price_max:
            raise ValueError(f"price must lie from {self._price_min} to {self._price_max}")
        if not 1 <= quantity <= QUANTITY_MAX:
            raise ValueError(f"quantity must lie from 1 to {QUANTITY_MAX}")

    def _match(self, taker: int) -> None:
        side, limit = self._side_of[taker], self._price_of[taker]
        other = self._sides[SELL if side == BUY else BUY]
        while self._left[taker]:
            best = other.best()
            if best is None or (best > limit if side == BUY else best < limit):
                break
            maker = other.queues[best][0]
            traded = min(self._left[taker], self._left[maker])
            if traded:
                self._trades.append(Trade(taker, maker, best, traded))
                self._left[taker] -= traded
                self._left[maker] -= traded
                other.totals[best] -= traded
            if not self._left[maker]:
                other.queues[best].popleft()


def _checked_side(side: int) -> int:
    if side not in {BUY, SELL}:
        raise ValueError("side must be 0 (buy) or 1 (sell)")
    return side
