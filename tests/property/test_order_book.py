"""What the order book promises for any stream of orders; and that each promise would notice a fault."""

from collections import defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding_rules.order_book import BUY, CANCEL, SELL, OrderBook, Trade
from bidding_rules.order_book.reference import OrderBook as PythonBook
from tests.support.order_streams import PRICE_MAX, PRICE_MIN, columns, random_stream

LOW, HIGH = 10, 15

ROWS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from((BUY, SELL)), st.integers(LOW, HIGH), st.integers(1, 9)),
        st.tuples(st.just(CANCEL), st.integers(0, 12), st.just(0)),
    ),
    max_size=16,
)


def play(book, rows):
    """Yield after each row: the row, its order's number, its trades, and what was taken back."""
    number = -1
    for kind, price, quantity in rows:
        taken_back = 0
        if kind == CANCEL:
            taken_back = book.cancel(price)
        else:
            number = book.submit(kind, price, quantity)
        yield (kind, price, quantity), number, book.take_trades(), taken_back


def quantity_is_conserved(book, rows):
    """What was ordered is what was traded, taken back, or still rests."""
    ordered = {BUY: 0, SELL: 0}
    gone = {BUY: 0, SELL: 0}
    sides = {}
    for (kind, price, quantity), number, trades, taken_back in play(book, rows):
        if kind == CANCEL:
            if taken_back:
                gone[sides[price]] += taken_back
            continue
        sides[number] = kind
        ordered[kind] += quantity
        for trade in trades:
            gone[BUY] += trade.quantity
            gone[SELL] += trade.quantity
    for side in (BUY, SELL):
        resting = sum(quantity for _, quantity in book.depth(side, 99))
        assert ordered[side] == gone[side] + resting
        own = (number for number, own_side in sides.items() if own_side == side)
        assert resting == sum(book.remaining(number) for number in own)


def the_book_is_never_crossed(book, rows):
    for _ in play(book, rows):
        buy, sell = book.best(BUY), book.best(SELL)
        assert buy is None or sell is None or buy < sell


def better_prices_and_earlier_orders_trade_first(book, rows):
    """Whoever trades, no resting order that beats him was left; the price is the resting one's."""
    resting = defaultdict(dict)
    for (kind, price, quantity), number, trades, taken_back in play(book, rows):
        if kind == CANCEL:
            if taken_back:
                for side in resting.values():
                    side.pop(price, None)
            continue
        other = resting[SELL if kind == BUY else BUY]
        left = quantity
        for trade in trades:
            sign = 1 if kind == BUY else -1
            first = min(other, key=lambda maker: (sign * other[maker][0], maker))
            assert trade.maker == first
            assert trade.price == other[first][0]
            left -= trade.quantity
            maker_left = other[first][1] - trade.quantity
            other[first] = (trade.price, maker_left)
            if not maker_left:
                del other[first]
        if left:
            resting[kind][number] = (price, left)


class TradesAtTheLimit(PythonBook):
    """A fault: the price is the arriving order's own."""

    def take_trades(self):
        return [t._replace(price=self._price_of[t.taker]) for t in super().take_trades()]


class ServesTheLatest(PythonBook):
    """A fault: at one price the latest order is served first."""

    def _match(self, taker):
        for side in self._sides:
            for queue in side.queues.values():
                queue.reverse()
        super()._match(taker)
        for side in self._sides:
            for queue in side.queues.values():
                queue.reverse()


class MatchesBetterPricesOnly(PythonBook):
    """A fault: orders at just the limit do not meet."""

    def _match(self, taker):
        better = 1 if self._side_of[taker] == SELL else -1
        self._price_of[taker] += better
        super()._match(taker)
        self._price_of[taker] -= better


class GivesBackTooMuch(PythonBook):
    """A fault: cancelling gives back what was ordered, traded or not."""

    def submit(self, side, price, quantity, /):
        self.ordered = [*getattr(self, "ordered", []), quantity]
        return super().submit(side, price, quantity)

    def cancel(self, order, /):
        return self.ordered[order] if super().cancel(order) else 0


PROMISES = [
    (quantity_is_conserved, GivesBackTooMuch),
    (the_book_is_never_crossed, MatchesBetterPricesOnly),
    (better_prices_and_earlier_orders_trade_first, ServesTheLatest),
    (better_prices_and_earlier_orders_trade_first, TradesAtTheLimit),
]


@pytest.mark.parametrize("make", [PythonBook, OrderBook], ids=["python", "serving"])
@pytest.mark.parametrize("promise", list(dict.fromkeys(promise for promise, _ in PROMISES)))
def test_the_book_keeps_its_promise(promise, make):
    given(ROWS)(lambda rows: promise(make(LOW, HIGH), rows))()


@pytest.mark.parametrize(("promise", "faulty"), PROMISES)
def test_the_promise_notices_a_fault(promise, faulty):
    search = settings(max_examples=1_000, database=None, report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        search(given(ROWS)(lambda rows: promise(faulty(LOW, HIGH), rows)))()


def everything_said(book, rows):
    """All that a book says while it takes the rows one by one."""
    said = []
    for _, number, trades, taken_back in play(book, rows):
        said.append((number, trades, taken_back, book.best(BUY), book.best(SELL)))
    said.append((book.depth(BUY, 10**6), book.depth(SELL, 10**6)))
    return said


STREAMS = [
    (seed, spread, cancel_share)
    for seed in range(40)
    for spread in (1, 20, 900)
    for cancel_share in (0.0, 0.4)
]


@pytest.mark.skipif(OrderBook is PythonBook, reason="no compiler was there at build time")
def test_both_twins_say_the_same_on_random_streams():
    for seed, spread, cancel_share in STREAMS:
        rows = list(random_stream(Random(seed), 300, spread, cancel_share))
        ours, reference = (make(PRICE_MIN, PRICE_MAX) for make in (OrderBook, PythonBook))
        assert everything_said(ours, rows) == everything_said(reference, rows), seed


def test_both_twins_trade_the_same_when_rows_come_at_once():
    rows = columns(random_stream(Random(7), 50_000, 30, 0.3))
    books = [make(PRICE_MIN, PRICE_MAX) for make in (OrderBook, PythonBook)]
    for book in books:
        book.apply(*rows)
    assert books[0].trade_count == books[1].trade_count > 10_000
    assert books[0].take_trade_rows() == books[1].take_trade_rows()
    assert all(isinstance(trade, Trade) for trade in books[0].take_trades())
