"""When the system itself stops a lot: the command it gives, in everybody's words. Pure."""

from typing import NamedTuple

from auction.commands import SYSTEM, SuspendLot, own_id
from auction.state import Lot

_OUTAGE_REASON = (
    "系统中断，竞价暂停，剩余时间不变 · The system was interrupted; the remaining time is kept"
)
_CLOCK_REASON = (
    "系统时钟异常，竞价暂停，剩余时间不变 · Clocks disagree; the remaining time is kept"
)


class Interruption(NamedTuple):
    """Why lots are suspended: a cause of `SuspendLot`, what the command is called, the words."""

    cause: str
    chosen_id: str
    reason: str

    def suspend(self, lot: Lot) -> SuspendLot:
        """Return the command that suspends the lot."""
        return SuspendLot(
            lot_id=lot.lot_id,
            command_id=own_id(SYSTEM, self.chosen_id),
            actor=SYSTEM,
            reason=self.reason,
            cause=self.cause,
        )


def outage_since(alive_us: int) -> Interruption:
    """Return the interruption of an outage that began at `alive_us`."""
    return Interruption("outage", f"outage-{alive_us}", _OUTAGE_REASON)


def clocks_disagree_at(place: object) -> Interruption:
    """Return the interruption by a stamp that jumped, given to what arrived at `place`."""
    return Interruption("clock", f"clock-{place}", _CLOCK_REASON)
