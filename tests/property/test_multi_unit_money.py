"""Whatever the terms of a multi-unit sale: nobody pays above his bid, nobody gets more than he may.

The promise is shown to notice planted faults.
"""

from fractions import Fraction

import pytest
from hypothesis import strategies as st

from bidding_rules.clearing import Tie, fill
from bidding_rules.clearing.guarantees import bid_value_max
from bidding_rules.formats import multi_unit
from bidding_rules.formats.multi_unit_terms import (
    ContainmentStep,
    LimitRule,
    MultiUnitTerms,
    Orders,
    Pricing,
    UnderSubscription,
)
from tests.support.multi_unit import column
from tests.support.planted import holds, notices

BIDDERS = 3


@st.composite
def any_terms(draw):
    pricing = draw(st.sampled_from([p for p in Pricing if p is not Pricing.RANK]))
    common = pricing is not Pricing.PAY_AS_BID
    answers = [a for a in UnderSubscription if common or a is not UnderSubscription.RESERVE]
    triggers = draw(st.lists(st.integers(2, 8), unique=True, max_size=2)) if common else []
    return MultiUnitTerms(
        supply=draw(st.integers(1, 30)),
        pricing=pricing,
        floor=draw(st.integers(1, 2)),
        policy_reserve=draw(st.none() | st.integers(2, 4)),
        undersubscribed=draw(st.sampled_from(answers)),
        tie=draw(st.sampled_from(Tie)),
        share_limit=draw(st.none() | st.just(Fraction(1))),
        share_rule=LimitRule.CUT,
        guarantee_rule=draw(st.sampled_from([None, LimitRule.CUT])),
        cost_containment=tuple(
            ContainmentStep(trigger=t, quantity=draw(st.integers(1, 9))) for t in sorted(triggers)
        ),
    )


@st.composite
def any_orders(draw):
    count = draw(st.integers(0, 8))

    def several(low, high, many=count):
        return column(draw(st.lists(st.integers(low, high), min_size=many, max_size=many)))

    return Orders(
        price=several(1, 9),
        quantity=several(1, 9),
        bidder=several(0, BIDDERS - 1),
        bidders=BIDDERS,
        rank=column(draw(st.permutations(range(count)))),
        guarantee=several(0, 200, BIDDERS),
    )


def nobody_pays_above_his_bid_or_gets_more_than_he_may(sale):
    terms, orders = sale
    outcome = multi_unit.clear(terms, orders)
    own = [[] for _ in range(BIDDERS)]
    for i, share in enumerate(outcome.allocation):
        assert outcome.payment(i) <= orders.price[i] * share
        assert 0 <= share <= orders.quantity[i]
        assert share == 0 or orders.price[i] >= terms.reserve
        own[orders.bidder[i]].append((orders.price[i], share))
    assert outcome.revenue == sum(outcome.payment(i) for i in range(len(orders.price)))
    assert outcome.sold == sum(outcome.allocation)
    assert outcome.sold <= outcome.supply or terms.tie is Tie.ROUND_UP
    for bidder, lots in enumerate(own):
        if terms.share_limit is not None:
            assert sum(share for _, share in lots) <= terms.supply
        if terms.guarantee_rule is LimitRule.CUT:
            assert bid_value_max(lots) <= orders.guarantee[bidder]


SALES = st.tuples(any_terms(), any_orders())


def test_the_promise_holds_whatever_the_terms():
    holds(SALES, nobody_pays_above_his_bid_or_gets_more_than_he_may)


def a_price_too_high(terms, prices, supply, trigger, _genuine=multi_unit._common_price):
    price = _genuine(terms, prices, supply, trigger)
    return None if price is None else price + 1


def cuts_forgotten(_terms, orders, _genuine=multi_unit.orders_that_count):
    return _genuine(MultiUnitTerms(supply=30, pricing=Pricing.PAY_AS_BID), orders)


def one_price_for_everything_sold(_terms, _own, _allocation, price, sold):
    return (price or 1) * sold


def more_for_everybody(*columns, supply, **rules):
    return fill(*columns, supply=supply + 1, **rules)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("_common_price", a_price_too_high),
        ("orders_that_count", cuts_forgotten),
        ("_revenue", one_price_for_everything_sold),
        ("fill", more_for_everybody),
    ],
)
def test_the_promise_notices_a_planted_fault(name, fault, monkeypatch):
    monkeypatch.setattr(multi_unit, name, fault)
    notices(SALES, nobody_pays_above_his_bid_or_gets_more_than_he_may)
