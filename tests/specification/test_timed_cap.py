"""最高限价: what reaching the cap does is a choice of the notice."""

import pytest

from bidding_rules.first_refusal import FirstRefusal
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import Bid, ConfirmParticipation, Phase, StopPricePassed
from bidding_rules.increments import Increments, Step
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, SECOND, WAN

CAP = 200 * WAN


def test_the_cap_sells_at_once():
    sale = TimedSale(cap=CAP).bids("ann", 200, 7)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 200, 7)
    assert timed.amount_min(sale.terms, sale.state) is None
    sale.may_not_bid("bob", 200, 8, RejectionCode.LOT_CLOSED)
    sale.refuses(ConfirmParticipation(bidder="bob"), 8, RejectionCode.LOT_CLOSED)


def test_the_cap_hands_over_to_what_follows():
    sale = TimedSale(cap=CAP, capped_goes_on=True).bids("bob", 150, 1).bids("ann", 200, 7)
    assert sale.ended == (OutcomeKind.CAPPED, None, 200, 7)
    assert sale.state.outcome.contenders == ("ann",)


def test_below_the_cap_the_highest_bid_wins_as_ever():
    sale = TimedSale(cap=CAP, capped_goes_on=True).bids("ann", 190, 1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 190, HOUR + 5 * MINUTE)


def test_for_a_lottery_others_bid_the_cap_too_once_each_until_the_close():
    """摇号: equal bids are legal exactly at the cap; each resets the countdown."""
    sale = TimedSale(cap=CAP, equal_bids_at_cap=True, free_us=0).bids("ann", 200, 1)
    assert timed.amount_min(sale.terms, sale.state) == CAP
    sale.may_not_bid("ann", 200, 2, RejectionCode.ALREADY_LEADING)
    assert sale.may_not_bid("bob", 190, 2, RejectionCode.BELOW_MINIMUM).amount_min == CAP
    assert sale.may_not_bid("bob", 210, 2, RejectionCode.ABOVE_CAP).amount_max == CAP
    sale.bids("bob", 200, MINUTE).bids("cat", 200, 2 * MINUTE)
    sale.may_not_bid("bob", 200, 2 * MINUTE, RejectionCode.ALREADY_LEADING)
    assert sale.leader == ("ann", 200), "the earlier of equal bids leads"
    sale.until(DAY)
    assert sale.ended == (OutcomeKind.CAPPED, None, 200, 7 * MINUTE)
    assert sale.state.outcome.contenders == ("ann", "bob", "cat")


def test_one_bidder_at_the_cap_needs_no_lottery():
    sale = TimedSale(cap=CAP, equal_bids_at_cap=True, free_us=0).bids("ann", 200, 1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 200, 1 + 5 * MINUTE)


def test_a_price_that_the_next_step_would_carry_above_the_cap_counts_as_the_cap():
    """Within a ladder the cap may not be reachable: price bidding ends where it cannot go on."""
    ladder = Increments(
        steps=(
            Step(price_min=0, increment=10 * WAN),
            Step(price_min=150 * WAN, increment=40 * WAN),
        )
    )
    sale = TimedSale(increments=ladder, cap=CAP).bids("ann", 150, 1).bids("bob", 190, 2)
    assert sale.ended == (OutcomeKind.SOLD, "bob", 190, 2)


def test_at_such_a_price_equal_bids_are_taken_and_higher_ones_are_not():
    no_grid = Increments(steps=(Step(price_min=0, increment=10 * WAN),), on_grid=False)
    sale = TimedSale(increments=no_grid, cap=CAP, equal_bids_at_cap=True).bids("ann", 195, 1)
    assert sale.may_not_bid("bob", 200, 2, RejectionCode.ABOVE_CAP).amount_max == 195 * WAN
    sale.bids("bob", 195, 3).until(DAY)
    assert sale.state.outcome.contenders == ("ann", "bob")


def test_the_reserve_counts_even_where_the_next_step_would_pass_the_cap():
    no_grid = Increments(steps=(Step(price_min=0, increment=10 * WAN),), on_grid=False)
    sale = TimedSale(increments=no_grid, cap=CAP, reserve=CAP).bids("ann", 195, 1)
    assert sale.ended == (OutcomeKind.RESERVE_NOT_MET, None, None, 1)


def test_the_stop_price_may_be_bid_and_the_first_bid_above_it_ends_price_bidding():
    """一次报价: such a bid is invalid as a price but ends net bidding; the highest earlier stands by."""
    sale = TimedSale(cap=CAP, stop_above_cap=True).bids("ann", 190, 1).bids("bob", 200, 2)
    assert timed.amount_min(sale.terms, sale.state) == 210 * WAN
    passed = sale.accepts(Bid(bidder="cat", amount=210 * WAN), 3)
    assert passed[0] == StopPricePassed(bidder="cat", at=3)
    assert sale.ended == (OutcomeKind.CAPPED, None, 200, 3)
    assert sale.state.outcome.contenders == ("bob",)
    assert sale.replayed() == sale.state


def test_the_stop_price_passed_by_the_first_bid_leaves_nobody_to_stand_by():
    sale = TimedSale(cap=CAP, stop_above_cap=True)
    sale.accepts(Bid(bidder="cat", amount=CAP + 1), 3)
    assert sale.ended == (OutcomeKind.CAPPED, None, None, 3)
    assert sale.state.outcome.contenders == ()


def test_up_to_the_stop_price_the_highest_bid_wins():
    sale = TimedSale(cap=CAP, stop_above_cap=True).bids("ann", 200, 1).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 200, HOUR + 5 * MINUTE)


@pytest.mark.parametrize("rank", [None, 2])
def test_holders_are_asked_also_after_the_cap(rank):
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    sale = TimedSale(cap=CAP, first_refusal=asked).bids("ann", 200, 1, rank=rank)
    assert sale.state.phase is Phase.PRIORITY
    assert sale.closes_at == 1 + 60 * SECOND
