"""The table of parameters of rule profiles: every column is a profile, every row one of its fields."""

from datetime import date
from fractions import Fraction

import pytest

from bidding_rules.first_refusal import FirstRefusal
from bidding_rules.formats.timed_terms import Phase
from bidding_rules.money import TermsError
from bidding_rules.periods import Instalment, Period, Periods, PeriodUnit, days, working_days
from bidding_rules.profiles import EQUITY_INSTALMENTS, PROFILES
from listing.calendar import CalendarError, Deadline, shipped_calendar
from tests.support.units import DAY, HOUR, MINUTE, SECOND

COLUMNS = {
    "land listing": "land_listing_jiangxi",
    "land auction": "land_auction_qinzhou",
    "mining": "mining_listing",
    "equity network": "equity_multiple",
    "forest": "forest_jiangxi",
    "emission": "emission_ningxia",
    "court-style": "court_sale",
}
HOURS_24 = Period(length=24, unit=PeriodUnit.HOURS)


def table():
    period_rows = {
        "notice_min": [
            days(20),
            days(20),
            working_days(20),
            working_days(20),
            days(10),
            days(5),
            days(15),
        ],
        "listing_min": [days(10), None, working_days(10), None, None, days(1), None],
        "apply_close": [days(2), None, None, None, None, None, None],
        "refund_losers": [working_days(5)] * 6 + [HOURS_24],
        "contract": [working_days(10)] * 3 + [working_days(5), None, None, None],
    }
    return [
        pytest.param(column, field, wanted, id=f"{field} {column}")
        for field, row in period_rows.items()
        for column, wanted in zip(COLUMNS, row, strict=True)
    ]


@pytest.mark.parametrize(("column", "field", "wanted"), table())
def test_periods_of_each_kind_of_sale(column, field, wanted):
    assert getattr(PROFILES[COLUMNS[column]].periods, field) == wanted


@pytest.mark.parametrize(
    ("column", "free", "inquiry", "limited", "window"),
    [
        ("land listing", None, 0, 300 * SECOND, None),
        ("land auction", 60 * MINUTE, 0, 300 * SECOND, None),
        ("mining", None, 0, 300 * SECOND, None),
        ("equity network", 30 * MINUTE, 0, 180 * SECOND, None),
        ("forest", 10 * MINUTE, 0, 120 * SECOND, None),
        ("emission", 8 * DAY, 4 * MINUTE, 4 * MINUTE, None),
        ("court-style", DAY, 0, None, 5 * MINUTE),
    ],
)
def test_the_clock_of_each_kind_of_sale(column, free, inquiry, limited, window):
    profile = PROFILES[COLUMNS[column]]
    assert (profile.free_us, profile.stop_window_us) == (free, 0)
    assert (profile.inquiry_us, profile.limited_us) == (inquiry, limited)
    terms = profile.terms(start=100, increment=1, free_us=free or 10 * DAY, reserve=100)
    extension = terms.extension(Phase.FREE if limited is None else Phase.LIMITED)
    # Full reset everywhere; the court's late bids alone move the end.
    assert (extension.by_us, extension.window_us) == (limited or 5 * MINUTE, window)


def test_the_variants_of_the_clock_that_cities_really_run():
    suzhou, shantou = PROFILES["land_listing_suzhou_wuxi"], PROFILES["land_listing_shantou"]
    assert (suzhou.stop_window_us, suzhou.limited_us) == (HOUR, 240 * SECOND)
    assert (shantou.inquiry_us, shantou.must_have_quoted) == (5 * MINUTE, True)
    assert shantou.reserve_entry_us == 30 * MINUTE
    assert PROFILES["land_listing_zijin"].inquiry_us == 0


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [
        ("land listing", Fraction(1, 5), None),
        ("mining", Fraction(0), None),
        ("equity network", Fraction(0), Fraction(3, 10)),
        ("forest", Fraction(0), None),
        ("court-style", Fraction(1, 20), Fraction(1, 5)),
    ],
)
def test_the_deposit_s_share_of_each_kind_of_sale(column, least, most):
    deposit = PROFILES[COLUMNS[column]].deposit
    assert (deposit.ratio_min, deposit.ratio_max) == (least, most)


def test_preemption_is_matched_in_the_room_or_asked_for_at_the_end():
    assert PROFILES["court_sale"].first_refusal == FirstRefusal()
    assert FirstRefusal(in_room=False, ask_us=DAY).ask_us == DAY
    assert PROFILES["land_listing_jiangxi"].first_refusal is None


def test_half_of_the_price_of_land_is_paid_within_a_month_and_all_of_it_within_a_year():
    shares = [
        (part.share, part.within.length)
        for part in PROFILES["land_listing_jiangxi"].periods.payment
    ]
    assert shares == [(Fraction(1, 2), 1), (1, 12)]
    assert [part.share for part in EQUITY_INSTALMENTS] == [Fraction(3, 10), 1]


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: days(0), "length"),
        (lambda: Instalment(share=Fraction(0), within=days(1)), "share"),
        (lambda: Instalment(share=Fraction(3, 2), within=days(1)), "share"),
        (lambda: Periods(payment=(Instalment(share=Fraction(1, 2), within=days(1)),)), "payment"),
        (lambda: Periods(payment=(Instalment(share=Fraction(1), within=days(1)),) * 2), "payment"),
    ],
    ids=["no length", "no share", "more than all", "less than all", "all of it twice"],
)
def test_periods_that_cannot_stand_are_refused_and_the_field_is_named(build, field):
    with pytest.raises(TermsError) as refused:
        build()
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("period", "ends"),
    [
        (working_days(5), date(2026, 2, 24)),
        (days(20), date(2026, 3, 2)),
        (Period(length=1, unit=PeriodUnit.MONTHS), date(2026, 3, 10)),
    ],
)
def test_the_calendar_says_when_a_period_ends(period, ends):
    assert shipped_calendar().after(date(2026, 2, 10), period) == Deadline(ends)


def test_hours_have_no_last_day():
    with pytest.raises(CalendarError, match="clock"):
        shipped_calendar().after(date(2026, 2, 10), HOURS_24)
