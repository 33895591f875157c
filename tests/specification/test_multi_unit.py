"""The settings of a multi-unit sale: each does what the notice says."""

from fractions import Fraction

import pytest

from bidding_rules.clearing import Tie
from bidding_rules.formats.multi_unit import clear
from bidding_rules.formats.multi_unit_terms import (
    ContainmentStep,
    LimitRule,
    PolicyReserveRule,
    Pricing,
    SaleStatus,
    UnderSubscription,
)
from tests.support.multi_unit import orders, sell, terms, won

THREE = [("ann", 30, 600), ("bob", 29, 300), ("cai", 28, 200)]


def test_the_price_of_the_highest_rejected_bid():
    rows = [("ann", 30, 600), ("bob", 29, 400), ("cai", 28, 200), ("dan", 27, 10)]
    outcome = sell(rows, pricing=Pricing.HIGHEST_REJECTED)
    assert outcome.price == 28
    assert outcome.lowest_accepted == 29


def test_a_bid_filled_in_part_is_both_the_lowest_accepted_and_the_highest_rejected():
    outcome = sell(THREE, pricing=Pricing.HIGHEST_REJECTED)
    assert outcome.price == outcome.lowest_accepted == outcome.highest_rejected == 28


def test_when_nothing_is_rejected_the_highest_rejected_price_is_the_reserve():
    outcome = sell(
        [("ann", 30, 1_000)],
        pricing=Pricing.HIGHEST_REJECTED,
        undersubscribed=UnderSubscription.CANCEL,
        floor=20,
    )
    assert outcome.price == 20


@pytest.mark.parametrize(
    ("rule", "asked", "status", "price"),
    [
        (UnderSubscription.CANCEL, 999, SaleStatus.UNDERSUBSCRIBED, None),
        (UnderSubscription.CANCEL, 1_000, SaleStatus.SOLD, 25),
        (UnderSubscription.LOWEST_BID, 999, SaleStatus.SOLD, 25),
        (UnderSubscription.RESERVE, 999, SaleStatus.SOLD, 20),
        (UnderSubscription.RESERVE, 1_000, SaleStatus.SOLD, 20),
        (UnderSubscription.RESERVE, 1_001, SaleStatus.SOLD, 25),
    ],
)
def test_too_little_demand(rule, asked, status, price):
    outcome = sell([("ann", 30, 1), ("bob", 25, asked - 1)], floor=20, undersubscribed=rule)
    assert (outcome.status, outcome.price) == (status, price)
    assert outcome.sold == (0 if status is SaleStatus.UNDERSUBSCRIBED else min(asked, 1_000))


def test_nobody_ordered():
    outcome = sell([])
    assert outcome.status is SaleStatus.NO_ORDERS
    assert outcome.unsold == 1_000
    assert outcome.mean_price is None


def test_all_orders_below_the_policy_reserve_sell_nothing():
    assert sell(THREE, policy_reserve=31).status is SaleStatus.NO_ORDERS


def test_nothing_trades_below_the_policy_reserve():
    outcome = sell(THREE, policy_reserve=29)
    assert won(THREE, outcome) == {"ann": 600, "bob": 300}
    assert outcome.price == 29


@pytest.mark.parametrize(
    ("reserve", "status"), [(28, SaleStatus.SOLD), (29, SaleStatus.RESERVE_NOT_MET)]
)
def test_a_clearing_price_below_the_policy_reserve_cancels_where_the_rule_says_so(reserve, status):
    outcome = sell(THREE, policy_reserve=reserve, policy_reserve_rule=PolicyReserveRule.CANCEL)
    assert outcome.status is status
    assert outcome.demand == 1_100


def test_fewer_bidders_than_asked_for_sell_nothing():
    rows = [("ann", 30, 600), ("ann", 29, 300)]
    assert sell(rows, bidders_min=2).status is SaleStatus.TOO_FEW_BIDDERS
    assert sell([*rows, ("bob", 28, 1)], bidders_min=2).status is SaleStatus.SOLD


def test_the_last_order_of_a_bidder_counts_with_its_own_time():
    rows = [("ann", 30, 900), ("bob", 30, 700), ("ann", 30, 800)]
    outcome = sell(rows, last_order_counts=True)
    assert list(outcome.allocation) == [0, 700, 300]


TIED = [("ann", 30, 500), ("bob", 25, 600), ("cai", 25, 300), ("dan", 25, 100)]


@pytest.mark.parametrize(
    ("tie", "shares"),
    [
        (Tie.TIME, [500, 500, 0, 0]),
        (Tie.RANDOM_ORDER, [500, 100, 300, 100]),
        (Tie.FLOOR_THEN_RANDOM, [500, 300, 150, 50]),
        (Tie.ROUND_UP, [500, 300, 150, 50]),
    ],
)
def test_ties_at_the_margin(tie, shares):
    outcome = sell(TIED, tie=tie, rank=[0, 9, 3, 1])
    assert list(outcome.allocation) == shares
    assert outcome.price == 25


def test_the_rest_of_floored_shares_goes_out_in_whole_steps_in_the_random_order():
    rows = [("ann", 25, 500), ("bob", 25, 300), ("cai", 25, 200)]
    outcome = sell(rows, supply=330, quantity_step=10, tie=Tie.FLOOR_THEN_RANDOM, rank=[1, 2, 0])
    assert list(outcome.allocation) == [170, 90, 70]


def test_rounding_up_may_sell_a_little_more_than_is_offered():
    rows = [("ann", 25, 700), ("bob", 25, 700)]
    outcome = sell(rows, supply=1_000, quantity_step=100, tie=Tie.ROUND_UP)
    assert list(outcome.allocation) == [600, 600]  # 71.43 % of 700, up to the next hundred.
    assert (outcome.sold, outcome.unsold) == (1_200, 0)


def test_a_random_order_must_have_been_fixed_beforehand():
    with pytest.raises(ValueError, match="fixed before the auction"):
        sell(TIED, tie=Tie.RANDOM_ORDER)


def test_lots_above_a_bidders_share_are_cut_lowest_price_first():
    rows = [("ann", 28, 300), ("ann", 30, 400), ("ann", 30, 200), ("bob", 25, 400)]
    outcome = sell(rows, share_limit=Fraction(1, 2), share_rule=LimitRule.CUT)
    assert list(outcome.allocation) == [0, 400, 100, 400]


def test_lots_above_the_guarantee_are_cut_lowest_price_first():
    rows = [("ann", 10, 20), ("ann", 100, 5), ("bob", 50, 10)]
    outcome = sell(rows, guarantee={"ann": 400, "bob": 499}, guarantee_rule=LimitRule.CUT, floor=1)
    assert list(outcome.allocation) == [20, 4, 9]


def test_cost_containment_releases_what_takes_the_price_down_to_the_trigger_and_no_more():
    rows = [("ann", 50, 1_000), ("bob", 45, 100), ("cai", 41, 100), ("dan", 39, 500)]
    step = (ContainmentStep(trigger=40, quantity=1_000),)
    outcome = sell(rows, cost_containment=step)
    assert outcome.supply == 1_200
    assert outcome.price == 41
    assert sell(rows, cost_containment=step, pricing=Pricing.HIGHEST_REJECTED).price == 40


def test_a_small_reserve_is_sold_out_and_the_next_step_follows():
    rows = [("ann", 50, 1_000), ("bob", 50, 100), ("cai", 48, 50), ("dan", 47, 70)]
    steps = (ContainmentStep(trigger=40, quantity=100), ContainmentStep(trigger=46, quantity=50))
    assert sell(rows, cost_containment=steps).supply == 1_150
    assert sell(rows, cost_containment=steps).price == 48


def test_rggi_sells_its_reserve_out_at_the_trigger():
    # Auction 23, March 2014: 18,491,350 and 5,000,000 from the reserve, all at the trigger of 4 dollars.
    # Individual bids are secret; these ask for just the whole at 4 dollars and for more below.
    rows = [("high", 5_00, 18_491_350), ("at", 4_00, 5_000_000), ("low", 3_99, 1_000_000)]
    outcome = sell(
        rows,
        supply=18_491_350,
        cost_containment=(ContainmentStep(trigger=4_00, quantity=5_000_000),),
    )
    assert (outcome.sold, outcome.price) == (23_491_350, 4_00)


def test_a_price_at_the_trigger_releases_nothing():
    rows = [("ann", 40, 1_500)]
    step = (ContainmentStep(trigger=40, quantity=1_000),)
    assert sell(rows, cost_containment=step).supply == 1_000


def test_payments_in_decimals_of_a_tonne_are_rounded_half_up():
    outcome = sell([("ann", 101, 5)], quantity_scale=10)
    assert outcome.payment(0) == 51  # 0.5 t at 1.01 yuan.
    assert outcome.revenue == 51


def test_orders_need_no_bidder_column_where_no_rule_is_by_bidder():
    row = orders(THREE)
    plain = clear(terms(), type(row)(price=row.price, quantity=row.quantity))
    assert list(plain.allocation) == [600, 300, 100]
    assert plain.winners == 3
