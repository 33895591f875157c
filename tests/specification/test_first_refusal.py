"""优先购买权: match in the room by rank, be asked at the end, or waive."""

from fractions import Fraction

import pytest

from bidding_rules.first_refusal import (
    ExercisePriority,
    FirstRefusal,
    PriorityExercised,
    WaivePriority,
    pro_rata,
)
from bidding_rules.formats.timed_terms import Phase
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import RejectionCode
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, WAN

IN_ROOM = FirstRefusal()
ASKED = FirstRefusal(in_room=False, ask_us=10 * MINUTE)
END = HOUR + 5 * MINUTE


def exercises(sale, bidder, rank, at):
    sale.accepts(ExercisePriority(bidder=bidder, rank=rank), at)
    return sale


def test_worked_example_holders_match_by_rank_and_the_ordinary_bidder_must_go_higher():
    """法释〔2016〕18号 art. 21: increment 10; A bids 500; H2, then H1 take the lead at 500."""
    sale = TimedSale(first_refusal=IN_ROOM).bids("A", 500, 1)
    sale.bids("H2", 500, 2, rank=2)
    assert sale.leader == ("H2", 500)
    sale.bids("H1", 500, 3, rank=1)
    assert sale.leader == ("H1", 500)
    assert sale.may_not_bid("A", 500, 4, RejectionCode.BELOW_MINIMUM).amount_min == 510 * WAN
    assert sale.visible == [("A", 500), ("H2*", 500), ("H1*", 500)]
    assert sale.bids("A", 510, 4).leader == ("A", 510)
    assert sale.replayed() == sale.state


def test_a_match_restarts_the_countdown():
    sale = TimedSale(first_refusal=IN_ROOM, free_us=0).bids("A", 500, MINUTE)
    assert sale.bids("H", 500, 3 * MINUTE, rank=1).closes_at == 8 * MINUTE
    assert sale.until(DAY).ended == (OutcomeKind.SOLD, "H", 500, 8 * MINUTE)


@pytest.mark.parametrize("rank", [1, 2])
def test_a_right_that_is_not_better_than_the_leader_s_cannot_match(rank):
    """Same rank: the earlier bid. A lower rank: the better right keeps the lead."""
    sale = TimedSale(first_refusal=IN_ROOM).bids("A", 500, 1).bids("H1", 500, 2, rank=1)
    refused = sale.may_not_bid("H", 500, 3, RejectionCode.NO_PRIORITY_RIGHT, rank=rank)
    assert refused.amount_min == 510 * WAN
    assert sale.bids("H", 510, 3, rank=rank).leader == ("H", 510)


def test_a_match_equals_the_highest_price_and_no_lower_one():
    sale = TimedSale(first_refusal=IN_ROOM).bids("A", 500, 1)
    sale.may_not_bid("H", 490, 2, RejectionCode.BELOW_MINIMUM, rank=1)


def test_before_the_first_bid_there_is_nothing_to_match():
    sale = TimedSale(first_refusal=IN_ROOM)
    assert sale.bids("H", 100, 1, rank=1).leader == ("H", 100)
    sale.may_not_bid("H", 100, 2, RejectionCode.ALREADY_LEADING, rank=1)


def test_where_the_notice_knows_no_right_a_rank_means_nothing():
    sale = TimedSale().bids("A", 500, 1)
    sale.may_not_bid("H", 500, 2, RejectionCode.BELOW_MINIMUM, rank=1)
    assert sale.bids("H", 510, 2, rank=1).state.leader_rank is None
    sale.refuses(WaivePriority(bidder="H"), 3, RejectionCode.NOT_OFFERED)
    sale.refuses(ExercisePriority(bidder="H", rank=1), 3, RejectionCode.NOT_OFFERED)


def test_who_waived_is_an_ordinary_bidder():
    sale = TimedSale(first_refusal=IN_ROOM).bids("A", 500, 1)
    sale.accepts(WaivePriority(bidder="H"), 2)
    assert sale.accepts(WaivePriority(bidder="H"), 2) == ()
    sale.may_not_bid("H", 500, 3, RejectionCode.NO_PRIORITY_RIGHT, rank=1)
    assert sale.bids("H", 510, 3, rank=1).state.leader_rank is None


def test_holders_are_asked_at_the_end_and_take_the_last_price():
    sale = TimedSale(first_refusal=ASKED).bids("A", 500, 1)
    sale.may_not_bid("H", 500, 2, RejectionCode.NO_PRIORITY_RIGHT, rank=2)
    sale.refuses(ExercisePriority(bidder="H", rank=2), 2, RejectionCode.WRONG_PHASE)
    sale.until(END)
    assert (sale.state.phase, sale.closes_at) == (Phase.PRIORITY, END + 10 * MINUTE)
    sale.may_not_bid("A", 510, END, RejectionCode.WRONG_PHASE)
    exercises(sale, "H", 2, END + 1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "H", 500, END + 10 * MINUTE)
    assert sale.replayed() == sale.state


def test_asked_at_the_end_the_best_rank_wins_and_of_one_rank_the_earlier():
    sale = TimedSale(first_refusal=ASKED).bids("A", 500, 1)
    exercises(sale, "H3", 3, END)
    exercises(sale, "H2", 2, END + 1)
    sale.refuses(ExercisePriority(bidder="I2", rank=2), END + 2, RejectionCode.NO_PRIORITY_RIGHT)
    sale.refuses(ExercisePriority(bidder="H3", rank=3), END + 2, RejectionCode.NO_PRIORITY_RIGHT)
    assert sale.until(DAY).ended[1] == "H2"


def test_the_first_rank_ends_the_asking():
    sale = TimedSale(first_refusal=ASKED).bids("A", 500, 1)
    exercises(sale, "H2", 2, END)
    exercises(sale, "H1", 1, END + 5)
    assert sale.ended == (OutcomeKind.SOLD, "H1", 500, END + 5)
    assert PriorityExercised(bidder="H1", rank=1, at=END + 5) in sale.events


def test_nobody_asked_answers_and_the_highest_bidder_keeps_the_object():
    """民法典 art. 727: who was told and stays away has waived."""
    sale = TimedSale(first_refusal=ASKED).bids("A", 500, 1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "A", 500, END + 10 * MINUTE)


def test_who_waived_is_not_heard_at_the_end():
    sale = TimedSale(first_refusal=ASKED).bids("A", 500, 1)
    sale.accepts(WaivePriority(bidder="H"), END)
    sale.refuses(ExercisePriority(bidder="H", rank=1), END + 1, RejectionCode.NO_PRIORITY_RIGHT)


def test_where_the_best_right_leads_already_nobody_is_asked():
    sale = TimedSale(first_refusal=ASKED).bids("H1", 500, 1, rank=1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "H1", 500, END)


def test_where_nothing_is_sold_nobody_is_asked():
    sale = TimedSale(first_refusal=ASKED, reserve=900 * WAN).bids("A", 500, 1).until(DAY)
    assert sale.ended == (OutcomeKind.RESERVE_NOT_MET, None, None, END)


def test_a_right_must_be_usable_somehow():
    with pytest.raises(TermsError, match="first_refusal: must be usable"):
        FirstRefusal(in_room=False)


def test_holders_of_one_rank_share_pro_rata():
    """公司法 art. 84, 民法典 art. 306: whole units; the rest to the largest remainders."""
    holdings = {"H1": Fraction(30, 100), "H2": Fraction(20, 100), "H3": Fraction(10, 100)}
    assert pro_rata(100, holdings) == {"H1": 50, "H2": 33, "H3": 17}
    uneven = {"H1": Fraction(13), "H2": Fraction(27), "H3": Fraction(60)}
    assert pro_rata(10, uneven) == {"H1": 1, "H2": 3, "H3": 6}
    assert pro_rata(1, {"H1": Fraction(1), "H2": Fraction(1)}) == {"H1": 1, "H2": 0}
    for wrong in ({}, {"H1": Fraction(0)}):
        with pytest.raises(ValueError, match="positive holding"):
            pro_rata(100, wrong)


def test_a_right_stands_also_behind_a_proxy_s_bids():
    """Asked at the end are only those who could go before the leader."""
    sale = TimedSale(first_refusal=ASKED, proxies_allowed=True)
    sale.accepts(SetMaximum(bidder="H1", maximum=500 * WAN, rank=1), 1)
    sale.bids("A", 200, 2)
    assert (sale.leader, sale.state.leader_rank) == (("H1", 210), 1)
    assert sale.until(DAY).ended == (OutcomeKind.SOLD, "H1", 210, END)


def test_a_holder_s_hand_bid_over_a_proxy_carries_his_right():
    sale = TimedSale(first_refusal=ASKED, proxies_allowed=True)
    sale.accepts(SetMaximum(bidder="A", maximum=300 * WAN), 1)
    sale.bids("H1", 310, 2, rank=1)
    assert (sale.leader, sale.state.leader_rank) == (("H1", 310), 1)
    sale.accepts(SetMaximum(bidder="A", maximum=320 * WAN), 3)
    assert (sale.leader, sale.state.leader_rank) == (("A", 320), None)
