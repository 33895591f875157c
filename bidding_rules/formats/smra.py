"""Simultaneous ascending rounds (同时多轮递增竞价): many lots, one sale, with an activity rule.

    each round bidders bid on any lots; a bid is the standing price + a whole number of increments
    at the end of a round the highest bid on a lot stands (equal ones: the earlier), its bidder with it
    activity    = points of the lots a bidder stood on or bid on in the round
    eligibility = unchanged while activity x 100 >= eligibility x activity_percent, or with a waiver;
                  otherwise activity x 100 / activity_percent, rounded down: it never comes back
    a round without any bid or waiver ends the sale on all lots at once

Sources: Milgrom (2000) on the simultaneous ascending auction; the rules of spectrum and permit sales.
"""

from typing import TypeAlias

from bidding_rules.formats.smra_terms import (
    BidOnLots,
    LotBid,
    LotBidsPlaced,
    LotsAwarded,
    SmraEvent,
    SmraRoundEnded,
    SmraState,
    SmraTerms,
    Standing,
    Waive,
    WaiverUsed,
)
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

SmraMove: TypeAlias = BidOnLots | Waive


def begin(terms: SmraTerms, at: int) -> SmraState:
    """Return the state of a sale that opens at `at`."""
    return SmraState(
        closes_at=at + terms.round_us,
        eligibility=dict(terms.eligibility),
        waivers=dict.fromkeys(dict(terms.eligibility), terms.waivers),
    )


def judge(
    terms: SmraTerms, state: SmraState, move: SmraMove, at: int
) -> tuple[SmraEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    Within a round the last answer of a bidder counts, and it is all or nothing: one wrong bid refuses
    the whole answer.
    """
    if state.awards is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    eligibility = state.eligibility.get(move.bidder, terms.points_each)
    if not eligibility and move.bidder not in state.eligibility:
        return Rejection(code=RejectionCode.NOT_QUALIFIED)
    if isinstance(move, Waive):
        if state.waivers.get(move.bidder, terms.waivers) < 1:
            return Rejection(code=RejectionCode.NOT_ELIGIBLE)
        return (WaiverUsed(bidder=move.bidder, at=at),)
    for bid in move.bids:
        broken = _broken_rule(terms, state, move.bidder, bid)
        if broken is not None:
            return broken
    lots = {bid.lot for bid in move.bids}
    active = _points(terms, lots | _held(state, move.bidder))
    if len(lots) < len(move.bids) or active > eligibility:
        return Rejection(code=RejectionCode.NOT_ELIGIBLE)
    return (LotBidsPlaced(bidder=move.bidder, bids=move.bids, at=at),)


def apply(terms: SmraTerms, state: SmraState, event: SmraEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    if isinstance(event, LotBidsPlaced | WaiverUsed):
        state.eligibility.setdefault(event.bidder, terms.points_each)
        state.waivers.setdefault(event.bidder, terms.waivers)
    match event:
        case LotBidsPlaced():
            state.waived.discard(event.bidder)
            state.bids.pop(event.bidder, None)
            state.bids[event.bidder] = event.bids
        case WaiverUsed():
            state.bids.pop(event.bidder, None)
            state.waived.add(event.bidder)
        case SmraRoundEnded():
            for bidder in state.waived:
                state.waivers[bidder] -= 1
            state.standing.update({s.lot: s for s in event.standing})
            state.eligibility = dict(event.eligibility)
            state.bids, state.waived = {}, set()
            state.round, state.closes_at = event.round + 1, event.closes_at
            state.price = sum(s.amount for s in state.standing.values())
        case LotsAwarded():
            state.awards = event.awards
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: SmraState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: SmraTerms, state: SmraState, at: int) -> SmraEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    due = state.closes_at
    if state.awards is not None:
        kind = OutcomeKind.SOLD if state.awards else OutcomeKind.NO_BIDS
        price = sum(award.amount for award in state.awards) if state.awards else None
        return SaleEnded(outcome=Outcome(kind=kind, at=due, price=price))
    if not any(state.bids.values()) and not state.waived:
        return LotsAwarded(awards=tuple(state.standing.values()), at=due)
    return SmraRoundEnded(
        round=state.round,
        standing=_new_standing(state),
        eligibility=tuple(
            (bidder, _eligibility_after(terms, state, bidder)) for bidder in state.eligibility
        ),
        at=due,
        closes_at=due + terms.round_us,
    )


def amount_min(terms: SmraTerms, state: SmraState, lot: str) -> int:
    """Return the lowest valid bid on `lot` in this round."""
    standing = state.standing.get(lot)
    if standing is None:
        return terms.lot(lot).start
    return standing.amount + terms.lot(lot).increment


def _broken_rule(terms: SmraTerms, state: SmraState, bidder: str, bid: LotBid) -> Rejection | None:
    if all(lot.lot != bid.lot for lot in terms.lots):
        return Rejection(code=RejectionCode.LOT_UNKNOWN)
    if bid.lot in _held(state, bidder):
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    lowest = amount_min(terms, state, bid.lot)
    if not 1 <= bid.amount <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest)
    if bid.amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=lowest)
    if (bid.amount - lowest) % terms.lot(bid.lot).increment:
        return Rejection(code=RejectionCode.OFF_GRID, amount_min=lowest)
    return None


def _new_standing(state: SmraState) -> tuple[Standing, ...]:
    """Return the new standing bids; bidders stand in order of arrival, so equal bids go to the earlier."""
    best: dict[str, Standing] = {}
    for bidder, bids in state.bids.items():
        for bid in bids:
            if bid.lot not in best or bid.amount > best[bid.lot].amount:
                best[bid.lot] = Standing(lot=bid.lot, bidder=bidder, amount=bid.amount)
    return tuple(best[lot] for lot in sorted(best))


def _eligibility_after(terms: SmraTerms, state: SmraState, bidder: str) -> int:
    eligibility = state.eligibility[bidder]
    if bidder in state.waived:
        return eligibility
    lots = {bid.lot for bid in state.bids.get(bidder, ())}
    activity = _points(terms, lots | _held(state, bidder))
    if activity * 100 >= eligibility * terms.activity_percent:
        return eligibility
    return activity * 100 // terms.activity_percent


def _held(state: SmraState, bidder: str) -> set[str]:
    return {s.lot for s in state.standing.values() if s.bidder == bidder}


def _points(terms: SmraTerms, lots: set[str]) -> int:
    return sum(terms.lot(lot).points for lot in lots)
