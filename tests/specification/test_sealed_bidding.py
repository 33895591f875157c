"""密封报价: one window machine; results by first price, second price, rounds, draw and weights."""

import pytest

from bidding_rules.draw import commitment, shuffled
from bidding_rules.formats import sealed
from bidding_rules.formats.lottery import LotteryTerms, RevealSeed
from bidding_rules.formats.sealed_results import Pricing, SealedBid, TieRule, sealed_win
from bidding_rules.formats.sealed_terms import (
    OpenEnvelope,
    RecordScore,
    SealedPhase,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.weighted import PriceWeights
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.machine import Machine

WINDOW, OPENING = 100, 50


def terms(**changes):
    return SealedTerms(**{"start": 1_000, "window_us": WINDOW, "opening_us": OPENING, **changes})


class Sealed(Machine):
    """A sealed sale whose test keeps the amounts until the opening."""

    def __init__(self, **changes):
        super().__init__(sealed, terms(**changes))
        self.amounts = {}
        self.round_began = 0

    def envelope(self, bidder, amount):
        seal = sealed.seal_of(
            bidder=bidder, round_no=self.state.round, amount=amount, nonce=f"n-{bidder}"
        )
        return SubmitEnvelope(bidder=bidder, seal=seal)

    def seals(self, **amounts):
        for bidder, amount in amounts.items():
            self.accepts(self.envelope(bidder, amount), self.round_began + 1)
            self.amounts[bidder] = amount
        return self

    def opened(self, bidder):
        return OpenEnvelope(bidder=bidder, amount=self.amounts[bidder], nonce=f"n-{bidder}")

    def opens_all(self):
        at = self.round_began + WINDOW + 1
        self.until(at - 1)
        for bidder in list(self.state.envelopes):
            self.accepts(self.opened(bidder), at)
        self.round_began = at
        return self

    def sold(self):
        assert self.state.outcome.kind is OutcomeKind.SOLD
        assert self.replayed() == self.state, "the events alone lead to the same state"
        return self.state.outcome.winner, self.state.outcome.price


def test_the_highest_bid_wins_and_pays_its_own_price():
    assert Sealed().seals(a=1_500, b=2_000, c=1_700).opens_all().sold() == ("b", 2_000)


def test_under_second_pricing_the_winner_pays_the_best_other_bid():
    sale = Sealed(pricing=Pricing.SECOND).seals(a=1_500, b=2_000, c=1_700).opens_all()
    assert sale.sold() == ("b", 1_700)


def test_a_lone_bidder_pays_the_start_price_under_second_pricing():
    assert Sealed(pricing=Pricing.SECOND).seals(a=1_500).opens_all().sold() == ("a", 1_000)


def test_the_second_price_is_never_below_the_reserve():
    sale = Sealed(pricing=Pricing.SECOND, reserve=1_800).seals(a=1_700, b=2_000).opens_all()
    assert sale.sold() == ("b", 1_800)


def test_equal_bids_go_to_the_earlier_one_by_default():
    assert Sealed().seals(b=2_000, a=2_000).opens_all().sold() == ("b", 2_000)


def test_an_envelope_tells_nobody_its_amount_before_the_window_ends():
    sale = Sealed().seals(a=123_456)
    assert "123456" not in repr(sale.state)
    assert "123456" not in repr(sale.events)
    sale.refuses(sale.opened("a"), WINDOW - 1, RejectionCode.WRONG_PHASE)


def test_a_second_bid_is_refused_where_one_is_allowed():
    sale = Sealed().seals(a=1_500)
    sale.refuses(sale.envelope("a", 1_600), 2, RejectionCode.ALREADY_SEALED)
    assert sale.opens_all().sold() == ("a", 1_500)


def test_a_replaced_bid_counts_from_its_new_arrival():
    sale = Sealed(replaceable=True).seals(a=1_500, b=2_000)
    assert sale.seals(a=2_000).opens_all().sold() == ("b", 2_000)


def test_a_withdrawn_bid_is_gone_and_only_where_the_terms_allow_it():
    Sealed().seals(a=1_500).refuses(WithdrawEnvelope(bidder="a"), 2, RejectionCode.WRONG_PHASE)
    sale = Sealed(withdrawable=True).seals(a=1_500, b=1_200)
    sale.refuses(WithdrawEnvelope(bidder="c"), 2, RejectionCode.NOT_SEALED)
    sale.accepts(WithdrawEnvelope(bidder="a"), 2)
    assert sale.opens_all().sold() == ("b", 1_200)


@pytest.mark.parametrize("at", [WINDOW, WINDOW + 1])
def test_a_bid_that_arrives_when_the_window_ends_is_late(at):
    sale = Sealed().seals(a=1_500)
    sale.refuses(sale.envelope("b", 9_000), at, RejectionCode.WRONG_PHASE)


def test_a_bid_is_late_even_if_nobody_ended_the_window_yet():
    sale = Sealed()
    late = sealed.judge(sale.terms, sale.state, sale.envelope("b", 9_000), WINDOW)
    assert late.code is RejectionCode.LOT_CLOSED


@pytest.mark.parametrize(
    "forged",
    [
        OpenEnvelope(bidder="a", amount=1_501, nonce="n-a"),
        OpenEnvelope(bidder="a", amount=1_500, nonce="n-b"),
    ],
)
def test_what_is_opened_must_be_what_was_sealed(forged):
    sale = Sealed().seals(a=1_500, b=1_600)
    sale.refuses(forged, WINDOW, RejectionCode.SEAL_BROKEN)
    assert sale.opens_all().sold() == ("b", 1_600)


def test_the_seal_of_one_bidder_is_worthless_for_another():
    sale = Sealed().seals(a=1_500)
    copied = SubmitEnvelope(bidder="b", seal=sale.state.envelopes["a"])
    sale.accepts(copied, 2)
    stolen = OpenEnvelope(bidder="b", amount=1_500, nonce="n-a")
    sale.refuses(stolen, WINDOW, RejectionCode.SEAL_BROKEN)


def test_what_is_no_seal_is_refused_at_once():
    sale = Sealed()
    sale.refuses(SubmitEnvelope(bidder="a", seal="1500"), 1, RejectionCode.SEAL_BROKEN)


def test_an_envelope_is_opened_once_and_must_have_come_in():
    sale = Sealed().seals(a=1_500, b=1_600)
    sale.accepts(sale.opened("a"), WINDOW)
    sale.refuses(sale.opened("a"), WINDOW, RejectionCode.NOT_SEALED)
    unknown = OpenEnvelope(bidder="c", amount=1, nonce="")
    sale.refuses(unknown, WINDOW, RejectionCode.NOT_SEALED)


def test_an_envelope_not_opened_in_time_counts_as_no_bid():
    sale = Sealed().seals(a=1_500, b=9_000).until(WINDOW)
    sale.accepts(sale.opened("a"), WINDOW + 1)
    sale.until(WINDOW + OPENING)
    assert sale.sold() == ("a", 1_500)
    assert sale.state.outcome.at == WINDOW + OPENING


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (999, RejectionCode.BELOW_MINIMUM),
        (5_001, RejectionCode.ABOVE_CAP),
        (1_050, RejectionCode.OFF_GRID),
    ],
)
def test_an_invalid_amount_is_read_out_with_the_reason_and_does_not_count(amount, code):
    sale = Sealed(cap=5_000, increment=100).seals(a=amount, b=1_100).opens_all()
    read_out = next(e for e in sale.events if getattr(e, "invalid", None))
    assert (read_out.bidder, read_out.amount, read_out.invalid) == ("a", amount, code)
    assert sale.sold() == ("b", 1_100)


@pytest.mark.parametrize(
    ("changes", "amounts", "kind"),
    [
        ({}, {}, OutcomeKind.NO_BIDS),
        ({}, {"a": 999}, OutcomeKind.NO_BIDS),
        ({"bidders_min": 3}, {"a": 1_500, "b": 1_600}, OutcomeKind.TOO_FEW_BIDDERS),
        ({"reserve": 1_700}, {"a": 1_500, "b": 1_600}, OutcomeKind.RESERVE_NOT_MET),
    ],
)
def test_a_sale_fails_without_enough_valid_bids_at_the_reserve(changes, amounts, kind):
    sale = Sealed(**changes).seals(**amounts).opens_all()
    assert sale.state.outcome.kind is kind
    assert sale.module.due_at(sale.state) is None


def test_equals_bid_once_more_among_themselves():
    sale = Sealed(ties=TieRule.NEW_ROUND).seals(a=2_000, b=2_000, c=1_500).opens_all()
    assert (sale.state.phase, sale.state.floor) == (SealedPhase.SEALING, 2_001)
    sale.refuses(sale.envelope("c", 9_000), sale.round_began, RejectionCode.BIDS_NOT_IN_TURN)
    assert sale.seals(b=2_100, a=2_050).opens_all().sold() == ("b", 2_100)


def test_a_new_round_that_brings_nothing_leaves_the_earlier_bid():
    sale = Sealed(ties=TieRule.NEW_ROUND).seals(a=2_000, b=2_000).opens_all()
    sale.until(sale.round_began + WINDOW)
    assert sale.sold() == ("a", 2_000)


def test_equals_who_are_equal_again_are_decided_by_arrival_after_the_last_round():
    sale = Sealed(ties=TieRule.NEW_ROUND, tie_rounds_max=2).seals(a=2_000, b=2_000).opens_all()
    sale.seals(b=2_100, a=2_100).opens_all()
    assert sale.state.tie_rounds == 2
    assert sale.seals(b=2_200, a=2_200).opens_all().sold() == ("b", 2_200)


def test_equals_at_the_cap_have_no_room_for_a_new_round():
    sale = Sealed(ties=TieRule.NEW_ROUND, cap=2_000).seals(a=2_000, b=2_000).opens_all()
    assert sale.sold() == ("a", 2_000)


SEED = "00" * 31 + "07"
DRAW = LotteryTerms(
    purpose="L-1", commitment=commitment(SEED), public_source="state lottery", notice_us=30
)
BY_DRAW = {"ties": TieRule.DRAW, "draw": DRAW}


def test_a_verifiable_draw_decides_among_equals():
    sale = Sealed(**BY_DRAW).seals(a=2_000, b=2_000, c=1_500).opens_all()
    assert (sale.state.phase, sale.state.contenders) == (SealedPhase.DRAW, ("a", "b"))
    assert sale.module.due_at(sale.state) is None
    reveal = RevealSeed(seed=SEED, public="05 09 12")
    sale.refuses(reveal, sale.round_began + 29, RejectionCode.TOO_SOON)
    forged = RevealSeed(seed="00" * 32, public="05 09 12")
    sale.refuses(forged, sale.round_began + 30, RejectionCode.DRAW_INVALID)
    sale.accepts(reveal, sale.round_began + 30)
    order = shuffled(("a", "b"), purpose="L-1", seed=SEED, public="05 09 12")
    assert sale.state.drawn == order
    assert sale.sold() == (order[0], 2_000)


def test_a_draw_may_go_against_arrival():
    winners = set()
    for public in "0123456789":
        sale = Sealed(**BY_DRAW).seals(a=2_000, b=2_000).opens_all()
        sale.accepts(RevealSeed(seed=SEED, public=public), sale.round_began + 30)
        winners.add(sale.sold()[0])
    assert winners == {"a", "b"}


def test_a_draw_outside_its_phase_is_refused():
    reveal = RevealSeed(seed=SEED, public="1")
    Sealed(**BY_DRAW).refuses(reveal, 1, RejectionCode.WRONG_PHASE)


def test_each_further_round_must_beat_the_best_price_before():
    sale = Sealed(rounds_max=3, increment=100).seals(a=1_500, b=2_000).opens_all()
    assert (sale.state.round, sale.state.floor, sale.state.price) == (2, 2_100, 2_000)
    sale.seals(a=2_100, b=2_000).opens_all()
    assert (sale.state.round, sale.state.floor) == (3, 2_200)
    assert sale.seals(b=2_500).opens_all().sold() == ("b", 2_500)


def test_the_rounds_end_with_one_that_brings_no_bid_and_the_best_bid_stands():
    sale = Sealed(rounds_max=9).seals(a=1_500, b=2_000).opens_all()
    sale.until(sale.round_began + WINDOW)
    assert sale.sold() == ("b", 2_000)


def test_only_the_best_go_on_where_the_terms_say_so():
    sale = Sealed(rounds_max=2, advance=2).seals(a=1_500, b=2_000, c=1_700).opens_all()
    assert sale.state.contenders == ("b", "c")
    sale.refuses(sale.envelope("a", 3_000), sale.round_began, RejectionCode.BIDS_NOT_IN_TURN)


def test_the_rounds_end_when_the_cap_is_reached():
    assert Sealed(rounds_max=9, cap=2_000).seals(a=2_000).opens_all().sold() == ("a", 2_000)


WEIGHTED = {"pricing": Pricing.WEIGHTED, "weights": PriceWeights(price=6_000, others=(4_000,))}


def test_the_weighted_total_of_price_and_plan_decides():
    sale = Sealed(**WEIGHTED)
    for bidder, plan in {"a": 9_000, "b": 9_900}.items():
        sale.accepts(RecordScore(bidder=bidder, hundredths=(plan,)), 1)
    assert sale.seals(a=10_000, b=9_200).opens_all().sold() == ("a", 10_000)


def test_a_better_plan_can_beat_a_higher_bid():
    sale = Sealed(**WEIGHTED)
    for bidder, plan in {"a": 5_000, "b": 9_900}.items():
        sale.accepts(RecordScore(bidder=bidder, hundredths=(plan,)), 1)
    assert sale.seals(a=10_000, b=9_200).opens_all().sold() == ("b", 9_200)


def test_scores_are_fixed_before_any_price_is_known():
    sale = Sealed(**WEIGHTED).seals(a=10_000, b=9_200)
    late = RecordScore(bidder="b", hundredths=(10_000,))
    sale.refuses(late, WINDOW, RejectionCode.WRONG_PHASE)
    Sealed().refuses(late, 1, RejectionCode.WRONG_PHASE)


@pytest.mark.parametrize("hundredths", [(), (1, 2), (-1,), (10_001,)])
def test_a_score_is_within_a_hundred_points_for_each_criterion(hundredths):
    score = RecordScore(bidder="a", hundredths=hundredths)
    Sealed(**WEIGHTED).refuses(score, 1, RejectionCode.AMOUNT_OUT_OF_RANGE)


def test_equal_totals_at_equal_prices_are_drawn_where_the_terms_say_so():
    sale = Sealed(**WEIGHTED, **BY_DRAW).seals(a=2_000, b=2_000, c=1_500).opens_all()
    assert sale.state.contenders == ("a", "b")
    sale.accepts(RevealSeed(seed=SEED, public="1"), 999)
    assert sale.sold() == (sale.state.drawn[0], 2_000)


def test_a_weighted_bid_below_the_reserve_cannot_win():
    sale = Sealed(**WEIGHTED, reserve=5_000)
    sale.accepts(RecordScore(bidder="a", hundredths=(10_000,)), 1)
    assert sale.seals(a=4_999, b=5_000).opens_all().sold() == ("b", 5_000)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": 0}),
        ("cap", {"cap": 999}),
        ("reserve", {"reserve": 999}),
        ("reserve", {"reserve": 3_000, "cap": 2_000}),
        ("increment", {"increment": 0}),
        ("window_us", {"window_us": 0}),
        ("opening_us", {"opening_us": 0}),
        ("rounds_max", {"rounds_max": 0}),
        ("tie_rounds_max", {"tie_rounds_max": 0}),
        ("bidders_min", {"bidders_min": 0}),
        ("advance", {"advance": 1}),
        ("draw", {"ties": TieRule.DRAW}),
        ("draw", {"draw": DRAW}),
        ("weights", {"pricing": Pricing.WEIGHTED}),
        ("weights", {"weights": PriceWeights(price=10_000, others=())}),
        ("pricing", {**WEIGHTED, "rounds_max": 2}),
        ("pricing", {**WEIGHTED, "ties": TieRule.NEW_ROUND}),
    ],
)
def test_terms_that_contradict_each_other_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        terms(**changes)
    assert error.value.field == field


def test_a_favoured_bidder_wins_only_among_equals():
    bids = [SealedBid("a", 10), SealedBid("b", 10), SealedBid("c", 9)]
    assert sealed_win(bids, pricing=Pricing.SECOND, order=("c", "b")).bidder == "b"
    assert sealed_win(bids, pricing=Pricing.FIRST, floor=11) is None
