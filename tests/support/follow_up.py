"""A format that begins where price bidding ended at the cap."""

from bidding_rules.outcome import Outcome, OutcomeKind
from tests.support.machine import Machine
from tests.support.units import WAN

CAP = 200 * WAN


def capped(*contenders, price=CAP, at=0, committed=None):
    """Return how price bidding ended; without contenders nobody stands by."""
    return Outcome(
        kind=OutcomeKind.CAPPED,
        at=at,
        price=price if contenders else None,
        contenders=contenders,
        committed=committed,
    )


class FollowUp(Machine):
    """As `Machine`, from the outcome of the stage before."""

    def __init__(self, module, terms, before, at=0):
        self.module, self.terms, self.before, self.at = module, terms, before, at
        self.state = module.begin(terms, at, before)
        self.events = []

    def replayed(self):
        state = self.module.begin(self.terms, self.at, self.before)
        for event in self.events:
            self.module.apply(self.terms, state, event)
        return state

    @property
    def ended(self):
        """How it ended: kind, winner, price, what is committed, instant."""
        outcome = self.state.outcome
        assert outcome is not None, "the sale still runs"
        return outcome.kind, outcome.winner, outcome.price, outcome.committed, outcome.at
