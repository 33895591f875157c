"""Everybody bids on the lot that is closing: nobody gets in late, and it is closed in time."""

from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.world import SELLER, Options, World, announce, clock, world
from tests.support.engine import SECOND, simple_terms

_WAVE = 50
_ANNOUNCING_US = 6 * SECOND
_APART_US = 40_000
_LAST_US = 150_000


async def hammer_race(count: int, *, control: bool) -> dict[str, Any]:
    """`count` lots close while four bidders bid without a pause. Control: a timer closes, bids don't look."""
    options = Options(lots=1, pause_s=0.001, without="closed_by_a_timer" if control else None)
    async with world(options) as here:
        for first in range(0, count, _WAVE):
            await _wave(here, range(first, min(count, first + _WAVE)))
        told = [op.told.code for op in here.bidders.operations if op.told is not None]
        here.notes["told_too_late"] = told.count("lot_closed")
        return here.report("hammer_race", count) | await verdict(here)


async def _wave(here: World, numbers: range) -> None:
    opens_at, began = clock.now_us(), now_us()
    lots = {}
    for place, number in enumerate(numbers):
        length = _ANNOUNCING_US + place * _APART_US
        lots[f"RACE-{number}"] = simple_terms(
            seller=SELLER, opens_at=opens_at, free_us=length, limited_us=None
        )
        here.bidders.begins_us[f"RACE-{number}"] = began + length - _LAST_US
    await announce(here, lots)
    await here.bidders.bid_on(list(lots))
