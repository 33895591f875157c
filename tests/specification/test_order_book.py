"""The limit order book: the better price first, then the earlier order; both twins alike."""

from array import array

import pytest

from bidding_rules.order_book import BUY, CANCEL, SELL, SPAN_MAX, Trade
from bidding_rules.order_book.reference import OrderBook as PythonBook

try:
    from bidding_rules._native import OrderBook as CompiledBook
except ImportError:  # Built without a compiler: the reference is all there is.
    BOOKS = [pytest.param(PythonBook, id="python")]
else:
    BOOKS = [pytest.param(PythonBook, id="python"), pytest.param(CompiledBook, id="c")]


@pytest.fixture(params=BOOKS)
def book(request):
    return request.param(1_000, 2_000)


def test_orders_that_do_not_meet_rest(book):
    assert book.submit(BUY, 1_499, 10) == 0
    assert book.submit(SELL, 1_500, 20) == 1
    assert (book.best(BUY), book.best(SELL)) == (1_499, 1_500)
    assert book.take_trades() == []


def test_an_arriving_order_trades_at_the_resting_price(book):
    book.submit(SELL, 1_500, 20)
    book.submit(BUY, 1_600, 5)
    assert book.take_trades() == [Trade(taker=1, maker=0, price=1_500, quantity=5)]
    assert book.remaining(0) == 15
    assert book.remaining(1) == 0


def test_the_better_price_comes_first_and_at_one_price_the_earlier_order(book):
    for price, quantity in ((1_501, 1), (1_500, 2), (1_500, 3), (1_499, 4)):
        book.submit(SELL, price, quantity)
    book.submit(BUY, 1_500, 100)
    assert [(t.maker, t.quantity) for t in book.take_trades()] == [(3, 4), (1, 2), (2, 3)]
    assert book.remaining(4) == 91
    assert (book.best(BUY), book.best(SELL)) == (1_500, 1_501)


def test_a_seller_meets_the_highest_buyer_first(book):
    for price in (1_500, 1_502, 1_501):
        book.submit(BUY, price, 1)
    book.submit(SELL, 1_501, 5)
    assert [trade.price for trade in book.take_trades()] == [1_502, 1_501]
    assert book.depth(SELL, 5) == [(1_501, 3)]


def test_a_cancelled_order_gives_back_what_is_left_and_never_trades(book):
    book.submit(SELL, 1_500, 20)
    book.submit(SELL, 1_500, 7)
    book.submit(BUY, 1_500, 5)
    assert book.cancel(0) == 15
    assert book.cancel(0) == 0
    assert book.cancel(99) == 0
    assert book.cancel(-1) == 0
    assert book.remaining(99) == 0
    book.take_trades()
    book.submit(BUY, 1_500, 9)
    assert book.take_trades() == [Trade(3, 1, 1_500, 7)]
    assert book.best(SELL) is None


def test_a_price_whose_orders_are_all_cancelled_is_no_longer_the_best(book):
    book.submit(BUY, 1_500, 1)
    book.submit(BUY, 1_400, 1)
    book.cancel(0)
    assert book.best(BUY) == 1_400
    book.submit(BUY, 1_500, 2)
    assert book.depth(BUY, 9) == [(1_500, 2), (1_400, 1)]


def test_depth_adds_up_what_rests_at_each_price_the_best_first(book):
    for price, quantity in ((1_100, 1), (1_200, 2), (1_100, 3), (1_000, 4)):
        book.submit(BUY, price, quantity)
    assert book.depth(BUY, 2) == [(1_200, 2), (1_100, 4)]
    assert book.depth(BUY, 0) == book.depth(BUY, -1) == book.depth(SELL, 5) == []


def test_many_rows_at_once_do_what_they_do_one_by_one(book):
    rows = [(SELL, 1_500, 5), (SELL, 1_500, 6), (CANCEL, 0, 0), (BUY, 1_500, 7)]
    book.apply(*(array("q", column) for column in zip(*rows, strict=True)))
    assert book.trade_count == 1
    assert list(book.take_trade_rows()) == [2, 1, 1_500, 6]
    assert book.trade_count == 0
    assert book.depth(BUY, 1) == [(1_500, 1)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((3, 1_500, 5), "side must be"),
        ((BUY, 999, 5), "price must lie from 1000 to 2000"),
        ((SELL, 2_001, 5), "price must lie from 1000 to 2000"),
        ((BUY, 1_500, 0), "quantity must lie from 1"),
        ((BUY, 1_500, 10**15 + 1), "quantity must lie from 1"),
    ],
)
def test_a_wrong_order_is_refused_and_of_many_rows_none_is_taken(book, row, message):
    with pytest.raises(ValueError, match=message):
        book.submit(*row)
    columns = zip((BUY, 1_500, 5), row, strict=True)
    with pytest.raises(ValueError, match=message):
        book.apply(*(array("q", column) for column in columns))
    assert book.best(BUY) is None


def test_columns_of_unequal_length_are_refused(book):
    with pytest.raises(ValueError, match="must have one entry for each order"):
        book.apply(array("q", [0]), array("q", [1_500]), array("q"))


@pytest.mark.parametrize("make", BOOKS)
@pytest.mark.parametrize(("low", "high"), [(-1, 5), (6, 5), (0, SPAN_MAX)])
def test_a_book_covers_a_limited_range_of_prices(make, low, high):
    with pytest.raises(ValueError, match="a book covers from 1 to"):
        make(low, high)


@pytest.mark.parametrize("make", BOOKS)
def test_the_widest_book_finds_the_next_price_however_far_it_is(make):
    book = make(10**9, 10**9 + SPAN_MAX - 1)
    far = 10**9 + SPAN_MAX - 1
    for price in (10**9, 10**9 + 63, 10**9 + 64, far):
        book.submit(BUY, price, 1)
    assert [price for price, _ in book.depth(BUY, 9)] == [far, 10**9 + 64, 10**9 + 63, 10**9]
    book.submit(SELL, 10**9, 3)
    assert book.best(BUY) == 10**9
    book.cancel(0)
    assert book.best(BUY) is None


@pytest.mark.parametrize("make", BOOKS)
def test_a_book_may_reach_up_to_the_largest_price(make):
    largest = 2**63 - 1
    book = make(largest - 10, largest)
    book.submit(SELL, largest, 10**15)
    book.submit(BUY, largest, 10**15)
    assert book.take_trades() == [Trade(taker=1, maker=0, price=largest, quantity=10**15)]
    with pytest.raises((ValueError, OverflowError)):
        book.submit(BUY, largest + 1, 1)


@pytest.mark.parametrize("make", BOOKS)
def test_a_side_takes_whole_numbers_only(make):
    with pytest.raises(ValueError, match="side must be"):
        make(0, 1).best(2)
    with pytest.raises(ValueError, match="side must be"):
        make(0, 1).depth(2, 1)
