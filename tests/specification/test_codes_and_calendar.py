"""统一社会信用代码, 统一交易标识码, and periods on the State Council's calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_37_2

from listing.calendar import (
    PERIOD_MAX,
    CalendarError,
    Deadline,
    read_calendar,
    shipped_calendar,
)
from listing.codes import (
    credit_code_check,
    is_credit_code,
    mod_37_2_check,
    new_deal_code,
    parse_deal_code,
)

CALENDAR = shipped_calendar()
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(
    "code",
    [
        "91360100MA0000001U",
        "91360400MA0000002E",
        "11360000014500123H",
        "12360100MB00000039",
        "53360000500000004K",
    ],
)
def test_a_credit_code_is_known_by_its_check_character(code):
    assert is_credit_code(code)
    assert not is_credit_code(code[:-1] + ("0" if code[-1] != "0" else "1"))


@given(
    st.from_regex(rf"[0-9]{{8}}[{ALPHABET}]{{9}}", fullmatch=True),
)
def test_the_check_character_is_the_one_an_independent_library_computes(stem):
    assert credit_code_check(stem) == uscc.calc_check_digit(stem)


@pytest.mark.parametrize("stem", ["N2360121MF0000001", "Y1360100MA0000001"])
def test_registrars_written_as_letters_are_valid(stem):
    assert is_credit_code(stem + credit_code_check(stem))


@pytest.mark.parametrize(
    "code", ["", "9", "91360100MA0000001", "91360100MI0000001U", "91A60100MA0000001U"]
)
def test_what_has_not_the_form_is_no_credit_code(code):
    assert not is_credit_code(code)
    with pytest.raises(ValueError, match="credit code"):
        credit_code_check(code[:-1])


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40))
def test_mod_37_2_is_what_an_independent_library_computes(text):
    assert mod_37_2_check(text) == mod_37_2.calc_check_digit(text)


@pytest.mark.parametrize("text", ["a", "*", "甲"])
def test_mod_37_2_takes_digits_and_capitals_only(text):
    with pytest.raises(ValueError, match="digit or capital"):
        mod_37_2_check(text)


def deal_code(**changes):
    given_parts = {
        "deal_class": "A01",
        "operator": "91360100MA0000001U",
        "day": "20261123",
        "serial": 1,
    }
    return new_deal_code(**{**given_parts, **changes})


def test_a_deal_code_ends_with_its_check_character():
    assert deal_code().check == "6"
    assert deal_code().is_check_right


def test_a_deal_code_is_printed_with_hyphens_and_read_back():
    code = deal_code()
    assert code.printed() == "A01-91360100MA0000001U-20261123-000001-6"
    assert len(code.compact()) == 36
    assert parse_deal_code(code.printed()) == parse_deal_code(code.compact()) == code


def test_a_foreign_code_is_not_refused_for_its_check_character():
    code = parse_deal_code("B01-12350100MB02709751-20161231-211018-2")
    assert code.serial == 211_018
    assert not code.is_check_right


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deal_class": "AA1"}, "class of deals"),
        ({"operator": "91360100MA0000001X"}, "credit code"),
        ({"day": "2026-11-23"}, "yyyyMMdd"),
        ({"serial": 0}, "six digits"),
        ({"serial": 1_000_000}, "six digits"),
    ],
)
def test_a_new_deal_code_has_only_right_parts(changes, words):
    with pytest.raises(ValueError, match=words):
        deal_code(**changes)


def test_what_is_no_deal_code_is_refused():
    with pytest.raises(ValueError, match="not a unified deal code"):
        parse_deal_code("A01")


def day(text):
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("start", "five", "ten", "twenty", "natural"),
    [
        ("02-10", "02-24", "03-02", "03-16", "03-02"),
        ("04-29", "05-09", "05-15", "05-29", "05-19"),
        ("09-23", "10-08", "10-14", "10-28", "10-13"),
    ],
)
def test_periods_of_2026(start, five, ten, twenty, natural):
    for days, end in ((5, five), (10, ten), (20, twenty)):
        assert CALENDAR.after_working_days(day(start), days) == Deadline(day(end))
    assert CALENDAR.after_days(day(start), 20) == Deadline(day(natural))


def test_2026_has_248_working_days():
    assert CALENDAR.workdays_in(2026) == 248


def test_a_period_of_months_ends_on_the_corresponding_day_or_with_the_month():
    assert CALENDAR.after_months(date(2026, 1, 31), 1) == Deadline(date(2026, 2, 28))
    assert CALENDAR.after_months(day("03-11"), 3) == Deadline(day("06-11"))
    assert CALENDAR.after_months(day("08-15"), 2) == Deadline(day("10-15"))
    assert CALENDAR.after_months(day("09-03"), 1) == Deadline(day("10-08"))
    assert CALENDAR.after_months(day("12-15"), 12).day == date(2027, 12, 15)


def test_a_period_of_nothing_ends_at_once():
    sunday = day("03-01")
    assert CALENDAR.after_working_days(sunday, 0) == Deadline(sunday)
    assert CALENDAR.after_days(sunday, 0) == Deadline(sunday)
    assert CALENDAR.after_months(sunday, 0) == Deadline(sunday)


def test_a_period_into_a_year_without_a_table_is_provisional():
    assert CALENDAR.after_working_days(day("12-28"), 5) == Deadline(date(2027, 1, 4), True)
    assert CALENDAR.after_days(day("12-28"), 3) == Deadline(day("12-31"))
    assert CALENDAR.after_days(day("12-28"), 4).provisional


def test_a_period_that_rolls_into_a_year_without_a_table_is_provisional():
    shut = read_calendar('{"2026": {"rest_days": ["2026-12-31"], "make_up_workdays": []}}')
    assert shut.after_days(day("12-30"), 1) == Deadline(date(2027, 1, 1), True)


@pytest.mark.parametrize("length", [-1, PERIOD_MAX + 1])
def test_a_mistyped_length_is_refused(length):
    for period in (CALENDAR.after_working_days, CALENDAR.after_days, CALENDAR.after_months):
        with pytest.raises(ValueError, match="a period lasts"):
            period(day("01-01"), length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}x",
        '{"2026": {}}',
        '{"2026": []}',
        '{"year": {"rest_days": [], "make_up_workdays": []}}',
        '{"2026": {"rest_days": ["2026-13-01"], "make_up_workdays": []}}',
        '{"2026": {"rest_days": [1], "make_up_workdays": []}}',
    ],
)
def test_a_broken_table_is_refused(text):
    with pytest.raises(CalendarError):
        read_calendar(text)


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(days, st.integers(0, 200), st.integers(0, 200))
def test_working_days_add_up(start, a, b):
    first = CALENDAR.after_working_days(start, a).day
    assert (
        CALENDAR.after_working_days(first, b).day == CALENDAR.after_working_days(start, a + b).day
    )


@given(days, st.integers(1, 300))
def test_every_period_ends_on_a_working_day_after_its_start(start, length):
    for period in (CALENDAR.after_working_days, CALENDAR.after_days):
        end = period(start, length).day
        assert CALENDAR.is_workday(end)
        assert end > start


@given(days, st.integers(0, 300))
def test_a_later_start_never_ends_earlier(start, length):
    for period in (CALENDAR.after_working_days, CALENDAR.after_days):
        assert period(start, length).day <= period(start + timedelta(days=1), length).day
