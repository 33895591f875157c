"""Weighted quotation (权重报价): price and other scores are weighed, the highest total wins.

    price score = 100 x bid / highest bid          (a sale)
                = 100 x lowest bid / bid           (a purchase)
    total       = weight of price x price score + sum of weight x other score

Used by property exchanges for state equity and assets (企业国有资产交易 "权重报价"). Totals are exact
fractions; only `decimals`, where the notice gives them, rounds the price score (half up) first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.money import TermsError
from bidding_rules.rounding import half_up_to

WEIGHT_SUM = 10_000
"""Weights are hundredths of a percent and sum up to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceWeights:
    """How price and the other criteria are weighed, in hundredths of a percent."""

    price: int
    others: tuple[int, ...]
    lowest_wins: bool = False
    """A purchase: the lowest price gets the full score."""
    decimals: int | None = None
    """Places to which a price score is rounded; None: exact."""

    def __post_init__(self) -> None:
        if self.price < 1 or min(self.others, default=0) < 0:
            raise TermsError("weights", "must not be negative, and the price must count")
        if self.price + sum(self.others) != WEIGHT_SUM:
            raise TermsError("weights", f"must sum up to {WEIGHT_SUM} (100%)")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedBid:
    """A bid with the bidder's other scores, each out of 100."""

    bidder: str
    amount: int
    scores: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTotal:
    """What a bid came to."""

    bidder: str
    amount: int
    price_score: Fraction
    total: Fraction


def weighted_ranking(
    weights: PriceWeights, bids: Sequence[WeightedBid], *, order: Sequence[str] = ()
) -> tuple[WeightedTotal, ...]:
    """Return the totals, best first; `bids` stand in order of arrival.

    Equal totals go by the better price, then by `order` (a draw), then by arrival. Raises `TermsError`
    when a bid does not have one score for each criterion.
    """
    totals = []
    best = (min if weights.lowest_wins else max)((bid.amount for bid in bids), default=0)
    for bid in bids:
        if len(bid.scores) != len(weights.others):
            raise TermsError("scores", f"{bid.bidder} needs {len(weights.others)} scores")
        price_score = _price_score(weights, bid.amount, best)
        parts = zip(weights.others, bid.scores, strict=True)
        weighed = weights.price * price_score + sum(
            (weight * score for weight, score in parts), Fraction(0)
        )
        totals.append(
            WeightedTotal(
                bidder=bid.bidder,
                amount=bid.amount,
                price_score=price_score,
                total=weighed / WEIGHT_SUM,
            )
        )
    places = {bidder: place for place, bidder in enumerate(order)}
    sign = 1 if weights.lowest_wins else -1
    return tuple(
        sorted(
            totals, key=lambda t: (-t.total, sign * t.amount, places.get(t.bidder, len(places)))
        )
    )


def _price_score(weights: PriceWeights, amount: int, best: int) -> Fraction:
    score = Fraction(100 * best, amount) if weights.lowest_wins else Fraction(100 * amount, best)
    return score if weights.decimals is None else half_up_to(score, weights.decimals)
