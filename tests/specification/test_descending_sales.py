"""荷兰式拍卖 and the hybrid of a Dutch part, a sealed part and the Dutch winner's best bid."""

import pytest

from bidding_rules.formats import dutch, hybrid_dutch, sealed
from bidding_rules.formats.dutch import DutchTerms, last_step, price_at
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms, HybridPhase
from bidding_rules.formats.sealed_terms import OpenEnvelope, SubmitEnvelope, WithdrawEnvelope
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.money import AMOUNT_MAX, TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.machine import Machine

STEP = 10


def terms(**changes):
    return DutchTerms(
        **{"start": 1_000, "decrement": 100, "floor": 650, "step_us": STEP, **changes}
    )


def bid(bidder, amount):
    return Bid(bidder=bidder, amount=amount)


def test_the_price_falls_step_by_step_to_the_floor_and_no_further():
    assert [price_at(terms(), step) for step in range(6)] == [1_000, 900, 800, 700, 650, 650]
    assert last_step(terms()) == 4
    assert last_step(terms(floor=700)) == 3


def test_the_first_who_takes_the_price_on_the_clock_buys_at_it():
    sale = Machine(dutch, terms())
    sale.accepts(bid("a", 900), STEP + 3)
    outcome = sale.state.outcome
    assert (outcome.kind, outcome.winner, outcome.price) == (OutcomeKind.SOLD, "a", 900)
    assert sale.replayed() == sale.state
    sale.refuses(bid("b", 900), STEP + 4, RejectionCode.LOT_CLOSED)


@pytest.mark.parametrize(("at", "price"), [(0, 1_000), (9, 1_000), (10, 900), (49, 650)])
def test_each_price_stands_for_its_step_and_not_a_microsecond_longer(at, price):
    Machine(dutch, terms()).accepts(bid("a", price), at)


@pytest.mark.parametrize("amount", [1_000, 950, 899, 800])
def test_who_names_another_price_is_told_the_one_on_the_clock(amount):
    refused = Machine(dutch, terms()).refuses(bid("a", amount), STEP, RejectionCode.PRICE_MOVED)
    assert (refused.amount_min, refused.amount_max) == (900, 900)


def test_a_step_is_over_when_it_is_due_even_if_nobody_moved_the_clock():
    sale = Machine(dutch, terms())
    late = dutch.judge(sale.terms, sale.state, bid("a", 1_000), STEP)
    assert late.code is RejectionCode.LOT_CLOSED


def test_the_sale_fails_when_the_floor_has_passed_without_a_bid():
    sale = Machine(dutch, terms()).until(5 * STEP)
    assert sale.state.outcome.kind is OutcomeKind.NO_BIDS
    assert sale.state.outcome.at == 5 * STEP
    assert dutch.due_at(sale.state) is None
    assert [event.price for event in sale.events[:-1]] == [900, 800, 700, 650]


def test_a_share_of_the_start_price_is_rounded_once_for_each_step():
    """From 100% to 20% in 80 steps of 1%: 33.33 ends at 6.67, not at what 80 roundings add up to."""
    shares = terms(start=3_333, decrement=None, decrement_bp=100, floor=667)
    assert [price_at(shares, step) for step in (0, 1, 2, 80)] == [3_333, 3_300, 3_266, 667]
    assert last_step(shares) == 80


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": 0}),
        ("decrement", {"decrement": 0}),
        ("decrement", {"decrement": None}),
        ("decrement", {"decrement_bp": 100}),
        ("decrement_bp", {"decrement": None, "decrement_bp": 0}),
        ("decrement_bp", {"decrement": None, "decrement_bp": 10_001}),
        ("floor", {"floor": 0}),
        ("floor", {"floor": 1_001}),
        ("step_us", {"step_us": 0}),
    ],
)
def test_dutch_terms_that_contradict_each_other_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        terms(**changes)
    assert error.value.field == field


def hybrid_terms(**changes):
    given = {"dutch": terms(), "increment": 50, "sealed_us": 100, "opening_us": 20}
    return HybridDutchTerms(**{**given, "best_bid_us": 30, **changes})


class Hybrid(Machine):
    """A hybrid sale in which `d` takes 900 at 15."""

    def __init__(self, *, taken=True):
        super().__init__(hybrid_dutch, hybrid_terms())
        if taken:
            self.accepts(bid("d", 900), 15)

    def envelope(self, bidder, amount):
        seal = sealed.seal_of(bidder=bidder, round_no=1, amount=amount, nonce="n")
        return SubmitEnvelope(bidder=bidder, seal=seal)

    def opened(self, **amounts):
        for bidder, amount in amounts.items():
            self.accepts(self.envelope(bidder, amount), 50)
        for bidder, amount in amounts.items():
            self.accepts(OpenEnvelope(bidder=bidder, amount=amount, nonce="n"), 116)
        return self

    def ended(self, at=10_000):
        self.until(at)
        assert self.replayed() == self.state
        outcome = self.state.outcome
        return outcome.winner, outcome.price, outcome.at


def test_without_a_sealed_bid_the_dutch_winner_buys_at_his_price():
    assert Hybrid().ended() == ("d", 900, 115)


def test_the_best_sealed_bid_wins_unless_the_dutch_winner_beats_it():
    assert Hybrid().opened(a=1_000, b=1_100).ended() == ("b", 1_100, 146)


def test_the_dutch_winner_beats_the_best_sealed_bid_by_an_increment():
    sale = Hybrid().opened(a=1_000, b=1_100)
    sale.refuses(bid("d", 1_149), 120, RejectionCode.BELOW_MINIMUM)
    sale.accepts(bid("d", 1_150), 120)
    assert sale.ended() == ("d", 1_150, 146)


def test_only_the_dutch_winner_makes_a_best_bid_and_only_in_time():
    sale = Hybrid().opened(a=1_000)
    sale.refuses(bid("a", 5_000), 120, RejectionCode.BIDS_NOT_IN_TURN)
    sale.refuses(bid("d", AMOUNT_MAX + 1), 120, RejectionCode.AMOUNT_OUT_OF_RANGE)
    sale.refuses(bid("d", 5_000), 146, RejectionCode.LOT_CLOSED)
    assert sale.ended() == ("a", 1_000, 146)


def test_the_dutch_winner_may_not_seal_a_bid():
    sale = Hybrid()
    sale.refuses(sale.envelope("d", 5_000), 50, RejectionCode.BIDS_NOT_IN_TURN)


def test_a_sealed_bid_must_be_above_the_dutch_price():
    assert Hybrid().opened(a=949).ended() == ("d", 900, 116)


def test_a_sealed_bid_may_be_replaced_and_withdrawn_before_the_window_ends():
    sale = Hybrid()
    sale.accepts(sale.envelope("a", 1_000), 50)
    sale.accepts(sale.envelope("a", 2_000), 51)
    sale.accepts(WithdrawEnvelope(bidder="a"), 52)
    assert sale.ended() == ("d", 900, 115)


def test_equal_sealed_bids_go_to_the_earlier():
    assert Hybrid().opened(b=1_000, a=1_000).ended() == ("b", 1_000, 146)


def test_each_part_takes_its_own_moves_only():
    sale = Hybrid(taken=False)
    sale.refuses(sale.envelope("a", 1_000), 1, RejectionCode.WRONG_PHASE)
    sale.refuses(bid("a", 900), 1, RejectionCode.PRICE_MOVED)
    sale.accepts(bid("d", 1_000), 1)
    sale.refuses(bid("a", 2_000), 2, RejectionCode.WRONG_PHASE)
    opened = OpenEnvelope(bidder="a", amount=1_000, nonce="n")
    sale.refuses(opened, 3, RejectionCode.WRONG_PHASE)


def test_without_a_dutch_winner_there_is_no_sale():
    sale = Hybrid(taken=False).until(10_000)
    assert sale.state.outcome.kind is OutcomeKind.NO_BIDS
    assert hybrid_dutch.due_at(sale.state) is None


@pytest.mark.parametrize("phase", list(HybridPhase)[:3])
def test_a_close_moved_by_a_suspension_holds_in_every_part(phase):
    sale = Hybrid(taken=phase is not HybridPhase.DUTCH)
    if phase is HybridPhase.BEST_BID:
        sale.opened(a=1_000)
    assert sale.state.phase is phase
    due = sale.state.closes_at
    sale.state.closes_at = due + 500
    assert hybrid_dutch.due_at(sale.state) == due + 500
    assert hybrid_dutch.lapse(sale.terms, sale.state, due) is None
    assert hybrid_dutch.lapse(sale.terms, sale.state, due + 500) is not None


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("increment", {"increment": 0}),
        ("increment", {"increment": AMOUNT_MAX}),
        ("sealed_us", {"sealed_us": 0}),
        ("opening_us", {"opening_us": 0}),
        ("best_bid_us", {"best_bid_us": 0}),
    ],
)
def test_hybrid_terms_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        hybrid_terms(**changes)
    assert error.value.field == field
