"""Promises of timed bidding, for every history that Hypothesis can think of.

Each promise is checked against the events alone, by arithmetic written here anew; and each is shown
to notice a fault planted in the machine.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import strategies as st

from bidding_rules.extension import Extension
from bidding_rules.first_refusal import ExercisePriority, FirstRefusal
from bidding_rules.formats import timed, timed_rules
from bidding_rules.formats.timed_terms import (
    Bid,
    BidAccepted,
    ConfirmParticipation,
    Phase,
    PhaseBegan,
    SaleEnded,
    TimedTerms,
)
from bidding_rules.increments import fixed
from bidding_rules.outcome import OutcomeKind
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import Rejection, RejectionCode
from tests.support.planted import holds, notices

BIDDERS = ("ann", "bob", "cat")
START, STEP, FREE, LIMITED = 10, 3, 100, 40
RANKS = {"ann": None, "bob": 2, "cat": 1}


@dataclass(frozen=True)
class History:
    """Terms, and what was asked of the machine when."""

    terms: TimedTerms
    moves: tuple[tuple[Any, int], ...]


@st.composite
def terms_of(draw, kind=None):
    changes = {"free_us": draw(st.sampled_from([0, FREE]))}
    if changes["free_us"] and draw(st.booleans()):
        changes |= {"inquiry_us": 20, "inquiry_min_confirmed": draw(st.integers(0, 2))}
    if changes["free_us"] and draw(st.booleans()):
        changes |= {"must_have_quoted": True, "stop_window_us": 10}
    if draw(st.booleans()):
        changes["limited_extension"] = Extension(by_us=LIMITED, hard_end_us=3 * LIMITED)
    kind = kind or draw(
        st.sampled_from(["plain", "cap", "lottery", "hand_over", "proxies", "match", "ask"])
    )
    if kind in ("cap", "lottery", "hand_over"):
        changes["cap"] = START + 5 * STEP
    changes["equal_bids_at_cap"] = kind == "lottery"
    changes["capped_goes_on"] = kind == "hand_over"
    changes["proxies_allowed"] = kind == "proxies"
    if kind == "match":
        changes["first_refusal"] = FirstRefusal()
    if kind == "ask":
        changes["first_refusal"] = FirstRefusal(in_room=False, ask_us=30)
    changes["reserve"] = draw(st.sampled_from([None, START, START + 2 * STEP]))
    changes["bidders_min"] = draw(st.integers(1, 2)) if "cap" not in changes else 1
    return TimedTerms(start=START, increments=fixed(STEP), limited_us=LIMITED, **changes)


@st.composite
def any_move(draw, amount):
    bidder = draw(st.sampled_from(BIDDERS))
    kind = draw(st.sampled_from(["bid"] * 5 + ["maximum", "confirm", "exercise"]))
    if kind == "bid":
        return Bid(bidder=bidder, amount=amount, rank=RANKS[bidder])
    if kind == "maximum":
        return SetMaximum(bidder=bidder, maximum=amount)
    if kind == "confirm":
        return ConfirmParticipation(bidder=bidder)
    return ExercisePriority(bidder=bidder, rank=RANKS[bidder] or 3)


@st.composite
def histories(draw, kind=None):
    """Moves around the prices and instants that matter, so that many are accepted."""
    moves, at, around = [], 0, START
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([0, 1, 5, LIMITED - 1, LIMITED, FREE]))
        amount = around + draw(st.sampled_from([0, STEP, STEP, STEP, 2 * STEP, -1, 1]))
        moves.append((draw(any_move(amount)), at))
        around = max(around, min(amount, START + 12 * STEP))
    return History(draw(terms_of(kind)), tuple(moves))


def run(history):
    """Return events, state, and each move with the close in force when it arrived."""
    terms = history.terms
    state = timed.begin(terms, 0)
    events, asked = [], []

    def happen(event):
        timed.apply(terms, state, event)
        events.append(event)

    def let_happen(at):
        while (event := timed.lapse(terms, state, at)) is not None:
            happen(event)

    for move, at in history.moves:
        let_happen(at)
        answer = timed.judge(terms, state, move, at)
        asked.append((move, at, answer, state.closes_at))
        for event in () if isinstance(answer, Rejection) else answer:
            happen(event)
    let_happen(10**6)
    return events, state, asked


# --- the promises -------------------------------------------------------------------------------


def accepted_prices_follow_the_rule(history):
    """Each is whole increments above the price before; equal ones only where the terms say so."""
    terms, price, leader_rank, at_price = history.terms, None, None, set()
    for event in run(history)[0]:
        if not isinstance(event, BidAccepted):
            continue
        base = terms.start - STEP if price is None else price
        steps, off_grid = divmod(event.amount - base, STEP)
        if event.matches:
            assert event.amount == price
            better = event.rank is not None and event.rank < (leader_rank or 99)
            assert better or terms.proxies_allowed
        elif event.amount == price:
            assert terms.equal_bids_at_cap
            assert price == terms.cap
            assert event.bidder not in at_price
        else:
            assert off_grid == 0
            assert steps >= 1
        assert terms.cap is None or event.amount <= terms.cap
        if event.amount != price:
            at_price = set()
        at_price.add(event.bidder)
        price, leader_rank = event.amount, event.rank


def replaying_the_events_gives_the_same_sale(history):
    events, state, _ = run(history)
    replayed = timed.begin(history.terms, 0)
    for event in events:
        timed.apply(history.terms, replayed, event)
    assert replayed == state


def the_close_follows_the_written_rule(history):
    """In time means before the close in force; a bid of the limited phase moves it to its + N."""
    events = run(history)[0]
    phase = Phase.FREE if history.terms.free_us else Phase.LIMITED
    close = history.terms.free_us or LIMITED
    hard_end = 3 * LIMITED if history.terms.limited_extension and phase is Phase.LIMITED else None
    for event in events:
        if isinstance(event, PhaseBegan):
            assert event.at == close
            phase, close = event.phase, event.closes_at
            hard_end = event.at + 3 * LIMITED if history.terms.limited_extension else None
        elif isinstance(event, BidAccepted):
            assert event.at < close
            if phase is Phase.LIMITED:
                close = max(close, event.at + LIMITED)
                close = close if hard_end is None else min(close, hard_end)
            assert event.closes_at == close


def the_result_is_that_of_the_events(history):
    events, state, _ = run(history)
    terms, ended = history.terms, events[-1]
    assert isinstance(ended, SaleEnded)
    assert [e for e in events if isinstance(e, SaleEnded)] == [ended]
    assert state.outcome == ended.outcome
    bids = [e for e in events if isinstance(e, BidAccepted)]
    best = max((e.amount for e in bids), default=None)
    tops = [e.bidder for e in bids if e.amount == best]
    kind = ended.outcome.kind
    if not bids:
        assert kind is OutcomeKind.NO_BIDS
    elif len({e.bidder for e in bids}) < terms.bidders_min:
        assert kind is OutcomeKind.TOO_FEW_BIDDERS
    elif terms.reserve is not None and best < terms.reserve:
        assert kind is OutcomeKind.RESERVE_NOT_MET
    elif best == terms.cap and (terms.capped_goes_on or len(tops) > 1):
        assert (kind, ended.outcome.contenders) == (OutcomeKind.CAPPED, tuple(tops))
    else:
        assert (kind, ended.outcome.price) == (OutcomeKind.SOLD, best)
        asks = terms.first_refusal is not None and terms.first_refusal.ask_us
        assert ended.outcome.winner == tops[-1] or asks


def a_refusal_for_too_low_names_the_least_that_would_do(history):
    """The told minimum is accepted at once, and one fen less is not."""
    terms, state = history.terms, timed.begin(history.terms, 0)
    for move, at in history.moves:
        while (event := timed.lapse(terms, state, at)) is not None:
            timed.apply(terms, state, event)
        answer = timed.judge(terms, state, move, at)
        if not isinstance(answer, Rejection):
            for event in answer:
                timed.apply(terms, state, event)
        elif answer.code is RejectionCode.BELOW_MINIMUM:
            told = answer.amount_min
            assert move.amount < told
            least = Bid(bidder=move.bidder, amount=told)
            assert not isinstance(timed.judge(terms, state, least, at), Rejection)
            less = Bid(bidder=move.bidder, amount=told - 1)
            assert isinstance(timed.judge(terms, state, less, at), Rejection)


def judging_changes_nothing(history):
    terms, state = history.terms, timed.begin(history.terms, 0)
    for move, at in history.moves:
        before = repr(state)
        timed.judge(terms, state, move, at)
        timed.lapse(terms, state, at)
        assert repr(state) == before


PROMISES = [
    accepted_prices_follow_the_rule,
    replaying_the_events_gives_the_same_sale,
    the_close_follows_the_written_rule,
    the_result_is_that_of_the_events,
    a_refusal_for_too_low_names_the_least_that_would_do,
    judging_changes_nothing,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_timed_bidding_keeps_its_promise(promise):
    holds(histories(), promise)


# --- faults that the promises must notice -------------------------------------------------------


def extension_added_to_the_close(extension, closes_at, *_):
    return closes_at + extension.by_us


def late_by_one(_terms, state, _bidder, at):
    return None if at <= state.closes_at else Rejection(code=RejectionCode.LOT_CLOSED)


def grid_forgotten(terms, state, bid, _genuine=timed_rules.broken_price_rule):
    broken = _genuine(terms, state, bid)
    off_grid = broken is not None and broken.code is RejectionCode.OFF_GRID
    return None if off_grid else broken


def bounds_too_low(terms, state, bid, _genuine=timed_rules.broken_price_rule):
    broken = _genuine(terms, state, bid)
    if broken is None or broken.amount_min is None:
        return broken
    return replace(broken, amount_min=terms.start + 7)


def first_bidder_keeps_the_lead(terms, state, event, _genuine=timed.apply):
    if not isinstance(event, BidAccepted):
        _genuine(terms, state, event)
        return
    state.closes_at, state.price = event.closes_at, event.amount
    state.leader = state.leader or event.bidder
    state.bids += 1
    state.quoted.add(event.bidder)


def judge_that_counts(_terms, state, *_):
    state.bids += 1
    return Rejection(code=RejectionCode.LOT_CLOSED)


def phases_that_remember():
    """Return a fault that depends on what else ran before: replay cannot give the same."""
    genuine, calls = timed._in_phase, []

    def in_phase(state, phase, at, closes_at, terms):
        calls.append(at)
        genuine(state, phase, at, closes_at, terms)
        state.extensions += len(calls) % 3
        return state

    return in_phase


FAULTS = [
    (accepted_prices_follow_the_rule, timed_rules, "broken_price_rule", lambda *_: None),
    (accepted_prices_follow_the_rule, timed_rules, "broken_price_rule", grid_forgotten),
    (replaying_the_events_gives_the_same_sale, timed, "_in_phase", phases_that_remember()),
    (the_close_follows_the_written_rule, timed, "extended_close", extension_added_to_the_close),
    (the_close_follows_the_written_rule, timed_rules, "broken_phase_rule", late_by_one),
    (the_result_is_that_of_the_events, timed, "apply", first_bidder_keeps_the_lead),
    (the_result_is_that_of_the_events, timed, "meets_reserve", lambda *_: True),
    (
        a_refusal_for_too_low_names_the_least_that_would_do,
        timed_rules,
        "broken_price_rule",
        bounds_too_low,
    ),
    (judging_changes_nothing, timed, "judge", judge_that_counts),
]


@pytest.mark.parametrize(("promise", "module", "name", "fault"), FAULTS)
def test_the_promise_notices_a_planted_fault(promise, module, name, fault, monkeypatch):
    monkeypatch.setattr(module, name, fault)
    notices(histories(), promise)


def test_the_price_rule_notices_a_right_that_is_no_better(monkeypatch):
    monkeypatch.setattr(timed_rules, "goes_before", lambda rank, _: rank is not None)
    notices(histories("match"), accepted_prices_follow_the_rule)
