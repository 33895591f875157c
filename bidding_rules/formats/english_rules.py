"""The English auction: which bids are valid, what follows them, and how the sale would end."""

from bidding_rules.first_refusal import goes_before
from bidding_rules.formats.english_terms import (
    BidMove,
    EnglishState,
    EnglishTerms,
    EnterFloorBid,
    RoomBidAccepted,
    Standing,
)
from bidding_rules.formats.timed_terms import Phase
from bidding_rules.increments import is_on_grid
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.proxies import SetMaximum, VisibleBid, after_bid, first_bid
from bidding_rules.rejections import Rejection, RejectionCode


def broken_bid_rule(terms: EnglishTerms, state: EnglishState, bid: BidMove) -> Rejection | None:
    """Return the first rule that `bid` breaks, in the order of `RejectionCode`."""
    standing = state.standing
    lowest = standing.asking
    if state.phase is not Phase.FLOOR:
        return _not_on_the_floor(state)
    if bid.bidder == standing.leader and not terms.leader_may_raise:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    if not 1 <= bid.amount <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest)
    if matches_by_right(terms, state, bid):
        return None
    if bid.amount < lowest:
        code = RejectionCode.BELOW_MINIMUM
        if terms.first_refusal is not None and bid.rank and bid.amount == standing.price:
            code = RejectionCode.NO_PRIORITY_RIGHT
        return Rejection(code=code, amount_min=lowest)
    if not is_on_grid(state.increments, lowest, bid.amount):
        return Rejection(code=RejectionCode.OFF_GRID, amount_min=lowest)
    return None


def broken_maximum_rule(
    terms: EnglishTerms, state: EnglishState, move: SetMaximum
) -> Rejection | None:
    """Return the first rule that the secret maximum breaks. The leader may lower his to the price."""
    standing = state.standing
    if not terms.proxies_allowed:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if state.phase is not Phase.FLOOR:
        return _not_on_the_floor(state)
    leads = move.bidder == standing.leader
    lowest = standing.price if leads and standing.price is not None else standing.asking
    if not 1 <= move.maximum <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest)
    if move.maximum < lowest:
        return Rejection(code=RejectionCode.PROXY_TOO_LOW, amount_min=lowest)
    return None


def rank_of(terms: EnglishTerms, state: EnglishState, bid: BidMove | SetMaximum) -> int | None:
    """Return the right of first refusal that stands behind `bid`."""
    return None if terms.first_refusal is None or bid.bidder in state.waived else bid.rank


def matches_by_right(terms: EnglishTerms, state: EnglishState, bid: BidMove) -> bool:
    """Tell whether `bid` takes the lead at the leader's own price by a better right."""
    return (
        terms.first_refusal is not None
        and terms.first_refusal.in_room
        and bid.amount == state.standing.price
        and goes_before(rank_of(terms, state, bid), state.standing.leader_rank)
    )


def accepted_bid(
    terms: EnglishTerms, state: EnglishState, bid: BidMove, at: int
) -> tuple[RoomBidAccepted, ...]:
    """Return what a valid bid causes: itself, and the answer of the leader's proxy."""
    by_right = matches_by_right(terms, state, bid)
    visible = _answered(state, VisibleBid(bidder=bid.bidder, amount=bid.amount, matches=by_right))
    on_floor = isinstance(bid, EnterFloorBid)
    return _accepted(state, visible, at, on_floor=on_floor, rank=rank_of(terms, state, bid))


def accepted_maximum(
    terms: EnglishTerms, state: EnglishState, move: SetMaximum, at: int
) -> tuple[RoomBidAccepted, ...]:
    """Return the visible bids that a valid maximum of somebody who does not lead causes."""
    standing = state.standing
    amount = first_bid(
        state.increments.at(standing.price or 0),
        maximum=move.maximum,
        lowest=standing.asking,
        rival=_leaders_maximum(state),
    )
    offered = VisibleBid(bidder=move.bidder, amount=amount)
    rank = rank_of(terms, state, move)
    return _accepted(state, _answered(state, offered), at, on_floor=False, rank=rank)


def result(terms: EnglishTerms, state: EnglishState, at: int) -> Outcome:
    """Return the outcome if the hammer falls at `at`; there is a bid, or it could not fall."""
    standing = state.standing
    if not meets_reserve(terms, state):
        return Outcome(kind=OutcomeKind.RESERVE_NOT_MET, at=at)
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=standing.leader, price=standing.price)


def meets_reserve(terms: EnglishTerms, state: EnglishState) -> bool:
    """Tell whether the highest bid meets the reserve; for the auctioneer's eyes only (保留价灯)."""
    price = state.standing.price
    return price is not None and (terms.reserve is None or price >= terms.reserve)


def after(standing: Standing, event: RoomBidAccepted) -> Standing:
    """Return how the room stands after an accepted bid."""
    return Standing(
        asking=event.asking,
        price=event.amount,
        leader=event.bidder,
        leader_at=event.at,
        leader_rank=event.rank,
        bids=standing.bids + 1,
    )


def _not_on_the_floor(state: EnglishState) -> Rejection:
    waiting = state.phase is Phase.WAITING
    return Rejection(code=RejectionCode.LOT_NOT_OPEN if waiting else RejectionCode.WRONG_PHASE)


def _leaders_maximum(state: EnglishState) -> int | None:
    leader = state.standing.leader
    return None if leader is None else state.maxima.get(leader)


def _answered(state: EnglishState, offered: VisibleBid) -> tuple[VisibleBid, ...]:
    return after_bid(
        state.increments,
        offered,
        leader=state.standing.leader,
        maximum=_leaders_maximum(state),
    )


def _accepted(
    state: EnglishState,
    visible: tuple[VisibleBid, ...],
    at: int,
    *,
    on_floor: bool,
    rank: int | None,
) -> tuple[RoomBidAccepted, ...]:
    return tuple(
        RoomBidAccepted(
            bidder=bid.bidder,
            amount=bid.amount,
            asking=bid.amount + state.increments.at(bid.amount),
            at=at,
            entry=state.entry + 1,
            on_floor=on_floor,
            matches=bid.matches,
            rank=state.standing.leader_rank if bid.bidder == state.standing.leader else rank,
        )
        for bid in visible
    )
