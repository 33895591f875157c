"""Money around a deal: fees by brackets, deposits of emission permits, equity limits, re-sale shortfall.

All amounts are int fen; each result is rounded once, half up, to the unit that its rule names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bidding_rules.money import TermsError
from bidding_rules.rounding import half_up

FEN_PER_YUAN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeBracket:
    """Of the part of the price above the bracket before, up to `price_max` fen (None: no end), `rate`."""

    price_max: int | None
    rate: Fraction


def check_brackets(brackets: Sequence[FeeBracket]) -> None:
    """Raise `TermsError` unless brackets rise, the last one alone is open, and rates are shares."""
    if not brackets or brackets[-1].price_max is not None:
        raise TermsError("brackets", "the last bracket must be open at the top")
    tops = [bracket.price_max for bracket in brackets[:-1]]
    if any(top is None or top < 1 for top in tops):
        raise TermsError("brackets", "only the last bracket may be open")
    if any((low or 0) >= (high or 0) for low, high in pairwise(tops)):
        raise TermsError("brackets", "must rise")
    if any(not 0 <= bracket.rate <= 1 for bracket in brackets):
        raise TermsError("brackets", "rates must lie from 0 to 1")


def fee_by_brackets(
    price: int, brackets: Sequence[FeeBracket], *, share: Fraction = Fraction(1)
) -> int:
    """Return the degressive fee (差额定率累进): each part of the price at the rate of its bracket.

    `share` scales it: one half where a lone bidder takes the list price. Sources: 赣发改价管〔2022〕513号;
    the property exchanges' tables of fees.
    """
    check_brackets(brackets)
    fee, low = Fraction(0), 0
    for bracket in brackets:
        high = price if bracket.price_max is None else min(price, bracket.price_max)
        fee += (high - low) * bracket.rate
        low = high
    return half_up(fee * share)


def emission_amount(tonnes: Fraction, price: int, years: int) -> int:
    """Return t/year x price (fen per year and tonne) x years (排污权出让金)."""
    return half_up(tonnes * price * years)


def emission_deposit(
    amount: int, *, rate: Fraction = Fraction(3, 10), deposit_min: int = 1_000 * FEN_PER_YUAN
) -> int:
    """Return the deposit of an emission permit: `rate` of the amount to whole yuan, or the minimum.

    江西省排污权交易: 30%, at least 1 000 yuan.
    """
    yuan = half_up(amount * rate / FEN_PER_YUAN)
    return max(yuan * FEN_PER_YUAN, deposit_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityLimits:
    """What the rules on state equity allow, in fen."""

    start_min: int
    """First start price: not below the filed appraisal (评估备案价)."""
    start_min_without_consent: int
    """Lower ones, down to here, need no written consent of the approving body."""
    deposit_max: int


def equity_limits(
    appraisal: int,
    *,
    start: int | None = None,
    consent_below: Fraction = Fraction(9, 10),
    deposit_rate_max: Fraction = Fraction(3, 10),
) -> EquityLimits:
    """Return the limits of a sale of state equity (企业国有资产交易监督管理办法, 32号令).

    `start`: the start price as set, when it is not the lowest first one; the deposit depends on it.
    Negative net assets still start at 1 yuan. Limits are rounded so that they are never exceeded: what
    may not be lower is rounded up, what may not be higher is rounded down.
    """
    start_min = max(appraisal, FEN_PER_YUAN)
    return EquityLimits(
        start_min=start_min,
        start_min_without_consent=max(-int(-appraisal * consent_below // 1), FEN_PER_YUAN),
        deposit_max=int((start_min if start is None else start) * deposit_rate_max // 1),
    )


def first_payment_min(price: int, *, rate: Fraction = Fraction(3, 10)) -> int:
    """Return the least first instalment (首付款): `rate` of the price, rounded up (32号令 art. 28)."""
    return -int(-price * rate // 1)


def resale_shortfall(first_price: int, second_price: int, *, commissions: int = 0) -> int:
    """Return what a buyer who walked away owes after a re-sale (拍卖法 art. 39): the loss and commissions."""
    return max(0, first_price - second_price) + commissions
