"""What the terms of a multi-unit sale refuse: orders, contradictions, missing columns."""

from fractions import Fraction

import pytest

from bidding_rules.formats.multi_unit import check_order, clear
from bidding_rules.formats.multi_unit_terms import (
    ContainmentStep,
    LimitRule,
    PolicyReserveRule,
    Pricing,
    UnderSubscription,
)
from bidding_rules.money import TermsError
from bidding_rules.rejections import RejectionCode
from tests.support.multi_unit import orders, terms

THREE = [("ann", 30, 600), ("bob", 29, 300), ("cai", 28, 200)]


# Each row breaks one rule less than the row above: the table proves the order of the checks.
@pytest.mark.parametrize(
    ("price", "quantity", "code"),
    [
        (19, 1_001, RejectionCode.BELOW_MINIMUM),
        (10**15 + 1, 1_001, RejectionCode.AMOUNT_OUT_OF_RANGE),
        (21, 1_001, RejectionCode.OFF_GRID),
        (22, 1_001, RejectionCode.QUANTITY_OUT_OF_RANGE),
        (22, 9, RejectionCode.QUANTITY_OUT_OF_RANGE),
        (22, 105, RejectionCode.QUANTITY_OUT_OF_RANGE),
        (22, 410, RejectionCode.SHARE_LIMIT),
        (22, 400, RejectionCode.GUARANTEE_EXCEEDED),
        (22, 100, None),
    ],
)
def test_why_an_order_is_refused(price, quantity, code):
    rules = terms(
        floor=20,
        price_step=2,
        quantity_step=10,
        order_min=20,
        share_limit=Fraction(1, 2),
        guarantee_rule=LimitRule.REFUSE,
    )
    rejection = check_order(rules, [(30, 100)], price, quantity, guarantee=5_000)
    assert (rejection and rejection.code) == code


def test_a_bidder_may_place_only_so_many_orders():
    rules = terms(orders_max=2)
    assert check_order(rules, [(5, 5)], 5, 5) is None
    rejection = check_order(rules, [(5, 5), (5, 5)], 5, 5)
    assert rejection is not None
    assert rejection.code is RejectionCode.TOO_MANY_ORDERS


def test_without_a_share_limit_a_bidder_may_ask_for_more_than_the_supply_at_several_prices():
    assert check_order(terms(), [(9, 800)], 5, 700) is None
    one = check_order(terms(share_limit=Fraction(1)), [(9, 800)], 5, 700)
    assert one is not None
    assert one.code is RejectionCode.SHARE_LIMIT


def test_a_replaced_order_no_longer_counts_against_the_share():
    rules = terms(share_limit=Fraction(1, 2), last_order_counts=True)
    assert check_order(rules, [(5, 500)], 5, 500) is None


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("supply", {"supply": 0}),
        ("supply", {"supply": 1_005, "quantity_step": 10}),
        ("floor", {"floor": 0}),
        ("floor", {"floor": 15, "price_step": 10}),
        ("policy_reserve", {"floor": 15, "policy_reserve": 14}),
        ("order_min", {"order_min": 501, "share_limit": Fraction(1, 2)}),
        ("share_limit", {"share_limit": Fraction(3, 2)}),
        ("orders_max", {"orders_max": 0}),
        ("bidders_min", {"bidders_min": 0}),
        ("winners_share", {"winners_share": Fraction(7, 10)}),
        ("winners_share", {"pricing": Pricing.RANK, "last_order_counts": True}),
        (
            "winners_share",
            {"pricing": Pricing.RANK, "last_order_counts": True, "winners_share": Fraction(0)},
        ),
        ("last_order_counts", {"pricing": Pricing.RANK, "winners_share": Fraction(7, 10)}),
        (
            "undersubscribed",
            {
                "pricing": Pricing.RANK,
                "winners_share": Fraction(7, 10),
                "last_order_counts": True,
                "undersubscribed": UnderSubscription.CANCEL,
            },
        ),
        (
            "undersubscribed",
            {"pricing": Pricing.PAY_AS_BID, "undersubscribed": UnderSubscription.RESERVE},
        ),
        (
            "policy_reserve_rule",
            {"pricing": Pricing.PAY_AS_BID, "policy_reserve_rule": PolicyReserveRule.CANCEL},
        ),
        (
            "cost_containment",
            {
                "pricing": Pricing.PAY_AS_BID,
                "cost_containment": (ContainmentStep(trigger=2, quantity=1),),
            },
        ),
        ("cost_containment", {"cost_containment": (ContainmentStep(trigger=2, quantity=0),)}),
        (
            "cost_containment",
            {"quantity_step": 10, "cost_containment": (ContainmentStep(trigger=2, quantity=5),)},
        ),
        (
            "cost_containment",
            {"cost_containment": (ContainmentStep(trigger=2, quantity=1),) * 2},
        ),
    ],
)
def test_terms_that_contradict_each_other_name_the_field(field, fields):
    with pytest.raises(TermsError) as caught:
        terms(**fields)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"share_limit": Fraction(1, 2), "share_rule": LimitRule.CUT}, "bidder column"),
        ({"guarantee_rule": LimitRule.CUT}, "guarantee column"),
    ],
)
def test_a_column_that_the_terms_need_may_not_be_missing(fields, message):
    row = orders(THREE)
    with pytest.raises(ValueError, match=message):
        clear(terms(**fields), type(row)(price=row.price, quantity=row.quantity))


def test_guarantees_are_given_for_each_bidder():
    row = orders(THREE)
    with pytest.raises(ValueError, match="bidder column"):
        type(row)(price=row.price, quantity=row.quantity, guarantee=row.price)
    with pytest.raises(ValueError, match="one entry for each bidder"):
        type(row)(price=row.price, quantity=row.quantity, bidder=row.bidder, guarantee=row.price)
