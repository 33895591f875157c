"""Proxy bids (委托出价): a bidder leaves a secret maximum and the engine bids for him.

The rule, in full:

* A proxy bids only whole increments above the price it meets, and only as much as it takes to lead.
* Two maxima meet: the higher one leads, one increment above what the lower one could bid. What the
  lower one could bid is shown, so the price never tells more of a maximum than one increment.
* The first in wins ties: where the leader's maximum allows the offered amount but not one increment
  more, his proxy *matches* the offer and he leads, because his maximum was in first (39号令 art. 19:
  of equal prices the earlier one wins).

Only the leader can have a maximum that still matters: whoever does not lead has been passed by more
than his maximum allows. So the whole book is one number, the leader's maximum, and what follows a move
is at most two visible bids.
"""

from dataclasses import dataclass

from bidding_rules.increments import Increments
from bidding_rules.money import TermsError


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximum:
    """Bid for `bidder` up to `maximum` fen. Replaces his former maximum; may raise or lower it.

    `rank`: the bidder's right of first refusal, if any; his visible bids carry it.
    """

    bidder: str
    maximum: int
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumSet:
    """`bidder` left the secret `maximum`. Never published."""

    bidder: str
    maximum: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleBid:
    """A bid that everybody sees; one that `matches` equals the bid before and leads all the same."""

    bidder: str
    amount: int
    matches: bool = False


def check_rising(increments: Increments) -> None:
    """Raise `TermsError` if the increments of a ladder fall: a passed maximum could bid again."""
    rises = [step.increment for step in increments.steps]
    if rises != sorted(rises):
        raise TermsError("increments", "must not fall as the price rises where proxies bid")


def after_bid(
    increments: Increments, bid: VisibleBid, *, leader: str | None, maximum: int | None
) -> tuple[VisibleBid, ...]:
    """Return `bid`, a valid one, and the answer of the `leader` who left `maximum` (None: no proxy)."""
    if leader is None or maximum is None or bid.bidder == leader or maximum < bid.amount:
        return (bid,)
    answer = bid.amount + increments.at(bid.amount)
    if answer <= maximum:
        return (bid, VisibleBid(bidder=leader, amount=answer))
    return (bid, VisibleBid(bidder=leader, amount=bid.amount, matches=True))


def first_bid(step: int, *, maximum: int, lowest: int, rival: int | None) -> int:
    """Return what the proxy of a bidder with a new `maximum` bids first.

    `lowest` is the lowest valid bid now (<= `maximum`); valid bids lie whole `step`s above it. `rival` is
    the leader's own maximum. The answer is the least amount that the leader cannot answer, else the most
    that `maximum` allows.
    """
    if rival is None or rival < lowest:
        return lowest
    most = lowest + (maximum - lowest) // step * step
    unanswerable = lowest + ((rival - lowest) // step + 1) * step
    return min(most, unanswerable)
