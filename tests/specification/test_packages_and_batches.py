"""Package auctions (组合竞价) and batches of money orders."""

from fractions import Fraction

import pytest

from bidding_rules.formats.money_batch import ClearedBy, MoneyOrder, batch_result
from bidding_rules.formats.packages import PackageBid, PackagePricing, package_result
from bidding_rules.money import TermsError


def bid(bidder, value, **bundle):
    return PackageBid(bidder=bidder, value=value, bundle=bundle)


def test_the_most_valuable_feasible_set_wins():
    result = package_result(
        {"a": 1, "b": 1}, [[bid("x", 6, a=1, b=1)], [bid("y", 4, a=1)], [bid("z", 3, b=1)]]
    )
    assert result.welfare == 7
    assert dict(result.payments) == {"y": 3, "z": 2}


def test_equally_valuable_sets_go_by_the_order_of_the_bids_or_a_draw():
    groups = [[bid("x", 5, a=1)], [bid("y", 5, a=1)], [bid("z", 5, a=1)]]
    assert package_result({"a": 1}, groups).winners == (groups[0][0],)
    drawn = package_result({"a": 1}, groups, order=("z", "y"))
    assert drawn.winners == (groups[2][0],)


def test_within_a_group_the_earlier_of_equal_bids_wins():
    group = [bid("x", 5, a=1), bid("x", 5, b=1)]
    assert package_result({"a": 1, "b": 1}, [group]).winners == (group[0],)


def test_who_wins_in_several_groups_pays_once_for_all():
    groups = [[bid("x", 5, a=1)], [bid("x", 4, b=1)], [bid("y", 3, a=1)], [bid("z", 2, b=1)]]
    assert dict(package_result({"a": 1, "b": 1}, groups).payments) == {"x": 5}


def test_a_worthless_bid_never_wins():
    assert package_result({"a": 1}, [[bid("x", 0, a=1)]]).winners == ()


def test_the_reserve_is_the_least_a_bundle_costs():
    groups = [[bid("x", 10, a=2)], [bid("y", 3, a=1)]]
    result = package_result({"a": 3}, groups, reserve={"a": 4})
    assert dict(result.payments) == {"x": 8}


def test_pay_as_bid_charges_the_bids():
    result = package_result(
        {"a": 1}, [[bid("x", 5, a=1)], [bid("y", 4, a=1)]], pricing=PackagePricing.FIRST
    )
    assert dict(result.payments) == {"x": 5}


@pytest.mark.parametrize(
    ("supply", "groups", "field"),
    [
        ({"a": -1}, [], "supply.a"),
        ({"a": 1}, [[bid("x", -1, a=1)]], "xor_groups[0][0].value"),
        ({"a": 1}, [[], [bid("x", 1, b=1)]], "xor_groups[1][0].bundle.b"),
        ({"a": 1}, [[bid("x", 1, a=-1)]], "xor_groups[0][0].bundle.a"),
        ({f"i{n}": 1 for n in range(20)},
         [[bid("x", 1, i0=1)]] * 20, "xor_groups"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_exactly_is_refused_by_field(supply, groups, field):
    with pytest.raises(TermsError) as error:
        package_result(supply, groups)
    assert error.value.field == field


def orders(*rows):
    return [MoneyOrder(money=Fraction(m), quantity_min=Fraction(q)) for m, q in rows]


def test_an_order_bought_in_part_sets_the_price():
    result = batch_result(Fraction(10), Fraction(0), orders(("1000", "4"), ("1500", "13.5")))
    assert (result.price, result.by) == (Fraction(1000, 9), ClearedBy.ORDER)
    assert result.marginal_money == Fraction(1000, 9)
    assert result.money == Fraction(10_000, 9)


def test_money_that_buys_everything_between_two_limits_sets_its_own_price():
    result = batch_result(Fraction(10), Fraction(0), orders(("1000", "8"), ("10", "1")))
    assert (result.price, result.by, result.unsold) == (100, ClearedBy.DEMAND, 0)


def test_too_little_money_buys_at_the_seller_s_minimum_and_leaves_the_rest():
    result = batch_result(Fraction(10), Fraction(2_000), orders(("500", "2")))
    assert (result.price, result.by, result.unsold) == (200, ClearedBy.RESERVE, Fraction(15, 2))


def test_without_a_minimum_and_without_orders_nothing_is_sold():
    result = batch_result(Fraction(10), Fraction(0), [])
    assert (result.price, result.unsold) == (0, 10)


def test_orders_are_ranked_by_limit_price_whatever_their_arrival():
    one = batch_result(Fraction(10), Fraction(0), orders(("1000", "4"), ("1500", "13.5")))
    assert batch_result(Fraction(10), Fraction(0), orders(("1500", "13.5"), ("1000", "4"))) == one


EASY_AUCTION = [
    # settleAuction in test/contract/EasyAuction.spec.ts of Gnosis, its cases 1 to 8 and 10
    (1, 1, [("2", "0.2"), ("2", "1"), ("2.01", "2")], ("2", ClearedBy.ORDER, 0)),
    (1, 1, [("2", "0.5"), ("1.01", "1")], ("2", ClearedBy.DEMAND, 0)),
    (500, 1, [("1", "1"), ("1", "1"), ("1", "1")], ("3/500", ClearedBy.DEMAND, 0)),
    (5, 1, [("0.1", "0.1")], ("1/5", ClearedBy.RESERVE, 0)),
    (1, "0.5", [("0.5", "0.5"), ("0.5", "0.5")], ("1", ClearedBy.ORDER, "1/2")),
    (500, 1, [("1", "1")], ("1/500", ClearedBy.RESERVE, 0)),
    (1, "0.5", [("0.5", "0.5")] * 2 + [("0.5", "0.6")], ("1", ClearedBy.ORDER, "1/2")),
    (1000, 1000, [], ("1", ClearedBy.RESERVE, 0)),
    (1, 1, [("20", "10")], ("2", ClearedBy.ORDER, 2)),
]


@pytest.mark.parametrize(("supply", "least", "rows", "expected"), EASY_AUCTION)
def test_cases_of_easy_auction(supply, least, rows, expected):
    result = batch_result(Fraction(supply), Fraction(least), orders(*rows))
    price, by, marginal = expected
    assert (result.price, result.by) == (Fraction(price), by)
    assert result.marginal_money == Fraction(marginal)


def test_of_equal_limits_the_smaller_order_is_served_first():
    result = batch_result(Fraction(4), Fraction(0), orders(("3", "3"), ("2", "2")))
    assert (result.by, result.marginal_money) == (ClearedBy.ORDER, 2)


@pytest.mark.parametrize(
    ("supply", "rows", "field"), [(0, [], "supply"), (1, [("0", "1")], "orders")]
)
def test_amounts_of_a_batch_are_above_zero(supply, rows, field):
    with pytest.raises(TermsError) as error:
        batch_result(Fraction(supply), Fraction(0), orders(*rows))
    assert error.value.field == field
