"""What falls due next: a heap of (instant, lot), corrected when looked at."""

import heapq
from collections.abc import Callable, Iterator

from auction.commands import SYSTEM, AdvanceClock, Command, ResumeLot, own_id
from auction.decide import due_at
from auction.state import Lot, Status

_ASK_AGAIN_US = 100_000
_LOOK_AGAIN_US = 500_000
_PAUSE_US = 1_000


class Deadlines:
    """Due instants of many lots; setting one costs O(log n), idle lots cost nothing.

    `on_sooner` is called when one is set that comes before all others.
    """

    def __init__(self, on_sooner: Callable[[], None] = lambda: None) -> None:
        self._on_sooner = on_sooner
        self._heap: list[tuple[int, str]] = []
        self._due: dict[str, int] = {}

    def set(self, lot_id: str, due_at: int | None) -> None:
        """Say when something next happens to the lot by itself; None: nothing does."""
        if due_at is None:
            self._due.pop(lot_id, None)
        elif self._due.get(lot_id) != due_at:
            self._due[lot_id] = due_at
            if not self._heap or due_at < self._heap[0][0]:
                self._on_sooner()
            heapq.heappush(self._heap, (due_at, lot_id))

    def fallen_due(self, now: int) -> Iterator[str]:
        """Yield the lots due by `now`; each comes again a little later unless set anew."""
        while self._heap and self._heap[0][0] <= now:
            due_at, lot_id = heapq.heappop(self._heap)
            if self._due.get(lot_id) == due_at:
                self.set(lot_id, now + _ASK_AGAIN_US)
                yield lot_id

    def wait_us(self, now: int) -> int:
        """Return how long to wait before `fallen_due` is asked again, unless one is set that is sooner.

        Even when nothing falls due it is asked now and then: a clock may have been set.
        """
        left_us = self._heap[0][0] - now if self._heap else _LOOK_AGAIN_US
        return min(_LOOK_AGAIN_US, max(_PAUSE_US, left_us))


def due_of(lot: Lot) -> tuple[str, int | None]:
    """Return the lot's id and when something next happens to it by itself; 0 is at once."""
    return lot.lot_id, 0 if _awaits_resumption(lot) else due_at(lot)


def due_command(lot: Lot) -> Command:
    """Return the command that lets happen what has fallen due."""
    if _awaits_resumption(lot):
        return ResumeLot(
            lot_id=lot.lot_id,
            command_id=own_id(SYSTEM, f"resume-{lot.seq}"),
            actor=SYSTEM,
        )
    return AdvanceClock(lot_id=lot.lot_id)


def _awaits_resumption(lot: Lot) -> bool:
    """Tell whether the system suspended the lot: then it is resumed, with notice, by itself."""
    return lot.status is Status.SUSPENDED and lot.suspended_by in ("outage", "clock")
