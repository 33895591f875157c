"""溢价率, 单价, 楼面地价, 保证金比例: worked examples of the notices, exact to the last digit."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from bidding_rules.money import TermsError
from bidding_rules.prices import (
    DepositFinding,
    DepositRule,
    StartRule,
    floor_price,
    per_unit,
    premium_rate,
    square_metres,
)
from bidding_rules.profiles import PROFILES
from bidding_rules.rounding import half_up_to
from tests.support.units import WAN, YUAN

LOTS = {
    lot["id"]: lot
    for lot in json.loads(
        (Path(__file__).parents[2] / "luochui" / "demo" / "real_lots.json").read_text("utf-8")
    )["lots"]
}


def test_worked_example_premium_and_unit_prices():
    """九江 DGA2015001: start 4 712.43 万, deal 6 000 万, 35.4318 亩, plot ratio 2."""
    start, deal = LOTS["DGA2015001"]["start_fen"], 6000 * WAN
    mu = Fraction("35.4318")
    assert half_up_to(premium_rate(start, deal) * 100, 2) == Fraction("27.32")
    assert half_up_to(per_unit(deal, mu) / WAN, 2) == Fraction("169.34")
    assert square_metres(mu) == Fraction("23621.2")
    floor = floor_price(deal, square_metres(mu), Fraction(2))
    assert half_up_to(floor / YUAN, 2) == Fraction("1270.05")


@pytest.mark.parametrize(
    ("lot", "percent_of_start"),
    [
        ("DAM2022007", "20.00"),
        ("DAM2022010", "21.74"),
        ("DAJ2024019", "30.15"),
        ("DI011-2022", "30.00"),
        ("DGA2015001", "53.05"),
        ("DGA2015002", "50.47"),
        ("DGA2015003", "49.98"),
        ("LQ360826202512020-1", "19.01"),
        ("LQ360826202512020-2", "18.82"),
        ("LQ360826202512020-3", "15.76"),
        ("LQ360826202512020-4", "17.17"),
    ],
)
def test_deposits_of_real_lots_as_shares_of_the_start_price(lot, percent_of_start):
    ratio = Fraction(LOTS[lot]["deposit_fen"], LOTS[lot]["start_fen"])
    assert half_up_to(ratio * 100, 2) == Fraction(percent_of_start)


@pytest.mark.parametrize(
    ("lot", "finding"),
    [
        ("DAM2022007", DepositFinding.WITHIN),
        ("DGA2015001", DepositFinding.UNUSUALLY_HIGH),
        ("DGA2015003", DepositFinding.WITHIN),
        ("LQ360826202512020-1", DepositFinding.TOO_LOW),
    ],
)
def test_the_land_profile_asks_for_a_fifth_and_questions_more_than_half(lot, finding):
    """国土资发〔2010〕34号: not under 20 % of the lowest price."""
    rule = PROFILES["land_listing_jiangxi"].deposit
    assert rule.finding(LOTS[lot]["deposit_fen"], LOTS[lot]["start_fen"]) is finding


def test_a_deposit_on_a_bound_lies_within():
    rule = DepositRule(
        ratio_min=Fraction(1, 2), ratio_max=Fraction(1, 2), warn_above=Fraction(1, 2)
    )
    assert rule.finding(50, 100) is DepositFinding.WITHIN


def test_equity_deposits_stay_within_30_percent():
    """Start 128 000 000: at most 38 400 000."""
    rule = PROFILES["equity_multiple"].deposit
    assert rule.finding(38_400_000 * YUAN, 128_000_000 * YUAN) is DepositFinding.WITHIN
    assert rule.finding(38_400_001 * YUAN, 128_000_000 * YUAN) is DepositFinding.TOO_HIGH


def test_court_sale_ratios_of_a_real_lot():
    """Appraisal 1 320 300, start 1 010 029.5 (76.5 %), deposit 200 000 (19.80 %)."""
    profile = PROFILES["court_sale"]
    appraisal, start, deposit = 132_030_000, 101_002_950, 20_000_000
    assert Fraction(start, appraisal) == Fraction("0.765")
    assert half_up_to(Fraction(deposit, start) * 100, 2) == Fraction("19.80")
    assert start >= profile.start.start_min(appraisal) == 92_421_000
    assert profile.deposit.finding(deposit, start) is DepositFinding.WITHIN
    assert profile.deposit.finding(start // 20, start) is DepositFinding.TOO_LOW
    assert profile.start.start_min_again(start) == 80_802_360


def test_a_least_start_price_is_a_whole_fen_and_never_rounded_down():
    assert StartRule(ratio_min=Fraction(7, 10)).start_min(101) == 71
    assert StartRule(ratio_min=Fraction(1)).start_min_again(101) == 101


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("ratio_min", lambda: DepositRule(ratio_min=Fraction(-1))),
        ("ratio_max", lambda: DepositRule(ratio_min=Fraction(1, 2), ratio_max=Fraction(1, 3))),
        ("warn_above", lambda: DepositRule(ratio_min=Fraction(1, 2), warn_above=Fraction(1, 3))),
        ("ratio_min", lambda: StartRule(ratio_min=Fraction(-1))),
        ("cut_max", lambda: StartRule(ratio_min=Fraction(1), cut_max=Fraction(1))),
        ("deposit", lambda: DepositRule().finding(-1, 1)),
        ("start", lambda: DepositRule().finding(1, 0)),
    ],
    ids=range(7),
)
def test_bad_rules_are_refused_and_the_field_is_named(field, wrong):
    with pytest.raises(TermsError) as refused:
        wrong()
    assert refused.value.field == field
