"""What is secret changes nothing that anybody is shown: two courses that differ in it look the same.

Stronger than looking for a number in what was sent: a count, a flag or the order of names would be seen too.
"""

import pytest

from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms
from bidding_rules.formats.multi_unit_sale import MultiUnitSaleTerms, PlaceOrder
from bidding_rules.formats.multi_unit_terms import MultiUnitTerms, UnderSubscription
from bidding_rules.formats.multi_unit_terms import Pricing as Uniform
from bidding_rules.formats.one_price import OnePriceTerms, QuoteOnce
from bidding_rules.formats.package_sale import BidPackages, Package, PackageSaleTerms, Units
from bidding_rules.formats.sealed import seal_of
from bidding_rules.formats.sealed_terms import SealedTerms, SubmitEnvelope
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.proxies import SetMaximum
from bidding_rules.reserve import EnterReserve
from bidding_rules.sequence import SaleTerms
from tests.support.scenario import MINUTE, SECOND, Scenario, number_of

WINDOW = 10 * MINUTE


class Audience:
    """Writes down everything that anybody is shown, after every step."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.frames = [self._shown()]

    def sees(self) -> None:
        """Look once more."""
        self.frames.append(self._shown())

    def _shown(self) -> tuple[str, str]:
        return str(self.scenario.seen()), str(self.scenario.shown())


def sealed(low: int) -> Audience:
    """Envelopes over other amounts: other seals."""
    audience = Audience(Scenario(SealedTerms(start=100, window_us=WINDOW, opening_us=5 * MINUTE)))
    for at, bidder in enumerate(("ann", "bob", "cat")):
        amount = low + 100 * at
        seal = seal_of(bidder=number_of(bidder), round_no=1, amount=amount, nonce=f"n{low}")
        audience.scenario.moves(bidder, SubmitEnvelope(bidder="", seal=seal), at=at)
        audience.scenario.then_accepted()
        audience.sees()
    return audience


def hybrid(low: int) -> Audience:
    """Envelopes after the clock of a hybrid Dutch sale."""
    dutch = DutchTerms(start=1_000, decrement=100, floor=500, step_us=MINUTE)
    terms = HybridDutchTerms(
        dutch=dutch, increment=10, sealed_us=WINDOW, opening_us=MINUTE, best_bid_us=MINUTE
    )
    audience = Audience(Scenario(terms).bids("ann", 1_000, at=0))
    seal = seal_of(bidder=number_of("bob"), round_no=1, amount=1_000 + low, nonce="n")
    audience.scenario.moves("bob", SubmitEnvelope(bidder="", seal=seal), at=MINUTE)
    audience.scenario.then_accepted()
    audience.sees()
    return audience


def orders(low: int) -> Audience:
    """Sealed orders for units."""
    rules = MultiUnitTerms(
        supply=100,
        floor=10,
        pricing=Uniform.LOWEST_ACCEPTED,
        undersubscribed=UnderSubscription.LOWEST_BID,
    )
    audience = Audience(Scenario(MultiUnitSaleTerms(rules=rules, window_us=WINDOW)))
    for at, bidder in enumerate(("ann", "bob")):
        order = PlaceOrder(bidder="", price=low + at, quantity=1 + low // 200)
        audience.scenario.moves(bidder, order, at=at).then_accepted()
        audience.sees()
    return audience


def packages(low: int) -> Audience:
    """Sealed bids on packages."""
    supply = (Units(item="A", units=1), Units(item="B", units=1))
    audience = Audience(Scenario(PackageSaleTerms(supply=supply, window_us=WINDOW)))
    bundle = supply if low > 1_000 else supply[:1]
    bid = BidPackages(bidder="", packages=(Package(amount=low, bundle=bundle),))
    audience.scenario.moves("ann", bid, at=0).then_accepted()
    audience.sees()
    return audience


def one_price(low: int) -> Audience:
    """The one sealed price of those who go on above a stop price."""
    first = TimedTerms(
        start=100, increments=fixed(10), cap=200, stop_above_cap=True, free_us=WINDOW
    )
    one = OnePriceTerms(
        above=200, up_to=20_000, waiting_us=MINUTE, inquiry_us=MINUTE, quoting_us=2 * MINUTE
    )
    scenario = Scenario(SaleTerms(price=first, one_price=one))
    scenario.bids("ann", 200, at=0).bids("bob", 210, at=1)
    for bidder in ("ann", "bob"):
        scenario.confirms(bidder, at=MINUTE + SECOND)
    audience = Audience(scenario)
    for at, bidder in enumerate(("ann", "bob")):
        quote = QuoteOnce(bidder="", amount=200 + low + 100 * at)
        scenario.moves(bidder, quote, at=2 * MINUTE + SECOND + at).then_accepted()
        audience.sees()
    return audience


def secret_maxima(low: int) -> Audience:
    """Maxima that never meet another."""
    audience = Audience(Scenario(proxies_allowed=True))
    audience.scenario.moves("ann", SetMaximum(bidder="", maximum=1_000 + low), at=0)
    audience.scenario.then_accepted()
    audience.sees()
    audience.scenario.bids("bob", 110, at=1)
    audience.sees()
    return audience


def reserve_of_the_terms(low: int) -> Audience:
    """A reserve that is met and one that is not."""
    audience = Audience(Scenario(reserve=100 + low))
    audience.scenario.bids("ann", 1_000, at=0)
    audience.sees()
    return audience


def reserve_keyed_in(low: int) -> Audience:
    """The same, keyed in late."""
    audience = Audience(Scenario(reserve_entry_us=2 * MINUTE).bids("ann", 1_000, at=0))
    audience.scenario.conducts(EnterReserve(values=(100 + low,)), at=9 * MINUTE).then_accepted()
    audience.sees()
    return audience


SECRETS = (
    *(sealed, hybrid, orders, packages, one_price, secret_maxima),
    *(reserve_of_the_terms, reserve_keyed_in),
)


@pytest.mark.parametrize("course", SECRETS)
def test_courses_that_differ_in_what_is_secret_look_the_same(course):
    assert course(700).frames == course(7_100).frames


def test_courses_that_differ_in_what_is_public_do_not():
    once, again = (Audience(Scenario().bids("ann", 100 + low, at=0)) for low in (0, 50))
    assert once.frames != again.frames
