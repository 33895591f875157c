"""Recovery is replay: a lot is the fold of its journal. And what an outage does to a running lot."""

from collections.abc import AsyncIterator
from copy import deepcopy

from auction.codec import decode_command, decode_events, decode_rejection
from auction.commands import AdvanceClock
from auction.journal import Journal, Row
from auction.snapshots import Snapshots
from auction.state import Answer, Lot, Status


async def recovered_lots(
    journal: Journal, shard: int, snapshots: Snapshots | None = None
) -> dict[str, Lot]:
    """Return the lots of a shard that go on, as their journal leaves them; `snapshots` save folding it all.

    Lots that are over are many in time, and seldom asked for: `recall` takes them in then.
    """
    lots = {} if snapshots is None else await snapshots.usable(shard)
    await catch_up(lots, journal, shard)
    return lots


async def catch_up(lots: dict[str, Lot], journal: Journal, shard: int) -> None:
    """Take into `lots` what was decided on the shard since they were read."""
    await _fold(lots, journal.replay(shard, _known(lots)))


async def recall(
    lots: dict[str, Lot], lot_ids: set[str], journal: Journal, snapshots: Snapshots | None = None
) -> None:
    """Take those of the lots into `lots` that are not there but in the journal: over, and let go."""
    # Not `lot_ids - lots.keys()`: that walks through all lots, however few are asked for.
    absent = sorted(lot_id for lot_id in lot_ids if lot_id not in lots)
    if not absent:
        return
    found = {} if snapshots is None else await snapshots.usable_of(absent)
    await _fold(found, journal.recall(dict.fromkeys(absent, 0) | _known(found)))
    lots.update(found)


def let_go(lots: dict[str, Lot], *, before_us: int) -> None:
    """Take lots out of `lots` that are over and were not asked for since; all that is in them is durable."""
    for lot in [lot for lot in lots.values() if lot.is_over and lot.arrived_at < before_us]:
        del lots[lot.lot_id]


def _known(lots: dict[str, Lot]) -> dict[str, int]:
    return {lot_id: lot.entry for lot_id, lot in lots.items()}


async def _fold(lots: dict[str, Lot], rows: AsyncIterator[Row]) -> None:
    async for row in rows:
        lot = lots.get(row.lot_id)
        if lot is None:
            lot = lots[row.lot_id] = Lot(row.lot_id)
        replay(lot, row)


def replay(lot: Lot, row: Row) -> None:
    """Take one decision back into `lot`; rows come in order of entry, without gaps."""
    assert row.entry == lot.entry + 1, f"{row.lot_id}: entry {row.entry} after {lot.entry}"
    for event in decode_events(row.events):
        lot.apply(event)
    lot.entry, lot.arrived_at = row.entry, row.arrived_us
    command = decode_command(row.kind, row.command)
    if not isinstance(command, AdvanceClock):
        lot.answers[row.command_id] = Answer(
            entry=row.entry,
            seq=lot.seq,
            at=row.arrived_us,
            rejection=decode_rejection(row.rejection),
            fingerprint=hash(command),
        )


def suspension_instant(lot: Lot, *, alive_us: int, now_us: int) -> int | None:
    """Return when an outage from `alive_us` to `now_us` stopped the lot, or None if it did not.

    An outage shorter than the lot's terms tolerate stops nothing, unless a phase of bidding would have
    ended in it: nobody could answer the last bid. A lot that should have opened in the outage is stopped
    at its opening, with its whole time left.
    """
    if lot.terms is None:
        return None
    is_long = now_us - alive_us > lot.terms.outage_tolerance_us
    if not is_long and not _phase_ends(lot, after_us=alive_us, by_us=now_us):
        return None
    if lot.status in (Status.OPEN, Status.RESUMING):
        return max(alive_us, lot.arrived_at)
    if lot.status is Status.ANNOUNCED and lot.terms.opens_at < now_us:
        return max(alive_us, lot.arrived_at, lot.terms.opens_at)
    return None


def is_running(lot: Lot, at: int) -> bool:
    """Tell whether time passes for the lot at `at`, so that it can be suspended."""
    if lot.status is Status.ANNOUNCED:
        return lot.terms is not None and lot.terms.opens_at <= at
    return lot.status in (Status.OPEN, Status.RESUMING)


def _phase_ends(lot: Lot, *, after_us: int, by_us: int) -> bool:
    """Tell whether a phase of bidding ends by itself in that time, even one that would begin in it."""
    ends_at = _next_end(lot, after_us)
    return ends_at is not None and after_us < ends_at <= by_us


def _next_end(lot: Lot, after_us: int) -> int | None:
    if lot.terms is None or lot.format is None:
        return None
    machine, rules = lot.format.machine, lot.terms.format
    if lot.status is Status.ANNOUNCED:
        return machine.due_at(machine.begin(rules, lot.terms.opens_at))
    if lot.status not in (Status.OPEN, Status.RESUMING):
        return None
    ends_at, sale = machine.due_at(lot.sale), lot.sale
    if ends_at is not None and ends_at <= after_us:
        sale = deepcopy(
            lot.sale
        )  # What fell due before is not journaled yet: the next phase runs.
        while (event := machine.lapse(rules, sale, after_us)) is not None:
            machine.apply(rules, sale, event)
    return machine.due_at(sale)
