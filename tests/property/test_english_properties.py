"""Promises of the English auction, for every order of moves by bidders, clerk and auctioneer."""

import pytest
from hypothesis import strategies as st

from bidding_rules.formats import english, english_conduct, english_rules
from bidding_rules.formats.english_terms import (
    AskingSet,
    CallPrice,
    CallUndone,
    EnglishTerms,
    EnterFloorBid,
    EntryUndone,
    FloorOpened,
    Hammer,
    HammerFell,
    LotReopened,
    OpenFloor,
    PassLot,
    PriceCalled,
    Reopen,
    RoomBidAccepted,
    SetAsking,
    Standing,
    UndoCall,
    UndoEntry,
)
from bidding_rules.formats.timed_terms import Bid, SaleEnded
from bidding_rules.increments import AdjustIncrement, fixed
from bidding_rules.outcome import OutcomeKind
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import Rejection
from tests.support.machine import Machine
from tests.support.planted import holds, notices

START, STEP, CALLS = 20, 5, 2
BIDDERS = ("ann", "bob", "p1", "p2")

amounts = st.integers(START // STEP, 14).map(lambda n: n * STEP)
bidders = st.sampled_from(BIDDERS)
moves = st.one_of(
    st.builds(Bid, bidder=bidders, amount=amounts),
    st.builds(EnterFloorBid, bidder=bidders, amount=amounts),
    st.builds(EnterFloorBid, bidder=bidders, amount=amounts),
    st.builds(SetMaximum, bidder=bidders, maximum=amounts),
    st.builds(SetAsking, amount=st.integers(START, 80)),
    st.builds(AdjustIncrement, increment=st.sampled_from([1, STEP, 2 * STEP])),
    st.just(CallPrice()),
    st.just(CallPrice()),
    st.just(CallPrice()),
    st.just(UndoCall()),
    st.just(UndoEntry(reason="error")),
    st.just(Hammer()),
    st.just(PassLot(reason="none")),
    st.just(Reopen(reason="late bid")),
)
histories = st.tuples(
    st.sampled_from([None, START, 40]), st.booleans(), st.lists(moves, max_size=40)
)


def auction(history):
    reserve, re_opens, asked = history
    terms = EnglishTerms(
        start=START,
        increments=fixed(STEP),
        reserve=reserve,
        calls=CALLS,
        reopen_us=3 if re_opens else 0,
        proxies_allowed=True,
    )
    machine = Machine(english, terms)
    machine.accepts(OpenFloor(participants=2), 0)
    for at, move in enumerate(asked):
        machine.until(at)
        answer = english.judge(machine.terms, machine.state, move, at)
        if not isinstance(answer, Rejection):
            machine.accepts(move, at)
    return machine.until(10**6)


def counting_bids(events):
    """Return the bids that count: those of undone entries never did."""
    undone = {e.entry for e in events if isinstance(e, EntryUndone)}
    return [e for e in events if isinstance(e, RoomBidAccepted) and e.entry not in undone]


def every_bid_meets_what_was_asked(history):
    """At least the asking price, whole increments above it; a proxy's match equals the price."""
    asking, price, step, before = START, None, STEP, []
    for event in auction(history).events:
        if isinstance(event, RoomBidAccepted):
            if not before or before[-1][0] != event.entry:
                before.append((event.entry, asking, price))
            if event.matches:
                assert event.amount == price
            else:
                assert event.amount >= asking
                assert (event.amount - asking) % step == 0
            price, asking = event.amount, event.amount + step
        elif isinstance(event, EntryUndone):
            _, asking, price = before.pop()
        elif isinstance(event, AskingSet):
            asking, step = event.asking, event.increment or step


def the_hammer_falls_on_uninterrupted_calls_only(history):
    calls = 0
    for event in auction(history).events:
        if isinstance(event, PriceCalled):
            assert event.call == calls + 1
            calls += 1
        elif isinstance(event, CallUndone):
            calls -= 1
        elif isinstance(event, HammerFell):
            assert calls == CALLS
        elif isinstance(event, RoomBidAccepted | AskingSet | EntryUndone | LotReopened):
            calls = 0
        assert not isinstance(event, FloorOpened) or calls == 0


def the_result_is_that_of_the_bids_that_count(history):
    machine = auction(history)
    bids, outcome = counting_bids(machine.events), machine.state.outcome
    standing = machine.state.standing
    assert standing.bids == len(bids)
    assert (standing.leader, standing.price) == (
        (bids[-1].bidder, bids[-1].amount) if bids else (None, None)
    )
    if outcome is None:
        return
    assert machine.events[-1] == SaleEnded(outcome=outcome)
    reserve = history[0] or 0
    if outcome.kind is OutcomeKind.SOLD:
        assert (outcome.winner, outcome.price) == (bids[-1].bidder, bids[-1].amount)
        assert outcome.price >= reserve
        assert outcome.at == next(
            e.at for e in reversed(machine.events) if isinstance(e, HammerFell)
        )
    else:
        assert not bids or bids[-1].amount < reserve


def only_entries_of_the_clerk_are_undone(history):
    events = auction(history).events
    undone = {e.entry for e in events if isinstance(e, EntryUndone)}
    for event in events:
        if isinstance(event, RoomBidAccepted) and event.entry in undone:
            assert event.on_floor


def replaying_the_events_gives_the_same_room(history):
    machine = auction(history)
    assert machine.replayed() == machine.state


PROMISES = [
    every_bid_meets_what_was_asked,
    the_hammer_falls_on_uninterrupted_calls_only,
    the_result_is_that_of_the_bids_that_count,
    only_entries_of_the_clerk_are_undone,
    replaying_the_events_gives_the_same_room,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_the_english_auction_keeps_its_promise(promise):
    holds(histories, promise)


def leader_lost_on_the_way(_standing, event):
    return Standing(asking=event.asking, price=event.amount, leader="ann", bids=1)


def hammer_at_any_time(_terms, _state, move, at):
    if isinstance(move, Hammer):
        return (HammerFell(at=at, final_at=at),)
    return (PriceCalled(call=1, at=at),)


def rooms_that_remember():
    """Return a fault that depends on what else ran before: replay cannot give the same."""
    genuine, seen = english_conduct._apply_bid, []

    def apply_bid(state, event):
        seen.append(event)
        genuine(state, event)
        state.called_at = len(seen)

    return apply_bid


def asking_forgotten(state, _event):
    state.standing = state.standing


def undo_of_anything(terms, state, move, at):
    if isinstance(move, UndoEntry) and state.entries:
        return (EntryUndone(entry=state.entries[-1].number, reason="", at=at),)
    return _ON_THE_FLOOR(terms, state, move, at)


_ON_THE_FLOOR = english_conduct._on_the_floor


@pytest.mark.parametrize(
    ("promise", "module", "name", "fault"),
    [
        (PROMISES[0], english_rules, "is_on_grid", lambda *_: True),
        (PROMISES[0], english_conduct, "_apply_asking", asking_forgotten),
        (PROMISES[1], english_conduct, "_call_or_hammer", hammer_at_any_time),
        (PROMISES[2], english_conduct, "after", leader_lost_on_the_way),
        (PROMISES[2], english_rules, "meets_reserve", lambda *_: True),
        (PROMISES[3], english_conduct, "_on_the_floor", undo_of_anything),
        (PROMISES[4], english_conduct, "_apply_bid", rooms_that_remember()),
    ],
)
def test_the_promise_notices_a_planted_fault(promise, module, name, fault, monkeypatch):
    monkeypatch.setattr(module, name, fault)
    notices(histories, promise)
