"""Who wins sealed bids (密封报价) and at what price: pure functions over bids in order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Pricing(StrEnum):
    """What the winner pays."""

    FIRST = "first"
    """一次报价: his own bid."""
    SECOND = "second"
    """Vickrey: the best bid of another bidder, and never less than the floor."""
    WEIGHTED = "weighted"
    """权重报价: his own bid; the highest total of price and other scores wins."""


class TieRule(StrEnum):
    """Who wins among equal best bids."""

    ARRIVAL = "arrival"
    """时间优先: the earlier one."""
    NEW_ROUND = "new_round"
    """The equals bid once more among themselves; if that changes nothing, the earlier one."""
    DRAW = "draw"
    """摇号: the first in a verifiable draw."""


@dataclass(frozen=True, slots=True)
class SealedBid:
    """An opened, valid bid; its place in the sequence is its order of arrival."""

    bidder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedWin:
    """The winner, the best bid he made, and what he pays."""

    bidder: str
    bid: int
    price: int


def best_of_each(bids: Sequence[SealedBid]) -> tuple[SealedBid, ...]:
    """Return each bidder's best bid (the first time he made it), highest first, then earliest."""
    best: dict[str, tuple[int, int]] = {}
    for arrival, bid in enumerate(bids):
        if bid.bidder not in best or bid.amount > -best[bid.bidder][0]:
            best[bid.bidder] = (-bid.amount, arrival)
    ranked = sorted((key, bidder) for bidder, key in best.items())
    return tuple(SealedBid(bidder, -negated) for (negated, _), bidder in ranked)


def equals(bids: Sequence[SealedBid]) -> tuple[str, ...]:
    """Return the bidders who share the best bid, earliest first; empty without bids."""
    ranked = best_of_each(bids)
    return tuple(bid.bidder for bid in ranked if bid.amount == ranked[0].amount)


def sealed_win(
    bids: Sequence[SealedBid],
    *,
    pricing: Pricing,
    floor: int = 0,
    order: Sequence[str] = (),
) -> SealedWin | None:
    """Return who wins and what he pays, or None when no bid reaches `floor`.

    Equal best bids go by `order` (a draw, or whoever the rules favour), bidders not named there after
    those who are, and then by arrival. A lone bidder pays `floor` under second pricing.
    """
    ranked = [bid for bid in best_of_each(bids) if bid.amount >= floor]
    if not ranked:
        return None
    tied = [bid for bid in ranked if bid.amount == ranked[0].amount]
    places = {bidder: place for place, bidder in enumerate(order)}
    winner = min(tied, key=lambda bid: places.get(bid.bidder, len(places)))
    if pricing is not Pricing.SECOND:
        return SealedWin(bidder=winner.bidder, bid=winner.amount, price=winner.amount)
    others = (bid.amount for bid in ranked if bid is not winner)
    return SealedWin(bidder=winner.bidder, bid=winner.amount, price=max(others, default=floor))
