"""When an outage stops a lot: whenever bidding would have ended in it, whatever the lot was doing then."""

import pytest

from auction.recovery import suspension_instant
from bidding_rules.rejections import RejectionCode
from tests.support.scenario import MINUTE, OPENING, SECOND, Scenario

FREE, LIMITED = 10 * MINUTE, 4 * MINUTE
TOLERATED = 3 * SECOND


def lot_at(when: str, scenario: Scenario) -> Scenario:
    """Bring the lot to where the outage finds it, half a minute into the limited phase."""
    if when == "announced":
        return scenario
    scenario.bids("ann", 100, at=0)
    scenario.time_passes(to=FREE)
    scenario.bids("bob", 110, at=FREE + MINUTE)
    if when == "open":
        return scenario
    scenario.suspends(at=FREE + 2 * MINUTE)
    if when == "suspended":
        return scenario
    scenario.resumes(at=FREE + 2 * MINUTE, notice_us=SECOND)
    return scenario


CLOSES = {
    "announced": 10 * MINUTE,
    "open": FREE + MINUTE + LIMITED,
    "resuming": FREE + 2 * MINUTE + SECOND + 3 * MINUTE,
}


@pytest.mark.parametrize("when", CLOSES)
def test_a_tolerated_outage_in_which_bidding_would_have_ended_stops_the_lot(when):
    scenario = lot_at(when, Scenario(outage_tolerance_us=60 * MINUTE))
    alive_us = max(OPENING + CLOSES[when] - SECOND, scenario.lot.arrived_at)
    at = suspension_instant(scenario.lot, alive_us=alive_us, now_us=alive_us + 2 * SECOND)
    assert at == alive_us


@pytest.mark.parametrize("when", CLOSES)
def test_a_tolerated_outage_in_which_nothing_would_have_ended_stops_nothing(when):
    scenario = lot_at(when, Scenario(outage_tolerance_us=60 * MINUTE))
    alive_us = OPENING + CLOSES[when] - 3 * SECOND
    assert (
        suspension_instant(scenario.lot, alive_us=alive_us, now_us=alive_us + 2 * SECOND) is None
    )


def test_a_lot_that_would_have_opened_and_ended_in_an_outage_keeps_all_its_time():
    lot = Scenario(outage_tolerance_us=60 * MINUTE).lot
    outage = {"alive_us": OPENING - SECOND, "now_us": OPENING + FREE + SECOND}
    assert suspension_instant(lot, **outage) == OPENING


def test_a_resumption_asked_for_in_an_outage_counts_from_its_end():
    scenario = lot_at("suspended", Scenario())
    back = FREE + 20 * MINUTE
    # The engine notes the end of the outage; then comes what was asked for a minute into it.
    scenario.suspends(at=back, cause="outage").then_refused(RejectionCode.LOT_SUSPENDED)
    scenario.resumes(at=max(FREE + 3 * MINUTE, scenario.lot.arrived_at - OPENING))
    scenario.then_closes(at=back + 3 * MINUTE)
