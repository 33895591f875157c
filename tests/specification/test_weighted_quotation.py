"""权重报价: price and other scores weighed against each other."""

from fractions import Fraction

import pytest

from bidding_rules.formats.weighted import PriceWeights, WeightedBid, weighted_ranking
from bidding_rules.money import TermsError


def bid(bidder, amount, *scores):
    return WeightedBid(bidder=bidder, amount=amount, scores=tuple(Fraction(s) for s in scores))


def test_the_worked_example_of_the_rules():
    """w_p 0.6; A bids 100 with plan 90, B bids 92 with plan 99: A 96.0, B 94.8."""
    ranking = weighted_ranking(
        PriceWeights(price=6_000, others=(4_000,)), [bid("B", 92, 99), bid("A", 100, 90)]
    )
    assert [(t.bidder, t.total) for t in ranking] == [
        ("A", Fraction(96)),
        ("B", Fraction(948, 10)),
    ]


def test_in_a_purchase_the_lowest_price_has_the_full_score():
    weights = PriceWeights(price=10_000, others=(), lowest_wins=True)
    ranking = weighted_ranking(weights, [bid("A", 20), bid("B", 40), bid("C", 60)])
    assert [t.price_score for t in ranking] == [100, 50, Fraction(100, 3)]


def test_price_scores_are_rounded_half_up_where_the_notice_gives_places():
    weights = PriceWeights(price=10_000, others=(), decimals=1)
    ranking = weighted_ranking(weights, [bid("A", 2_000), bid("B", 1_245)])
    assert ranking[1].price_score == Fraction(623, 10)


def test_equal_totals_go_by_price_then_draw_then_arrival():
    weights = PriceWeights(price=5_000, others=(5_000,))
    same = [bid("A", 80, 100), bid("B", 100, 80), bid("C", 100, 80)]
    assert [t.bidder for t in weighted_ranking(weights, same)] == ["B", "C", "A"]
    drawn = weighted_ranking(weights, same, order=("C", "B"))
    assert [t.bidder for t in drawn] == ["C", "B", "A"]


def test_in_a_purchase_the_better_price_is_the_lower():
    weights = PriceWeights(price=5_000, others=(5_000,), lowest_wins=True)
    ranking = weighted_ranking(weights, [bid("A", 200, 100), bid("B", 100, 50)])
    assert [(t.bidder, t.total) for t in ranking] == [("B", 75), ("A", 75)]


def test_nobody_bidding_is_an_empty_ranking():
    assert weighted_ranking(PriceWeights(price=10_000, others=()), []) == ()


@pytest.mark.parametrize(
    ("price", "others"), [(6_000, (3_999,)), (0, (10_000,)), (11_000, (-1_000,))]
)
def test_weights_sum_up_to_the_whole(price, others):
    with pytest.raises(TermsError, match="weights"):
        PriceWeights(price=price, others=others)


def test_every_bid_has_one_score_for_each_criterion():
    with pytest.raises(TermsError, match="scores"):
        weighted_ranking(PriceWeights(price=6_000, others=(4_000,)), [bid("A", 100)])
