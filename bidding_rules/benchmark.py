"""Benchmark prices of construction tenders (评标基准价) and the scores around them: exact fractions.

    A  trimmed mean of the bids x K                    (K drawn in public from a listed set)
    B  share of the control price mixed with the trimmed mean
    C  mean of the bids not above the control price x (1 - x%)

    score = full - points_above per 1% above the benchmark, or - points_below per 1% below it

The families are in use all over the country with other constants; every constant is a setting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.money import TermsError
from bidding_rules.rounding import half_up_to

_TRIM_FROM = 3
"""Highest and lowest bid are dropped from so many bids on; fewer leave no middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkScoring:
    """Points of a bid at the benchmark, and points lost per percent away from it."""

    full: Fraction
    points_above: Fraction
    points_below: Fraction
    decimals: int = 2


def trimmed_mean(bids: Sequence[int]) -> Fraction:
    """Return the mean without one highest and one lowest bid; of fewer than three bids, the plain mean."""
    if not bids:
        raise TermsError("bids", "there are none")
    kept = sorted(bids)[1:-1] if len(bids) >= _TRIM_FROM else bids
    return Fraction(sum(kept), len(kept))


def benchmark_times_factor(bids: Sequence[int], factor: Fraction) -> Fraction:
    """Return family A: trimmed mean x K."""
    return trimmed_mean(bids) * factor


def benchmark_mixed(
    bids: Sequence[int], *, control: int, control_factor: Fraction, control_share: Fraction
) -> Fraction:
    """Return family B: share x (control price x factor) + (1 - share) x trimmed mean."""
    if not 0 <= control_share <= 1:
        raise TermsError("control_share", "must lie from 0 to 1")
    return control_share * control * control_factor + (1 - control_share) * trimmed_mean(bids)


def benchmark_below_control(bids: Sequence[int], *, control: int, reduction: Fraction) -> Fraction:
    """Return family C: mean of the bids not above the control price, less `reduction` (0.03 = 3%)."""
    valid = [bid for bid in bids if bid <= control]
    if not valid:
        raise TermsError("bids", "none is within the control price")
    return Fraction(sum(valid), len(valid)) * (1 - reduction)


def benchmark_score(scoring: BenchmarkScoring, benchmark: Fraction, bid: int) -> Fraction:
    """Return a bid's points: linear in its distance from the benchmark, never below zero."""
    if benchmark <= 0:
        raise TermsError("benchmark", "must be above 0")
    percent_off = (bid - benchmark) / benchmark * 100
    lost = percent_off * (scoring.points_above if percent_off > 0 else -scoring.points_below)
    return half_up_to(max(Fraction(0), scoring.full - lost), scoring.decimals)
