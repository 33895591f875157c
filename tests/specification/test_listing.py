"""挂牌: days of quotes, then sold to the one bidder or on to timed bidding (39号令 art. 17-19)."""

import pytest

from bidding_rules.formats.listing import listing_terms
from bidding_rules.formats.timed_terms import ConfirmParticipation, Phase
from bidding_rules.increments import AdjustIncrement, fixed
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from bidding_rules.reserve import EnterReserve
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, WAN

END = 10 * DAY


class Listing(TimedSale):
    def __init__(self, **changes):
        given = {
            "start": 100 * WAN,
            "increments": fixed(10 * WAN),
            "period_us": END,
            "limited_us": 5 * MINUTE,
            **changes,
        }
        super().__init__(listing_terms(**given))


def test_nobody_quotes_and_the_listing_fails_at_its_deadline():
    assert Listing().until(2 * END).ended == (OutcomeKind.NO_BIDS, None, None, END)


def test_one_bidder_takes_it_at_the_deadline_if_the_reserve_is_met():
    sold = Listing(reserve=120 * WAN).bids("ann", 120, DAY).until(2 * END)
    assert sold.ended == (OutcomeKind.SOLD, "ann", 120, END)
    below = Listing(reserve=120 * WAN).bids("ann", 110, DAY).until(2 * END)
    assert below.ended == (OutcomeKind.RESERVE_NOT_MET, None, None, END)


def test_two_bidders_go_on_to_timed_bidding_from_the_highest_quote():
    sale = Listing().bids("ann", 100, DAY).bids("bob", 110, 2 * DAY)
    assert sale.may_not_bid("ann", 110, END, RejectionCode.BELOW_MINIMUM).amount_min == 120 * WAN
    assert sale.state.phase is Phase.LIMITED
    sale.bids("ann", 120, END + MINUTE).until(2 * END)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 120, END + 6 * MINUTE)


def test_asked_and_somebody_wants_to_go_on():
    sale = Listing(ask_us=5 * MINUTE).bids("ann", 100, DAY).bids("bob", 110, 2 * DAY)
    sale.accepts(ConfirmParticipation(bidder="ann"), END + MINUTE)
    sale.bids("ann", 120, END + 5 * MINUTE).until(2 * END)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 120, END + 10 * MINUTE)


def test_asked_and_nobody_wants_to_go_on_the_highest_quote_wins():
    sale = (
        Listing(ask_us=5 * MINUTE).bids("ann", 100, DAY).bids("bob", 110, 2 * DAY).until(2 * END)
    )
    assert sale.ended == (OutcomeKind.SOLD, "bob", 110, END + 5 * MINUTE)


def test_one_bidder_who_quoted_twice_is_one_bidder():
    sale = Listing().bids("ann", 100, DAY).bids("bob", 110, DAY).bids("ann", 120, DAY)
    sale.until(END)
    assert sale.state.phase is Phase.LIMITED
    alone = Listing().bids("ann", 100, DAY)
    alone.may_not_bid("ann", 110, DAY, RejectionCode.ALREADY_LEADING)
    assert alone.until(END).ended[1] == "ann"


def test_where_the_notice_says_so_timed_bidding_follows_however_few_quoted():
    none = Listing(one_bidder_takes_it=False).until(END)
    assert none.state.phase is Phase.LIMITED
    assert none.bids("ann", 100, END).until(2 * END).ended[:2] == (OutcomeKind.SOLD, "ann")


def test_a_listing_without_timed_bidding_sells_to_the_highest_quote():
    sale = Listing(limited_us=None).bids("ann", 100, DAY).bids("bob", 110, 2 * DAY).until(END)
    assert sale.ended == (OutcomeKind.SOLD, "bob", 110, END)


def test_the_host_may_change_the_increment_during_the_period():
    sale = Listing().bids("ann", 100, DAY)
    sale.accepts(AdjustIncrement(increment=WAN), 2 * DAY)
    assert sale.bids("bob", 101, 3 * DAY).leader == ("bob", 101)
    fixed_increment = Listing(increments_adjustable=False)
    fixed_increment.refuses(AdjustIncrement(increment=WAN), 1, RejectionCode.NOT_OFFERED)


def test_the_last_hour_is_shut_and_the_reserve_keyed_in_meanwhile():
    sale = Listing(stop_window_us=HOUR, reserve_entry_us=HOUR // 2).bids("ann", 110, DAY)
    sale.may_not_bid("bob", 120, END - HOUR, RejectionCode.STOP_WINDOW)
    sale.accepts(EnterReserve(values=(110 * WAN,)), END - HOUR // 2)
    assert sale.until(END).ended == (OutcomeKind.SOLD, "ann", 110, END)


def test_bad_listings_are_refused_and_the_field_is_named():
    for field, changes in (
        ("free_us", {"period_us": 0, "limited_us": None}),
        ("inquiry_us", {"ask_us": 1, "limited_us": None}),
        ("stop_window_us", {"stop_window_us": END}),
    ):
        with pytest.raises(TermsError) as refused:
            Listing(**changes)
        assert refused.value.field == field
