"""Timed bidding: which bids are valid, and the first rule that a bid breaks."""

from bidding_rules.first_refusal import goes_before
from bidding_rules.formats.timed_terms import Bid, Phase, TimedState, TimedTerms
from bidding_rules.increments import Increments
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import Rejection, RejectionCode

_FREE, _LIMITED, _ENDED = Phase.FREE, Phase.LIMITED, Phase.ENDED
_BELOW_MINIMUM = RejectionCode.BELOW_MINIMUM
_ALREADY_LEADING = Rejection(RejectionCode.ALREADY_LEADING)
_LOT_CLOSED = Rejection(RejectionCode.LOT_CLOSED)


def increments_in_force(terms: TimedTerms, state: TimedState) -> Increments:
    """Return the increments of the terms, or those that the host put in their place."""
    return state.increments or terms.increments


def lowest_bid(terms: TimedTerms, state: TimedState) -> int | None:
    """Return the lowest valid bid now, or None when no further bid can be valid."""
    price, cap = state.price, terms.cap
    if state.at_cap and terms.equal_bids_at_cap:
        return price
    if price is None:
        return terms.start
    lowest = price + (state.increments or terms.increments).at(price)
    if cap is not None and lowest > cap and not terms.stop_above_cap:
        return None
    return lowest


def tops(terms: TimedTerms, state: TimedState, price: int) -> bool:
    """Tell whether price bidding ends at `price`: the cap, or one that the next step would pass."""
    cap = terms.cap
    if cap is None or terms.stop_above_cap:
        return False
    return price + (state.increments or terms.increments).at(price) > cap


def passes_stop_price(terms: TimedTerms, bid: Bid) -> bool:
    """Tell whether `bid` is above a cap that is a stop price (中止价)."""
    return terms.stop_above_cap and terms.cap is not None and bid.amount > terms.cap


def rank_of(terms: TimedTerms, state: TimedState, bid: Bid | SetMaximum) -> int | None:
    """Return the right of first refusal that still stands behind `bid`."""
    return None if terms.first_refusal is None or bid.bidder in state.waived else bid.rank


def matches_by_right(terms: TimedTerms, state: TimedState, bid: Bid) -> bool:
    """Tell whether `bid` takes the lead at the leader's own price by a better right."""
    return (
        terms.first_refusal is not None
        and terms.first_refusal.in_room
        and bid.amount == state.price
        and goes_before(rank_of(terms, state, bid), state.leader_rank)
    )


def broken_phase_rule(
    terms: TimedTerms, state: TimedState, bidder: str, at: int
) -> Rejection | None:
    """Return why `bidder` may not bid at `at`, if so."""
    phase = state.phase
    if at >= state.closes_at or phase is _ENDED:
        return _LOT_CLOSED
    if phase is _LIMITED:
        chosen = terms.inquiry_us or terms.must_have_quoted
        if chosen and not goes_on(terms, state, bidder):
            return Rejection(code=RejectionCode.NOT_CONFIRMED)
        return None
    if phase is not _FREE:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if at >= state.closes_at - terms.stop_window_us:
        return Rejection(code=RejectionCode.STOP_WINDOW)
    return None


def goes_on(terms: TimedTerms, state: TimedState, bidder: str) -> bool:
    """Tell whether `bidder` may bid in the limited phase."""
    if terms.inquiry_us and terms.inquiry_min_confirmed and bidder not in state.confirmed:
        return False
    return not terms.must_have_quoted or bidder in state.quoted


def broken_price_rule(terms: TimedTerms, state: TimedState, bid: Bid) -> Rejection | None:
    """Return the first price rule that `bid` breaks, in the order of `RejectionCode`."""
    bidder, amount = bid.bidder, bid.amount
    if bidder in state.at_cap or (bidder == state.leader and not terms.leader_may_raise):
        return _ALREADY_LEADING
    increments, price = state.increments or terms.increments, state.price
    base = terms.start if price is None else price
    increment = increments.at(base)
    from_base = price is None or (state.at_cap and terms.equal_bids_at_cap)
    lowest = base if from_base else base + increment
    highest = price if state.at_cap else terms.cap
    if not 1 <= amount <= AMOUNT_MAX:
        code = RejectionCode.AMOUNT_OUT_OF_RANGE
    elif terms.first_refusal is not None and matches_by_right(terms, state, bid):
        return None
    elif amount < lowest:
        code = _BELOW_MINIMUM if terms.first_refusal is None else _too_low(state, bid)
    elif highest is not None and amount > highest:
        if terms.stop_above_cap:
            return None
        code = RejectionCode.ABOVE_CAP
    elif (amount - base) % increment == 0 or not increments.on_grid:
        return None
    else:
        code = RejectionCode.OFF_GRID
    return Rejection(code, lowest, highest)


def broken_maximum_rule(
    terms: TimedTerms, state: TimedState, move: SetMaximum, at: int
) -> Rejection | None:
    """Return the first rule that the secret maximum breaks. The leader may lower his to the price."""
    if not terms.proxies_allowed:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    broken = broken_phase_rule(terms, state, move.bidder, at)
    if broken is not None:
        return broken
    if move.bidder in state.at_cap:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    lowest = state.price if move.bidder == state.leader else lowest_bid(terms, state)
    assert lowest is not None, "a price that nothing can pass ends bidding"
    if not 1 <= move.maximum <= AMOUNT_MAX:
        return Rejection(
            code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=lowest, amount_max=terms.cap
        )
    if move.maximum < lowest:
        return Rejection(code=RejectionCode.PROXY_TOO_LOW, amount_min=lowest, amount_max=terms.cap)
    if terms.cap is not None and move.maximum > terms.cap:
        return Rejection(code=RejectionCode.ABOVE_CAP, amount_min=lowest, amount_max=terms.cap)
    return None


def _too_low(state: TimedState, bid: Bid) -> RejectionCode:
    """Tell a holder who wants to match, but whose right is no better, from an ordinary low bid."""
    if bid.amount == state.price and bid.rank is not None:
        return RejectionCode.NO_PRIORITY_RIGHT
    return _BELOW_MINIMUM
