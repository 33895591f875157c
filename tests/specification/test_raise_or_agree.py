"""Open rounds with "raise" or "agree", as in the land leases of ProZorro.Sale."""

import pytest

from bidding_rules.formats import raise_agree
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeTerms
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.money import AMOUNT_MAX, TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.machine import Machine


def sale(**changes):
    given = {"start": 1_000, "increment": 100, "round_us": 180, "pause_us": 15, **changes}
    return Machine(raise_agree, RaiseAgreeTerms(**given))


def test_agreeing_takes_the_price_of_the_round_and_the_next_asks_for_one_increment_more():
    rounds = sale()
    rounds.accepts(Agree(bidder="x"), 10)
    assert (rounds.state.price, rounds.state.asked) == (1_100, 1_200)
    rounds.accepts(Agree(bidder="y"), 30)
    rounds.until(30 + 15 + 180)
    outcome = rounds.state.outcome
    assert (outcome.kind, outcome.winner, outcome.price) == (OutcomeKind.SOLD, "y", 1_200)
    assert outcome.at == 225
    assert rounds.replayed() == rounds.state


def test_a_raise_is_whole_increments_above_the_price_of_the_round():
    rounds = sale()
    for amount, code in [
        (0, RejectionCode.AMOUNT_OUT_OF_RANGE),
        (AMOUNT_MAX + 100, RejectionCode.AMOUNT_OUT_OF_RANGE),
        (1_100, RejectionCode.BELOW_MINIMUM),
        (1_250, RejectionCode.OFF_GRID),
    ]:
        rounds.refuses(Bid(bidder="x", amount=amount), 1, code)
    rounds.accepts(Bid(bidder="x", amount=1_400), 1)
    assert rounds.state.asked == 1_500


def test_nobody_acts_in_the_pause():
    rounds = sale()
    rounds.accepts(Agree(bidder="x"), 10)
    rounds.refuses(Agree(bidder="y"), 24, RejectionCode.WRONG_PHASE)
    rounds.accepts(Agree(bidder="y"), 25)


def test_an_action_at_the_end_of_the_round_is_late():
    rounds = sale()
    rounds.refuses(Agree(bidder="x"), 180, RejectionCode.LOT_CLOSED)
    assert rounds.state.outcome.kind is OutcomeKind.NO_BIDS
    assert raise_agree.due_at(rounds.state) is None


def test_the_leader_may_act_again_unless_the_terms_forbid_it():
    rounds = sale()
    rounds.accepts(Agree(bidder="x"), 1)
    rounds.accepts(Agree(bidder="x"), 20)
    strict = sale(leader_may_act=False)
    strict.accepts(Agree(bidder="x"), 1)
    strict.refuses(Agree(bidder="x"), 20, RejectionCode.ALREADY_LEADING)


def test_the_daily_stop_cuts_the_last_round():
    rounds = sale(stop_us=200)
    rounds.accepts(Agree(bidder="x"), 100)
    assert rounds.state.closes_at == 200
    rounds.refuses(Agree(bidder="y"), 200, RejectionCode.LOT_CLOSED)
    assert (rounds.state.outcome.winner, rounds.state.outcome.at) == ("x", 200)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": 0}),
        ("increment", {"increment": 0}),
        ("round_us", {"round_us": 0}),
        ("pause_us", {"pause_us": -1}),
        ("stop_us", {"stop_us": 0}),
        ("stop_us", {"stop_us": 179}),
    ],
)
def test_terms_are_refused_by_field(field, changes):
    with pytest.raises(TermsError) as error:
        sale(**changes)
    assert error.value.field == field
