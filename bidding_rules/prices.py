"""Figures around a price: premium rate (溢价率), unit prices, floor price (楼面地价), deposit ratio.

All exact: amounts are fen, areas and ratios are `Fraction`; round once, where a figure is shown
(`rounding.half_up_to`).
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from bidding_rules.money import TermsError, check_amount

SQUARE_METRES_PER_MU = Fraction(2000, 3)
"""1 亩 = 666 2/3 ㎡."""


def premium_rate(start: int, price: int) -> Fraction:
    """Return 溢价率 = (price - start) / start."""
    return Fraction(price - start, start)


def per_unit(price: int, quantity: Fraction) -> Fraction:
    """Return fen per unit: per ㎡ of land, per 亩, per t; `quantity` is positive."""
    return price / quantity


def floor_price(price: int, area_sqm: Fraction, plot_ratio: Fraction) -> Fraction:
    """Return 楼面地价 in fen per ㎡ of floor = price / (area x plot ratio, 容积率)."""
    return price / (area_sqm * plot_ratio)


def square_metres(mu: Fraction) -> Fraction:
    """Return an area of `mu` 亩 in ㎡."""
    return mu * SQUARE_METRES_PER_MU


class DepositFinding(StrEnum):
    """What a rule profile says of a deposit; stable and public."""

    WITHIN = "within"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    UNUSUALLY_HIGH = "unusually_high"
    """Allowed, but worth a question before the notice is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRule:
    """The deposit (保证金) as a share of the start price; every bound is the profile's."""

    ratio_min: Fraction = Fraction(0)
    ratio_max: Fraction | None = None
    warn_above: Fraction | None = None

    def __post_init__(self) -> None:
        if self.ratio_min < 0:
            raise TermsError("ratio_min", "must not be negative")
        for field, bound in (("ratio_max", self.ratio_max), ("warn_above", self.warn_above)):
            if bound is not None and bound < self.ratio_min:
                raise TermsError(field, "must not be below ratio_min")

    def finding(self, deposit: int, start: int) -> DepositFinding:
        """Return how `deposit` stands against the rule for a lot with this start price (fen)."""
        check_amount("deposit", deposit, minimum=0)
        check_amount("start", start)
        ratio = Fraction(deposit, start)
        if ratio < self.ratio_min:
            return DepositFinding.TOO_LOW
        if self.ratio_max is not None and ratio > self.ratio_max:
            return DepositFinding.TOO_HIGH
        if self.warn_above is not None and ratio > self.warn_above:
            return DepositFinding.UNUSUALLY_HIGH
        return DepositFinding.WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRule:
    """The least start price (起拍价) as a share of the appraisal, and the cut allowed for a re-sale."""

    ratio_min: Fraction
    cut_max: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.ratio_min < 0:
            raise TermsError("ratio_min", "must not be negative")
        if not 0 <= self.cut_max < 1:
            raise TermsError("cut_max", "must lie from 0 to below 1")

    def start_min(self, appraisal: int) -> int:
        """Return the least start price in whole fen for an object appraised at `appraisal` fen."""
        return _ceil(appraisal * self.ratio_min)

    def start_min_again(self, former_start: int) -> int:
        """Return the least start price in whole fen after a failed sale."""
        return _ceil(former_start * (1 - self.cut_max))


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
