"""After the cap: the lot moves on from format to format, one sale, one result."""

import pytest

from bidding_rules import sequence
from bidding_rules.draw import commitment, shuffled
from bidding_rules.formats.lottery import LotteryTerms, RevealSeed
from bidding_rules.formats.one_price import OnePriceTerms, QuoteOnce
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.timed_terms import Bid, ConfirmParticipation, SaleEnded
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from bidding_rules.sequence import SaleTerms, Stage, StageBegan
from tests.support.machine import Machine
from tests.support.timed_sale import timed_terms
from tests.support.units import DAY, HOUR, MINUTE, WAN

CAP = 200 * WAN
SEED = bytes(range(32)).hex()
LOTTERY = LotteryTerms(purpose="lot 1", commitment=commitment(SEED), public_source="beacon")
AREA = SecondDimensionTerms(
    dimension=Dimension.AREA, start=10, increment=1, first_us=MINUTE, limited_us=MINUTE
)
SHARE = SecondDimensionTerms(
    dimension=Dimension.SHARE,
    start=500,
    increment=500,
    maximum=10_000,
    first_us=MINUTE,
    limited_us=MINUTE,
)
ONE_PRICE = OnePriceTerms(
    above=CAP, up_to=2 * CAP, waiting_us=MINUTE, inquiry_us=MINUTE, quoting_us=MINUTE
)
REVEAL = RevealSeed(seed=SEED, public="7")


def capped(**changes):
    return timed_terms(cap=CAP, **changes)


class Sale(Machine):
    def __init__(self, **terms):
        super().__init__(sequence, SaleTerms(**terms))

    def bids(self, bidder, amount, at):
        self.accepts(Bid(bidder=bidder, amount=amount), at)
        return self

    @property
    def ended(self):
        outcome = self.state.outcome
        return outcome.kind, outcome.winner, outcome.price, outcome.committed

    def told_in_one_piece(self):
        """One result, the last event; and the events alone give the same sale."""
        ends = [e for e in self.events if isinstance(e, SaleEnded)]
        assert ends == self.events[-1:]
        assert self.replayed() == self.state
        return True


def test_price_bidding_alone_is_a_sale():
    sale = Sale(price=timed_terms()).bids("ann", 100 * WAN, 1)
    assert sequence.due_at(sale.state) == HOUR
    assert sale.until(DAY).ended == (OutcomeKind.SOLD, "ann", 100 * WAN, None)
    assert sequence.due_at(sale.state) is None
    assert sale.told_in_one_piece()


def test_from_the_cap_to_area():
    sale = Sale(price=capped(capped_goes_on=True), second_dimension=AREA).bids("ann", CAP, 5)
    (began,) = [e for e in sale.events if isinstance(e, StageBegan)]
    assert (began.stage, began.at) == (Stage.SECOND_DIMENSION, 5)
    sale.bids("bob", 12, 6).until(DAY)
    assert sale.ended == (OutcomeKind.SOLD, "bob", CAP, 12)
    assert sale.told_in_one_piece()


def test_from_the_cap_to_share_to_the_draw():
    sale = Sale(price=capped(capped_goes_on=True), second_dimension=SHARE, lottery=LOTTERY)
    sale.bids("ann", CAP, 5).bids("bob", 10_000, 6).bids("cat", 10_000, 7)
    sale.until(DAY)
    assert sale.state.stage is Stage.LOTTERY
    assert sequence.due_at(sale.state) is None
    sale.accepts(REVEAL, DAY)
    first = shuffled(("bob", "cat"), purpose="lot 1", seed=SEED, public="7")[0]
    assert sale.ended == (OutcomeKind.SOLD, first, CAP, 10_000)
    assert sale.told_in_one_piece()


def test_from_equal_bids_at_the_cap_to_the_draw():
    sale = Sale(price=capped(equal_bids_at_cap=True), lottery=LOTTERY)
    sale.bids("ann", CAP, 5).bids("bob", CAP, 6).until(DAY).accepts(REVEAL, DAY)
    first = shuffled(("ann", "bob"), purpose="lot 1", seed=SEED, public="7")[0]
    assert sale.ended == (OutcomeKind.SOLD, first, CAP, None)
    assert sale.told_in_one_piece()


def test_from_the_stop_price_to_one_price():
    sale = Sale(price=capped(stop_above_cap=True), one_price=ONE_PRICE)
    sale.bids("ann", 190 * WAN, 1).bids("bob", CAP + 1, 2)
    assert sale.state.stage is Stage.ONE_PRICE
    sale.accepts(ConfirmParticipation(bidder="cat"), 2 + MINUTE)
    sale.accepts(QuoteOnce(bidder="cat", amount=CAP + 100), 2 + 2 * MINUTE)
    assert sale.until(DAY).ended == (OutcomeKind.SOLD, "cat", CAP + 100, None)
    assert sale.told_in_one_piece()


def test_nobody_gives_one_price_and_the_highest_earlier_bid_wins_if_it_met_the_reserve():
    met = Sale(price=capped(stop_above_cap=True), one_price=ONE_PRICE)
    met.bids("ann", 190 * WAN, 1).bids("bob", CAP + 1, 2).until(DAY)
    assert met.ended == (OutcomeKind.SOLD, "ann", 190 * WAN, None)
    below = Sale(price=capped(stop_above_cap=True, reserve=CAP), one_price=ONE_PRICE)
    below.bids("ann", 190 * WAN, 1).bids("bob", CAP + 1, 2).until(DAY)
    assert below.ended == (OutcomeKind.NO_BIDS, None, None, None)


def test_a_move_of_another_stage_is_refused():
    sale = Sale(price=capped(stop_above_cap=True), one_price=ONE_PRICE)
    sale.refuses(QuoteOnce(bidder="ann", amount=CAP + 100), 1, RejectionCode.WRONG_PHASE)
    sale.refuses(REVEAL, 1, RejectionCode.WRONG_PHASE)
    sale.refuses(Bid(bidder="bob", amount=1), 1, RejectionCode.BELOW_MINIMUM)
    sale.bids("bob", CAP + 1, 2)
    sale.refuses(Bid(bidder="ann", amount=CAP), 3, RejectionCode.CAP_REACHED)


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("second_dimension", {"price": capped(capped_goes_on=True)}),
        ("second_dimension", {"price": capped(), "second_dimension": AREA}),
        ("one_price", {"price": capped(stop_above_cap=True)}),
        ("one_price", {"price": capped(), "one_price": ONE_PRICE}),
        ("lottery", {"price": capped(equal_bids_at_cap=True)}),
        ("lottery", {"price": capped(), "lottery": LOTTERY}),
        ("lottery", {"price": capped(capped_goes_on=True), "second_dimension": SHARE}),
        (
            "price",
            {
                "price": capped(capped_goes_on=True, equal_bids_at_cap=True),
                "second_dimension": AREA,
                "lottery": LOTTERY,
            },
        ),
        (
            "one_price",
            {
                "price": timed_terms(cap=2 * CAP, stop_above_cap=True),
                "one_price": ONE_PRICE,
            },
        ),
    ],
)
def test_follow_ups_that_lead_nowhere_or_are_never_reached_are_refused(field, terms):
    with pytest.raises(TermsError) as refused:
        SaleTerms(**terms)
    assert refused.value.field == field
