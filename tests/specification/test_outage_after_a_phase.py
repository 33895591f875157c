"""An outage that begins when a phase has just ended, and before anybody wrote that down."""

from auction.recovery import suspension_instant
from tests.history.written import SECOND, WrittenLot


def test_the_phase_that_runs_by_then_is_the_one_that_must_not_end_in_the_outage():
    lot = WrittenLot()
    lot.bids("ann", 100, 11 * SECOND)
    free_ends, limited_ends = 20 * SECOND, 25 * SECOND
    outage = {"alive_us": free_ends + 1, "now_us": limited_ends}
    tolerated = lot.lot.terms.outage_tolerance_us
    assert suspension_instant(lot.lot, alive_us=limited_ends - tolerated, now_us=limited_ends)
    assert suspension_instant(lot.lot, **outage) == free_ends + 1
    short = {"alive_us": free_ends + 1, "now_us": free_ends + tolerated}
    assert suspension_instant(lot.lot, **short) is None
    assert lot.lot.sale.closes_at == free_ends, "the lot itself is left as it is"
