"""竞配建 / 竞自持: at the cap the price stands still and bidders go on in area or share."""

import pytest

from bidding_rules.formats import second_dimension
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.timed_terms import Bid, Phase
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.follow_up import CAP, FollowUp, capped
from tests.support.units import MINUTE

SQM = 100


def area(**changes):
    """Public housing: first bid 500 ㎡, steps of 100 ㎡."""
    return SecondDimensionTerms(
        **{
            "dimension": Dimension.AREA,
            "start": 500 * SQM,
            "increment": 100 * SQM,
            "first_us": 10 * MINUTE,
            "limited_us": 4 * MINUTE,
            **changes,
        }
    )


def share(**changes):
    """Self-held share: from 5 % in steps of 5 %, at most 100 %."""
    return area(
        **{
            "dimension": Dimension.SHARE,
            "start": 500,
            "increment": 500,
            "maximum": 10_000,
            **changes,
        }
    )


class Second(FollowUp):
    def __init__(self, terms, *contenders):
        super().__init__(second_dimension, terms, capped(*contenders))

    def bids(self, bidder, amount, at):
        self.accepts(Bid(bidder=bidder, amount=amount), at)
        return self


def test_the_largest_area_wins_and_pays_the_cap():
    sale = Second(area(), "ann").bids("bob", 500 * SQM, 9 * MINUTE)
    assert second_dimension.due_at(sale.state) == 13 * MINUTE
    sale.bids("ann", 700 * SQM, 12 * MINUTE).until(60 * MINUTE)
    assert sale.ended == (OutcomeKind.SOLD, "ann", CAP, 700 * SQM, 16 * MINUTE)
    assert sale.state.phase is Phase.ENDED
    assert sale.replayed() == sale.state


def test_bids_follow_the_start_and_the_step_of_the_dimension():
    sale = Second(area(), "ann")
    refused = sale.refuses(Bid(bidder="b", amount=499 * SQM), 1, RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 500 * SQM
    sale.refuses(Bid(bidder="b", amount=550 * SQM), 1, RejectionCode.OFF_GRID)


def test_nobody_bids_on_and_who_reached_the_cap_first_wins():
    sale = Second(area(), "ann").until(60 * MINUTE)
    assert sale.ended == (OutcomeKind.SOLD, "ann", CAP, 0, 10 * MINUTE)
    nobody = Second(area()).until(60 * MINUTE)
    assert nobody.ended[0] is OutcomeKind.NO_BIDS


def test_a_share_cannot_exceed_100_percent():
    sale = Second(share(), "ann")
    refused = sale.refuses(Bid(bidder="b", amount=10_500), 1, RejectionCode.ABOVE_CAP)
    assert refused.amount_max == 10_000


def test_one_at_100_percent_wins_and_several_go_on_to_a_draw():
    one = Second(share(), "ann").bids("bob", 10_000, 1).until(60 * MINUTE)
    assert one.ended == (OutcomeKind.SOLD, "bob", CAP, 10_000, 10 * MINUTE)
    several = Second(share(), "ann").bids("bob", 10_000, 1).bids("ann", 10_000, 9 * MINUTE)
    several.until(60 * MINUTE)
    assert several.ended == (OutcomeKind.CAPPED, None, CAP, 10_000, 13 * MINUTE)
    assert several.state.outcome.contenders == ("bob", "ann")


def test_money_on_top_is_a_dimension_too():
    sale = Second(area(dimension=Dimension.MONEY), "ann").bids("bob", 500 * SQM, 1)
    assert sale.until(60 * MINUTE).ended[:4] == (OutcomeKind.SOLD, "bob", CAP, 500 * SQM)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("maximum", {"maximum": None}),
        ("maximum", {"maximum": 10_500}),
        ("maximum", {"maximum": 9_900}),
        ("maximum", {"maximum": "all"}),
        ("start", {"start": 0}),
        ("increment", {"increment": 0}),
        ("first_us", {"first_us": 0}),
        ("limited_us", {"limited_us": 0}),
    ],
)
def test_bad_terms_are_refused_and_the_field_is_named(field, wrong):
    with pytest.raises(TermsError) as refused:
        share(**wrong)
    assert refused.value.field == field
