"""Periods of the law and of notices as data: how long, in which days, counted from what.

A period is a length and a kind; which day it ends on is the calendar's business (`listing.calendar`).
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from bidding_rules.money import TermsError


class PeriodUnit(StrEnum):
    """What a period is counted in; stable and public."""

    HOURS = "hours"
    DAYS = "days"
    """自然日: natural days; one that ends on a rest day ends on the next working day."""
    WORKING_DAYS = "working_days"
    """工作日: make-up Saturdays and Sundays included."""
    MONTHS = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`length` whole units; the day it starts on does not count (民法典 art. 201)."""

    length: int
    unit: PeriodUnit

    def __post_init__(self) -> None:
        if self.length < 1:
            raise TermsError("length", "a period is at least one unit long")


def days(length: int) -> Period:
    """Return a period of natural days."""
    return Period(length=length, unit=PeriodUnit.DAYS)


def working_days(length: int) -> Period:
    """Return a period of working days."""
    return Period(length=length, unit=PeriodUnit.WORKING_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """At least `share` of the price is paid by the end of `within` after the contract."""

    share: Fraction
    within: Period

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise TermsError("share", "must lie above 0 and up to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """The periods around a sale; None: the law gives none and the notice fixes it.

    Raises `TermsError` if the instalments do not rise to the whole price.
    """

    notice_min: Period | None = None
    """公告期: from the notice to the opening, at least."""
    listing_min: Period | None = None
    """挂牌期: from the first to the last day of quotes, at least."""
    apply_close: Period | None = None
    """报名截止: applications close so long before the end of the listing."""
    refund_losers: Period | None = None
    """保证金退还: losers' deposits are back by then, from the result on."""
    contract: Period | None = None
    """签约: from the result (mining: from the end of its publicity)."""
    payment: tuple[Instalment, ...] = ()
    """价款: shares of the price that are paid by then, rising to the whole; empty: the notice fixes it."""

    def __post_init__(self) -> None:
        shares = [part.share for part in self.payment]
        if shares and (shares != sorted(set(shares)) or shares[-1] != 1):
            raise TermsError("payment", "shares must rise to the whole price")
