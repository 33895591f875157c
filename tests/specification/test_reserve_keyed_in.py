"""底价 keyed in shortly before the deadline: once, in its window, secret, a mean of several."""

import pytest

from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from bidding_rules.reserve import EnterReserve, ReserveEntered, mean_reserve
from tests.support.timed_sale import TimedSale
from tests.support.units import DAY, HOUR, MINUTE, WAN


class Listing(TimedSale):
    def __init__(self, **changes):
        super().__init__(reserve_entry_us=30 * MINUTE, **changes)

    def keys_in(self, *values, at):
        self.accepts(EnterReserve(values=tuple(v * WAN for v in values)), at)
        return self


def test_the_reserve_is_keyed_in_during_the_last_half_hour():
    sale = Listing().bids("ann", 110, 1)
    values = EnterReserve(values=(120 * WAN,))
    sale.refuses(values, HOUR - 30 * MINUTE - 1, RejectionCode.TOO_SOON)
    sale.keys_in(120, at=HOUR - 30 * MINUTE).until(DAY)
    assert sale.ended[0] is OutcomeKind.RESERVE_NOT_MET
    assert sale.replayed() == sale.state


def test_the_mean_of_several_values_is_the_reserve():
    sale = Listing().bids("ann", 110, 1).keys_in(100, 120, at=HOUR - 1)
    assert sale.events[-1] == ReserveEntered(
        reserve=110 * WAN, values=(100 * WAN, 120 * WAN), at=HOUR - 1
    )
    assert sale.until(DAY).ended[:2] == (OutcomeKind.SOLD, "ann")


@pytest.mark.parametrize(("values", "mean"), [((1, 2), 2), ((1, 1, 2), 1), ((3,), 3), ((1, 4), 3)])
def test_half_a_fen_is_rounded_up(values, mean):
    assert mean_reserve(values) == mean


def test_the_reserve_cannot_be_changed():
    """拍卖法 art. 28; mining-right rules: secret and unchangeable until the end."""
    sale = Listing().keys_in(120, at=HOUR - 1)
    sale.refuses(EnterReserve(values=(WAN * 130,)), HOUR - 1, RejectionCode.ALREADY_SEALED)


def test_the_reserve_lies_between_start_and_cap():
    sale = Listing(cap=200 * WAN)
    for values in ((99 * WAN,), (201 * WAN,), (150 * WAN, 1), ()):
        refused = sale.refuses(
            EnterReserve(values=values), HOUR - 1, RejectionCode.AMOUNT_OUT_OF_RANGE
        )
        assert (refused.amount_min, refused.amount_max) == (100 * WAN, 200 * WAN)


def test_the_reserve_may_equal_the_cap():
    Listing(cap=200 * WAN).keys_in(200, at=HOUR - 1)


def test_after_the_deadline_or_where_the_terms_do_not_say_so_nothing_is_keyed_in():
    late = EnterReserve(values=(120 * WAN,))
    Listing().refuses(late, HOUR, RejectionCode.WRONG_PHASE)
    TimedSale().refuses(late, HOUR - 1, RejectionCode.NOT_OFFERED)


def test_a_reserve_that_was_never_keyed_in_is_met_by_nobody():
    """Selling state property without the promised reserve would be worse than not selling."""
    sale = Listing().bids("ann", 900, 1).until(DAY)
    assert sale.ended[:2] == (OutcomeKind.RESERVE_NOT_MET, None)
