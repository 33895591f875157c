"""Every format as a live lot, from opening to result; each result is decided again independently."""

import pytest

from auction.codec import CodecError, command_kind, decode_command, encode_command
from auction.commands import ConductMove, MakeMove
from bidding_rules.clearing import Tie
from bidding_rules.draw import shuffled
from bidding_rules.first_refusal import ExercisePriority, FirstRefusal, WaivePriority
from bidding_rules.formats.clock import AskUnits, ClockTerms
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.english_terms import (
    EnglishTerms,
    EnterFloorBid,
    OpenFloor,
    PassLot,
    Reopen,
    SetAsking,
    UndoEntry,
)
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms
from bidding_rules.formats.listing import listing_terms
from bidding_rules.formats.lottery import RevealSeed
from bidding_rules.formats.multi_unit_sale import MultiUnitSaleTerms, PlaceOrder
from bidding_rules.formats.multi_unit_terms import MultiUnitTerms
from bidding_rules.formats.multi_unit_terms import Pricing as Uniform
from bidding_rules.formats.one_price import OnePriceTerms, QuoteOnce
from bidding_rules.formats.package_sale import BidPackages, Package, PackageSaleTerms, Units
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeTerms
from bidding_rules.formats.sealed_results import Pricing, TieRule
from bidding_rules.formats.sealed_terms import OpenEnvelope, RecordScore, SealedTerms
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.smra_terms import BidOnLots, LotBid, SmraLot, SmraTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.formats.weighted import PriceWeights
from bidding_rules.increments import AdjustIncrement, fixed
from bidding_rules.money import TermsError
from bidding_rules.proxies import SetMaximum
from bidding_rules.rejections import RejectionCode as Code
from bidding_rules.reserve import EnterReserve
from bidding_rules.sequence import SaleTerms
from tests.support.any_format import DRAW, SEED, envelope
from tests.support.scenario import LOT, MINUTE, SECOND, Scenario, number_of, terms_of

END = 120 * MINUTE


def told(scenario: Scenario) -> str:
    """Everything that anyone may see, as text, without the instants."""
    return str(scenario.shown()) + str(scenario.seen())


# Timed bidding, complete.


def test_a_proxy_bids_as_little_as_it_must_and_its_maximum_is_told_to_nobody():
    scenario = Scenario(proxies_allowed=True)
    scenario.moves("ann", SetMaximum(bidder="", maximum=7_770), at=0).then_leads("ann", 100)
    scenario.bids("bob", 110, at=1).then_leads("ann", 120)
    scenario.moves("cat", SetMaximum(bidder="", maximum=500), at=2).then_leads("ann", 510)
    assert "7770" not in told(scenario)
    scenario.time_passes(to=END).then_result("sold", winner="ann", price=510).then_recomputed()


def test_a_secret_maximum_takes_no_public_number():
    scenario = Scenario(proxies_allowed=True)
    scenario.moves("ann", SetMaximum(bidder="", maximum=900), at=0)
    before = scenario.lot.seq
    scenario.moves("ann", SetMaximum(bidder="", maximum=800), at=1).then_accepted()
    assert scenario.lot.seq == before


def test_nobody_moves_in_the_name_of_another():
    scenario = Scenario(proxies_allowed=True)
    scenario.moves("bob", SetMaximum(bidder=number_of("ann"), maximum=900), at=0)
    scenario.then_leads("bob", 100)


def test_a_holder_matches_in_the_room_by_the_right_that_was_recorded_not_by_one_he_claims():
    scenario = Scenario(first_refusal=FirstRefusal(), ranks={"cat": 1})
    scenario.bids("ann", 100, at=0)
    scenario.bids("bob", 100, at=1).then_refused(Code.BELOW_MINIMUM)
    scenario.bids("cat", 100, at=2).then_leads("cat", 100)
    scenario.bids("ann", 110, at=3).moves("cat", WaivePriority(bidder=""), at=4)
    scenario.bids("cat", 110, at=5).then_refused(Code.NO_PRIORITY_RIGHT)
    scenario.time_passes(to=END).then_result("sold", winner="ann", price=110).then_recomputed()


def test_holders_are_asked_at_the_end_and_after_the_hammer_as_well():
    rights = FirstRefusal(in_room=False, ask_us=5 * MINUTE)
    scenario = Scenario(first_refusal=rights, calls_before_hammer=1, ranks={"cat": 2})
    scenario.bids("ann", 100, at=0).calls(at=10 * MINUTE).hammers(at=11 * MINUTE)
    assert scenario.seen().phase == "priority"
    scenario.moves("bob", ExercisePriority(bidder="", rank=1), at=12 * MINUTE)
    scenario.then_refused(Code.NO_PRIORITY_RIGHT)
    scenario.moves("cat", ExercisePriority(bidder=""), at=13 * MINUTE).then_accepted()
    scenario.time_passes(to=END).then_result("sold", winner="cat", price=100).then_recomputed()


def test_a_right_is_recorded_before_the_opening_or_not_at_all():
    scenario = Scenario(first_refusal=FirstRefusal()).bids("ann", 100, at=0)
    scenario.records_priority("cat", 1, at=1).then_refused(Code.WRONG_PHASE)


def test_the_reserve_is_keyed_in_late_by_staff_only_and_stays_secret():
    scenario = Scenario(reserve_entry_us=2 * MINUTE).bids("ann", 100, at=0)
    scenario.conducts(EnterReserve(values=(7_100, 7_201)), at=1).then_refused(Code.TOO_SOON)
    scenario.conducts(EnterReserve(values=(7_100, 7_201)), at=9 * MINUTE).then_accepted()
    scenario.conducts(EnterReserve(values=(200,)), at=9 * MINUTE).then_refused(Code.ALREADY_SEALED)
    assert scenario.seen().details["reserve_entered"] is True
    assert not [amount for amount in ("7100", "7151", "7201") if amount in told(scenario)]
    scenario.time_passes(to=END).then_result("reserve_not_met").then_recomputed()
    assert scenario.seen().result.reserve_met is False


def test_the_increment_is_changed_live_and_the_room_is_told():
    scenario = Scenario(increments_adjustable=True).bids("ann", 100, at=0)
    scenario.conducts(AdjustIncrement(increment=50), at=1, reason="slow").then_accepted()
    scenario.bids("bob", 110, at=2).then_refused(Code.BELOW_MINIMUM, amount_min=150)
    scenario.bids("bob", 150, at=3).then_leads("bob", 150)
    assert scenario.seen().details["increment_fen"] == 50
    scenario.time_passes(to=END).then_recomputed()


# Listing -> timed -> capped -> what follows.


def second_dimension(**changes) -> SecondDimensionTerms:
    return SecondDimensionTerms(
        **{
            "dimension": Dimension.AREA,
            "start": 100,
            "increment": 100,
            "first_us": 4 * MINUTE,
            "limited_us": 4 * MINUTE,
            **changes,
        }
    )


def listing(**changes) -> TimedTerms:
    base = {"start": 100, "increments": fixed(10), "free_us": 10 * MINUTE, "cap": 200}
    return TimedTerms(**{**base, "limited_us": 4 * MINUTE, **changes})


def test_listing_then_timed_then_the_cap_then_area_decides():
    scenario = Scenario(
        SaleTerms(
            price=listing(capped_goes_on=True, limited_bidders_min=2),
            second_dimension=second_dimension(),
        )
    )
    scenario.bids("ann", 100, at=0).bids("bob", 150, at=MINUTE)
    scenario.bids("ann", 200, at=11 * MINUTE)
    assert scenario.seen().details["stage"] == "second_dimension"
    assert (scenario.seen().price_fen, scenario.seen().leader) == (200, "N-ann")
    scenario.bids("bob", 100, at=12 * MINUTE).bids("cat", 300, at=13 * MINUTE)
    scenario.time_passes(to=END).then_result("sold", winner="cat", price=200).then_recomputed()
    assert scenario.lot.sale.outcome.committed == 300


def test_equal_bids_at_the_cap_are_drawn_from_the_committed_seed():
    scenario = Scenario(SaleTerms(price=listing(equal_bids_at_cap=True), lottery=DRAW))
    for place, bidder in enumerate(("ann", "bob", "cat")):
        scenario.bids(bidder, 200, at=place)
    scenario.time_passes(to=30 * MINUTE)
    assert scenario.seen().phase == "draw"
    assert scenario.seen().details["contenders"] == ("N-ann", "N-bob", "N-cat")
    scenario.conducts(RevealSeed(seed="ab" * 32, public="27"), at=31 * MINUTE)
    scenario.then_refused(Code.DRAW_INVALID)
    scenario.conducts(RevealSeed(seed=SEED, public="27"), at=32 * MINUTE)
    first = shuffled(("N-ann", "N-bob", "N-cat"), purpose="LOT-1", seed=SEED, public="27")[0]
    scenario.then_result("sold", winner=first.removeprefix("N-"), price=200).then_recomputed()


def test_above_the_stop_price_one_sealed_price_nearest_the_mean_decides():
    one = OnePriceTerms(
        above=200, up_to=2_000, waiting_us=MINUTE, inquiry_us=MINUTE, quoting_us=2 * MINUTE
    )
    scenario = Scenario(SaleTerms(price=listing(stop_above_cap=True), one_price=one))
    scenario.bids("ann", 200, at=0).bids("bob", 210, at=1)
    for bidder in ("ann", "bob", "cat"):
        scenario.confirms(bidder, at=MINUTE + SECOND)
    at = 2 * MINUTE + SECOND
    scenario.moves("ann", QuoteOnce(bidder="", amount=300), at=at)
    scenario.moves("bob", QuoteOnce(bidder="", amount=1_900), at=at)
    scenario.moves("cat", QuoteOnce(bidder="", amount=1_900), at=at)
    scenario.then_refused(Code.DUPLICATE_PRICE)
    scenario.moves("cat", QuoteOnce(bidder="", amount=900), at=at)
    assert "1900" not in told(scenario)
    scenario.time_passes(to=END).then_result("sold", winner="cat", price=900).then_recomputed()
    assert "1900" in told(scenario), "all quotes are read out in the end"


def test_a_listing_with_one_bidder_is_sold_to_him():
    terms = listing_terms(
        start=100, increments=fixed(10), period_us=10 * MINUTE, limited_us=4 * MINUTE
    )
    scenario = Scenario(terms).bids("ann", 100, at=0).time_passes(to=END)
    scenario.then_result("sold", winner="ann", price=100).then_recomputed()


@pytest.mark.parametrize("leads", ["capped_goes_on", "equal_bids_at_cap", "stop_above_cap"])
def test_terms_that_lead_on_need_a_sale_that_says_where_to(leads):
    with pytest.raises(TermsError) as caught:
        terms_of(listing(**{leads: True}))
    assert caught.value.field == leads


# The English auction.


def english(**changes) -> EnglishTerms:
    return EnglishTerms(**{"start": 100, "increments": fixed(10), "reserve": 115, **changes})


def called(scenario: Scenario, *, at: int) -> Scenario:
    return scenario.calls(at=at).calls(at=at + 1).calls(at=at + 2)


def test_the_auctioneer_runs_a_lot_with_bids_of_the_hall_and_of_the_network():
    scenario = Scenario(english(participants_min=2, reopen_us=MINUTE))
    scenario.bids("ann", 100, at=0).then_refused(Code.LOT_NOT_OPEN)
    scenario.conducts(OpenFloor(participants=3), at=1).bids("ann", 100, at=2)
    scenario.conducts(EnterFloorBid(bidder="N-bob", amount=110), at=3).then_accepted()
    scenario.conducts(UndoEntry(reason="it was cat"), at=4)
    assert scenario.seen().leader == "N-ann"
    scenario.conducts(EnterFloorBid(bidder="N-cat", amount=110), at=5)
    scenario.conducts(AdjustIncrement(increment=20), at=6).bids("ann", 130, at=7)
    called(scenario, at=8)
    assert scenario.seen().calls == 3
    scenario.hammers(at=11)
    assert scenario.seen().phase == "hammered"
    scenario.conducts(Reopen(reason="a paddle as it fell"), at=12).bids("bob", 150, at=13)
    called(scenario, at=14).hammers(at=17)
    scenario.time_passes(to=END).then_result("sold", winner="bob", price=150).then_recomputed()


def test_a_floor_bid_needs_the_number_of_an_admitted_bidder():
    scenario = Scenario(english()).conducts(OpenFloor(participants=2), at=0)
    scenario.conducts(EnterFloorBid(bidder="N-nobody", amount=100), at=1)
    scenario.then_refused(Code.NOT_QUALIFIED)


def test_too_few_in_the_hall_and_a_passed_lot_are_no_sale():
    few = Scenario(english(participants_min=3)).conducts(OpenFloor(participants=2), at=0)
    few.then_result("too_few_bidders").then_recomputed()
    passed = Scenario(english()).conducts(OpenFloor(participants=3), at=0).bids("ann", 100, at=1)
    passed.conducts(PassLot(reason="reserve not met"), at=2)
    passed.then_result("passed").then_recomputed()


def test_a_paused_english_lot_takes_no_bids_and_goes_on_as_it_stood():
    scenario = Scenario(english()).conducts(OpenFloor(participants=3), at=0).bids("ann", 100, at=1)
    scenario.suspends(at=2).bids("bob", 110, at=3).then_refused(Code.LOT_SUSPENDED)
    scenario.conducts(SetAsking(amount=200), at=4).then_refused(Code.LOT_SUSPENDED)
    scenario.resumes(at=5).bids("bob", 120, at=6)
    called(scenario, at=7).hammers(at=10).then_result("sold", winner="bob", price=120)
    scenario.then_recomputed()


# Sealed bidding.


def sealed(**changes) -> SealedTerms:
    return SealedTerms(
        **{"start": 100, "window_us": 10 * MINUTE, "opening_us": 5 * MINUTE, **changes}
    )


def seals(scenario: Scenario, amounts: dict[str, int], *, at: int, round_no: int = 1) -> Scenario:
    for bidder, amount in amounts.items():
        scenario.moves(bidder, envelope(bidder, round_no, amount), at=at).then_accepted()
    return scenario


def opens(scenario: Scenario, amounts: dict[str, int], *, at: int) -> Scenario:
    for bidder, amount in amounts.items():
        move = OpenEnvelope(bidder="", amount=amount, nonce=f"nonce-{bidder}")
        scenario.moves(bidder, move, at=at).then_accepted()
    return scenario


@pytest.mark.parametrize(("pricing", "price"), [(Pricing.FIRST, 777_777), (Pricing.SECOND, 1_700)])
def test_first_and_second_price_and_no_amount_anywhere_before_the_opening(pricing, price):
    amounts = {"ann": 1_500, "bob": 777_777, "cat": 1_700}
    scenario = seals(Scenario(sealed(pricing=pricing)), amounts, at=0)
    assert "777777" not in told(scenario) + str(scenario.journal()) + str(scenario.lot)
    assert scenario.seen().bids == 0, "how many envelopes there are is not public either"
    scenario.time_passes(to=11 * MINUTE)
    opens(scenario, {"ann": 1_500, "bob": 777_777}, at=11 * MINUTE)
    assert "777777" not in told(scenario), "one opened envelope helps nobody to decide on his own"
    opens(scenario, {"cat": 1_700}, at=12 * MINUTE)
    scenario.then_result("sold", winner="bob", price=price).then_recomputed()
    assert {"number": "N-cat", "amount_fen": 1_700} in scenario.seen().details["opened"]


def test_an_envelope_cannot_be_opened_as_something_else_nor_by_somebody_else():
    scenario = seals(Scenario(sealed()), {"ann": 1_500}, at=0).time_passes(to=11 * MINUTE)
    other = OpenEnvelope(bidder="", amount=1_600, nonce="nonce-ann")
    scenario.moves("ann", other, at=11 * MINUTE).then_refused(Code.SEAL_BROKEN)
    scenario.moves("bob", other, at=11 * MINUTE).then_refused(Code.NOT_SEALED)
    scenario.time_passes(to=END).then_result("no_bids").then_recomputed()


def test_rounds_each_told_the_best_price_of_the_one_before():
    scenario = seals(Scenario(sealed(rounds_max=2, increment=10)), {"ann": 100, "bob": 120}, at=0)
    scenario.time_passes(to=11 * MINUTE)
    opens(scenario, {"ann": 100, "bob": 120}, at=11 * MINUTE)
    assert scenario.seen().details["floor_fen"] == 130
    seals(scenario, {"ann": 150}, at=12 * MINUTE, round_no=2).time_passes(to=22 * MINUTE)
    opens(scenario, {"ann": 150}, at=22 * MINUTE)
    scenario.then_result("sold", winner="ann", price=150).then_recomputed()


def test_weighted_quotations_count_scores_fixed_before_any_price_is_known():
    weights = PriceWeights(price=5_000, others=(5_000,))
    scenario = Scenario(sealed(pricing=Pricing.WEIGHTED, weights=weights))
    seals(scenario, {"ann": 1_000, "bob": 900}, at=0)
    scenario.conducts(RecordScore(bidder="N-bob", hundredths=(9_000,)), at=1)
    scenario.time_passes(to=11 * MINUTE)
    scenario.conducts(RecordScore(bidder="N-ann", hundredths=(10_000,)), at=11 * MINUTE)
    scenario.then_refused(Code.WRONG_PHASE)
    opens(scenario, {"ann": 1_000, "bob": 900}, at=12 * MINUTE)
    scenario.then_result("sold", winner="bob", price=900).then_recomputed()


def test_equal_sealed_bids_are_drawn():
    scenario = seals(
        Scenario(sealed(ties=TieRule.DRAW, draw=DRAW)), {"ann": 500, "bob": 500}, at=0
    )
    scenario.time_passes(to=11 * MINUTE)
    opens(scenario, {"ann": 500, "bob": 500}, at=11 * MINUTE)
    assert scenario.seen().phase == "draw"
    scenario.conducts(RevealSeed(seed=SEED, public="7"), at=12 * MINUTE).then_recomputed()


# Descending sales and sales in rounds.


def test_dutch_the_first_who_names_the_price_on_the_clock_buys():
    terms = DutchTerms(start=1_000, decrement=100, floor=500, step_us=MINUTE)
    scenario = Scenario(terms).time_passes(to=2 * MINUTE)
    assert scenario.seen().details["clock_price_fen"] == 800
    scenario.bids("ann", 900, at=2 * MINUTE + 1).then_refused(Code.PRICE_MOVED, amount_min=800)
    scenario.bids("bob", 800, at=2 * MINUTE + 2)
    scenario.then_result("sold", winner="bob", price=800).then_recomputed()


def test_a_pause_stops_the_dutch_clock_and_the_rest_of_its_step_is_kept():
    terms = DutchTerms(start=1_000, decrement=100, floor=500, step_us=MINUTE)
    scenario = Scenario(terms).suspends(at=30 * SECOND).resumes(at=10 * MINUTE)
    scenario.bids("ann", 1_000, at=10 * MINUTE + 29 * SECOND).then_accepted()
    scenario.then_recomputed()


def test_hybrid_dutch_sealed_bids_above_it_and_the_dutch_winners_answer():
    terms = HybridDutchTerms(
        dutch=DutchTerms(start=1_000, decrement=100, floor=500, step_us=MINUTE),
        increment=10,
        sealed_us=5 * MINUTE,
        opening_us=5 * MINUTE,
        best_bid_us=5 * MINUTE,
    )
    scenario = Scenario(terms).bids("ann", 1_000, at=0)
    seals(scenario, {"bob": 1_250}, at=MINUTE).time_passes(to=6 * MINUTE)
    opens(scenario, {"bob": 1_250}, at=6 * MINUTE)
    scenario.bids("cat", 1_300, at=7 * MINUTE).then_refused(Code.BIDS_NOT_IN_TURN)
    scenario.bids("ann", 1_260, at=7 * MINUTE).time_passes(to=END)
    scenario.then_result("sold", winner="ann", price=1_260).then_recomputed()


def test_raise_or_agree_in_rounds():
    terms = RaiseAgreeTerms(start=100, increment=10, round_us=3 * MINUTE, pause_us=15 * SECOND)
    scenario = Scenario(terms).moves("ann", Agree(bidder=""), at=0)
    scenario.bids("bob", 150, at=1).then_refused(Code.WRONG_PHASE)
    scenario.bids("bob", 150, at=MINUTE).time_passes(to=END)
    scenario.then_result("sold", winner="bob", price=150).then_recomputed()


def test_clock_demand_is_told_after_the_round_and_all_together():
    scenario = Scenario(ClockTerms(supply=10, start=100, increment=10, round_us=MINUTE))
    scenario.moves("ann", AskUnits(bidder="", quantity=7), at=0)
    scenario.moves("bob", AskUnits(bidder="", quantity=6), at=1)
    assert scenario.seen().details["rounds"] == []
    scenario.moves("ann", AskUnits(bidder="", quantity=6), at=MINUTE + 1)
    assert scenario.seen().details["rounds"] == [{"price_fen": 100, "demand": 13}]
    scenario.moves("bob", AskUnits(bidder="", quantity=4), at=MINUTE + 2)
    scenario.time_passes(to=END).then_result("sold", price=110).then_recomputed()


def test_simultaneous_rounds_on_many_lots_with_points_from_equal_deposits():
    terms = SmraTerms(
        lots=(SmraLot(lot="A", start=100, increment=10), SmraLot(lot="B", start=50, increment=5)),
        points_each=2,
        round_us=MINUTE,
    )
    scenario = Scenario(terms)
    both = (LotBid(lot="A", amount=100), LotBid(lot="B", amount=50))
    scenario.moves("ann", BidOnLots(bidder="", bids=both), at=0).then_accepted()
    assert scenario.seen().details["standing"] == [], (
        "nobody sees a bid before its round has ended"
    )
    higher = (LotBid(lot="B", amount=55),)
    scenario.moves("bob", BidOnLots(bidder="", bids=higher), at=MINUTE + 1)
    scenario.then_accepted().time_passes(to=END).then_result("sold", price=155).then_recomputed()


# Sales that clear all at once.


def test_sealed_orders_clear_at_one_price_and_nobody_sees_them_before():
    rules = MultiUnitTerms(supply=100, pricing=Uniform.LOWEST_ACCEPTED, floor=10)
    scenario = Scenario(MultiUnitSaleTerms(rules=rules, window_us=10 * MINUTE))
    scenario.moves("ann", PlaceOrder(bidder="", price=7_777, quantity=60), at=0)
    scenario.moves("bob", PlaceOrder(bidder="", price=50, quantity=30), at=1)
    scenario.moves("cat", PlaceOrder(bidder="", price=40, quantity=30), at=2)
    scenario.moves("cat", PlaceOrder(bidder="", price=5, quantity=1), at=3)
    scenario.then_refused(Code.BELOW_MINIMUM, amount_min=10)
    assert "7777" not in told(scenario)
    scenario.time_passes(to=END).then_result("sold", price=40).then_recomputed()
    awards = scenario.seen().details["result"]["awards"]
    assert [(a["number"], a["quantity"], a["payment_fen"]) for a in awards] == [
        ("N-ann", 60, 2_400),
        ("N-bob", 30, 1_200),
        ("N-cat", 10, 400),
    ]


def test_orders_that_tie_at_the_margin_go_by_a_draw_fixed_in_the_notice():
    rules = MultiUnitTerms(supply=50, pricing=Uniform.LOWEST_ACCEPTED, tie=Tie.RANDOM_ORDER)
    scenario = Scenario(MultiUnitSaleTerms(rules=rules, window_us=10 * MINUTE, draw=DRAW))
    for second, bidder in enumerate(("ann", "bob", "cat")):
        scenario.moves(bidder, PlaceOrder(bidder="", price=9, quantity=30), at=second)
    reveal = RevealSeed(seed=SEED, public="27")
    scenario.conducts(reveal, at=5 * MINUTE).then_refused(Code.WRONG_PHASE)
    scenario.time_passes(to=END)
    assert scenario.seen().phase == "draw"
    scenario.moves("ann", PlaceOrder(bidder="", price=9, quantity=30), at=END)
    scenario.then_refused(Code.LOT_CLOSED)
    scenario.conducts(RevealSeed(seed="ab" * 32, public="27"), at=END + MINUTE)
    scenario.then_refused(Code.DRAW_INVALID)
    scenario.conducts(reveal, at=END + MINUTE).then_result("sold", price=9).then_recomputed()
    first, second, _ = shuffled(
        ("N-ann", "N-bob", "N-cat"), purpose="LOT-1", seed=SEED, public="27"
    )
    awards = scenario.seen().details["result"]["awards"]
    assert {a["number"]: a["quantity"] for a in awards} == {first: 30, second: 20}


def test_without_orders_there_is_nothing_to_draw():
    rules = MultiUnitTerms(supply=50, pricing=Uniform.LOWEST_ACCEPTED, tie=Tie.FLOOR_THEN_RANDOM)
    scenario = Scenario(MultiUnitSaleTerms(rules=rules, window_us=10 * MINUTE, draw=DRAW))
    scenario.time_passes(to=END).then_result("no_bids").then_recomputed()


@pytest.mark.parametrize(("tie", "draw"), [(Tie.RANDOM_ORDER, None), (Tie.TIME, DRAW)])
def test_a_draw_belongs_to_ties_by_a_random_order(tie, draw):
    rules = MultiUnitTerms(supply=50, pricing=Uniform.LOWEST_ACCEPTED, tie=tie)
    with pytest.raises(TermsError) as error:
        MultiUnitSaleTerms(rules=rules, window_us=MINUTE, draw=draw)
    assert error.value.field == "draw"


def test_packages_the_most_valuable_set_that_fits_wins():
    terms = PackageSaleTerms(
        supply=(Units(item="A", units=1), Units(item="B", units=1)), window_us=10 * MINUTE
    )
    a, b = Units(item="A", units=1), Units(item="B", units=1)
    scenario = Scenario(terms)
    for bidder, amount, bundle in (("ann", 10, (a, b)), ("bob", 7, (a,)), ("cat", 6, (b,))):
        packages = (Package(amount=amount, bundle=bundle),)
        scenario.moves(bidder, BidPackages(bidder="", packages=packages), at=0).then_accepted()
    assert scenario.seen().details["awards"] is None
    scenario.time_passes(to=END).then_result("sold", price=4 + 3).then_recomputed()
    won = {award["number"] for award in scenario.seen().details["awards"]}
    assert won == {"N-bob", "N-cat"}


# What belongs to no format.


def test_a_move_of_another_format_is_not_offered():
    Scenario().moves("ann", Agree(bidder=""), at=0).then_refused(Code.NOT_OFFERED)
    Scenario().conducts(OpenFloor(participants=3), at=0).then_refused(Code.NOT_OFFERED)
    Scenario(sealed()).bids("ann", 100, at=0).then_refused(Code.NOT_OFFERED)


def test_a_move_of_the_house_cannot_be_sent_as_a_bidders():
    """The kind alone tells on the wire whose move it is, so the other one has no form there."""
    move = RevealSeed(seed=SEED, public="27")
    about = {"lot_id": LOT, "command_id": "c-1", "actor": "ann"}
    with pytest.raises(CodecError):
        command_kind(MakeMove(**about, move=move))
    with pytest.raises(CodecError):
        command_kind(ConductMove(**about, move=Agree(bidder="")))
    with pytest.raises(CodecError):
        decode_command("no_such_move", encode_command(ConductMove(**about, move=move)))


def test_messages_reach_the_room_and_late_comers_in_the_order_of_bids():
    scenario = Scenario().bids("ann", 100, at=0).says("现场核对", at=1).bids("bob", 110, at=2)
    assert scenario.seen().message.text == "现场核对"
    kinds = [event["kind"] for event in scenario.shown()][-3:]
    assert kinds == ["bid_accepted", "message_sent", "bid_accepted"]


# Four eyes.


def test_what_takes_back_a_bid_waits_for_a_second_person():
    scenario = Scenario(english(), four_eyes=True).conducts(OpenFloor(participants=2), at=0)
    scenario.conducts(EnterFloorBid(bidder="N-ann", amount=100), at=1)
    scenario.conducts(UndoEntry(reason="wrong paddle"), at=2).then_accepted()
    asked = scenario.last_command_id()
    assert scenario.seen().leader == "N-ann", "nothing has happened yet"
    scenario.approves(asked, at=3, actor="auc").then_refused(Code.SAME_PERSON)
    scenario.approves(asked, at=4).then_accepted()
    assert scenario.seen().leader is None
    scenario.bids("bob", 120, at=5)
    called(scenario, at=6).hammers(at=9).then_recomputed()


def test_what_was_asked_for_before_another_bid_must_be_asked_for_again():
    scenario = Scenario(english(), four_eyes=True).conducts(OpenFloor(participants=2), at=0)
    scenario.conducts(EnterFloorBid(bidder="N-ann", amount=100), at=1)
    scenario.conducts(UndoEntry(reason="wrong paddle"), at=2)
    asked = scenario.last_command_id()
    scenario.conducts(EnterFloorBid(bidder="N-bob", amount=120), at=3)
    scenario.approves(asked, at=4).then_refused(Code.NOTHING_TO_APPROVE)
    called(scenario, at=6).hammers(at=9).then_recomputed()


def test_a_lot_with_a_bid_is_withdrawn_by_two_and_without_one_by_one():
    with_bid = Scenario(four_eyes=True).bids("ann", 100, at=0).withdraws(at=1, command_id="w")
    assert with_bid.seen().status == "open"
    with_bid.approves("w", at=2)
    assert with_bid.seen().status == "withdrawn"
    assert Scenario(four_eyes=True).withdraws(at=1).seen().status == "withdrawn"
