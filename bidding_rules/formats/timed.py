"""Timed bidding (网上挂牌/网络竞价): a free phase (自由报价), then a limited phase (限时竞价).

The machine of the limited phase, as cities really run it::

    closes_at = end of the free phase + N             (N = 4 or 5 min; 60-120 s in forest sales)
    an accepted bid at t < closes_at:  closes_at = t + N   (a full reset, not "+N")
    the bid that arrives at or after closes_at is late, even if nobody has closed the lot yet

Between the two an inquiry (询问) may ask who goes on, and a stop window (停止报价) may shut the end of
the free phase. Without a limited phase the free phase closes the sale, with a tail window if the terms say
so (司法网拍: the last five minutes). Afterwards holders of a right of first refusal may be asked.
Sources: 39号令 art. 17-19; net-listing rules; 法释〔2016〕18号.
"""

from copy import deepcopy

from bidding_rules.extension import extended_close
from bidding_rules.first_refusal import goes_before
from bidding_rules.formats import timed_moves, timed_rules
from bidding_rules.formats.timed_terms import (
    Bid,
    BidAccepted,
    Move,
    Phase,
    PhaseBegan,
    SaleEnded,
    StopPricePassed,
    TimedEvent,
    TimedState,
    TimedTerms,
)
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.proxies import MaximumSet, SetMaximum, VisibleBid, after_bid, first_bid
from bidding_rules.rejections import Rejection


def begin(terms: TimedTerms, at: int) -> TimedState:
    """Return the state of a sale that opens at `at`."""
    if terms.free_us == 0:
        return _in_phase(TimedState(), Phase.LIMITED, at, at + _limited_us(terms), terms)
    return _in_phase(TimedState(), Phase.FREE, at, at + terms.free_us, terms)


def amount_min(terms: TimedTerms, state: TimedState) -> int | None:
    """Return the lowest valid bid now, or None when no higher bid can be valid."""
    return timed_rules.lowest_bid(terms, state)


def judge(
    terms: TimedTerms, state: TimedState, move: Move, at: int
) -> tuple[TimedEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    The caller has applied everything that fell due by `at` (see `lapse`) and has checked who the bidder
    is; here only the format decides.
    """
    if type(move) is not Bid:
        return _judge_other(terms, state, move, at)
    broken = timed_rules.broken_phase_rule(
        terms, state, move.bidder, at
    ) or timed_rules.broken_price_rule(terms, state, move)
    if broken is not None:
        return broken
    # From here on the bid must succeed.
    if terms.stop_above_cap and timed_rules.passes_stop_price(terms, move):
        return (StopPricePassed(bidder=move.bidder, at=at), _stopped(terms, state, at))
    if state.maxima:
        offered = VisibleBid(bidder=move.bidder, amount=move.amount)
        rank = timed_rules.rank_of(terms, state, move)
        return _accept(terms, state, _answered(terms, state, offered), at, rank)
    matches, rank = False, None
    if terms.first_refusal is not None:
        matches = timed_rules.matches_by_right(terms, state, move)
        rank = timed_rules.rank_of(terms, state, move)
    closes_at, extension = state.closes_at, state.extension
    if extension is not None:
        closes_at = extended_close(extension, closes_at, at, state.hard_end_at)
    accepted = (BidAccepted(move.bidder, move.amount, at, closes_at, matches, rank),)
    if terms.cap is None or not timed_rules.tops(terms, state, move.amount):
        return accepted
    return accepted + _ended_at_top(terms, state, accepted, at)


def apply(terms: TimedTerms, state: TimedState, event: TimedEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    if type(event) is not BidAccepted:
        _apply_other(terms, state, event)
        return
    if event.closes_at > state.closes_at:
        state.extensions += 1
    state.closes_at = event.closes_at
    if terms.cap is not None and timed_rules.tops(terms, state, event.amount):
        held = state.at_cap if terms.equal_bids_at_cap else ()
        state.at_cap = (*held, event.bidder)
    if event.matches or state.price is None or event.amount > state.price:
        state.price, state.leader = event.amount, event.bidder
        state.leader_at, state.leader_rank = event.at, event.rank
    state.bids += 1
    state.quoted.add(event.bidder)


def due_at(state: TimedState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.phase is Phase.ENDED else state.closes_at


def lapse(terms: TimedTerms, state: TimedState, at: int) -> TimedEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if at < state.closes_at or state.phase is Phase.ENDED:
        return None
    due = state.closes_at
    if state.phase is Phase.FREE and _limited_follows(terms, state):
        if terms.inquiry_us:
            return PhaseBegan(phase=Phase.INQUIRY, at=due, closes_at=due + terms.inquiry_us)
        return PhaseBegan(phase=Phase.LIMITED, at=due, closes_at=due + _limited_us(terms))
    if state.phase is Phase.INQUIRY and len(state.confirmed) >= terms.inquiry_min_confirmed:
        return PhaseBegan(phase=Phase.LIMITED, at=due, closes_at=due + _limited_us(terms))
    return ending(terms, state, due)


def ending(terms: TimedTerms, state: TimedState, at: int) -> PhaseBegan | SaleEnded:
    """Return what follows if bidding ends at `at` (the close, or the hammer before it)."""
    outcome = result(terms, state, at)
    ask_us = 0 if terms.first_refusal is None else terms.first_refusal.ask_us
    if (
        ask_us
        and outcome.kind is OutcomeKind.SOLD
        and state.phase is not Phase.PRIORITY
        and goes_before(1, state.leader_rank)
    ):
        return PhaseBegan(phase=Phase.PRIORITY, at=at, closes_at=at + ask_us)
    return SaleEnded(outcome=outcome)


def result(terms: TimedTerms, state: TimedState, at: int) -> Outcome:
    """Return the outcome if bidding ends at `at`: highest bid, if it meets the reserve."""
    if state.price is None or state.leader is None:
        return Outcome(kind=OutcomeKind.NO_BIDS, at=at)
    if len(state.quoted) < terms.bidders_min:
        return Outcome(kind=OutcomeKind.TOO_FEW_BIDDERS, at=at)
    if not meets_reserve(terms, state):
        return Outcome(kind=OutcomeKind.RESERVE_NOT_MET, at=at)
    if state.at_cap and (terms.capped_goes_on or len(state.at_cap) > 1):
        others = (bidder for bidder in state.at_cap if bidder != state.leader)
        contenders = (state.leader, *others)
        return Outcome(kind=OutcomeKind.CAPPED, at=at, price=state.price, contenders=contenders)
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=state.leader, price=state.price)


def meets_reserve(terms: TimedTerms, state: TimedState) -> bool:
    """Tell whether the price meets the reserve; one still to be keyed in is met by nobody."""
    reserve = terms.reserve if terms.reserve_entry_us is None else state.reserve
    if reserve is None:
        return terms.reserve_entry_us is None
    return state.price is not None and state.price >= reserve


def _judge_other(
    terms: TimedTerms, state: TimedState, move: SetMaximum | timed_moves.SideMove, at: int
) -> tuple[TimedEvent, ...] | Rejection:
    if isinstance(move, SetMaximum):
        return _set_maximum(terms, state, move, at)
    return timed_moves.judge(terms, state, move, at)


def _set_maximum(
    terms: TimedTerms, state: TimedState, move: SetMaximum, at: int
) -> tuple[TimedEvent, ...] | Rejection:
    broken = timed_rules.broken_maximum_rule(terms, state, move, at)
    if broken is not None:
        return broken
    # From here on the maximum must stand.
    placed = MaximumSet(bidder=move.bidder, maximum=move.maximum, at=at)
    if move.bidder == state.leader:
        return (placed,)
    lowest = amount_min(terms, state)
    assert lowest is not None, "a price that nothing can pass ends bidding"
    amount = first_bid(
        timed_rules.increments_in_force(terms, state).at(state.price or 0),
        maximum=move.maximum,
        lowest=lowest,
        rival=_leaders_maximum(terms, state),
    )
    visible = _answered(terms, state, VisibleBid(bidder=move.bidder, amount=amount))
    rank = timed_rules.rank_of(terms, state, move)
    return (placed, *_accept(terms, state, visible, at, rank))


def _leaders_maximum(terms: TimedTerms, state: TimedState) -> int | None:
    """Return up to what the leader's proxy may still bid; None: he has none, or may not go on."""
    if state.leader is None or state.at_cap:
        return None
    if state.phase is Phase.LIMITED and not timed_rules.goes_on(terms, state, state.leader):
        return None
    return state.maxima.get(state.leader)


def _answered(terms: TimedTerms, state: TimedState, bid: VisibleBid) -> tuple[VisibleBid, ...]:
    """Return `bid` and what the leader's proxy answers."""
    return after_bid(
        timed_rules.increments_in_force(terms, state),
        bid,
        leader=state.leader,
        maximum=_leaders_maximum(terms, state),
    )


def _accept(
    terms: TimedTerms,
    state: TimedState,
    visible: tuple[VisibleBid, ...],
    at: int,
    rank: int | None,
) -> tuple[TimedEvent, ...]:
    """Accept valid bids that arrived together: a newcomer's of `rank`, and the leader's answer.

    They move the close once, and may end price bidding.
    """
    closes_at = _close_after(state, at)
    accepted = tuple(
        BidAccepted(
            bidder=bid.bidder,
            amount=bid.amount,
            at=at,
            closes_at=closes_at,
            matches=bid.matches,
            rank=state.leader_rank if bid.bidder == state.leader else rank,
        )
        for bid in visible
    )
    return (*accepted, *_ended_at_top(terms, state, accepted, at))


def _ended_at_top(
    terms: TimedTerms, state: TimedState, accepted: tuple[BidAccepted, ...], at: int
) -> tuple[TimedEvent, ...]:
    """End price bidding at the cap, unless others may still bid the same (摇号)."""
    if terms.equal_bids_at_cap or not timed_rules.tops(terms, state, accepted[-1].amount):
        return ()
    after = deepcopy(state)
    for event in accepted:
        apply(terms, after, event)
    return (ending(terms, after, at),)


def _stopped(terms: TimedTerms, state: TimedState, at: int) -> SaleEnded:
    """End price bidding because somebody passed the stop price; the leader stands by if he may win."""
    if state.leader is None or not meets_reserve(terms, state):
        return SaleEnded(outcome=Outcome(kind=OutcomeKind.CAPPED, at=at))
    holder = (state.leader,)
    outcome = Outcome(kind=OutcomeKind.CAPPED, at=at, price=state.price, contenders=holder)
    return SaleEnded(outcome=outcome)


def _apply_other(
    terms: TimedTerms,
    state: TimedState,
    event: PhaseBegan | MaximumSet | StopPricePassed | SaleEnded | timed_moves.SideEvent,
) -> None:
    match event:
        case PhaseBegan():
            _in_phase(state, event.phase, event.at, event.closes_at, terms)
        case MaximumSet():
            state.maxima[event.bidder] = event.maximum
        case StopPricePassed():
            pass  # It tells the room why the sale goes on elsewhere.
        case SaleEnded():
            state.phase, state.outcome = Phase.ENDED, event.outcome
        case _:
            timed_moves.apply(terms, state, event)


def _close_after(state: TimedState, bid_at: int) -> int:
    extension, closes_at = state.extension, state.closes_at
    if extension is None:
        return closes_at
    return extended_close(extension, closes_at, bid_at, state.hard_end_at)


def _limited_follows(terms: TimedTerms, state: TimedState) -> bool:
    """Tell whether enough bidders quoted in the free phase for a limited one."""
    if terms.limited_us is None:
        return False
    return len(state.quoted) >= max(terms.limited_bidders_min, int(terms.must_have_quoted))


def _in_phase(
    state: TimedState, phase: Phase, at: int, closes_at: int, terms: TimedTerms
) -> TimedState:
    extension = terms.extension(phase)
    hard_end_us = None if extension is None else extension.hard_end_us
    state.phase, state.began_at, state.closes_at = phase, at, closes_at
    state.extension = extension
    state.hard_end_at = None if hard_end_us is None else at + hard_end_us
    return state


def _limited_us(terms: TimedTerms) -> int:
    assert terms.limited_us is not None, "validated when the terms were built"
    return terms.limited_us
