"""Volume-based drug procurement (药品集中带量采购): who passes, who wins, and how much is promised.

Rules change with every national round, so all numbers are settings; the defaults of `RoundRules` are an
example profile after rounds 4 to 9. Prices are unit comparable prices (单位可比价) in fen.

    shortlist   by price, then larger supply before, then earlier; at most `winners_max` by number of bids
    passes      price <= ratio x lowest, or the cut from the maximum reaches the fuse (熔断), or a
                price that is low anyhow
    volume      a share of the reported demand that grows with the number of winners
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRules:
    """The numbers of one procurement round."""

    ratio_max: Fraction = Fraction(18, 10)
    """A price may be so many times the lowest."""
    fuse_cut: Fraction | None = Fraction(1, 2)
    """A cut from the maximum effective price (最高有效申报价) by this share passes anyhow."""
    low_price: int | None = 10
    """A unit price of so many fen or less passes anyhow."""
    winners_max: tuple[int, ...] = (0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    """Most winners by number of valid bids (0, 1, 2, ...); the last number holds from there on."""
    volume_percent: tuple[int, ...] = (0, 50, 60, 70, 80)
    """Promised share of the reported demand by number of winners, as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugBid:
    """A company's unit comparable price in fen, and what it supplied before (for ties)."""

    company: str
    price: int
    supplied_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugResult:
    """The winners, best price first, and the promised share of the demand in percent."""

    winners: tuple[DrugBid, ...]
    volume_percent: int


def drug_result(rules: RoundRules, price_max: int, bids: Sequence[DrugBid]) -> DrugResult:
    """Return who wins; `bids` stand in order of arrival, those above `price_max` are invalid."""
    valid = [bid for bid in bids if 0 < bid.price <= price_max]
    ranked = sorted(valid, key=lambda bid: (bid.price, -bid.supplied_before))
    shortlist = ranked[: _at(rules.winners_max, len(valid))]
    lowest = ranked[0].price if ranked else 0
    winners = tuple(bid for bid in shortlist if passes(rules, price_max, lowest, bid.price))
    return DrugResult(winners=winners, volume_percent=_at(rules.volume_percent, len(winners)))


def passes(rules: RoundRules, price_max: int, lowest: int, price: int) -> bool:
    """Tell whether a shortlisted price may win."""
    if price <= rules.ratio_max * lowest:
        return True
    if rules.fuse_cut is not None and price <= price_max * (1 - rules.fuse_cut):
        return True
    return rules.low_price is not None and price <= rules.low_price


def _at(table: tuple[int, ...], number: int) -> int:
    return table[min(number, len(table) - 1)]
