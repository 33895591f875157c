"""英式拍卖 run by an auctioneer: asking price, floor and network bids, three calls, the hammer.

    WAITING --OpenFloor--> FLOOR --Hammer--> (HAMMERED --Reopen--> FLOOR) -> (PRIORITY) -> ENDED

The auctioneer asks for the next price; a bid is at least that and whole increments above it. He may
change the asking price and the increment at any time; either cancels his calls, and so does every bid.
The hammer may fall when the price has been called `calls` times. The clerk may take back his own last
entry, with the proxy's answer to it, until the hammer falls or somebody else has bid: a bidder's own
declaration binds him (拍卖法 art. 36) and is never undone. A lot may be passed unless a bid stands that
the seller must accept. After the hammer the deal is done (art. 51), unless the published rules let the
auctioneer re-open for a moment (a bid made as the hammer fell).

Sources: 拍卖法 art. 36, 50-51; 39号令 art. 15-17; hall procedure of 现场竞价 (count the bidders, announce,
call three times).
"""

from dataclasses import replace
from typing import TypeAlias

from bidding_rules.first_refusal import (
    ExercisePriority,
    PriorityExercised,
    PriorityWaived,
    WaivePriority,
    ends_asking,
    judge_right,
)
from bidding_rules.formats import english_conduct, english_rules
from bidding_rules.formats.english_terms import (
    EnglishEvent,
    EnglishMove,
    EnglishState,
    EnglishTerms,
    EnterFloorBid,
    Standing,
)
from bidding_rules.formats.timed_terms import Bid, Phase, PhaseBegan, SaleEnded
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.proxies import MaximumSet, SetMaximum
from bidding_rules.rejections import Rejection, RejectionCode

Events: TypeAlias = tuple[EnglishEvent, ...]


def begin(terms: EnglishTerms, _at: int) -> EnglishState:
    """Return the state of a lot whose turn has come; the auctioneer opens the floor."""
    return EnglishState(standing=Standing(asking=terms.start), increments=terms.increments)


def judge(
    terms: EnglishTerms, state: EnglishState, move: EnglishMove, at: int
) -> Events | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    The caller has checked who may do this: bidders bid, the clerk enters and undoes, the auctioneer
    conducts.
    """
    if state.phase is Phase.ENDED or (state.closes_at is not None and at >= state.closes_at):
        return Rejection(code=RejectionCode.LOT_CLOSED)
    match move:
        case Bid() | EnterFloorBid():
            broken = english_rules.broken_bid_rule(terms, state, move)
            return broken or english_rules.accepted_bid(terms, state, move, at)
        case SetMaximum():
            return _set_maximum(terms, state, move, at)
        case ExercisePriority() | WaivePriority():
            return _right(terms, state, move, at)
        case _:
            return english_conduct.judge(terms, state, move, at)


def apply(terms: EnglishTerms, state: EnglishState, event: EnglishEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case MaximumSet():
            state.maxima[event.bidder] = event.maximum
        case PhaseBegan():
            state.phase, state.closes_at = event.phase, event.closes_at
        case PriorityExercised():
            state.standing = replace(
                state.standing,
                leader=event.bidder,
                leader_rank=event.rank,
                leader_at=event.at,
            )
        case PriorityWaived():
            state.waived.add(event.bidder)
        case SaleEnded():
            state.phase, state.closes_at = Phase.ENDED, None
            state.outcome = event.outcome
        case _:
            english_conduct.apply(terms, state, event)


def due_at(state: EnglishState) -> int | None:
    """Return when something next happens by itself; on the floor nothing does."""
    return state.closes_at


def lapse(terms: EnglishTerms, state: EnglishState, at: int) -> EnglishEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.closes_at is None or at < state.closes_at:
        return None
    if state.phase is Phase.HAMMERED:
        assert state.hammered_at is not None, "the hammer has fallen"
        return english_conduct.after_hammer(terms, state, state.hammered_at, state.closes_at)
    return SaleEnded(outcome=english_rules.result(terms, state, state.closes_at))


def _set_maximum(
    terms: EnglishTerms, state: EnglishState, move: SetMaximum, at: int
) -> Events | Rejection:
    broken = english_rules.broken_maximum_rule(terms, state, move)
    if broken is not None:
        return broken
    placed = MaximumSet(bidder=move.bidder, maximum=move.maximum, at=at)
    if move.bidder == state.standing.leader:
        return (placed,)
    return (placed, *english_rules.accepted_maximum(terms, state, move, at))


def _right(
    terms: EnglishTerms, state: EnglishState, move: ExercisePriority | WaivePriority, at: int
) -> Events | Rejection:
    caused = judge_right(
        terms.first_refusal,
        move,
        asked=state.phase is Phase.PRIORITY,
        waived=state.waived,
        leader_rank=state.standing.leader_rank,
        at=at,
    )
    if isinstance(caused, Rejection):
        return caused
    taken = ends_asking(caused)
    if taken is None:
        return caused
    price = state.standing.price
    sold = Outcome(kind=OutcomeKind.SOLD, at=at, winner=taken.bidder, price=price)
    return (*caused, SaleEnded(outcome=sold))
