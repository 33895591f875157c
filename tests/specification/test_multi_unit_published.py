"""Multi-unit sales as published: worked examples, results of real auctions, cases from elsewhere."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from bidding_rules.clearing import Tie, fill
from bidding_rules.clearing.columns import as_column
from bidding_rules.clearing.guarantees import bid_value_max
from bidding_rules.clearing.margin_ties import award_at_percentage
from bidding_rules.formats.multi_unit_terms import Pricing, UnderSubscription
from tests.support.multi_unit import sell, won

VECTORS = Path(__file__).parents[1] / "vectors" / "published.json"


def published(kind):
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["id"]) for case in cases if case["kind"] == kind]


# The worked example for Shanghai's rule: sort by price, then by time; all pay the lowest accepted bid.
SHANGHAI = [
    ("A", 80_00, 600_000),
    ("B", 78_50, 900_000),
    ("C", 75_00, 700_000),
    ("D", 75_00, 800_000),
    ("E", 70_00, 500_000),
]


def test_shanghai_fills_by_price_then_time_and_all_pay_the_lowest_accepted_bid():
    outcome = sell(SHANGHAI, supply=2_800_000, floor=69_10)
    assert outcome.price == 75_00
    assert won(SHANGHAI, outcome) == {"A": 600_000, "B": 900_000, "C": 700_000, "D": 600_000}
    assert outcome.revenue == 210_000_000_00
    assert outcome.winners == 4
    assert outcome.unsold == 0


def test_the_same_fills_at_own_prices_bring_more():
    outcome = sell(SHANGHAI, supply=2_800_000, floor=69_10, pricing=Pricing.PAY_AS_BID)
    assert outcome.price is None
    assert outcome.revenue == 216_150_000_00
    assert outcome.payment(1) == 78_50 * 900_000


def test_with_more_on_offer_than_asked_for_all_are_filled_at_the_lowest_bid():
    outcome = sell(SHANGHAI, supply=4_000_000, floor=69_10)
    assert outcome.price == 70_00
    assert outcome.unsold == 500_000
    assert outcome.sold == 3_500_000


def test_shenzhen_2022_mean_price_of_a_pay_as_bid_sale():
    # 580,764 t from 42 to 100 yuan, 25,259,068.52 yuan in all: 43.49 on the average (result notice).
    # The individual bids are not published; these have its quantity, its total and its extremes.
    low = 580_764 - 2
    rest = 25_259_068_52 - 100_00 - 42_00
    price, more = divmod(rest, low)
    rows = [
        ("first", 100_00, 1),
        ("some", price + 1, more),
        ("many", price, low - more),
        ("last", 42_00, 1),
    ]
    outcome = sell(rows, supply=580_764, floor=29_64, pricing=Pricing.PAY_AS_BID)
    assert outcome.revenue == 25_259_068_52
    assert outcome.sold == 580_764
    assert outcome.mean_price == Fraction(25_259_068_52, 580_764)
    assert round(outcome.mean_price) == 43_49


@pytest.mark.parametrize(("bidders", "winners"), [(1, 1), (2, 1), (3, 2), (5, 4), (7, 5), (10, 7)])
def test_zhejiang_first_seventy_percent_of_the_bidders_win(bidders, winners):
    rows = [(f"bidder {i}", 4_000_00 + i, 1) for i in range(bidders)]
    outcome = sell(
        rows,
        pricing=Pricing.RANK,
        winners_share=Fraction(7, 10),
        last_order_counts=True,
        floor=4_000_00,
    )
    assert outcome.winners == winners
    assert won(rows, outcome) == {bidder: 1 for bidder, _, _ in rows[bidders - winners :]}


@pytest.mark.parametrize("case", published("uniform_price"))
def test_published_uniform_price_cases(case):
    given, expected = case["input"], case["expect"]
    scale = 10**11
    rows = [(b["bidder"], int(Decimal(b["price"]) * scale), b["qty"]) for b in given["bids"]]
    undersubscribed = {
        "cancel": UnderSubscription.CANCEL,
        "lowest": UnderSubscription.LOWEST_BID,
        "reserve": UnderSubscription.RESERVE,
    }[given.get("undersubscribed", "lowest")]
    outcome = sell(
        rows,
        supply=given["supply"],
        floor=int(Decimal(given.get("reserve", "0.00000000001")) * scale),
        undersubscribed=undersubscribed,
    )
    price = expected["price"]
    assert outcome.price == (None if price is None else int(Decimal(price) * scale))
    assert won(rows, outcome) == expected["alloc"]
    assert outcome.unsold == expected["unsold"]


@pytest.mark.parametrize("case", published("uniform_price_aggregate"))
def test_published_results_add_up(case):
    given, expected = case["input"], case["expect"]
    price = int(Decimal(given["uniform_price"]) * 100)
    outcome = sell([("all", price, given["valid_volume"])], supply=given["supply"])
    assert outcome.revenue == int(Decimal(expected["total"]) * 100)
    assert outcome.unsold == int(expected["unsold"])


@pytest.mark.parametrize("case", published("pro_rata_margin"))
def test_published_awards_at_a_percentage(case):
    given = case["input"]
    parts = int(Decimal(given["percent"]) * 100)
    award = award_at_percentage(int(given["bid"]), parts, given["multiple"], given["minimum"])
    assert award == int(case["expect"])


@pytest.mark.parametrize("case", published("pro_rata_floor_random"))
def test_published_shares_floored_with_a_random_rest(case):
    given, expected = case["input"], case["expect"]
    names = list(given["demand"])
    filled = fill(
        as_column([1] * len(names)),
        as_column(given["demand"].values()),
        supply=given["available"],
        tie=Tie.FLOOR_THEN_RANDOM,
        rank=as_column(given["random_order"].index(name) for name in names),
    )
    assert dict(zip(names, filled.allocation, strict=True)) == expected


@pytest.mark.parametrize("case", published("bid_guarantee"))
def test_published_maximum_bid_values(case):
    bids = [(int(Decimal(price) * 100), quantity) for price, quantity in case["input"]["bids"]]
    assert bid_value_max(bids) == int(Decimal(case["expect"]) * 100)
