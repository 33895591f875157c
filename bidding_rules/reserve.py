"""The reserve (底价/保留价) keyed in shortly before the deadline, by one person or as a mean of several.

The notice then says only that there is a reserve; who may key it in, and under whose eye, is for the
caller. Sources: net-listing rules (in the 30 minutes before the listing's deadline, under a
supervisor's eye); 拍卖法 art. 28, 50: secret until the end, and a highest bid below it has no effect.
"""

from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.rounding import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterReserve:
    """Key in the reserve: one value in fen, or several whose mean it is."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveEntered:
    """The reserve is in and can never be changed. Never published before the end."""

    reserve: int
    values: tuple[int, ...]
    at: int


def mean_reserve(values: tuple[int, ...]) -> int:
    """Return the mean of one or more values in fen, half a fen rounded up."""
    return half_up(Fraction(sum(values), len(values)))
