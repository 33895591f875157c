"""限时竞价: free quotes, who goes on, the limited phase. Each city's variant is a test."""

import json
from pathlib import Path

import pytest

from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import (
    AdjustIncrement,
    Bid,
    BidAccepted,
    ConfirmParticipation,
    Phase,
    PhaseBegan,
    SaleEnded,
)
from bidding_rules.increments import Increments, Step, fixed
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.timed_sale import TimedSale, timed_terms
from tests.support.units import DAY, HOUR, MINUTE, SECOND, WAN

MS = 1_000
VECTORS = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "vectors" / "published.json").read_text(encoding="utf-8")
    )
}


def confirms(sale, bidder, at):
    sale.accepts(ConfirmParticipation(bidder=bidder), at)
    return sale


# --- the price rule -----------------------------------------------------------------------------


def test_the_first_bid_may_equal_the_start_price_and_not_lie_below_it():
    sale = TimedSale()
    refused = sale.may_not_bid("ann", 99, 1, RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 100 * WAN
    assert sale.bids("ann", 100, 1).leader == ("ann", 100)


def test_a_bid_lies_whole_increments_above_the_price():
    sale = TimedSale().bids("ann", 100, 1)
    assert sale.may_not_bid("bob", 100, 2, RejectionCode.BELOW_MINIMUM).amount_min == 110 * WAN
    assert sale.may_not_bid("bob", 115, 2, RejectionCode.OFF_GRID).amount_min == 110 * WAN
    assert sale.bids("bob", 130, 2).leader == ("bob", 130)


def test_without_a_grid_any_amount_from_the_next_minimum_on_will_do():
    ladder = Increments(steps=(Step(price_min=0, increment=10 * WAN),), on_grid=False)
    sale = TimedSale(increments=ladder).bids("ann", 100, 1)
    sale.may_not_bid("bob", 109, 2, RejectionCode.BELOW_MINIMUM)
    assert sale.bids("bob", 117, 2).leader == ("bob", 117)


def test_the_grid_test_is_exact_where_binary_fractions_are_not():
    # 0.3 % 0.1 is 0.0999... in binary; a multiple of the increment was refused by a studied system.
    sale = TimedSale(start=30, increments=fixed(10))
    sale.accepts(Bid(bidder="ann", amount=30), 1)
    sale.accepts(Bid(bidder="bob", amount=40), 2)
    sale.refuses(Bid(bidder="ann", amount=55), 3, RejectionCode.OFF_GRID)


def test_worked_example_accept_grid_and_cap():
    """Start 4 712 万, increment 50 万, cap 6 012 万: 26 steps (net-listing rules)."""
    sale = TimedSale(start=4712 * WAN, increments=fixed(50 * WAN), cap=6012 * WAN)
    for step in range(26):
        sale.bids("ab"[step % 2], 4712 + 50 * step, step)
    assert sale.leader == ("b", 5962)
    refused = sale.may_not_bid("a", 6062, 30, RejectionCode.ABOVE_CAP)
    assert (refused.amount_min, refused.amount_max) == (6012 * WAN, 6012 * WAN)
    assert sale.bids("a", 6012, 30).ended == (OutcomeKind.SOLD, "a", 6012, 30)


def test_the_leader_may_not_outbid_himself_unless_the_terms_allow_it():
    sale = TimedSale().bids("ann", 100, 1)
    sale.may_not_bid("ann", 110, 2, RejectionCode.ALREADY_LEADING)
    free = TimedSale(leader_may_raise=True).bids("ann", 100, 1).bids("ann", 120, 2)
    assert free.leader == ("ann", 120)


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_an_amount_that_no_lot_can_have_is_refused(amount):
    TimedSale().refuses(Bid(bidder="ann", amount=amount), 1, RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_the_smallest_and_the_largest_amount_are_amounts():
    sale = TimedSale(start=1, increments=fixed(1))
    sale.accepts(Bid(bidder="ann", amount=1), 1)
    sale.accepts(Bid(bidder="bob", amount=10**15), 2)


# --- the clock ----------------------------------------------------------------------------------


def test_a_bid_one_microsecond_before_the_close_is_in_time_and_at_the_close_it_is_late():
    """The server's receipt time decides, even if nobody has closed the lot yet."""
    sale = TimedSale(free_us=0)
    close = sale.closes_at
    assert sale.bids("ann", 100, close - 1).closes_at == close - 1 + 5 * MINUTE
    late = timed.judge(sale.terms, sale.state, Bid(bidder="bob", amount=110 * WAN), sale.closes_at)
    assert late.code is RejectionCode.LOT_CLOSED
    late = timed.judge(sale.terms, sale.state, ConfirmParticipation(bidder="bob"), sale.closes_at)
    assert late.code is RejectionCode.LOT_CLOSED


def test_each_accepted_bid_resets_the_close_and_a_refused_one_does_not():
    sale = TimedSale(free_us=0).bids("ann", 100, 4 * MINUTE)
    assert sale.closes_at == 9 * MINUTE
    sale.may_not_bid("bob", 105, 8 * MINUTE, RejectionCode.BELOW_MINIMUM)
    assert sale.closes_at == 9 * MINUTE
    assert sale.bids("bob", 110, 5 * MINUTE).closes_at == 10 * MINUTE
    assert sale.state.extensions == 2


def test_the_deal_is_at_the_last_bid_plus_n_and_not_when_somebody_looks():
    sale = TimedSale(free_us=0).bids("ann", 100, 10 * SECOND).until(3 * HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, 10 * SECOND + 5 * MINUTE)
    assert sale.closes_at is None
    sale.may_not_bid("bob", 110, 4 * HOUR, RejectionCode.LOT_CLOSED)
    sale.refuses(ConfirmParticipation(bidder="bob"), 4 * HOUR, RejectionCode.LOT_CLOSED)


def test_what_happens_is_told_in_full():
    sale = TimedSale().bids("ann", 100, 1).bids("bob", 110, HOUR).until(HOUR + 5 * MINUTE)
    assert sale.events == [
        BidAccepted(bidder="ann", amount=100 * WAN, at=1, closes_at=HOUR),
        PhaseBegan(phase=Phase.LIMITED, at=HOUR, closes_at=HOUR + 5 * MINUTE),
        BidAccepted(bidder="bob", amount=110 * WAN, at=HOUR, closes_at=HOUR + 5 * MINUTE),
        SaleEnded(
            outcome=Outcome(
                kind=OutcomeKind.SOLD, at=HOUR + 5 * MINUTE, winner="bob", price=110 * WAN
            )
        ),
    ]
    assert sale.replayed() == sale.state


def test_a_hard_end_stops_the_resets():
    """A daily stop: rounds of 180 s reset by each bid, never beyond 17:00 (seven hours)."""
    extension = Extension(by_us=180 * SECOND, hard_end_us=7 * HOUR)
    sale = TimedSale(free_us=0, limited_us=180 * SECOND, limited_extension=extension)
    for step in range(141):
        sale.bids("ab"[step % 2], 100 + 10 * step, (3 * MINUTE - SECOND) * step)
    assert sale.closes_at == 7 * HOUR
    sale.may_not_bid("b", 1510, 7 * HOUR, RejectionCode.LOT_CLOSED)
    assert sale.ended == (OutcomeKind.SOLD, "a", 1500, 7 * HOUR)


def test_an_extension_from_the_close_adds_to_what_is_left():
    extension = Extension(rule=ExtensionRule.EXTEND_FROM_CLOSE, by_us=5 * MINUTE, window_us=MINUTE)
    sale = TimedSale(limited_us=None, free_extension=extension).bids("ann", 100, 1)
    assert sale.closes_at == HOUR
    assert sale.bids("bob", 110, HOUR - SECOND).closes_at == HOUR + 5 * MINUTE


# --- one test per column of the table of variants -----------------------------------------------


def test_suzhou_wuxi_stop_window_then_four_minutes_from_the_highest_price():
    """苏州/无锡: no quotes in the last hour; then 4 minutes, reset at each bid; all may enter."""
    sale = TimedSale(free_us=10 * DAY, stop_window_us=HOUR, limited_us=4 * MINUTE)
    sale.bids("ann", 100, DAY)
    sale.may_not_bid("bob", 110, 10 * DAY - HOUR, RejectionCode.STOP_WINDOW)
    sale.bids("bob", 110, 10 * DAY)
    assert sale.bids("ann", 120, 10 * DAY + MINUTE).closes_at == 10 * DAY + 5 * MINUTE
    sale.until(10 * DAY + HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 120, 10 * DAY + 5 * MINUTE)


def test_a_quote_just_before_the_stop_window_is_taken():
    sale = TimedSale(stop_window_us=10 * MINUTE).bids("ann", 100, 50 * MINUTE - 1)
    assert sale.leader == ("ann", 100)


def test_shantou_asks_for_five_minutes_who_goes_on_of_those_who_quoted():
    """汕头: must have bid once; confirm within 5 minutes; limited phase from the highest price."""
    sale = TimedSale(inquiry_us=5 * MINUTE, must_have_quoted=True)
    sale.bids("ann", 100, 1).bids("bob", 110, 2).bids("cat", 120, 3)
    sale.refuses(ConfirmParticipation(bidder="ann"), 4, RejectionCode.WRONG_PHASE)
    confirms(sale, "ann", HOUR)
    again = sale.accepts(ConfirmParticipation(bidder="ann"), HOUR + 1)
    assert again == (), "saying it twice is saying it once"
    sale.refuses(ConfirmParticipation(bidder="eve"), HOUR + 2, RejectionCode.NOT_CONFIRMED)
    sale.may_not_bid("ann", 130, HOUR + 3, RejectionCode.WRONG_PHASE)
    limited = HOUR + 5 * MINUTE
    sale.may_not_bid("bob", 130, limited, RejectionCode.NOT_CONFIRMED)
    sale.may_not_bid("eve", 130, limited, RejectionCode.NOT_CONFIRMED)
    sale.bids("ann", 130, limited).until(2 * HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 130, limited + 5 * MINUTE)


def test_shantou_nobody_goes_on_and_the_highest_quote_wins():
    sale = TimedSale(inquiry_us=5 * MINUTE, must_have_quoted=True).bids("ann", 100, 1)
    sale.until(2 * HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, HOUR + 5 * MINUTE)


def test_must_have_quoted_without_an_inquiry_shuts_out_newcomers():
    sale = TimedSale(must_have_quoted=True).bids("ann", 100, 1).bids("bob", 110, 2)
    sale.may_not_bid("eve", 120, HOUR, RejectionCode.NOT_CONFIRMED)
    assert sale.bids("ann", 120, HOUR).leader == ("ann", 120)


def test_where_only_quoters_go_on_and_nobody_quoted_the_sale_ends_at_once():
    sale = TimedSale(must_have_quoted=True).until(HOUR)
    assert sale.ended == (OutcomeKind.NO_BIDS, None, None, HOUR)


def test_an_inquiry_may_ask_for_two_who_go_on():
    sale = TimedSale(inquiry_us=5 * MINUTE, inquiry_min_confirmed=2).bids("ann", 100, 1)
    confirms(sale, "bob", HOUR).until(2 * HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, HOUR + 5 * MINUTE)


def test_an_inquiry_also_asks_where_nobody_quoted():
    sale = TimedSale(inquiry_us=5 * MINUTE)
    confirms(sale, "ann", HOUR).bids("ann", 100, HOUR + 5 * MINUTE)
    sale.until(2 * HOUR)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, HOUR + 10 * MINUTE)


@pytest.mark.parametrize("case", ["Q1", "Q2"])
def test_qinzhou_one_hour_free_then_five_minutes_looping(case):
    """钦州 2021: 1 h free, then 5 minutes, restarted by every bid."""
    given, expect = VECTORS[case]["input"], VECTORS[case]["expect"]
    free = given["free_phase_s"] * SECOND
    sale = TimedSale(free_us=free, limited_us=given["window_s"] * SECOND)
    steps = [(at * SECOND, amount) for at, amount in given["free_bids"]]
    steps += [(free + at * SECOND, a) for at, a in given["limited_bids_offset_from_free_end"]]
    for number, (at, amount) in enumerate(steps):
        sale.bids("ab"[number % 2], amount, at)
    sale.until(2 * free)
    kind, _, price, at = sale.ended
    assert (kind, price) == (expect["result"], expect["price"])
    assert at == free + expect["close_s"] * SECOND


def test_qinzhou_no_bid_at_all_ends_after_the_first_five_minutes():
    sale = TimedSale().until(DAY)
    assert sale.ended == (OutcomeKind.NO_BIDS, None, None, HOUR + 5 * MINUTE)


def test_chongqing_and_zijin_everybody_goes_on_by_default():
    """重庆 4 minutes to the deadline; 紫金 2020: all valid bidders enter by default."""
    sale = TimedSale(free_us=10 * DAY, limited_us=4 * MINUTE).bids("ann", 100, 1)
    sale.bids("eve", 110, 10 * DAY + 4 * MINUTE - 1)
    assert sale.closes_at == 10 * DAY + 8 * MINUTE - 1


def test_ningxia_two_bidders_wait_four_minutes_then_bid_on():
    """宁夏 (emission permits): with two bidders a waiting period of 4 minutes, then limited bids."""
    terms = timed_terms(
        free_us=8 * DAY,
        limited_bidders_min=2,
        inquiry_us=4 * MINUTE,
        inquiry_min_confirmed=0,
        limited_us=4 * MINUTE,
    )
    alone = TimedSale(terms).bids("ann", 100, 1).until(9 * DAY)
    assert alone.ended == (OutcomeKind.SOLD, "ann", 100, 8 * DAY)
    two = TimedSale(terms).bids("ann", 100, 1).bids("bob", 110, 2)
    two.may_not_bid("ann", 120, 8 * DAY, RejectionCode.WRONG_PHASE)
    two.bids("cat", 120, 8 * DAY + 4 * MINUTE).until(9 * DAY)
    assert two.ended == (OutcomeKind.SOLD, "cat", 120, 8 * DAY + 8 * MINUTE)


@pytest.mark.parametrize(("free_min", "extension_s"), [(10, 120), (30, 60)])
def test_jiangxi_forest_sales_have_a_short_free_time_and_cycle(free_min, extension_s):
    """江西林权: 泰和 2025 (10 min, 120 s), 枫树山 2025 (30 min, 60 s)."""
    sale = TimedSale(free_us=free_min * MINUTE, limited_us=extension_s * SECOND)
    sale.bids("ann", 100, 1).bids("bob", 110, free_min * MINUTE + SECOND).until(HOUR)
    assert sale.ended[3] == free_min * MINUTE + SECOND + extension_s * SECOND


def court_sale(**changes):
    tail = Extension(by_us=5 * MINUTE, window_us=5 * MINUTE)
    return TimedSale(free_us=DAY, limited_us=None, free_extension=tail, **changes)


@pytest.mark.parametrize(
    ("before_close", "moved_by"),
    [
        (5 * MINUTE + 1, 0),
        (5 * MINUTE, 0),
        (5 * MINUTE - MS, MS),
        (MINUTE, 4 * MINUTE),
        (1, 5 * MINUTE - 1),
    ],
)
def test_court_sale_only_a_bid_in_the_last_five_minutes_moves_the_end(before_close, moved_by):
    """法释〔2016〕18号 art. 20-21: such a bid moves the end to its own time + 5 minutes."""
    sale = court_sale().bids("ann", 100, DAY - before_close)
    assert sale.closes_at == DAY + moved_by


def test_court_sale_one_bidder_is_enough():
    sale = court_sale().bids("ann", 100, HOUR).until(2 * DAY)
    assert sale.ended == (OutcomeKind.SOLD, "ann", 100, DAY)


def test_another_site_moves_by_five_minutes_only_in_the_last_two():
    tail = Extension(by_us=5 * MINUTE, window_us=2 * MINUTE)
    sale = TimedSale(limited_us=None, free_extension=tail)
    assert sale.bids("ann", 100, HOUR - 3 * MINUTE).closes_at == HOUR
    assert sale.bids("bob", 110, HOUR - 2 * MINUTE).closes_at == HOUR + 3 * MINUTE


def test_tail_extension_and_full_reset_differ_for_the_same_bids():
    """The same bid 10 minutes before the close: the court's end stays, the land sale's moves."""
    tail = court_sale().bids("ann", 100, DAY - 10 * MINUTE)
    full = TimedSale(free_us=0, limited_us=DAY).bids("ann", 100, DAY - 10 * MINUTE)
    assert (tail.closes_at, full.closes_at) == (DAY, 2 * DAY - 10 * MINUTE)


# --- the end ------------------------------------------------------------------------------------


def test_a_highest_bid_below_the_reserve_has_no_effect():
    """拍卖法 art. 50."""
    below = TimedSale(reserve=120 * WAN).bids("ann", 110, 1).until(DAY)
    assert below.ended[:3] == (OutcomeKind.RESERVE_NOT_MET, None, None)
    equal = TimedSale(reserve=120 * WAN).bids("ann", 120, 1).until(DAY)
    assert equal.ended[:3] == (OutcomeKind.SOLD, "ann", 120)


def test_fewer_bidders_than_the_notice_asks_for_is_no_sale():
    """矿业权: at least three bidders in an auction."""
    two = TimedSale(bidders_min=3).bids("ann", 100, 1).bids("bob", 110, 2).bids("ann", 120, 3)
    assert two.until(DAY).ended[:2] == (OutcomeKind.TOO_FEW_BIDDERS, None)
    three = TimedSale(bidders_min=3).bids("ann", 100, 1).bids("bob", 110, 2).bids("cat", 120, 3)
    assert three.until(DAY).ended[:2] == (OutcomeKind.SOLD, "cat")


def test_the_first_jiangxi_deal_an_excavator_in_41_rounds():
    """江西 2016-12: 14 bidders, 41 rounds, from 3 万 to 10.5 万 (bids invented, ends real)."""
    sale = TimedSale(start=30_000_00, increments=fixed(500_00), limited_us=3 * MINUTE)
    amounts = [30_000_00 + 1_800_00 * n for n in range(40)]
    amounts = [30_000_00 + (a - 30_000_00) // 500_00 * 500_00 for a in amounts] + [105_000_00]
    for number, amount in enumerate(amounts):
        sale.accepts(Bid(bidder=f"no{number % 14}", amount=amount), number * MINUTE)
    sale.until(DAY)
    assert (sale.state.bids, len(sale.state.quoted)) == (41, 14)
    assert sale.state.outcome.price == 105_000_00


# --- the host of a listing changes the increment ------------------------------------------------


def test_the_host_may_change_the_increment_during_the_free_phase():
    sale = TimedSale(increments_adjustable=True).bids("ann", 100, 1)
    sale.accepts(AdjustIncrement(increment=3 * WAN), 2)
    assert sale.may_not_bid("bob", 110, 3, RejectionCode.OFF_GRID).amount_min == 103 * WAN
    sale.bids("bob", 106, 4)
    sale.refuses(AdjustIncrement(increment=WAN), HOUR, RejectionCode.WRONG_PHASE)
    assert sale.replayed() == sale.state


def test_a_changed_increment_keeps_the_terms_word_on_the_grid():
    ladder = Increments(steps=(Step(price_min=0, increment=10 * WAN),), on_grid=False)
    sale = TimedSale(increments=ladder, increments_adjustable=True).bids("ann", 100, 1)
    sale.accepts(AdjustIncrement(increment=20 * WAN), 2)
    sale.may_not_bid("bob", 119, 3, RejectionCode.BELOW_MINIMUM)
    assert sale.bids("bob", 127, 3).leader == ("bob", 127)


def test_a_changed_increment_must_still_lead_to_the_cap():
    sale = TimedSale(increments_adjustable=True, cap=200 * WAN)
    refused = sale.refuses(AdjustIncrement(increment=30 * WAN), 1, RejectionCode.OFF_GRID)
    assert refused.amount_max == 200 * WAN
    sale.accepts(AdjustIncrement(increment=20 * WAN), 1)
    sale.bids("ann", 120, 2).refuses(
        AdjustIncrement(increment=30 * WAN), 3, RejectionCode.OFF_GRID
    )


def test_the_increment_stays_where_the_notice_does_not_offer_to_change_it():
    TimedSale().refuses(AdjustIncrement(increment=WAN), 1, RejectionCode.NOT_OFFERED)
    adjustable = TimedSale(increments_adjustable=True)
    adjustable.refuses(AdjustIncrement(increment=0), 1, RejectionCode.AMOUNT_OUT_OF_RANGE)
    too_much = AdjustIncrement(increment=10**15 + 1)
    adjustable.refuses(too_much, 1, RejectionCode.AMOUNT_OUT_OF_RANGE)
    adjustable.accepts(AdjustIncrement(increment=1), 1)
    adjustable.accepts(AdjustIncrement(increment=10**15), 1)


# --- the order of the refusals ------------------------------------------------------------------


# Each row breaks one rule less than the row above: the table proves the order of the checks.
@pytest.mark.parametrize(
    ("bidder", "wan", "at", "code"),
    [
        ("cat", 0, 2 * DAY, RejectionCode.LOT_CLOSED),
        ("cat", 0, HOUR - MINUTE, RejectionCode.STOP_WINDOW),
        ("cat", 0, HOUR + MINUTE, RejectionCode.WRONG_PHASE),
        ("cat", 0, HOUR + 5 * MINUTE, RejectionCode.NOT_CONFIRMED),
        ("bob", 0, 3, RejectionCode.ALREADY_LEADING),
        ("cat", 0, 3, RejectionCode.AMOUNT_OUT_OF_RANGE),
        ("cat", 105, 3, RejectionCode.BELOW_MINIMUM),
        ("cat", 205, 3, RejectionCode.ABOVE_CAP),
        ("cat", 125, 3, RejectionCode.OFF_GRID),
    ],
)
def test_the_first_broken_rule_answers(bidder, wan, at, code):
    sale = TimedSale(stop_window_us=5 * MINUTE, inquiry_us=5 * MINUTE, cap=200 * WAN)
    sale.bids("ann", 100, 1).bids("bob", 110, 2)
    if at >= HOUR:
        confirms(sale, "ann", HOUR)
    sale.may_not_bid(bidder, wan, at, code)
