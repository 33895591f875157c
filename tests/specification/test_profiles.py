"""规则档案: the numbers that differ between cities are data; each profile gives terms that stand."""

from dataclasses import replace

import pytest

from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.profiles import PROFILES
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, SECOND, WAN


@pytest.mark.parametrize("code", PROFILES)
def test_each_profile_sells_a_lot_to_the_highest_of_three(code):
    profile = PROFILES[code]
    terms = profile.terms(start=100 * WAN, increment=10 * WAN, free_us=10 * DAY, reserve=100 * WAN)
    sale = TimedSale(terms).bids("ann", 100, 1).bids("bob", 110, 2).bids("cat", 120, 3)
    assert sale.until(20 * DAY).ended[:3] == (OutcomeKind.SOLD, "cat", 120)
    assert profile.title
    assert profile.source


@pytest.mark.parametrize(
    ("code", "deal_at"),
    [
        ("land_listing_suzhou_wuxi", 10 * DAY + 4 * MINUTE),
        ("land_listing_shantou", 10 * DAY + 5 * MINUTE),
        ("land_auction_qinzhou", HOUR + 5 * MINUTE),
        ("land_listing_chongqing", 10 * DAY + 4 * MINUTE),
        ("land_listing_jiangxi", 10 * DAY + 5 * MINUTE),
        ("mining_listing", 10 * DAY + 5 * MINUTE),
        ("equity_multiple", 30 * MINUTE + 180 * SECOND),
        ("equity_dynamic", 10 * DAY + 180 * SECOND),
        ("forest_jiangxi", 10 * MINUTE + 120 * SECOND),
        ("emission_ningxia", 8 * DAY),
        ("court_sale", DAY),
    ],
)
def test_the_clock_of_each_profile_with_one_early_bid(code, deal_at):
    profile = PROFILES[code]
    free_us = 10 * DAY if profile.free_us is None else None
    terms = profile.terms(start=100 * WAN, increment=10 * WAN, free_us=free_us)
    sale = TimedSale(replace(terms, reserve_entry_us=None)).bids("ann", 100, 1).until(20 * DAY)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, deal_at)


def test_a_mining_auction_needs_three_bidders():
    terms = PROFILES["mining_auction"].terms(start=100 * WAN, increment=10 * WAN)
    sale = TimedSale(terms).bids("ann", 100, 1).bids("bob", 110, 2).until(DAY)
    assert sale.ended[0] is OutcomeKind.TOO_FEW_BIDDERS


def test_a_listing_s_period_is_the_notice_s():
    with pytest.raises(TermsError, match="free_us"):
        PROFILES["land_listing_chongqing"].terms(start=100 * WAN, increment=10 * WAN)


def test_a_notice_may_change_any_number():
    profile = replace(PROFILES["forest_jiangxi"], free_us=30 * MINUTE, limited_us=60 * SECOND)
    terms = profile.terms(start=845_032_00, increment=5_000_00)
    assert (terms.free_us, terms.limited_us) == (30 * MINUTE, 60 * SECOND)


def test_the_reserve_is_keyed_in_where_the_profile_says_so_and_the_terms_have_none():
    profile = PROFILES["land_listing_shantou"]
    open_reserve = profile.terms(start=100 * WAN, increment=10 * WAN, free_us=DAY)
    assert open_reserve.reserve_entry_us == 30 * MINUTE
    known = profile.terms(start=100 * WAN, increment=10 * WAN, free_us=DAY, reserve=200 * WAN)
    assert known.reserve_entry_us is None
