"""What follows a round of sealed bids: the result, another round, a round among equals, or a draw.

多次报价: after each round the best price is told and the next round must beat it; a bid stands until a
higher one is made, so who does not bid again keeps his last one. The rounds end with the last one allowed or
with one that brings no valid bid. Equals at the end go by the terms' tie rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.formats.sealed_results import (
    Pricing,
    SealedBid,
    TieRule,
    best_of_each,
    equals,
    sealed_win,
)
from bidding_rules.formats.sealed_terms import SealedTerms
from bidding_rules.formats.weighted import WeightedBid, WeightedTotal, weighted_ranking
from bidding_rules.outcome import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """A finished round: all valid bids so far in order of arrival, and whether it brought new ones."""

    bids: Sequence[SealedBid]
    brought_bids: bool
    round: int
    tie_rounds: int
    scores: Mapping[str, tuple[int, ...]]
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRound:
    """Bid again: not below `floor`, and only `contenders` may (None: everybody)."""

    floor: int
    contenders: tuple[str, ...] | None
    among_equals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawAmong:
    """The equals are drawn."""

    contenders: tuple[str, ...]


def after_round(terms: SealedTerms, done: RoundResult, at: int) -> NextRound | DrawAmong | Outcome:
    """Return what follows `done`, which ended at `at`."""
    failed = _why_unsold(terms, done, at)
    if failed is not None:
        return failed
    best = best_of_each(done.bids)
    floor = best[0].amount + terms.increment
    may_rise = terms.cap is None or floor <= terms.cap
    if done.tie_rounds == 0 and done.brought_bids and done.round < terms.rounds_max and may_rise:
        going_on = None
        if terms.advance is not None:
            going_on = tuple(bid.bidder for bid in best[: terms.advance])
        return NextRound(floor=floor, contenders=going_on, among_equals=False)
    tied = _tied(terms, done)
    if len(tied) > 1 and not done.drawn:
        if terms.ties is TieRule.DRAW:
            return DrawAmong(contenders=tied)
        again = terms.ties is TieRule.NEW_ROUND and done.tie_rounds < terms.tie_rounds_max
        if again and may_rise and (done.tie_rounds == 0 or done.brought_bids):
            return NextRound(floor=floor, contenders=tied, among_equals=True)
    return _sold(terms, done, at)


def _why_unsold(terms: SealedTerms, done: RoundResult, at: int) -> Outcome | None:
    """Return why there is no sale, if so; the reserve is judged when price bidding is over."""
    bidders = {bid.bidder for bid in done.bids}
    if not bidders:
        return Outcome(kind=OutcomeKind.NO_BIDS, at=at)
    if len(bidders) < terms.bidders_min:
        return Outcome(kind=OutcomeKind.TOO_FEW_BIDDERS, at=at)
    return None


def _sold(terms: SealedTerms, done: RoundResult, at: int) -> Outcome:
    floor = terms.start if terms.reserve is None else terms.reserve
    if best_of_each(done.bids)[0].amount < floor:
        return Outcome(kind=OutcomeKind.RESERVE_NOT_MET, at=at)
    if terms.pricing is Pricing.WEIGHTED:
        best = _weighted(terms, done)[0]
        return Outcome(kind=OutcomeKind.SOLD, at=at, winner=best.bidder, price=best.amount)
    win = sealed_win(done.bids, pricing=terms.pricing, floor=floor, order=done.drawn)
    assert win is not None, "the best bid reaches the floor"
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=win.bidder, price=win.price)


def _tied(terms: SealedTerms, done: RoundResult) -> tuple[str, ...]:
    if terms.pricing is not Pricing.WEIGHTED:
        return equals(done.bids)
    ranking = _weighted(terms, done)
    return tuple(
        total.bidder
        for total in ranking
        if (total.total, total.amount) == (ranking[0].total, ranking[0].amount)
    )


def _weighted(terms: SealedTerms, done: RoundResult) -> tuple[WeightedTotal, ...]:
    """Return the ranking of the bids that reach the reserve; a criterion without a score counts zero."""
    assert terms.weights is not None, "validated when the terms were built"
    none = (0,) * len(terms.weights.others)
    return weighted_ranking(
        terms.weights,
        [
            WeightedBid(
                bidder=bid.bidder,
                amount=bid.amount,
                scores=tuple(Fraction(s, 100) for s in done.scores.get(bid.bidder, none)),
            )
            for bid in done.bids
            if bid.amount >= (terms.reserve or terms.start)
        ],
        order=done.drawn,
    )
