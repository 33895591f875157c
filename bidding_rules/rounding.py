"""Rounding of exact ratios; everything before it is exact, so each result is rounded at most once."""

from fractions import Fraction

_DOUBLE_DIGITS = 53


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, halves away from zero (四舍五入)."""
    rounded = int(abs(value) + Fraction(1, 2))
    return rounded if value >= 0 else -rounded


def half_up_to(value: Fraction, decimals: int) -> Fraction:
    """Return `value` rounded half up to `decimals` places."""
    scale = 10**decimals
    return Fraction(half_up(value * scale), scale)


def nearest_binary(value: Fraction) -> Fraction:
    """Return the number of 53 binary digits (IEEE 754 double) nearest to `value`, exactly.

    For rules that are stated in such numbers by their source; nothing of ours is. Ties go to the even
    digit. Subnormal and infinite numbers are out of its range.
    """
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - _DOUBLE_DIGITS
    while abs(value) / Fraction(2) ** exponent >= 2**_DOUBLE_DIGITS:
        exponent += 1
    return round(value / Fraction(2) ** exponent) * Fraction(2) ** exponent
