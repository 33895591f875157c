"""The worked figures of the rules: scores, benchmarks, drug rounds, fees, deposits, equity limits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding_rules.benchmark import (
    BenchmarkScoring,
    benchmark_below_control,
    benchmark_mixed,
    benchmark_score,
    benchmark_times_factor,
    trimmed_mean,
)
from bidding_rules.fees import (
    FeeBracket,
    check_brackets,
    emission_amount,
    emission_deposit,
    equity_limits,
    fee_by_brackets,
    first_payment_min,
    resale_shortfall,
)
from bidding_rules.money import TermsError
from bidding_rules.rounding import half_up, half_up_to, nearest_binary
from bidding_rules.scoring import (
    PurchaseBid,
    meat_coefficient,
    meat_price,
    price_scores_by_lowest,
    sme_price_scores,
)
from bidding_rules.volume_based import DrugBid, RoundRules, drug_result

YUAN = 100
WAN = 10_000 * YUAN


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.5", 1), ("0.49", 0), ("-0.5", -1), ("2.5", 3), ("-2.49", -2), ("0", 0)],
)
def test_halves_are_rounded_away_from_zero(value, rounded):
    assert half_up(Fraction(value)) == rounded
    assert half_up_to(Fraction(value), 2) == Fraction(value)


@given(
    st.fractions(max_denominator=10**12)
    | st.floats(-1e30, 1e30, allow_subnormal=False).map(Fraction)
)
def test_the_nearest_binary_number_is_the_one_that_a_machine_finds(value):
    assert nearest_binary(value) == Fraction(float(value))


def test_small_firms_are_evaluated_at_a_deducted_price():
    """Weight 30, deduction 15%: L 95, S (small) 100 -> 85.00, M 110."""
    scores = sme_price_scores(
        [
            PurchaseBid(bidder="L", price=95 * YUAN),
            PurchaseBid(bidder="S", price=100 * YUAN, preference=Fraction(15, 100)),
            PurchaseBid(bidder="M", price=110 * YUAN),
        ],
        weight=30,
    )
    assert [(s.evaluated, s.score) for s in scores] == [
        (95 * YUAN, Fraction("26.84")),
        (85 * YUAN, Fraction(30)),
        (110 * YUAN, Fraction("23.18")),
    ]


def test_a_preference_is_a_share_and_prices_are_above_zero():
    with pytest.raises(TermsError, match="preference"):
        sme_price_scores([PurchaseBid(bidder="L", price=1, preference=Fraction(1))], weight=30)
    with pytest.raises(TermsError, match="prices"):
        price_scores_by_lowest([Fraction(0)])


def test_scores_stay_exact_without_places():
    assert price_scores_by_lowest([Fraction(20), Fraction(60)]) == (100, Fraction(100, 3))


def test_a_coefficient_must_leave_room_for_the_price():
    with pytest.raises(TermsError, match="max_values"):
        meat_coefficient([Fraction(1)], [Fraction(1)])
    with pytest.raises(TermsError, match="coefficient"):
        meat_price(Fraction(1), Fraction(0), higher_is_better=False)


BIDS = [b * WAN for b in (9_200, 9_350, 9_480, 9_610, 9_700, 9_900, 8_700)]
CONTROL = 10_000 * WAN


def test_the_benchmark_is_the_trimmed_mean_times_the_drawn_factor():
    assert trimmed_mean(BIDS) == 9_468 * WAN
    assert benchmark_times_factor(BIDS, Fraction("0.97")) == Fraction("9183.96") * WAN


def test_the_benchmark_may_mix_control_price_and_mean():
    mixed = benchmark_mixed(
        BIDS,
        control=CONTROL,
        control_factor=Fraction("0.92"),
        control_share=Fraction("0.4"),
    )
    assert mixed == Fraction("9360.8") * WAN


def test_the_benchmark_may_be_the_reduced_mean_within_the_control_price():
    bids = [100, 200, 10**9]
    assert benchmark_below_control(bids, control=500, reduction=Fraction("0.02")) == 147
    with pytest.raises(TermsError, match="bids"):
        benchmark_below_control(bids, control=50, reduction=Fraction(0))


@pytest.mark.parametrize(
    ("bid", "score"),
    [
        (9_200, "59.83"),
        (9_350, "58.19"),
        (9_480, "56.78"),
        (9_610, "55.36"),
        (9_700, "54.38"),
        (9_900, "52.20"),
        (8_700, "57.37"),
    ],
)
def test_points_are_lost_in_line_with_the_distance_from_the_benchmark(bid, score):
    scoring = BenchmarkScoring(
        full=Fraction(60), points_above=Fraction(1), points_below=Fraction(1, 2)
    )
    assert benchmark_score(scoring, Fraction("9183.96") * WAN, bid * WAN) == Fraction(score)


def test_a_score_never_falls_below_zero():
    scoring = BenchmarkScoring(
        full=Fraction(5), points_above=Fraction(1), points_below=Fraction(1)
    )
    assert benchmark_score(scoring, Fraction(100), 200) == 0


def test_few_bids_are_not_trimmed():
    assert trimmed_mean([10, 20]) == 15
    assert trimmed_mean([10, 20, 60]) == 20


@pytest.mark.parametrize(
    ("compute", "field"),
    [
        (lambda: trimmed_mean([]), "bids"),
        (
            lambda: benchmark_mixed(
                [1], control=1, control_factor=Fraction(1), control_share=Fraction(2)
            ),
            "control_share",
        ),
        (
            lambda: benchmark_score(
                BenchmarkScoring(
                    full=Fraction(1), points_above=Fraction(1), points_below=Fraction(1)
                ),
                Fraction(0),
                1,
            ),
            "benchmark",
        ),
    ],
)
def test_a_benchmark_that_cannot_be_computed_is_refused(compute, field):
    with pytest.raises(TermsError) as error:
        compute()
    assert error.value.field == field


def drugs(**prices):
    return [DrugBid(company=c, price=p) for c, p in prices.items()]


FIVE = drugs(A=500, B=620, C=890, D=990, E=1200)


def test_a_drug_passes_by_ratio_or_by_the_fuse():
    """P_max 20.00: 1.8 x 5.00 = 9.00 lets A, B, C in; D by the 50% cut; E fails; four share 80%."""
    result = drug_result(RoundRules(), 2_000, FIVE)
    assert [bid.company for bid in result.winners] == ["A", "B", "C", "D"]
    assert result.volume_percent == 80


def test_without_the_fuse_the_ratio_alone_decides():
    rules = RoundRules(fuse_cut=None, low_price=None)
    result = drug_result(rules, 2_000, FIVE)
    assert [bid.company for bid in result.winners] == ["A", "B", "C"]
    assert result.volume_percent == 70


def test_a_low_unit_price_passes_anyhow():
    rules = RoundRules(fuse_cut=None)
    assert len(drug_result(rules, 12, drugs(A=2, B=10, C=11)).winners) == 2


def test_bids_above_the_maximum_are_invalid_and_ties_go_by_supply_then_arrival():
    bids = [
        DrugBid(company="late", price=100),
        DrugBid(company="known", price=100, supplied_before=5),
        DrugBid(company="dear", price=2_001),
    ]
    assert [b.company for b in drug_result(RoundRules(), 2_000, bids).winners] == ["known"]


def test_without_bids_nobody_wins_and_nothing_is_promised():
    assert drug_result(RoundRules(), 2_000, []).volume_percent == 0


def test_the_table_of_winners_holds_its_last_number_from_there_on():
    bids = drugs(**{f"c{n}": 100 + n for n in range(30)})
    assert len(drug_result(RoundRules(), 2_000, bids).winners) == 10


JIANGXI = (
    FeeBracket(price_max=100 * WAN, rate=Fraction("0.01")),
    FeeBracket(price_max=None, rate=Fraction("0.005")),
)
CHENGDU_BUYER = (
    FeeBracket(price_max=200 * WAN, rate=Fraction("0.01")),
    FeeBracket(price_max=1_000 * WAN, rate=Fraction("0.005")),
    FeeBracket(price_max=5_000 * WAN, rate=Fraction("0.002")),
    FeeBracket(price_max=10_000 * WAN, rate=Fraction("0.0008")),
    FeeBracket(price_max=None, rate=Fraction("0.0003")),
)


@pytest.mark.parametrize(
    ("brackets", "price", "fee"),
    [
        (JIANGXI, 160 * WAN, 13_000 * YUAN),
        (JIANGXI, 100 * WAN, 10_000 * YUAN),
        (JIANGXI, 0, 0),
        (CHENGDU_BUYER, 3_000 * WAN, 100_000 * YUAN),
        (CHENGDU_BUYER, 20_000 * WAN, 210_000 * YUAN),
    ],
)
def test_each_part_of_a_price_pays_the_rate_of_its_bracket(brackets, price, fee):
    assert fee_by_brackets(price, brackets) == fee


def test_a_lone_bidder_at_the_list_price_pays_half_where_the_table_says_so():
    assert fee_by_brackets(160 * WAN, JIANGXI, share=Fraction(1, 2)) == 6_500 * YUAN


@pytest.mark.parametrize(
    "brackets",
    [
        (),
        (FeeBracket(price_max=1, rate=Fraction(0)),),
        (FeeBracket(price_max=None, rate=Fraction(0)),) * 2,
        (
            FeeBracket(price_max=2, rate=Fraction(0)),
            FeeBracket(price_max=2, rate=Fraction(0)),
            FeeBracket(price_max=None, rate=Fraction(0)),
        ),
        (FeeBracket(price_max=None, rate=Fraction(2)),),
    ],
)
def test_brackets_rise_and_only_the_last_is_open(brackets):
    with pytest.raises(TermsError, match="brackets"):
        check_brackets(brackets)


def test_an_emission_permit_costs_tonnes_times_price_times_years():
    amount = emission_amount(Fraction("3.5"), 2_000 * YUAN, 5)
    assert amount == 35_000 * YUAN
    assert emission_deposit(amount) == 10_500 * YUAN


def test_an_emission_deposit_is_whole_yuan_and_at_least_the_minimum():
    assert emission_deposit(emission_amount(Fraction("0.2"), 2_000 * YUAN, 5)) == 1_000 * YUAN
    assert emission_deposit(10_001_50) == 3_000 * YUAN
    assert emission_deposit(10_005_00) == 3_002 * YUAN


def test_the_first_emission_deals_of_jiujiang():
    assert emission_amount(Fraction(96), 389 * YUAN, 5) == 186_720 * YUAN
    assert emission_amount(Fraction(137), 489 * YUAN, 5) == 334_965 * YUAN


def test_state_equity_starts_at_its_appraisal_and_needs_consent_below_nine_tenths():
    limits = equity_limits(128_000_000 * YUAN)
    assert limits.start_min == 128_000_000 * YUAN
    assert limits.start_min_without_consent == 115_200_000 * YUAN
    assert limits.deposit_max == 38_400_000 * YUAN


def test_equity_of_negative_net_assets_starts_at_one_yuan():
    limits = equity_limits(-5_000 * YUAN)
    assert (limits.start_min, limits.start_min_without_consent) == (YUAN, YUAN)


def test_the_deposit_goes_by_the_start_price_that_was_set():
    assert equity_limits(1_000_01, start=900_01).deposit_max == 270_00


def test_limits_are_rounded_so_that_they_are_never_broken():
    assert equity_limits(1_000_01).start_min_without_consent == 900_01
    assert equity_limits(1_000_01).deposit_max == 300_00
    assert first_payment_min(1_000_01) == 300_01


def test_the_first_instalment_is_three_tenths_at_least():
    assert first_payment_min(150_000_000 * YUAN) == 45_000_000 * YUAN


def test_who_walks_away_owes_the_loss_and_the_commissions():
    assert resale_shortfall(5_000 * WAN, 4_600 * WAN, commissions=3 * WAN) == 403 * WAN
    assert resale_shortfall(5_000 * WAN, 5_100 * WAN, commissions=3 * WAN) == 3 * WAN
