"""A timed sale under test: builders for what the test is not about, and what everybody sees."""

from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import Bid, BidAccepted, TimedTerms
from bidding_rules.increments import fixed
from tests.support.machine import Machine
from tests.support.units import HOUR, MINUTE, WAN


def timed_terms(**changes):
    """Return a sale from 100 万 in steps of 10 万: an hour of free quotes, then five minutes."""
    return TimedTerms(
        **{
            "start": 100 * WAN,
            "increments": fixed(10 * WAN),
            "free_us": HOUR,
            "limited_us": 5 * MINUTE,
            **changes,
        }
    )


class TimedSale(Machine):
    """Amounts in 万 yuan, as the notices have them."""

    def __init__(self, terms=None, module=timed, **changes):
        super().__init__(module, timed_terms(**changes) if terms is None else terms)

    def bids(self, bidder, wan, at, rank=None):
        self.accepts(Bid(bidder=bidder, amount=wan * WAN, rank=rank), at)
        return self

    def may_not_bid(self, bidder, wan, at, code, rank=None):
        return self.refuses(Bid(bidder=bidder, amount=wan * WAN, rank=rank), at, code)

    @property
    def leader(self):
        return self.state.leader, None if self.state.price is None else self.state.price // WAN

    @property
    def visible(self):
        """What the room saw: bidder and amount, a star where the bid matches the one before."""
        return [
            (e.bidder + "*" * e.matches, e.amount // WAN)
            for e in self.events
            if isinstance(e, BidAccepted)
        ]

    @property
    def closes_at(self):
        return timed.due_at(self.state)

    @property
    def ended(self):
        """How it ended: kind, winner, price in 万, instant."""
        outcome = self.state.outcome
        assert outcome is not None, "the sale still runs"
        price = None if outcome.price is None else outcome.price // WAN
        return outcome.kind, outcome.winner, price, outcome.at
