"""Kind `uniform_price` with the settings of real notices; the outcomes were worked out by hand."""

import pytest

from bidding_rules.cases import CaseError, run_case


def bids(*rows):
    return [{"bidder": b, "price": p, "qty": q} for b, p, q in rows]


def timed(*rows):
    return [{"bidder": b, "price": p, "qty": q, "time": t} for b, p, q, t in rows]


def outcome_of(given):
    return run_case({"kind": "uniform_price", "input": given})


ONE_EACH = bids(("A", 9, 40), ("B", 8, 40), ("C", 7, 40), ("D", 6, 40))
SHANGHAI = bids(
    ("A", "80.00", 600_000),
    ("B", "78.50", 900_000),
    ("C", "75.00", 700_000),
    ("D", "75.00", 800_000),
    ("E", "70.00", 500_000),
)
ZHEJIANG = timed(("A", 4100, 5, 1), ("B", 4300, 5, 2), ("C", 4200, 5, 3), ("A", 4250, 6, 4))

SETTINGS = [
    # 最低申报量: an order below it is refused (Guangdong 2015)
    ({"order_min": 50, "bids": bids(("A", 9, 49), ("B", 8, 50))}, 8, {"B": 50}, 50),
    # 价格最小变动单位, quantities in whole steps
    ({"price_step": 2, "bids": bids(("A", 9, 40), ("B", 8, 40))}, 8, {"B": 40}, 60),
    ({"quantity_step": 10, "bids": bids(("A", 9, 45), ("B", 8, 40))}, 8, {"B": 40}, 60),
    # pro rata in whole steps: 100 x 60/90 = 66 and 33, floored to 60 and 30; one step more by the draw
    (
        {
            "quantity_step": 10,
            "bids": bids(("A", 9, 60), ("B", 9, 30), ("C", 9, 90)),
            "tie": "pro_rata",
            "random_order": ["B", "C", "A"],
        },
        9,
        {"A": 30, "B": 20, "C": 50},
        0,
    ),
    # 单一主体竞买上限: the order that exceeds it is refused (Guangdong) or cut (Quebec)
    (
        {"share_limit": "0.5", "bids": bids(("A", 9, 40), ("A", 8, 20), ("B", 7, 30))},
        7,
        {"A": 40, "B": 30},
        30,
    ),
    (
        {
            "share_limit": "1/2",
            "share_rule": "cut",
            "bids": bids(("A", 9, 40), ("A", 8, 20), ("B", 7, 30)),
        },
        7,
        {"A": 50, "B": 30},
        20,
    ),
    # without a share limit a bidder may ask for more than there is, at several prices
    ({"order_min": 1, "bids": bids(("A", 9, 80), ("A", 8, 80))}, 8, {"A": 100}, 0),
    ({"orders_max": 1, "bids": bids(("A", 9, 40), ("A", 8, 40))}, 9, {"A": 40}, 60),
    # 政策保留价: nothing trades below it (Guangdong), or a price below it cancels (EU art. 7(6))
    ({"policy_reserve": 8, "bids": ONE_EACH}, 8, {"A": 40, "B": 40}, 20),
    (
        {"policy_reserve": 8, "policy_reserve_rule": "cancel", "bids": ONE_EACH},
        None,
        {},
        100,
    ),
    ({"bidders_min": 3, "bids": bids(("A", 9, 90), ("B", 8, 90))}, None, {}, 100),
    # a bid guarantee: 9 x 40 = 360 is covered; 8 x 80 = 640 is not (WAC 173-446-325)
    (
        {"guarantees": {"A": 400}, "bids": bids(("A", 9, 40), ("A", 8, 40), ("B", 8, 10))},
        9,
        {"A": 40},
        60,
    ),
    (
        {
            "guarantees": {"A": 400, "B": 80},
            "guarantee_rule": "cut",
            "bids": bids(("A", 9, 40), ("A", 8, 40), ("B", 8, 10)),
        },
        8,
        {"A": 50, "B": 10},
        40,
    ),
    # cost containment: the price would be 9; at 8 there is demand for 80: 40 of the 50 are released
    (
        {"supply": 40, "cost_containment": [[8, 50]], "bids": ONE_EACH[:3]},
        8,
        {"A": 40, "B": 40},
        0,
    ),
    # the earlier of equals is the one with the earlier time, wherever it stands
    (
        {"supply": 50, "bids": timed(("A", 9, 40, 2), ("B", 9, 40, "1.5"))},
        9,
        {"A": 10, "B": 40},
        0,
    ),
    # a draw that is given decides, also when no tie rule is named
    (
        {"supply": 50, "random_order": ["B"], "bids": bids(("A", 9, 40), ("B", 9, 40))},
        9,
        {"A": 10, "B": 40},
        0,
    ),
    # names may be whole numbers
    (
        {"supply": 50, "random_order": [2, "1"], "bids": bids((1, 9, 40), (2, 9, 40))},
        9,
        {"1": 10, "2": 40},
        0,
    ),
]


@pytest.mark.parametrize(("given", "price", "alloc", "unsold"), SETTINGS)
def test_a_setting_of_the_notice(given, price, alloc, unsold):
    outcome = outcome_of({"supply": 100, **given})
    assert outcome == {"price": price, "alloc": alloc, "unsold": unsold}


def test_where_each_pays_his_own_price_the_outcome_says_what():
    outcome = outcome_of({"supply": 2_800_000, "pricing": "pay_as_bid", "bids": SHANGHAI})
    assert outcome["price"] is None
    assert outcome["payments"] == {
        "A": "48000000.00",
        "B": "70650000.00",
        "C": "52500000.00",
        "D": "45000000.00",
    }


def test_the_first_seventy_percent_of_the_bidders_win_each_with_his_last_bid():
    outcome = outcome_of(
        {"supply": 100, "pricing": "rank", "winners_share": "0.7", "bids": ZHEJIANG}
    )
    assert outcome["alloc"] == {"A": 6, "B": 5}
    assert outcome["payments"] == {"A": 6 * 4250, "B": 5 * 4300}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bids": timed(("A", 9, 40, 1)) + bids(("B", 9, 40))}, "bids[1].time"),
        ({"bids": [{"bidder": True, "price": 1, "qty": 1}]}, "bids[0].bidder"),
        ({"bids": [{"bidder": "A", "price": 1, "qty": 1, "colour": 1}]}, "bids[0].colour"),
        ({"share_limit": "1.5"}, "share_limit"),
        ({"share_limit": 0}, "share_limit"),
        ({"share_rule": "beg"}, "share_rule"),
        ({"order_min": 101}, "order_min"),
        ({"orders_max": 0}, "orders_max"),
        ({"price_step": 2, "reserve": 5}, "reserve"),
        ({"quantity_step": 3}, "supply"),
        ({"pricing": "rank"}, "winners_share"),
        ({"pricing": "pay_as_bid", "reserve": 1, "undersubscribed": "reserve"}, "undersubscribed"),
        ({"cost_containment": [[8]]}, "cost_containment[0]"),
        ({"cost_containment": [[8, 1], [7, 1]]}, "cost_containment"),
        ({"guarantees": {"A": -1}}, "guarantees.A"),
        ({"random_order": ["A", "A"]}, "random_order[1]"),
    ],
)
def test_a_setting_that_cannot_stand_is_named(changes, field):
    with pytest.raises(CaseError) as error:
        outcome_of({"supply": 100, "bids": ONE_EACH, **changes})
    assert error.value.field == f"input.{field}"
