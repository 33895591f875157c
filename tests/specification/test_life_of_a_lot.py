"""What a live lot promises, from announcement to hammer, whatever the format does inside."""

import pytest

from auction.commands import CallWarning, HammerLot
from auction.events import PUBLIC_EVENTS
from auction.state import Status
from auction.view import public_event, public_state
from bidding_rules.rejections import RejectionCode as Code
from tests.support.scenario import LOT, MINUTE, OPENING, SECOND, Scenario, number_of

MS = 1_000


def test_a_lot_is_sold_to_the_highest_bidder_when_the_limited_phase_ends():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .bids("bob", 110, at=9 * MINUTE)
        .bids("ann", 130, at=13 * MINUTE)
        .time_passes(to=17 * MINUTE)
        .then_result("sold", winner="ann", price=130)
    )


def test_a_bid_one_millisecond_before_the_close_is_in_time_and_moves_it():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .bids("bob", 110, at=14 * MINUTE - MS)
        .then_accepted()
        .then_closes(at=18 * MINUTE - MS)
    )


def test_a_bid_at_the_close_is_late_even_though_nobody_has_closed_the_lot_yet():
    """T5: the studied system let a loop decide that ran every four seconds."""
    (
        Scenario()
        .bids("ann", 100, at=0)
        .bids("bob", 110, at=14 * MINUTE)
        .then_refused(Code.LOT_CLOSED)
        .then_result("sold", winner="ann", price=100)
    )


def test_a_lot_opens_at_its_instant_even_though_nobody_has_opened_it_yet():
    (
        Scenario()
        .bids("ann", 100, at=-MS)
        .then_refused(Code.LOT_NOT_OPEN)
        .bids("ann", 100, at=0)
        .then_accepted()
    )


def test_without_a_confirmed_deposit_nobody_bids():
    (
        Scenario()
        .bids("eve", 100, at=0)
        .then_refused(Code.NOT_QUALIFIED)
        .registers("eve", at=1)
        .bids("eve", 100, at=2)
        .then_refused(Code.DEPOSIT_NOT_PAID)
        .admits("eve", at=3)
        .bids("eve", 100, at=4)
        .then_accepted()
    )


def test_the_seller_may_not_bid_nor_register():
    (
        Scenario()
        .registers("seller", at=-1)
        .then_refused(Code.SELLER_MAY_NOT_BID)
        .bids("seller", 100, at=0)
        .then_refused(Code.SELLER_MAY_NOT_BID)
    )


def test_a_lot_without_a_deposit_admits_at_registration():
    Scenario(deposit=0).registers("eve", at=-1).bids("eve", 100, at=0).then_accepted()


def test_two_bidders_never_share_a_number():
    (
        Scenario()
        .registers("eve", at=0, number=number_of("ann"))
        .then_refused(Code.NUMBER_TAKEN)
        .admits("eve", at=1)
        .then_refused(Code.NOT_QUALIFIED)
    )


def test_the_same_bid_id_gets_the_first_answer_and_other_content_is_refused():
    scenario = Scenario().bids("ann", 100, at=0, bid_id="x")
    first = scenario.steps[-1].answer
    scenario.bids("bob", 110, at=1).bids("ann", 100, at=2, bid_id="x")
    assert scenario.steps[-1].answer == first
    assert not scenario.steps[-1].journaled
    scenario.bids("ann", 120, at=3, bid_id="x").then_refused(Code.COMMAND_ID_REUSED)
    scenario.then_leads("bob", 110)


def test_a_hammer_under_the_id_of_a_call_is_no_repeat_of_the_call():
    about = {"lot_id": LOT, "command_id": "auc:x", "actor": "auc"}
    scenario = (
        Scenario(calls_before_hammer=1).bids("ann", 100, at=0).bids("bob", 110, at=11 * MINUTE)
    )
    scenario.when(CallWarning(**about), at=12 * MINUTE).then_accepted()
    scenario.when(HammerLot(**about), at=12 * MINUTE).then_refused(Code.COMMAND_ID_REUSED)
    scenario.when(CallWarning(**about), at=12 * MINUTE)
    assert scenario.steps[-1].repeated


def test_a_refused_bid_id_stays_refused():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .bids("bob", 105, at=1, bid_id="y")
        .then_refused(Code.BELOW_MINIMUM, amount_min=110)
        .bids("bob", 105, at=2, bid_id="y")
        .then_refused(Code.BELOW_MINIMUM, amount_min=110)
    )


def test_a_suspended_lot_keeps_its_clock_and_resumes_with_notice():
    (
        Scenario(resume_notice_us=30 * SECOND)
        .bids("ann", 100, at=0)
        .suspends(at=4 * MINUTE)
        .bids("bob", 110, at=5 * MINUTE)
        .then_refused(Code.LOT_SUSPENDED)
        .time_passes(to=60 * MINUTE)
        .resumes(at=60 * MINUTE)
        .then_accepted()
        .bids("bob", 110, at=60 * MINUTE + 30 * SECOND - MS)
        .then_refused(Code.LOT_RESUMING)
        .bids("bob", 110, at=60 * MINUTE + 30 * SECOND)
        .then_accepted()
        .then_closes(at=66 * MINUTE + 30 * SECOND)
    )


def test_a_resumption_can_be_suspended_again_without_losing_time():
    (
        Scenario(resume_notice_us=MINUTE)
        .suspends(at=4 * MINUTE)
        .resumes(at=5 * MINUTE)
        .suspends(at=5 * MINUTE + SECOND)
        .then_accepted()
        .resumes(at=10 * MINUTE)
        .then_closes(at=17 * MINUTE)
    )


def test_only_a_suspended_lot_is_resumed():
    Scenario().bids("ann", 100, at=0).resumes(at=1).then_refused(Code.LOT_NOT_SUSPENDED)


def test_the_auctioneer_may_extend_but_bids_do_not_take_it_back():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .extends(30 * MINUTE, at=11 * MINUTE)
        .then_closes(at=44 * MINUTE)
        .bids("bob", 110, at=12 * MINUTE)
        .then_closes(at=44 * MINUTE)
    )


def test_the_hammer_falls_after_the_calls_and_a_bid_cancels_them():
    (
        Scenario(calls_before_hammer=3, call_gap_us=SECOND)
        .bids("ann", 100, at=0)
        .calls(at=SECOND)
        .then_refused(Code.WRONG_PHASE)
        .hammers(at=11 * MINUTE)
        .then_refused(Code.CALLS_MISSING)
        .calls(at=11 * MINUTE)
        .calls(at=11 * MINUTE + MS)
        .then_refused(Code.TOO_SOON)
        .calls(at=11 * MINUTE + SECOND)
        .bids("bob", 110, at=11 * MINUTE + 2 * SECOND)
        .hammers(at=11 * MINUTE + 4 * SECOND)
        .then_refused(Code.CALLS_MISSING)
        .calls(at=11 * MINUTE + 5 * SECOND)
        .calls(at=11 * MINUTE + 6 * SECOND)
        .calls(at=11 * MINUTE + 7 * SECOND)
        .calls(at=11 * MINUTE + 8 * SECOND)
        .then_refused(Code.WRONG_PHASE)
        .hammers(at=11 * MINUTE + 9 * SECOND)
        .then_accepted()
        .then_result("sold", winner="bob", price=110)
        .bids("ann", 120, at=11 * MINUTE + 10 * SECOND)
        .then_refused(Code.LOT_CLOSED)
    )


def test_where_the_terms_say_so_only_the_clock_ends_the_lot():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .calls(at=11 * MINUTE)
        .then_refused(Code.HAMMER_BY_CLOCK)
        .hammers(at=11 * MINUTE)
        .then_refused(Code.HAMMER_BY_CLOCK)
    )


def test_a_withdrawn_lot_takes_nothing_more():
    (
        Scenario()
        .bids("ann", 100, at=0)
        .withdraws(at=1)
        .bids("bob", 110, at=2)
        .then_refused(Code.LOT_WITHDRAWN)
        .resumes(at=3)
        .then_refused(Code.LOT_NOT_SUSPENDED)
        .withdraws(at=4)
        .then_refused(Code.LOT_WITHDRAWN)
    )


def test_a_reserve_stays_secret_and_a_lower_price_fails_the_sale():
    scenario = Scenario(reserve=200).bids("ann", 190, at=0).time_passes(to=20 * MINUTE)
    scenario.then_result("reserve_not_met")
    shown = [public_event(event) for event in scenario.events()]
    assert "200" not in str([line for line in shown if line]).replace(str(OPENING), "")
    assert "reserve=" not in str(public_state(scenario.lot)).replace("reserve_met", "")


def test_nobody_bid_is_a_failed_sale():
    Scenario().time_passes(to=20 * MINUTE).then_result("no_bids")


def test_public_events_are_numbered_without_gaps_and_show_numbers_only():
    scenario = Scenario().bids("ann", 100, at=0).bids("bob", 110, at=1).time_passes(to=20 * MINUTE)
    public = [e for e in scenario.events() if type(e) in PUBLIC_EVENTS]
    assert scenario.lot.seq == len(public)
    for event in scenario.events():
        assert (public_event(event) is None) is not (type(event) in PUBLIC_EVENTS)
    shown = str([public_event(e) for e in public])
    assert "'N-ann'" in shown
    assert "'ann'" not in shown
    assert "'bob'" not in shown


def test_every_decision_has_its_number_refusals_too():
    scenario = Scenario().bids("ann", 100, at=0).bids("bob", 1, at=1).bids("bob", 110, at=2)
    entries = [step.answer.entry for step in scenario.steps if step.journaled and step.answer]
    assert entries == list(range(1, len(entries) + 1))


def test_a_lot_is_announced_once_and_unknown_lots_take_nothing():
    scenario = Scenario()
    announce, _ = scenario.commands[0]
    again = type(announce)(lot_id=LOT, command_id="again", actor="seller", terms=scenario.terms)
    scenario.when(again, at=0).then_refused(Code.LOT_ALREADY_ANNOUNCED)
    fresh = Scenario()
    fresh.lot = type(fresh.lot)("LOT-2")
    fresh.bids("ann", 100, at=0).then_refused(Code.LOT_UNKNOWN)
    assert not fresh.steps[-1].journaled


@pytest.mark.parametrize(
    ("bidder", "amount", "at", "code"),
    [
        ("seller", 1, -1, Code.LOT_NOT_OPEN),
        ("seller", 1, 99 * MINUTE, Code.LOT_CLOSED),
        ("seller", 1, 1, Code.SELLER_MAY_NOT_BID),
        ("eve", 1, 1, Code.NOT_QUALIFIED),
        ("ann", 1, 9 * MINUTE + 30 * SECOND, Code.STOP_WINDOW),
        ("ann", 1, 2, Code.ALREADY_LEADING),
        ("bob", 10**15 + 1, 2, Code.AMOUNT_OUT_OF_RANGE),
        ("bob", 1, 2, Code.BELOW_MINIMUM),
        ("bob", 310, 2, Code.ABOVE_CAP),
        ("bob", 111, 2, Code.OFF_GRID),
    ],
)
def test_the_first_broken_rule_answers(bidder, amount, at, code):
    """Each row breaks one rule less than the row above: the table proves the order of the checks."""
    scenario = Scenario(cap=300, stop_window_us=MINUTE)
    if at >= 2:
        scenario.bids("ann", 100, at=1)
    scenario.bids(bidder, amount, at=at).then_refused(code)


def test_suspending_stops_what_has_not_begun_or_has_ended_with_a_reason():
    Scenario().suspends(at=-1).then_refused(Code.LOT_NOT_OPEN)
    Scenario().suspends(at=99 * MINUTE).then_refused(Code.LOT_CLOSED)
    scenario = Scenario().suspends(at=0)
    assert scenario.lot.status is Status.SUSPENDED
    scenario.suspends(at=1).then_refused(Code.LOT_SUSPENDED)


def test_the_room_is_told_who_did_what_and_until_when():
    scenario = Scenario().bids("ann", 100, at=0).extends(MINUTE, at=1)
    told = public_state(scenario.lot).notice
    assert (told.kind, told.cause, told.by_us) == ("extended", "auctioneer", MINUTE)
    assert told.closes_at_us == scenario.lot.sale.closes_at
    scenario.suspends(at=2, cause="outage").resumes(at=3, notice_us=MINUTE)
    told = public_state(scenario.lot).notice
    assert (told.kind, told.cause) == ("resumed", "outage")
    assert told.resumes_at_us - told.at_us >= MINUTE
