"""Promises of proxy bids: as by hand, second price, first in wins, and the secret is kept."""

import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from bidding_rules import proxies
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import Bid, BidAccepted, TimedTerms
from bidding_rules.increments import Increments, Step, fixed
from bidding_rules.proxies import SetMaximum, VisibleBid
from bidding_rules.rejections import Rejection
from tests.support.machine import Machine
from tests.support.planted import holds, notices

BIDDERS = ("ann", "bob", "cat", "dan")
START, STEP, LENGTH = 100, 10, 10**6
LADDER = Increments(steps=(Step(price_min=0, increment=STEP), Step(price_min=150, increment=25)))


def sale(increments, **changes):
    terms = TimedTerms(start=START, increments=increments, free_us=0, limited_us=LENGTH, **changes)
    return Machine(timed, terms)


def attempt(machine, move, at):
    answer = timed.judge(machine.terms, machine.state, move, at)
    if isinstance(answer, Rejection):
        return ()
    return machine.accepts(move, at)


histories = st.tuples(
    st.sampled_from([fixed(STEP), LADDER]),
    st.lists(
        st.tuples(st.sampled_from(BIDDERS), st.integers(START, 300), st.booleans()), max_size=12
    ),
)
maxima = st.permutations(BIDDERS).flatmap(
    lambda order: st.tuples(
        *(st.tuples(st.just(b), st.integers(0, 20).map(lambda n: START + n * STEP)) for b in order)
    )
)


def moves_of(history):
    increments, asked = history
    for at, (bidder, amount, by_proxy) in enumerate(asked):
        if by_proxy:
            yield increments, SetMaximum(bidder=bidder, maximum=amount), at
        else:
            yield increments, Bid(bidder=bidder, amount=amount), at


def visible_bids(history):
    machine = sale(history[0], proxies_allowed=True)
    for _, move, at in moves_of(history):
        attempt(machine, move, at)
    return machine, [e for e in machine.events if isinstance(e, BidAccepted)]


def visible_bids_are_what_the_bidders_could_have_bid_by_hand(history):
    """Entered by hand they give the same prices and closes; a match is the earlier of equal bids."""
    _, visible = visible_bids(history)
    by_hand = sale(history[0], leader_may_raise=True)
    for seen in visible:
        if seen.matches:
            assert seen.amount == by_hand.state.price
            continue
        (entered,) = by_hand.accepts(Bid(bidder=seen.bidder, amount=seen.amount), seen.at)
        assert (entered.amount, entered.closes_at) == (seen.amount, seen.closes_at)


def nobody_pays_more_than_he_said(history):
    """Each visible bid is the bidder's own hand bid, or lies within the maximum he left last."""
    machine, limits = sale(history[0], proxies_allowed=True), {}
    for _, move, at in moves_of(history):
        happened = attempt(machine, move, at)
        if happened and isinstance(move, SetMaximum):
            limits[move.bidder] = move.maximum
        for event in happened:
            by_hand = isinstance(move, Bid) and event.bidder == move.bidder
            if isinstance(event, BidAccepted) and not by_hand:
                assert event.amount <= limits[event.bidder]


def the_price_tells_no_more_than_one_increment(history):
    """It never lies more than one increment above the most that anybody else was ready to bid."""
    increments = history[0]
    machine, ready = sale(increments, proxies_allowed=True), {}
    for _, move, at in moves_of(history):
        happened = attempt(machine, move, at)
        if not happened:
            continue
        most = move.amount if isinstance(move, Bid) else move.maximum
        ready[move.bidder] = max(ready.get(move.bidder, 0), most)
        last = happened[-1]
        if isinstance(last, BidAccepted) and isinstance(move, SetMaximum):
            others = [amount for bidder, amount in ready.items() if bidder != last.bidder]
            second = max(others, default=START)
            assert last.amount <= max(START, second + increments.at(second))


def proxies_give_the_second_price(order):
    """Maxima on the grid: the highest wins, the first of equals, at the second price.

    Up to one increment above it, as in any ascending sale, and never above the winner's own maximum.
    """
    machine = sale(fixed(STEP), proxies_allowed=True)
    for at, (bidder, maximum) in enumerate(order):
        attempt(machine, SetMaximum(bidder=bidder, maximum=maximum), at)
    ranked = sorted(order, key=lambda one: -one[1])
    (winner, highest), (_, second) = ranked[0], ranked[1]
    assert machine.state.leader == winner
    assert second <= machine.state.price <= min(highest, second + STEP)


def holding_of(promise):
    return maxima if promise is proxies_give_the_second_price else histories


PROMISES = [
    visible_bids_are_what_the_bidders_could_have_bid_by_hand,
    nobody_pays_more_than_he_said,
    the_price_tells_no_more_than_one_increment,
    proxies_give_the_second_price,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_proxies_keep_their_promise(promise):
    holds(holding_of(promise), promise)


def bid_all_at_once(_step, *, maximum, **_):
    return maximum


def last_in_wins(increments, bid, *, leader, maximum):
    answers = proxies.after_bid(increments, bid, leader=leader, maximum=maximum)
    return tuple(answer for answer in answers if not answer.matches)


def beyond_the_maximum(increments, bid, *, leader, maximum):
    if leader is None or maximum is None or leader == bid.bidder:
        return (bid,)
    answer = VisibleBid(bidder=leader, amount=bid.amount + increments.at(bid.amount))
    return (bid, answer)


def off_the_grid(_step, *, lowest, maximum, **_):
    return min(maximum, lowest + 1)


@pytest.mark.parametrize(
    ("promise", "name", "fault"),
    [
        (visible_bids_are_what_the_bidders_could_have_bid_by_hand, "first_bid", off_the_grid),
        (nobody_pays_more_than_he_said, "after_bid", beyond_the_maximum),
        (the_price_tells_no_more_than_one_increment, "first_bid", bid_all_at_once),
        (proxies_give_the_second_price, "after_bid", last_in_wins),
        (proxies_give_the_second_price, "first_bid", bid_all_at_once),
    ],
)
def test_the_promise_notices_a_planted_fault(promise, name, fault, monkeypatch):
    monkeypatch.setattr(timed, name, fault)
    notices(holding_of(promise), promise)


def test_published_case_ascending_and_second_price_give_the_same():
    """Values 25, 33, 75: the third wins at 33 (auction theory text, vector S2)."""
    cases = json.loads(
        (Path(__file__).parents[1] / "vectors" / "published.json").read_text(encoding="utf-8")
    )
    (case,) = (case for case in cases if case["id"] == "S2")
    terms = TimedTerms(
        start=1, increments=fixed(1), free_us=0, limited_us=LENGTH, proxies_allowed=True
    )
    machine = Machine(timed, terms)
    for at, (bidder, value) in enumerate(case["input"]["values"].items()):
        machine.accepts(SetMaximum(bidder=bidder, maximum=value), at)
    assert machine.state.leader == case["expect"]["winner"]
    assert machine.state.price == case["expect"]["price"] + 1, "one increment above the second"
