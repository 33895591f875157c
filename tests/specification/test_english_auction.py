"""英式拍卖: the auctioneer asks, hall and network bid, three calls, the hammer."""

import pytest

from bidding_rules.first_refusal import ExercisePriority, FirstRefusal, WaivePriority
from bidding_rules.formats import english
from bidding_rules.formats.english_rules import meets_reserve
from bidding_rules.formats.english_terms import (
    CallPrice,
    EntryUndone,
    Hammer,
    HammerFell,
    LotReopened,
    OpenFloor,
    PassLot,
    Reopen,
    RoomBidAccepted,
    SetAsking,
    UndoCall,
    UndoEntry,
)
from bidding_rules.formats.timed_terms import Bid, Phase
from bidding_rules.increments import AdjustIncrement, Increments, Step, fixed
from bidding_rules.money import AMOUNT_MAX, TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import RejectionCode
from tests.support.room import Room
from tests.support.units import MINUTE, SECOND, WAN

UNDO = UndoEntry(reason="wrong paddle")


def bid(bidder, wan, rank=None):
    return Bid(bidder=bidder, amount=wan * WAN, rank=rank)


def asks(wan):
    return SetAsking(amount=wan * WAN)


# --- opening ------------------------------------------------------------------------------------


def test_the_auctioneer_counts_the_bidders_and_opens_the_floor():
    room = Room(opened=False)
    room.may_not(bid("ann", 100), RejectionCode.LOT_NOT_OPEN)
    room.may_not(CallPrice(), RejectionCode.WRONG_PHASE)
    room.does(OpenFloor(participants=1))
    assert (room.state.phase, room.state.participants, room.asking) == (Phase.FLOOR, 1, 100)
    room.may_not(OpenFloor(participants=1), RejectionCode.WRONG_PHASE)


def test_with_fewer_bidders_than_the_notice_asks_for_the_lot_is_not_opened():
    """矿业权: at least three bidders, else the auction stops."""
    room = Room(opened=False, participants_min=3).does(OpenFloor(participants=2))
    assert room.ended == (OutcomeKind.TOO_FEW_BIDDERS, None, None, 1)


# --- bidding ------------------------------------------------------------------------------------


def test_hall_and_network_bid_against_each_other():
    room = Room().floor("p1", 100).net("ann", 110).floor("p2", 150)
    assert (room.leader, room.asking) == (("p2", 150), 160)
    assert [e.on_floor for e in room.events[1:]] == [True, False, True]
    refused = room.may_not(bid("ann", 150), RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 160 * WAN
    room.may_not(bid("ann", 165), RejectionCode.OFF_GRID)
    room.may_not(bid("p2", 160), RejectionCode.ALREADY_LEADING)
    room.may_not(Bid(bidder="ann", amount=AMOUNT_MAX + 1), RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_the_smallest_and_the_largest_amount_are_amounts():
    room = Room(start=1, increments=fixed(1), proxies_allowed=True)
    room.does(Bid(bidder="ann", amount=1)).does(SetMaximum(bidder="bob", maximum=AMOUNT_MAX))
    room.may_not(SetMaximum(bidder="bob", maximum=0), RejectionCode.AMOUNT_OUT_OF_RANGE)
    room.may_not(
        SetMaximum(bidder="bob", maximum=AMOUNT_MAX + 1), RejectionCode.AMOUNT_OUT_OF_RANGE
    )
    room.does(Bid(bidder="cat", amount=AMOUNT_MAX))


def test_a_leader_may_outbid_himself_where_the_notice_says_so():
    assert Room(leader_may_raise=True).net("ann", 100).net("ann", 120).leader == ("ann", 120)


def test_the_auctioneer_changes_the_asking_price():
    room = Room().net("ann", 100).does(asks(150))
    assert room.may_not(bid("bob", 110), RejectionCode.BELOW_MINIMUM).amount_min == 150 * WAN
    room.does(asks(105)).net("bob", 105)
    assert (room.leader, room.asking) == (("bob", 105), 115)
    refused = room.may_not(asks(105), RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 105 * WAN + 1
    room.may_not(SetAsking(amount=AMOUNT_MAX + 1), RejectionCode.AMOUNT_OUT_OF_RANGE)
    room.does(SetAsking(amount=AMOUNT_MAX))


def test_the_asking_price_falls_below_the_start_only_where_the_seller_allows_it():
    refused = Room().may_not(asks(90), RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 100 * WAN
    room = Room(asking_min=80 * WAN).does(asks(80))
    room.may_not(asks(79), RejectionCode.BELOW_MINIMUM)
    assert room.net("ann", 80).leader == ("ann", 80)


def test_the_auctioneer_changes_the_increment():
    room = Room().does(AdjustIncrement(increment=20 * WAN))
    assert room.asking == 100, "nobody has bid: the first asking price stays"
    room.net("ann", 100)
    assert room.asking == 120
    room.does(AdjustIncrement(increment=5 * WAN))
    assert room.asking == 105
    room.net("bob", 115)
    for wrong in (0, AMOUNT_MAX + 1):
        room.may_not(AdjustIncrement(increment=wrong), RejectionCode.AMOUNT_OUT_OF_RANGE)
    room.does(AdjustIncrement(increment=AMOUNT_MAX)).does(AdjustIncrement(increment=1))


def test_a_changed_increment_keeps_the_terms_word_on_the_grid():
    free = Increments(steps=(Step(price_min=0, increment=10 * WAN),), on_grid=False)
    room = Room(increments=free).does(AdjustIncrement(increment=20 * WAN)).net("ann", 100)
    assert room.net("bob", 123).leader == ("bob", 123)


# --- calls and hammer ---------------------------------------------------------------------------


def test_three_calls_and_the_hammer():
    """39号令 art. 15: the same price called three times and nobody goes higher."""
    room = Room().floor("p1", 100).calls(2)
    room.may_not(Hammer(), RejectionCode.CALLS_MISSING)
    room.calls(1)
    room.may_not(CallPrice(), RejectionCode.WRONG_PHASE)
    room.does(Hammer())
    assert room.ended == (OutcomeKind.SOLD, "p1", 100, room.now)
    assert HammerFell(at=room.now, final_at=room.now) in room.events
    assert room.replayed() == room.state
    room.may_not(bid("ann", 110), RejectionCode.LOT_CLOSED)


@pytest.mark.parametrize(
    "what",
    [bid("ann", 110), asks(120), AdjustIncrement(increment=WAN)],
    ids=["bid", "ask", "step"],
)
def test_a_bid_or_another_asking_price_cancels_the_calls(what):
    room = Room().floor("p1", 100).calls(3).does(what)
    assert room.state.calls == 0
    room.may_not(Hammer(), RejectionCode.CALLS_MISSING)


def test_a_call_may_be_taken_back():
    room = Room().floor("p1", 100).calls(3).does(UndoCall())
    room.may_not(Hammer(), RejectionCode.CALLS_MISSING)
    room.calls(1).does(Hammer())
    fresh = Room().floor("p1", 100)
    fresh.may_not(UndoCall(), RejectionCode.NOTHING_TO_UNDO)


def test_calls_and_hammer_keep_their_distance():
    room = Room(call_gap_us=5 * SECOND).floor("p1", 100).does(CallPrice())
    room.may_not(CallPrice(), RejectionCode.TOO_SOON, later=5 * SECOND - 1)
    room.does(CallPrice()).does(CallPrice(), later=5 * SECOND)
    room.may_not(Hammer(), RejectionCode.TOO_SOON)
    room.does(Hammer(), later=5 * SECOND)


def test_without_a_bid_there_is_nothing_to_call_or_to_hammer():
    room = Room()
    room.may_not(CallPrice(), RejectionCode.WRONG_PHASE)
    room.may_not(Hammer(), RejectionCode.WRONG_PHASE)


def test_the_notice_fixes_how_often_the_price_is_called():
    room = Room(calls=1).floor("p1", 100).calls(1).does(Hammer())
    assert room.ended[0] is OutcomeKind.SOLD


def test_a_highest_bid_below_the_reserve_has_no_effect():
    """拍卖法 art. 50: the auctioneer stops the sale of the object."""
    room = Room(reserve=120 * WAN, reopen_us=MINUTE).net("ann", 110)
    assert not meets_reserve(room.terms, room.state)
    room.hammers()
    assert room.ended == (OutcomeKind.RESERVE_NOT_MET, None, None, room.now)
    met = Room(reserve=120 * WAN).net("ann", 120)
    assert meets_reserve(met.terms, met.state)
    assert met.hammers().ended[:3] == (OutcomeKind.SOLD, "ann", 120)


# --- the clerk's errors -------------------------------------------------------------------------


def test_the_clerk_takes_his_last_entry_back_before_the_hammer():
    room = Room().net("ann", 100).floor("p1", 1100).calls(2).does(UNDO)
    assert (room.leader, room.asking, room.state.calls) == (("ann", 100), 110, 0)
    assert room.events[-1] == EntryUndone(entry=2, reason="wrong paddle", at=room.now)
    room.floor("p1", 110)
    assert room.state.standing.bids == 2
    assert room.replayed() == room.state


def test_several_entries_are_taken_back_one_after_the_other():
    room = Room().floor("p1", 100).floor("p2", 110).does(UNDO).does(UNDO)
    assert (room.leader, room.asking) == ((None, None), 100)
    room.may_not(UNDO, RejectionCode.NOTHING_TO_UNDO)


def test_a_bidder_s_own_declaration_binds_him_and_is_never_undone():
    """拍卖法 art. 36. Nor is an entry on which somebody has built."""
    Room().net("ann", 100).may_not(UNDO, RejectionCode.NOTHING_TO_UNDO)
    built_on = Room().floor("p1", 100).net("ann", 110)
    built_on.may_not(UNDO, RejectionCode.NOTHING_TO_UNDO)


def test_after_the_hammer_nothing_is_undone():
    room = Room(reopen_us=MINUTE).floor("p1", 100).hammers()
    room.may_not(UNDO, RejectionCode.WRONG_PHASE)


def test_an_undone_entry_gives_the_leader_s_proxy_its_maximum_back():
    room = Room(proxies_allowed=True).leaves("ann", 300).floor("p1", 900)
    assert room.leader == ("p1", 900)
    room.does(UNDO)
    assert room.leader == ("ann", 100)
    assert room.floor("p1", 200).leader == ("ann", 210)


def test_an_entry_is_undone_with_the_answer_it_caused():
    room = Room(proxies_allowed=True).leaves("ann", 300).floor("p1", 200)
    assert room.visible == [("ann", 100), ("p1", 200), ("ann", 210)]
    room.does(UNDO)
    assert (room.leader, room.state.standing.bids) == (("ann", 100), 1)


# --- pass and re-open ---------------------------------------------------------------------------


def test_a_lot_is_passed_where_no_bid_stands():
    gone = PassLot(reason="no interest")
    assert Room(opened=False).does(gone).ended[0] is OutcomeKind.PASSED
    assert Room().does(gone).ended == (OutcomeKind.PASSED, None, None, 2)
    below = Room(reserve=120 * WAN).net("ann", 110).does(gone)
    assert below.ended[0] is OutcomeKind.PASSED


def test_a_lot_is_not_passed_over_a_bid_that_the_seller_must_accept():
    gone = PassLot(reason="too cheap")
    Room().net("ann", 100).may_not(gone, RejectionCode.BID_STANDS)
    Room(reopen_us=MINUTE).net("ann", 100).hammers().may_not(gone, RejectionCode.WRONG_PHASE)


def test_the_auctioneer_re_opens_within_the_time_the_rules_give():
    room = Room(reopen_us=10 * SECOND).net("ann", 100).hammers()
    hammer = room.now
    assert (room.state.phase, english.due_at(room.state)) == (Phase.HAMMERED, hammer + 10 * SECOND)
    room.may_not(bid("bob", 110), RejectionCode.WRONG_PHASE)
    room.does(Reopen(reason="a bid as the hammer fell")).net("bob", 110)
    assert LotReopened(reason="a bid as the hammer fell", at=hammer + 2) in room.events
    assert english.due_at(room.state) is None
    room.may_not(Hammer(), RejectionCode.CALLS_MISSING)
    room.hammers()
    hammer = room.now
    room.until(hammer + MINUTE)
    assert room.ended == (OutcomeKind.SOLD, "bob", 110, hammer), "the deal is at the hammer"
    assert room.replayed() == room.state


def test_re_opening_is_late_at_the_end_of_its_time_even_if_nobody_closed():
    room = Room(reopen_us=10 * SECOND).net("ann", 100).hammers()
    late = english.judge(room.terms, room.state, Reopen(reason="late"), room.now + 10 * SECOND)
    assert late.code is RejectionCode.LOT_CLOSED


def test_nothing_is_re_opened_where_the_rules_do_not_say_so():
    """拍卖法 art. 51: at the hammer the deal is done."""
    Room().may_not(Reopen(reason="x"), RejectionCode.NOT_OFFERED)
    Room(reopen_us=MINUTE).may_not(Reopen(reason="x"), RejectionCode.WRONG_PHASE)


# --- proxies and rights -------------------------------------------------------------------------


def test_a_secret_maximum_bids_against_the_hall():
    room = Room(proxies_allowed=True).leaves("ann", 150).floor("p1", 120).floor("p1", 150)
    assert room.visible == [("ann", 100), ("p1", 120), ("ann", 130), ("p1", 150), ("ann*", 150)]
    assert room.floor("p1", 160).leader == ("p1", 160)
    assert room.replayed() == room.state


def test_a_maximum_starts_at_the_asking_price():
    room = Room(proxies_allowed=True).net("ann", 100).does(asks(145)).leaves("bob", 200)
    assert room.visible[-1] == ("bob", 145)
    assert room.leaves("cat", 190).visible[-2:] == [("cat", 185), ("bob", 195)]


def test_in_a_ladder_a_new_maximum_counts_in_steps_of_the_price_it_meets():
    ladder = Increments(
        steps=(
            Step(price_min=0, increment=10 * WAN),
            Step(price_min=200 * WAN, increment=50 * WAN),
        )
    )
    room = Room(increments=ladder, proxies_allowed=True).net("ann", 200).leaves("bob", 300)
    assert room.leaves("cat", 420).visible[1:] == [("bob", 250), ("cat", 350)]


def test_the_leader_changes_his_maximum_unseen():
    room = Room(proxies_allowed=True).leaves("ann", 150).leaves("ann", 100)
    assert room.visible == [("ann", 100)]
    refused = room.may_not(SetMaximum(bidder="ann", maximum=1), RejectionCode.PROXY_TOO_LOW)
    assert refused.amount_min == 100 * WAN


def test_a_maximum_is_refused_where_a_bid_would_be():
    maximum = SetMaximum(bidder="bob", maximum=105 * WAN)
    Room().may_not(maximum, RejectionCode.NOT_OFFERED)
    Room(opened=False, proxies_allowed=True).may_not(maximum, RejectionCode.LOT_NOT_OPEN)
    room = Room(proxies_allowed=True).net("ann", 100)
    assert room.may_not(maximum, RejectionCode.PROXY_TOO_LOW).amount_min == 110 * WAN
    room.may_not(SetMaximum(bidder="bob", maximum=0), RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_holders_match_in_the_hall_by_rank():
    """A bids 500; H2, then H1 lead at 500; A must bid at least 510."""
    room = Room(first_refusal=FirstRefusal()).net("A", 500).floor("H2", 500, rank=2)
    room.may_not(bid("H3", 500, rank=3), RejectionCode.NO_PRIORITY_RIGHT)
    room.may_not(bid("H1", 490, rank=1), RejectionCode.BELOW_MINIMUM)
    room.net("H1", 500, rank=1)
    assert room.visible == [("A", 500), ("H2*", 500), ("H1*", 500)]
    room.may_not(bid("A", 500), RejectionCode.BELOW_MINIMUM)
    assert room.net("A", 510).leader == ("A", 510)
    room.does(WaivePriority(bidder="H1"))
    room.may_not(bid("H1", 510, rank=1), RejectionCode.NO_PRIORITY_RIGHT)
    assert room.replayed() == room.state


def test_holders_are_asked_after_the_hammer():
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    room = Room(first_refusal=asked).net("A", 500)
    room.may_not(bid("H2", 500, rank=2), RejectionCode.NO_PRIORITY_RIGHT)
    room.hammers()
    began = room.now
    assert (room.state.phase, english.due_at(room.state)) == (Phase.PRIORITY, began + MINUTE)
    room.does(ExercisePriority(bidder="H2", rank=2)).until(began + MINUTE)
    assert room.ended == (OutcomeKind.SOLD, "H2", 500, began + MINUTE)
    first = Room(first_refusal=asked).net("A", 500).hammers()
    first.does(ExercisePriority(bidder="H1", rank=1))
    assert first.ended == (OutcomeKind.SOLD, "H1", 500, first.now)
    assert first.replayed() == first.state


def test_holders_are_asked_when_re_opening_is_over():
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    room = Room(first_refusal=asked, reopen_us=SECOND).net("A", 500).hammers()
    room.until(room.now + SECOND)
    assert (room.state.phase, english.due_at(room.state)) == (
        Phase.PRIORITY,
        room.now + SECOND + MINUTE,
    )


def test_where_no_right_can_be_better_or_nothing_is_sold_nobody_is_asked():
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    best = Room(first_refusal=asked).net("H1", 500, rank=1).hammers()
    assert best.ended[:2] == (OutcomeKind.SOLD, "H1")
    below = Room(first_refusal=asked, reserve=900 * WAN).net("A", 500).hammers()
    assert below.ended[0] is OutcomeKind.RESERVE_NOT_MET
    best.may_not(ExercisePriority(bidder="H2", rank=2), RejectionCode.LOT_CLOSED)
    none = Room().net("A", 500)
    none.may_not(ExercisePriority(bidder="H", rank=1), RejectionCode.NOT_OFFERED)
    none.may_not(bid("H", 500, rank=1), RejectionCode.BELOW_MINIMUM)
    assert none.net("H", 510, rank=1).state.standing.leader_rank is None


def test_what_happens_is_told_in_full():
    room = Room().floor("p1", 100)
    assert room.events[-1] == RoomBidAccepted(
        bidder="p1", amount=100 * WAN, asking=110 * WAN, at=2, entry=1, on_floor=True
    )


# --- terms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": 0}),
        ("asking_min", {"asking_min": 0}),
        ("asking_min", {"asking_min": 101 * WAN}),
        ("reserve", {"reserve": 0}),
        ("reserve", {"reserve": 99 * WAN}),
        ("participants_min", {"participants_min": 0}),
        ("calls", {"calls": 0}),
        ("call_gap_us", {"call_gap_us": -1}),
        ("reopen_us", {"reopen_us": -1}),
        ("first_refusal", {"proxies_allowed": True, "first_refusal": FirstRefusal()}),
        (
            "increments",
            {
                "proxies_allowed": True,
                "increments": Increments(
                    steps=(Step(price_min=0, increment=2), Step(price_min=9, increment=1))
                ),
            },
        ),
    ],
)
def test_bad_terms_are_refused_and_the_field_is_named(field, changes):
    with pytest.raises(TermsError) as refused:
        Room(**changes)
    assert refused.value.field == field


def test_terms_may_lie_on_their_bounds():
    Room(asking_min=100 * WAN, reserve=100 * WAN)


def test_asking_at_the_end_goes_with_proxies_and_a_proxy_s_bids_carry_the_right():
    asked = FirstRefusal(in_room=False, ask_us=MINUTE)
    room = Room(proxies_allowed=True, first_refusal=asked)
    room.does(SetMaximum(bidder="H1", maximum=500 * WAN, rank=1)).floor("p1", 200)
    assert (room.leader, room.state.standing.leader_rank) == (("H1", 210), 1)
    assert room.hammers().ended[:2] == (OutcomeKind.SOLD, "H1")
