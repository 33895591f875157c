"""递增时钟 for many units, and simultaneous rounds on many lots with an activity rule."""

import pytest

from bidding_rules.formats import clock, smra
from bidding_rules.formats.clock import AskUnits, ClockTerms
from bidding_rules.formats.clock_results import ClockPayment, ClockReading, clock_result
from bidding_rules.formats.smra_terms import BidOnLots, LotBid, SmraLot, SmraTerms, Waive
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.machine import Machine

ROUND = 60


class Clock(Machine):
    """A clock sale of 3 units from 100 by 10."""

    def __init__(self, **changes):
        given = {"supply": 3, "start": 100, "increment": 10, "round_us": ROUND, **changes}
        super().__init__(clock, ClockTerms(**given))

    def round(self, **asked):
        at = self.state.closes_at - 1
        for bidder, answer in asked.items():
            quantity, *exits = answer if isinstance(answer, tuple) else (answer,)
            self.accepts(AskUnits(bidder=bidder, quantity=quantity, exits=tuple(exits)), at)
        return self.until(at + 1)

    def awarded(self):
        assert self.replayed() == self.state
        awarded = self.state.awarded
        return awarded.price, dict(awarded.units), awarded.unsold


def test_the_price_rises_until_demand_fits_and_all_pay_it():
    sale = Clock().round(a=3, b=2).round(a=2, b=2).round(a=2, b=1)
    assert sale.awarded() == (120, {"a": (120, 120), "b": (120,)}, 0)
    assert (sale.state.outcome.kind, sale.state.outcome.price) == (OutcomeKind.SOLD, 120)


def test_clinching_charges_each_unit_the_price_at_which_nobody_else_wanted_it():
    sale = Clock(payment=ClockPayment.CLINCHING).round(a=3, b=2).round(a=3, b=1).round(a=3, b=0)
    assert sale.awarded() == (120, {"a": (100, 110, 120)}, 0)


def test_units_that_nobody_wants_any_more_go_back_at_the_price_before():
    sale = Clock().round(a=3, b=2).round(a=2, b=0)
    assert sale.awarded() == (100, {"a": (100, 100, 100)}, 0)


def test_the_highest_exit_price_gets_a_unit_back_first():
    sale = Clock().round(a=3, b=2).round(a=(1, 103, 107), b=(1, 105))
    assert sale.awarded() == (107, {"a": (107, 107), "b": (107,)}, 0)


def test_exit_prices_count_as_prices_of_the_clock_where_the_terms_say_so():
    sale = Clock(exit_bids=True, payment=ClockPayment.CLINCHING)
    sale.round(a=3, b=2).round(a=3, b=(0, 103, 107))
    assert sale.awarded() == (107, {"a": (100, 103, 107)}, 0)


def test_who_is_silent_is_out():
    sale = Clock().round(a=3, b=2).round(a=3)
    assert sale.awarded()[1] == {"a": (110, 110, 110)}


def test_demand_never_rises_and_nobody_enters_late():
    sale = Clock().round(a=3, b=2)
    at = ROUND + 1
    sale.refuses(AskUnits(bidder="b", quantity=3), at, RejectionCode.NOT_ELIGIBLE)
    sale.refuses(AskUnits(bidder="c", quantity=1), at, RejectionCode.NOT_ELIGIBLE)


def test_quantities_and_exit_prices_must_fit():
    sale = Clock()
    for ask in [
        AskUnits(bidder="a", quantity=4),
        AskUnits(bidder="a", quantity=-1),
        AskUnits(bidder="a", quantity=1, exits=(100,)),
    ]:
        sale.refuses(ask, 1, RejectionCode.QUANTITY_OUT_OF_RANGE)
    sale.round(a=3, b=2)
    wrong_count = AskUnits(bidder="a", quantity=1, exits=(105,))
    sale.refuses(wrong_count, ROUND + 1, RejectionCode.QUANTITY_OUT_OF_RANGE)
    sale.refuses(AskUnits(bidder="a", quantity=-1), ROUND + 1, RejectionCode.QUANTITY_OUT_OF_RANGE)
    for exit_price in (99, 111):
        ask = AskUnits(bidder="a", quantity=2, exits=(exit_price,))
        sale.refuses(ask, ROUND + 1, RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_the_last_answer_of_a_round_counts_and_a_late_one_does_not():
    sale = Clock()
    sale.accepts(AskUnits(bidder="a", quantity=3), 1)
    sale.accepts(AskUnits(bidder="a", quantity=1), 2)
    sale.refuses(AskUnits(bidder="a", quantity=2), ROUND, RejectionCode.LOT_CLOSED)
    assert sale.awarded() == (100, {"a": (100,)}, 2)


def test_without_demand_nothing_is_sold():
    sale = Clock().until(ROUND)
    assert sale.awarded() == (100, {}, 3)
    assert (sale.state.outcome.kind, sale.state.outcome.price) == (OutcomeKind.NO_BIDS, None)
    assert clock.due_at(sale.state) is None


def test_a_clinched_unit_stays_with_its_bidder_even_if_he_asks_for_less_later():
    readings = [
        ClockReading(price=1, demand={"a": 2, "b": 1}, exits={}),
        ClockReading(price=2, demand={"a": 0, "b": 1}, exits={"a": (1, 1)}),
    ]
    result = clock_result(2, readings, payment=ClockPayment.CLINCHING)
    assert dict(result.units) == {"a": (1,), "b": (2,)}


def test_a_unit_that_is_clinched_is_not_given_back_a_second_time():
    """Three bidders want two each of five and all leave at 1: one of them gets one, not three."""
    readings = [
        ClockReading(price=0, demand={"a": 2, "b": 2, "c": 2}, exits={}),
        ClockReading(price=1, demand=dict.fromkeys("abc", 0), exits=dict.fromkeys("abc", (1, 1))),
    ]
    result = clock_result(5, readings, payment=ClockPayment.CLINCHING)
    assert dict(result.units) == {"a": (0, 1), "b": (0, 1), "c": (0,)}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("supply", {"supply": 0}),
        ("supply", {"supply": 10**7}),
        ("start", {"start": 0}),
        ("increment", {"increment": 0}),
        ("round_us", {"round_us": 0}),
    ],
)
def test_clock_terms_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        Clock(**changes)
    assert error.value.field == field


LOTS = (
    SmraLot(lot="north", start=100, increment=10, points=2),
    SmraLot(lot="south", start=50, increment=5, points=1),
)


class Rounds(Machine):
    """Two lots; a and b may have both, c the small one."""

    def __init__(self, **changes):
        given = {
            "lots": LOTS,
            "eligibility": (("a", 3), ("b", 3), ("c", 1)),
            "round_us": ROUND,
            **changes,
        }
        super().__init__(smra, SmraTerms(**given))

    def bid(self, bidder, **amounts):
        return BidOnLots(
            bidder=bidder, bids=tuple(LotBid(lot=lot, amount=a) for lot, a in amounts.items())
        )

    def says(self, bidder, **amounts):
        self.accepts(self.bid(bidder, **amounts), self.state.closes_at - 1)
        return self

    def ends_round(self):
        return self.until(self.state.closes_at)

    def standing(self):
        return {s.lot: (s.bidder, s.amount) for s in self.state.standing.values()}


def test_the_highest_bid_on_each_lot_stands_and_equal_ones_go_to_the_earlier():
    rounds = Rounds().says("b", north=100).says("a", north=100, south=55).ends_round()
    assert rounds.standing() == {"north": ("b", 100), "south": ("a", 55)}
    assert rounds.state.price == 155


def test_a_round_without_a_bid_ends_the_sale_on_all_lots():
    rounds = Rounds().says("c", south=50).says("a", north=100).says("b", north=100, south=50)
    rounds.ends_round().says("b", north=110).ends_round().ends_round()
    assert rounds.standing() == {"north": ("b", 110), "south": ("c", 50)}
    assert [(a.lot, a.bidder, a.amount) for a in rounds.state.awards] == [
        ("north", "b", 110),
        ("south", "c", 50),
    ]
    assert (rounds.state.outcome.kind, rounds.state.outcome.price) == (OutcomeKind.SOLD, 160)
    assert rounds.replayed() == rounds.state


def test_nothing_is_sold_when_nobody_ever_bids():
    rounds = Rounds().ends_round()
    assert (rounds.state.outcome.kind, rounds.state.outcome.price) == (OutcomeKind.NO_BIDS, None)
    assert smra.due_at(rounds.state) is None


def test_bids_are_judged_lot_by_lot_and_refused_as_a_whole():
    rounds = Rounds().says("a", north=100).ends_round()
    at = ROUND + 1
    for bids, code in [
        ({"east": 100}, RejectionCode.LOT_UNKNOWN),
        ({"north": 109}, RejectionCode.BELOW_MINIMUM),
        ({"north": 115}, RejectionCode.OFF_GRID),
        ({"north": 0}, RejectionCode.AMOUNT_OUT_OF_RANGE),
        ({"south": 50, "north": 109}, RejectionCode.BELOW_MINIMUM),
    ]:
        rounds.refuses(rounds.bid("b", **bids), at, code)
    rounds.refuses(rounds.bid("a", north=110), at, RejectionCode.ALREADY_LEADING)
    rounds.refuses(rounds.bid("z", north=110), at, RejectionCode.NOT_QUALIFIED)
    rounds.refuses(rounds.bid("c", north=110), at, RejectionCode.NOT_ELIGIBLE)
    twice = BidOnLots(bidder="b", bids=(LotBid(lot="south", amount=50),) * 2)
    rounds.refuses(twice, at, RejectionCode.NOT_ELIGIBLE)


def test_unused_eligibility_is_lost_and_never_comes_back():
    rounds = Rounds().says("a", north=100).says("b", south=50).ends_round()
    assert rounds.state.eligibility == {"a": 2, "b": 1, "c": 0}
    at = ROUND + 1
    rounds.refuses(rounds.bid("b", north=110), at, RejectionCode.NOT_ELIGIBLE)
    rounds.refuses(rounds.bid("a", south=55), at, RejectionCode.NOT_ELIGIBLE)


def test_the_activity_share_is_what_the_terms_ask_for():
    rounds = Rounds(activity_percent=60).says("a", north=100).says("b", south=50).ends_round()
    assert rounds.state.eligibility == {"a": 3, "b": 1, "c": 0}
    busy = Rounds(activity_percent=60).says("a", north=100, south=50).ends_round()
    assert busy.state.eligibility["a"] == 3


def test_a_waiver_keeps_the_eligibility_and_the_sale_open():
    rounds = Rounds(waivers=1).says("a", north=100)
    rounds.accepts(Waive(bidder="b"), 1)
    rounds.ends_round()
    assert (rounds.state.eligibility["b"], rounds.state.waivers["b"]) == (3, 0)
    rounds.refuses(Waive(bidder="b"), ROUND + 1, RejectionCode.NOT_ELIGIBLE)
    rounds.accepts(Waive(bidder="a"), ROUND + 1)
    assert rounds.ends_round().state.outcome is None
    assert rounds.ends_round().state.outcome is not None


def test_the_last_answer_of_a_round_counts_whatever_it_is():
    rounds = Rounds(waivers=1)
    rounds.accepts(rounds.bid("a", north=100), 1)
    rounds.accepts(Waive(bidder="a"), 2)
    rounds.accepts(rounds.bid("b", north=100), 3)
    rounds.accepts(rounds.bid("b", north=120), 4)
    rounds.refuses(rounds.bid("b", north=140), ROUND * 99, RejectionCode.LOT_CLOSED)
    assert rounds.standing() == {"north": ("b", 120)}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("lots", {"lots": ()}),
        ("lots", {"lots": LOTS + LOTS}),
        ("start", {"lots": (SmraLot(lot="x", start=0, increment=1),)}),
        ("increment", {"lots": (SmraLot(lot="x", start=1, increment=0),)}),
        ("points", {"lots": (SmraLot(lot="x", start=1, increment=1, points=0),)}),
        ("eligibility", {"eligibility": (("a", 1), ("a", 2))}),
        ("eligibility", {"eligibility": (("a", -1),)}),
        ("activity_percent", {"activity_percent": 0}),
        ("activity_percent", {"activity_percent": 101}),
        ("waivers", {"waivers": -1}),
        ("round_us", {"round_us": 0}),
    ],
)
def test_round_terms_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        Rounds(**changes)
    assert error.value.field == field


def test_asking_for_a_lot_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        Rounds().terms.lot("east")
