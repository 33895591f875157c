"""委托出价: a secret maximum bids for its owner, no more than it must."""

import pytest

from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.formats.timed_terms import ConfirmParticipation
from bidding_rules.increments import Increments, Step, fixed
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.proxies import MaximumSet, SetMaximum
from bidding_rules.rejections import RejectionCode
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, WAN


class ProxySale(TimedSale):
    def __init__(self, **changes):
        super().__init__(proxies_allowed=True, **changes)

    def leaves(self, bidder, wan, at):
        self.accepts(SetMaximum(bidder=bidder, maximum=wan * WAN), at)
        return self

    def may_not_leave(self, bidder, wan, at, code):
        return self.refuses(SetMaximum(bidder=bidder, maximum=wan * WAN), at, code)


def test_a_lone_maximum_bids_the_start_price():
    sale = ProxySale().leaves("ann", 500, 1)
    assert sale.visible == [("ann", 100)]
    assert sale.events[0] == MaximumSet(bidder="ann", maximum=500 * WAN, at=1)


def test_a_bid_by_hand_is_answered_one_increment_above():
    sale = ProxySale().leaves("ann", 500, 1).bids("bob", 150, 2)
    assert sale.visible == [("ann", 100), ("bob", 150), ("ann", 160)]


def test_of_two_maxima_the_higher_leads_one_increment_above_the_lower():
    stays = ProxySale().leaves("ann", 500, 1).leaves("bob", 300, 2)
    assert stays.visible == [("ann", 100), ("bob", 300), ("ann", 310)]
    falls = ProxySale().leaves("ann", 300, 1).leaves("bob", 500, 2)
    assert falls.visible == [("ann", 100), ("bob", 310)]


def test_of_equal_maxima_the_first_leads_at_that_amount():
    sale = ProxySale().leaves("ann", 300, 1).leaves("bob", 300, 2)
    assert sale.visible == [("ann", 100), ("bob", 300), ("ann*", 300)]
    assert sale.leader == ("ann", 300)
    assert sale.bids("bob", 310, 3).leader == ("bob", 310)


def test_a_bid_by_hand_that_equals_the_maximum_comes_second():
    sale = ProxySale().leaves("ann", 300, 1).bids("bob", 300, 2)
    assert sale.visible[1:] == [("bob", 300), ("ann*", 300)]


def test_where_less_than_an_increment_is_left_the_first_still_leads():
    sale = ProxySale().leaves("ann", 305, 1).leaves("bob", 309, 2)
    assert sale.visible == [("ann", 100), ("bob", 300), ("ann*", 300)]


def test_a_maximum_off_the_grid_bids_whole_increments_only():
    assert ProxySale().leaves("ann", 509, 1).bids("bob", 490, 2).leader == ("ann", 500)
    assert ProxySale().leaves("ann", 499, 1).bids("bob", 490, 2).leader == ("ann", 490)
    assert ProxySale().leaves("ann", 489, 1).bids("bob", 490, 2).leader == ("bob", 490)


def test_a_maximum_is_used_to_its_last_fen():
    sale = ProxySale().leaves("ann", 500, 1).bids("bob", 490, 2)
    assert sale.visible[1:] == [("bob", 490), ("ann", 500)]
    close = ProxySale().leaves("ann", 110, 1).leaves("bob", 200, 2)
    assert close.visible[1:] == [("bob", 120)]


def test_a_proxy_does_not_answer_its_own_bidder():
    sale = ProxySale(leader_may_raise=True).leaves("ann", 500, 1).bids("ann", 250, 2)
    assert sale.visible == [("ann", 100), ("ann", 250)]


def test_a_hand_bid_above_one_s_own_maximum_leaves_nothing_to_answer_with():
    sale = ProxySale(leader_may_raise=True).leaves("ann", 110, 1).bids("ann", 250, 2)
    assert sale.leaves("bob", 400, 3).visible[2:] == [("bob", 260)]


def test_the_smallest_and_the_largest_maximum_are_amounts():
    sale = ProxySale(start=1, increments=fixed(1))
    sale.accepts(SetMaximum(bidder="ann", maximum=1), 1)
    sale.accepts(SetMaximum(bidder="bob", maximum=10**15), 2)
    too_much = SetMaximum(bidder="bob", maximum=10**15 + 1)
    sale.refuses(too_much, 3, RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_the_leader_s_hand_bid_is_overtaken_by_the_next_minimum_only():
    sale = ProxySale().bids("ann", 250, 1).leaves("bob", 400, 2)
    assert sale.visible == [("ann", 250), ("bob", 260)]


def test_the_leader_may_raise_his_maximum_unseen_and_the_close_stays():
    sale = ProxySale(free_us=0).leaves("ann", 200, 1)
    closes_at = sale.closes_at
    sale.leaves("ann", 400, MINUTE)
    assert (sale.visible, sale.closes_at) == ([("ann", 100)], closes_at)
    assert sale.bids("bob", 300, 2 * MINUTE).leader == ("ann", 310)


def test_the_leader_may_lower_his_maximum_down_to_the_price():
    sale = ProxySale().leaves("ann", 400, 1).bids("bob", 150, 2)
    refused = sale.may_not_leave("ann", 159, 3, RejectionCode.PROXY_TOO_LOW)
    assert refused.amount_min == 160 * WAN
    assert sale.leaves("ann", 160, 3).bids("bob", 170, 4).leader == ("bob", 170)


def test_others_may_not_leave_less_than_the_next_minimum():
    sale = ProxySale().bids("ann", 100, 1)
    refused = sale.may_not_leave("bob", 109, 2, RejectionCode.PROXY_TOO_LOW)
    assert refused.amount_min == 110 * WAN


def test_an_overtaken_maximum_is_spent_and_may_be_left_anew():
    sale = ProxySale().leaves("ann", 200, 1).leaves("bob", 400, 2).leaves("ann", 300, 3)
    assert sale.visible == [("ann", 100), ("bob", 210), ("ann", 300), ("bob", 310)]
    assert sale.leaves("ann", 600, 4).leader == ("ann", 410)


def test_bids_that_arrive_together_move_the_close_once():
    rule = Extension(rule=ExtensionRule.EXTEND_FROM_CLOSE, by_us=MINUTE)
    sale = ProxySale(free_us=0, limited_extension=rule).leaves("ann", 400, 1)
    assert sale.bids("bob", 200, 2).closes_at == 7 * MINUTE
    assert sale.state.extensions == 2


def test_proxies_bid_on_in_the_limited_phase():
    sale = ProxySale().leaves("ann", 400, 1).bids("bob", 200, HOUR + MINUTE)
    assert sale.leader == ("ann", 210)
    assert sale.until(DAY).ended == (OutcomeKind.SOLD, "ann", 210, HOUR + 6 * MINUTE)


def test_before_the_inquiry_nobody_needs_to_have_confirmed():
    sale = ProxySale(inquiry_us=MINUTE).leaves("ann", 400, 1)
    assert sale.bids("bob", 200, 2).leader == ("ann", 210)


def test_a_leader_who_does_not_go_on_has_no_proxy_any_more():
    sale = ProxySale(inquiry_us=MINUTE).leaves("ann", 400, 1)
    sale.accepts(ConfirmParticipation(bidder="bob"), HOUR)
    sale.may_not_leave("ann", 500, HOUR + MINUTE, RejectionCode.NOT_CONFIRMED)
    assert sale.bids("bob", 110, HOUR + MINUTE).leader == ("bob", 110)


def test_a_maximum_is_refused_where_a_bid_would_be():
    TimedSale().refuses(SetMaximum(bidder="ann", maximum=WAN), 1, RejectionCode.NOT_OFFERED)
    sale = ProxySale(stop_window_us=MINUTE, cap=500 * WAN)
    sale.may_not_leave("ann", 100, HOUR - MINUTE, RejectionCode.STOP_WINDOW)
    sale.may_not_leave("ann", 0, HOUR, RejectionCode.AMOUNT_OUT_OF_RANGE)
    sale.may_not_leave("ann", 501, HOUR, RejectionCode.ABOVE_CAP)
    sale.may_not_leave("ann", 100, DAY, RejectionCode.LOT_CLOSED)


def test_two_maxima_at_the_cap_sell_to_the_first():
    sale = ProxySale(cap=200 * WAN).leaves("ann", 200, 1).leaves("bob", 200, 2)
    assert sale.visible == [("ann", 100), ("bob", 200), ("ann*", 200)]
    assert sale.ended == (OutcomeKind.SOLD, "ann", 200, 2)
    assert sale.replayed() == sale.state


def test_two_maxima_at_the_cap_both_enter_the_lottery():
    sale = ProxySale(cap=200 * WAN, equal_bids_at_cap=True)
    sale.leaves("ann", 200, 1).leaves("bob", 200, 2).leaves("cat", 200, 3)
    sale.may_not_leave("bob", 200, 4, RejectionCode.ALREADY_LEADING)
    assert sale.visible[-1] == ("cat", 200)
    assert sale.until(DAY).state.outcome.contenders == ("ann", "bob", "cat")


def test_in_a_ladder_the_answer_uses_the_increment_at_the_price_it_meets():
    ladder = Increments(
        steps=(
            Step(price_min=0, increment=10 * WAN),
            Step(price_min=200 * WAN, increment=50 * WAN),
        )
    )
    sale = ProxySale(increments=ladder).leaves("ann", 400, 1).leaves("bob", 235, 2)
    assert sale.visible == [("ann", 100), ("bob", 230), ("ann", 280)]


def test_in_a_ladder_a_new_maximum_counts_in_steps_of_the_price_it_meets():
    ladder = Increments(
        steps=(
            Step(price_min=0, increment=10 * WAN),
            Step(price_min=200 * WAN, increment=50 * WAN),
        )
    )
    sale = ProxySale(increments=ladder).bids("ann", 200, 1).leaves("bob", 300, 2)
    assert sale.leaves("cat", 420, 3).visible[1:] == [("bob", 250), ("cat", 350)]


def test_a_ladder_whose_increments_fall_does_not_go_with_proxies():
    ladder = Increments(
        steps=(Step(price_min=0, increment=10 * WAN), Step(price_min=200 * WAN, increment=5 * WAN))
    )
    with pytest.raises(TermsError, match="increments: must not fall"):
        ProxySale(increments=ladder)
