"""Price scores and evaluated prices (评审价格): exact fractions, rounded only where a rule says so.

MEAT and LCC are the evaluation formulas of the Ukrainian procurement system (ProZorro):

    coefficient  = 1 + sum(scores reached) / (1 - sum(best scores possible))
    MEAT price   = price / coefficient           (lower is better; for savings contracts x, higher is better)
    LCC          = price + life cycle costs      (lower is better)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.money import TermsError
from bidding_rules.rounding import half_up, half_up_to


def meat_coefficient(reached: Sequence[Fraction], possible: Sequence[Fraction]) -> Fraction:
    """Return the coefficient of a bid's non-price scores; `TermsError` when they leave no room for price."""
    if len(reached) != len(possible):
        raise TermsError("bid_values", f"there must be {len(possible)}, one for each maximum")
    for value, most in zip(reached, possible, strict=True):
        if not 0 <= value <= most:
            raise TermsError("bid_values", "must lie from 0 to the maximum")
    room = 1 - sum(possible, Fraction(0))
    if room <= 0:
        raise TermsError("max_values", "must sum up to less than 1")
    return 1 + sum(reached, Fraction(0)) / room


def meat_price(amount: Fraction, coefficient: Fraction, *, higher_is_better: bool) -> Fraction:
    """Return the amount on which bids are compared."""
    if coefficient <= 0:
        raise TermsError("coefficient", "must be above 0")
    return amount * coefficient if higher_is_better else amount / coefficient


def next_bid_limit(
    standing: Fraction, step: Fraction, *, upwards: bool, other_costs: Fraction = Fraction(0)
) -> Fraction:
    """Return the bid that beats `standing` by exactly one step: the lowest (upwards) or highest allowed.

    `other_costs` are the bidder's own life cycle costs when `standing` includes such costs (LCC).
    """
    return standing - other_costs + (step if upwards else -step)


def price_scores_by_lowest(
    prices: Sequence[Fraction], *, full: Fraction = Fraction(100), decimals: int | None = None
) -> tuple[Fraction, ...]:
    """Return full x lowest / price for each (低价优先法); `decimals` places, half up, if given."""
    if any(price <= 0 for price in prices):
        raise TermsError("prices", "must be above 0")
    lowest = min(prices, default=Fraction(0))
    scores = (full * lowest / price for price in prices)
    return tuple(score if decimals is None else half_up_to(score, decimals) for score in scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseBid:
    """A supplier's quoted price in fen; `preference` is what the evaluation takes off it (0.15 = 15%)."""

    bidder: str
    price: int
    preference: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseScore:
    """The price as evaluated, in fen, and its score. The contract price stays the quoted one."""

    bidder: str
    evaluated: int
    score: Fraction


def sme_price_scores(
    bids: Sequence[PurchaseBid], *, weight: int, decimals: int = 2
) -> tuple[PurchaseScore, ...]:
    """Return price scores after the deduction for small firms (中小企业价格扣除), out of `weight` points.

    Score = lowest evaluated price / evaluated price x weight. 政府采购促进中小企业发展管理办法
    (财库〔2020〕46号): 10-20% for goods and services, 4-6% for a consortium, 3-5% for works; the share is a
    setting of each notice.
    """
    for bid in bids:
        if not 0 <= bid.preference < 1:
            raise TermsError("preference", "must lie from 0 to below 1")
    evaluated = [half_up(bid.price * (1 - bid.preference)) for bid in bids]
    scores = price_scores_by_lowest(
        [Fraction(price) for price in evaluated], full=Fraction(weight), decimals=decimals
    )
    return tuple(
        PurchaseScore(bidder=bid.bidder, evaluated=price, score=score)
        for bid, price, score in zip(bids, evaluated, scores, strict=True)
    )
