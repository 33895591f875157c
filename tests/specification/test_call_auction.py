"""Call auction: the price at which most is traded, and which of several such prices is taken."""

from dataclasses import replace
from fractions import Fraction

import pytest

from bidding_rules.formats.call_auction import CallPrice, call_pairs, call_price
from bidding_rules.formats.trading_terms import CallTie, Offer, TradingTerms
from bidding_rules.order_book import BUY, SELL

TERMS = TradingTerms(previous_close=1_000, price_limit=Fraction(1, 2))


def offers(*rows):
    """Offers from (owner, side, price, quantity) rows, in order of arrival."""
    return [Offer(owner=o, side=side, price=p, left=q) for o, side, p, q in rows]


def price_of(rows, *, tie=CallTie.MIDDLE, last_price=1_000):
    return call_price(replace(TERMS, call_tie=tie), offers(*rows), last_price)


def test_the_price_is_the_one_at_which_most_is_traded():
    rows = [
        ("a", BUY, 1_020, 300),
        ("b", BUY, 1_010, 200),
        ("c", BUY, 1_000, 500),
        ("d", SELL, 990, 100),
        ("e", SELL, 1_000, 300),
        ("f", SELL, 1_010, 400),
    ]
    assert price_of(rows) == CallPrice(price=1_010, quantity=500)


def test_offers_that_do_not_meet_have_no_price():
    assert price_of([("a", BUY, 990, 5), ("b", SELL, 1_000, 5)]) is None
    assert price_of([("a", BUY, 990, 5)]) is None
    assert price_of([]) is None


def test_of_prices_that_trade_as_much_the_one_with_less_left_over_is_taken():
    rows = [("a", BUY, 1_010, 100), ("b", BUY, 1_000, 50), ("c", SELL, 990, 100)]
    assert price_of(rows) == CallPrice(price=1_010, quantity=100)


@pytest.mark.parametrize(
    ("tie", "last_price", "price"),
    [
        (CallTie.MIDDLE, 1_000, 1_005),
        (CallTie.NEAREST, 1_000, 1_000),
        (CallTie.NEAREST, 1_009, 1_010),
        (CallTie.NEAREST, 1_005, 1_000),
    ],
)
def test_of_prices_still_equal_the_terms_take_the_middle_or_the_nearest(tie, last_price, price):
    rows = [("a", BUY, 1_010, 100), ("b", SELL, 1_000, 100)]
    assert price_of(rows, tie=tie, last_price=last_price) == CallPrice(price=price, quantity=100)


def test_the_middle_is_rounded_half_up_to_the_tick():
    rows = [("a", BUY, 1_001, 100), ("b", SELL, 1_000, 100)]
    assert price_of(rows) == CallPrice(price=1_001, quantity=100)


def test_buyers_above_and_sellers_below_the_price_are_served_in_full():
    # At 1,000 as much is traded as at 1,010, but a buyer above 1,000 would go without.
    rows = [("a", BUY, 1_010, 200), ("b", SELL, 1_000, 100)]
    assert price_of(rows) == CallPrice(price=1_010, quantity=100)


def test_both_sides_are_served_by_price_then_by_time():
    listed = offers(
        ("early", BUY, 1_000, 60),
        ("late", BUY, 1_000, 60),
        ("high", BUY, 1_010, 50),
        ("cheap", SELL, 990, 80),
        ("dear", SELL, 1_000, 70),
    )
    at = call_price(TERMS, listed, 1_000)
    pairs = [(buyer.owner, seller.owner, n) for buyer, seller, n in call_pairs(listed, at)]
    assert at == CallPrice(price=1_000, quantity=150)
    assert pairs == [
        ("high", "cheap", 50),
        ("early", "cheap", 30),
        ("early", "dear", 30),
        ("late", "dear", 40),
    ]
    assert {offer.owner: offer.left for offer in listed if offer.left} == {"late": 20}
