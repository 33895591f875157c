"""An English auction under test; amounts in 万 yuan."""

from bidding_rules.formats import english
from bidding_rules.formats.english_terms import (
    CallPrice,
    EnglishTerms,
    EnterFloorBid,
    Hammer,
    OpenFloor,
    RoomBidAccepted,
)
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.increments import fixed
from bidding_rules.proxies import SetMaximum
from tests.support.machine import Machine
from tests.support.units import WAN


class Room(Machine):
    """From 100 万 in steps of 10 万; opened with five bidders unless told otherwise."""

    def __init__(self, *, opened=True, **changes):
        terms = EnglishTerms(**{"start": 100 * WAN, "increments": fixed(10 * WAN), **changes})
        super().__init__(english, terms)
        self.now = 0
        if opened:
            self.does(OpenFloor(participants=5))

    def does(self, move, later=1):
        self.now += later
        self.accepts(move, self.now)
        return self

    def may_not(self, move, code, later=1):
        self.now += later
        return self.refuses(move, self.now, code)

    def net(self, bidder, wan, rank=None):
        """Bid over the network."""
        return self.does(Bid(bidder=bidder, amount=wan * WAN, rank=rank))

    def floor(self, bidder, wan, rank=None):
        """Have the clerk enter a bid of the hall."""
        return self.does(EnterFloorBid(bidder=bidder, amount=wan * WAN, rank=rank))

    def leaves(self, bidder, wan):
        return self.does(SetMaximum(bidder=bidder, maximum=wan * WAN))

    def calls(self, times=3):
        for _ in range(times):
            self.does(CallPrice())
        return self

    def hammers(self):
        return self.calls().does(Hammer())

    @property
    def leader(self):
        price = self.state.standing.price
        return self.state.standing.leader, None if price is None else price // WAN

    @property
    def asking(self):
        return self.state.standing.asking // WAN

    @property
    def visible(self):
        return [
            (e.bidder + "*" * e.matches, e.amount // WAN)
            for e in self.events
            if isinstance(e, RoomBidAccepted)
        ]

    @property
    def ended(self):
        outcome = self.state.outcome
        assert outcome is not None, "the sale still runs"
        price = None if outcome.price is None else outcome.price // WAN
        return outcome.kind, outcome.winner, price, outcome.at
