"""Terms that no notice may have are refused when built, naming the field."""

import json
from pathlib import Path

import pytest

from bidding_rules.extension import Extension, ExtensionRule, extended_close
from bidding_rules.first_refusal import FirstRefusal
from bidding_rules.formats.timed_terms import Phase
from bidding_rules.increments import Increments, Step, fixed, is_on_grid, next_minimum
from bidding_rules.money import AMOUNT_MAX, TermsError
from tests.support.timed_sale import timed_terms
from tests.support.units import HOUR, MINUTE, WAN

VECTORS = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "vectors" / "published.json").read_text(encoding="utf-8")
    )
}


def test_good_terms_stand():
    terms = timed_terms(reserve=120 * WAN, cap=200 * WAN)
    assert terms.extension(Phase.FREE) is None
    assert terms.extension(Phase.LIMITED) == Extension(by_us=5 * MINUTE)
    assert terms.extension(Phase.INQUIRY) is None


def test_terms_may_lie_on_their_bounds():
    timed_terms(reserve=100 * WAN)
    timed_terms(cap=100 * WAN)
    timed_terms(start=AMOUNT_MAX)
    timed_terms(reserve_entry_us=HOUR)
    timed_terms(limited_extension=Extension(by_us=1, hard_end_us=5 * MINUTE))
    Extension(by_us=1, window_us=9, hard_end_us=9)


def test_the_cap_of_a_ladder_need_not_lie_on_the_first_grid():
    ladder = Increments(steps=(Step(price_min=0, increment=10), Step(price_min=500, increment=25)))
    assert timed_terms(start=100, increments=ladder, cap=525).cap == 525


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": 0}),
        ("start", {"start": AMOUNT_MAX + 1}),
        ("start", {"start": True}),
        ("start", {"start": 1.5}),
        ("reserve", {"reserve": 0}),
        ("reserve", {"reserve": 99 * WAN}),
        ("cap", {"cap": 99 * WAN}),
        ("cap", {"cap": 110 * WAN, "reserve": 120 * WAN}),
        ("cap", {"cap": 205 * WAN}),
        ("cap", {"cap": "200"}),
        ("equal_bids_at_cap", {"equal_bids_at_cap": True}),
        ("capped_goes_on", {"capped_goes_on": True}),
        ("stop_above_cap", {"stop_above_cap": True}),
        ("stop_above_cap", {"cap": 200 * WAN, "stop_above_cap": True, "capped_goes_on": True}),
        ("stop_above_cap", {"cap": 200 * WAN, "stop_above_cap": True, "equal_bids_at_cap": True}),
        ("bidders_min", {"bidders_min": -1}),
        ("bidders_min", {"cap": 200 * WAN, "bidders_min": 2}),
        ("free_us", {"free_us": -1}),
        ("free_us", {"free_us": 0, "limited_us": None}),
        ("free_us", {"free_us": 0, "inquiry_us": MINUTE}),
        ("free_us", {"free_us": 0, "must_have_quoted": True}),
        ("free_us", {"free_us": 1.0}),
        ("free_us", {"free_us": True}),
        ("limited_us", {"limited_us": 0}),
        ("stop_window_us", {"stop_window_us": HOUR}),
        ("stop_window_us", {"stop_window_us": -1}),
        ("inquiry_us", {"inquiry_us": -1}),
        ("inquiry_us", {"inquiry_us": MINUTE, "limited_us": None}),
        ("inquiry_min_confirmed", {"inquiry_min_confirmed": -1}),
        ("limited_bidders_min", {"limited_bidders_min": -1}),
        ("reserve_entry_us", {"reserve_entry_us": 0}),
        ("reserve_entry_us", {"reserve_entry_us": HOUR + 1}),
        ("reserve", {"reserve_entry_us": MINUTE, "reserve": 120 * WAN}),
        ("free_extension", {"free_extension": Extension(by_us=1)}),
        (
            "free_extension",
            {"limited_us": None, "free_extension": Extension(by_us=1, hard_end_us=HOUR - 1)},
        ),
        ("limited_extension", {"limited_extension": Extension(by_us=1, hard_end_us=MINUTE)}),
        ("limited_extension", {"limited_us": None, "limited_extension": Extension(by_us=1)}),
        ("proxies_allowed", {"proxies_allowed": True, "cap": 200 * WAN, "stop_above_cap": True}),
        ("first_refusal", {"first_refusal": FirstRefusal(), "cap": 200 * WAN}),
        ("first_refusal", {"first_refusal": FirstRefusal(), "proxies_allowed": True}),
    ],
)
def test_bad_terms_are_refused_and_the_field_is_named(field, changes):
    with pytest.raises(TermsError) as refused:
        timed_terms(**changes)
    assert refused.value.field == field
    assert refused.value.message in str(refused.value)


def test_a_cap_is_compatible_with_a_minimum_of_bidders_where_all_may_still_bid():
    timed_terms(cap=200 * WAN, bidders_min=2, equal_bids_at_cap=True)
    timed_terms(cap=200 * WAN, bidders_min=2, stop_above_cap=True)


def test_a_right_to_be_asked_goes_with_a_cap_and_with_proxies():
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    timed_terms(cap=200 * WAN, first_refusal=asked)
    timed_terms(proxies_allowed=True, first_refusal=asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"by_us": 0},
        {"by_us": 1, "window_us": 0},
        {"by_us": 1, "hard_end_us": 0},
        {"by_us": 1, "window_us": 9, "hard_end_us": 8},
    ],
)
def test_bad_extensions_are_refused(changes):
    with pytest.raises(TermsError, match="extension"):
        Extension(**changes)


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ("T1", ExtensionRule.RESET_FROM_BID),
        ("T2", ExtensionRule.EXTEND_FROM_CLOSE),
        ("T3", ExtensionRule.RESET_FROM_BID),
    ],
)
def test_published_extension_rules(case, rule):
    given = VECTORS[case]["input"]
    by_us = VECTORS[case]["input"]["window_s"]
    extension = Extension(rule=rule, by_us=by_us, window_us=given["window_s"])
    moved = extended_close(
        extension,
        closes_at=given["ends_at_s"],
        bid_at=given["bid_at_s"],
        hard_end_at=given.get("hard_end_s"),
    )
    assert moved == VECTORS[case]["expect"]


def test_an_auctioneer_s_longer_extension_is_not_taken_back():
    extension = Extension(by_us=10, hard_end_us=100)
    assert extended_close(extension, closes_at=200, bid_at=50, hard_end_at=100) == 200
    assert extended_close(extension, closes_at=60, bid_at=55, hard_end_at=100) == 65
    assert extended_close(extension, closes_at=60, bid_at=45, hard_end_at=None) == 60


EE_LADDER = Increments(
    steps=(
        Step(price_min=0, increment=1),
        Step(price_min=100, increment=10),
        Step(price_min=1_000, increment=100),
        Step(price_min=10_000, increment=1_000),
        Step(price_min=100_000, increment=10_000),
    ),
    on_grid=False,
)


@pytest.mark.parametrize("case", ["I1", "I2", "I4", "I6"])
def test_published_increment_ladder(case):
    def fen(text):
        return int(text.replace(".", ""))

    standing = fen(VECTORS[case]["input"]["standing"])
    assert next_minimum(EE_LADDER, standing, start=1) == fen(VECTORS[case]["expect"])
    assert is_on_grid(EE_LADDER, standing, standing + 1)


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step(price_min=1, increment=1),),
        (Step(price_min=0, increment=0),),
        (Step(price_min=0, increment=1), Step(price_min=0, increment=2)),
        (
            Step(price_min=0, increment=1),
            Step(price_min=9, increment=2),
            Step(price_min=5, increment=3),
        ),
    ],
)
def test_bad_ladders_are_refused(steps):
    with pytest.raises(TermsError, match="increments"):
        Increments(steps=steps)


def test_one_increment_is_the_usual_ladder():
    assert fixed(50).at(10**9) == 50
    assert next_minimum(fixed(50), None, start=1_000) == 1_000
