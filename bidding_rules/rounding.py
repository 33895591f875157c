"""Rounding of exact ratios; everything before it is exact, so each result is rounded at most once."""

from fractions import Fraction


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, halves away from zero (四舍五入)."""
    rounded = int(abs(value) + Fraction(1, 2))
    return rounded if value >= 0 else -rounded


def half_up_to(value: Fraction, decimals: int) -> Fraction:
    """Return `value` rounded half up to `decimals` places."""
    scale = 10**decimals
    return Fraction(half_up(value * scale), scale)
