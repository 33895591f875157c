"""Timed bidding (网上挂牌/网络竞价): a free phase (自由报价), then a limited phase (限时竞价).

The machine of the limited phase, as cities really run it::

    closes_at = end of the free phase + N             (N = 4 or 5 min; 60-120 s in forest sales)
    an accepted bid at t < closes_at:  closes_at = t + N   (a full reset, not "+N")
    the bid that arrives at or after closes_at is late, even if nobody has closed the lot yet

Between the two an inquiry (询问) may ask who goes on, and a stop window (停止报价) may shut the end of
the free phase. Without a limited phase the free phase closes the sale, with a tail window if the terms say
so (司法网拍: the last five minutes). Sources: 39号令 art. 17-19; net-listing rules; 法释〔2016〕18号.
"""

from bidding_rules.extension import extended_close
from bidding_rules.formats.timed_terms import (
    Bid,
    BidAccepted,
    ConfirmParticipation,
    Move,
    ParticipationConfirmed,
    Phase,
    PhaseBegan,
    SaleEnded,
    TimedEvent,
    TimedState,
    TimedTerms,
)
from bidding_rules.increments import is_on_grid, next_minimum
from bidding_rules.money import AMOUNT_MAX
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


def begin(terms: TimedTerms, at: int) -> TimedState:
    """Return the state of a sale that opens at `at`."""
    if terms.free_us == 0:
        return _in_phase(TimedState(), Phase.LIMITED, at, at + _limited_us(terms), terms)
    return _in_phase(TimedState(), Phase.FREE, at, at + terms.free_us, terms)


def amount_min(terms: TimedTerms, state: TimedState) -> int | None:
    """Return the lowest valid bid now, or None when no higher bid can be valid."""
    if terms.equal_bids_at_cap and state.at_cap:
        return terms.cap
    lowest = next_minimum(terms.increments, state.price, terms.start)
    if terms.cap is not None and lowest > terms.cap:
        return None
    return lowest


def judge(
    terms: TimedTerms, state: TimedState, move: Move, at: int
) -> tuple[TimedEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    The caller has applied everything that fell due by `at` (see `lapse`) and has checked who the bidder
    is; here only the format decides.
    """
    if isinstance(move, ConfirmParticipation):
        return _confirm(terms, state, move)
    broken = _broken_rule(terms, state, move, at)
    if broken is not None:
        return broken
    # From here on the bid must succeed.
    return (
        BidAccepted(
            bidder=move.bidder,
            amount=move.amount,
            at=at,
            closes_at=_close_after(terms, state, at),
        ),
        *_ended_by_cap(terms, move, at),
    )


def apply(terms: TimedTerms, state: TimedState, event: TimedEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case PhaseBegan():
            _in_phase(state, event.phase, event.at, event.closes_at, terms)
        case BidAccepted():
            state.extensions += event.closes_at > state.closes_at
            state.closes_at = event.closes_at
            if state.price is None or event.amount > state.price:
                state.price, state.leader, state.leader_at = event.amount, event.bidder, event.at
            if event.amount == terms.cap:
                state.at_cap = (*state.at_cap, event.bidder)
            state.bids += 1
            state.quoted.add(event.bidder)
        case ParticipationConfirmed():
            state.confirmed.add(event.bidder)
        case SaleEnded():
            state.phase = Phase.ENDED
            state.outcome = event.outcome


def due_at(state: TimedState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.phase is Phase.ENDED else state.closes_at


def lapse(terms: TimedTerms, state: TimedState, at: int) -> TimedEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.phase is Phase.ENDED or at < state.closes_at:
        return None
    due = state.closes_at
    if state.phase is Phase.FREE and terms.limited_us is not None:
        if terms.inquiry_us and state.price is not None:
            return PhaseBegan(phase=Phase.INQUIRY, at=due, closes_at=due + terms.inquiry_us)
        if state.price is not None or not terms.limited_needs_bid:
            return PhaseBegan(phase=Phase.LIMITED, at=due, closes_at=due + terms.limited_us)
    if state.phase is Phase.INQUIRY and len(state.confirmed) >= terms.inquiry_min_confirmed:
        return PhaseBegan(phase=Phase.LIMITED, at=due, closes_at=due + _limited_us(terms))
    return SaleEnded(outcome=result(terms, state, due))


def result(terms: TimedTerms, state: TimedState, at: int) -> Outcome:
    """Return the outcome if bidding ends at `at`: highest bid, if it meets the reserve."""
    if state.price is None or state.leader is None:
        return Outcome(kind=OutcomeKind.NO_BIDS, at=at)
    if len(state.quoted) < terms.bidders_min:
        return Outcome(kind=OutcomeKind.TOO_FEW_BIDDERS, at=at)
    if terms.reserve is not None and state.price < terms.reserve:
        return Outcome(kind=OutcomeKind.RESERVE_NOT_MET, at=at)
    if len(state.at_cap) > 1 or (state.at_cap and terms.capped_goes_on):
        return Outcome(kind=OutcomeKind.CAPPED, at=at, price=state.price, contenders=state.at_cap)
    return Outcome(kind=OutcomeKind.SOLD, at=at, winner=state.leader, price=state.price)


def _broken_rule(terms: TimedTerms, state: TimedState, bid: Bid, at: int) -> Rejection | None:
    """Return the first rule that `bid` breaks, in the order of `RejectionCode`."""
    if state.phase is Phase.ENDED or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if state.phase is Phase.FREE and at >= state.closes_at - terms.stop_window_us:
        return Rejection(code=RejectionCode.STOP_WINDOW)
    if state.phase is Phase.INQUIRY:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if state.phase is Phase.LIMITED and not _may_bid_in_limited(terms, state, bid.bidder):
        return Rejection(code=RejectionCode.NOT_CONFIRMED)
    return _broken_price_rule(terms, state, bid)


def _broken_price_rule(terms: TimedTerms, state: TimedState, bid: Bid) -> Rejection | None:
    lowest = amount_min(terms, state)
    bounds = {"amount_min": lowest, "amount_max": terms.cap}
    if bid.bidder in state.at_cap:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    if bid.bidder == state.leader and not terms.leader_may_raise:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    if lowest is None:
        return Rejection(code=RejectionCode.CAP_REACHED)
    if not 1 <= bid.amount <= AMOUNT_MAX:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, **bounds)
    if bid.amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, **bounds)
    if terms.cap is not None and bid.amount > terms.cap:
        return Rejection(code=RejectionCode.ABOVE_CAP, **bounds)
    base = terms.start if state.price is None else state.price
    if not is_on_grid(terms.increments, base, bid.amount):
        return Rejection(code=RejectionCode.OFF_GRID, **bounds)
    return None


def _may_bid_in_limited(terms: TimedTerms, state: TimedState, bidder: str) -> bool:
    if terms.inquiry_us and state.confirmed:
        return bidder in state.confirmed
    return bidder in state.quoted or not terms.must_have_quoted


def _confirm(
    terms: TimedTerms, state: TimedState, move: ConfirmParticipation
) -> tuple[TimedEvent, ...] | Rejection:
    if state.phase is not Phase.INQUIRY:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if terms.must_have_quoted and move.bidder not in state.quoted:
        return Rejection(code=RejectionCode.NOT_CONFIRMED)
    if move.bidder in state.confirmed:
        return ()
    return (ParticipationConfirmed(bidder=move.bidder),)


def _close_after(terms: TimedTerms, state: TimedState, bid_at: int) -> int:
    extension = terms.extension(state.phase)
    if extension is None:
        return state.closes_at
    return extended_close(
        extension, closes_at=state.closes_at, bid_at=bid_at, hard_end_at=state.hard_end_at
    )


def _ended_by_cap(terms: TimedTerms, bid: Bid, at: int) -> tuple[TimedEvent, ...]:
    """End price bidding at the cap, unless others may still bid the same (摇号)."""
    if bid.amount != terms.cap or terms.equal_bids_at_cap:
        return ()
    if terms.capped_goes_on:
        outcome = Outcome(
            kind=OutcomeKind.CAPPED, at=at, price=bid.amount, contenders=(bid.bidder,)
        )
    else:
        outcome = Outcome(kind=OutcomeKind.SOLD, at=at, winner=bid.bidder, price=bid.amount)
    return (SaleEnded(outcome=outcome),)


def _in_phase(
    state: TimedState, phase: Phase, at: int, closes_at: int, terms: TimedTerms
) -> TimedState:
    extension = terms.extension(phase)
    hard_end_us = None if extension is None else extension.hard_end_us
    state.phase, state.began_at, state.closes_at = phase, at, closes_at
    state.hard_end_at = None if hard_end_us is None else at + hard_end_us
    return state


def _limited_us(terms: TimedTerms) -> int:
    assert terms.limited_us is not None, "validated when the terms were built"
    return terms.limited_us
