"""Judges a history: one call, all invariants, linear in its length."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from supervision.part import UnsupportedTermsError
from supervision.recompute import recompute
from tests.history.answers import Fates, broken_promises, decided
from tests.history.course import Course
from tests.history.records import Decision, History, Outage, Verdict, Violation
from tests.history.screens import false_pictures

Report = Callable[[str, str, str], None]


def judged(history: History) -> Verdict:
    """Return every violation of every invariant in `history`."""
    verdict = Verdict()

    def report(invariant: str, lot_id: str, what: str) -> None:
        verdict.violations.append(Violation(invariant, lot_id, what))

    with _no_garbage_collection():
        decisions = _by_lot(history.decisions)
        fates = {
            lot_id: _judge_lot(verdict, report, history, lot_id, rows)
            for lot_id, rows in decisions.items()
        }
        _judge_epochs(report, history)
        broken_promises(report, fates, history.operations)
        false_pictures(report, decisions, history.shown)
    return verdict


def _judge_lot(
    verdict: Verdict, report: Report, history: History, lot_id: str, rows: list[Decision]
) -> Fates:
    """Follow the lot's journal, have it recomputed, and return what became of its commands."""
    course = Course(lot_id, report)
    parsed = [course.take(row) for row in rows]
    course.finish(history.settled_us)
    _judge_outages(report, history.outages, course, rows[0].shard)
    try:
        again = recompute(parsed)
    except UnsupportedTermsError:
        verdict.not_recomputed.append(lot_id)
    else:
        for difference in again.differences:
            report("I6", lot_id, f"recomputed otherwise: {difference}")
        if again.recorded != again.recomputed:
            report("I6", lot_id, f"result {again.recorded}, recomputed {again.recomputed}")
    return {
        row.command_id: decided(row, read["command"], read["rejection"])
        for row, read in zip(rows, parsed, strict=True)
    }


def _judge_outages(report: Report, outages: Sequence[Outage], course: Course, shard: int) -> None:
    """O1: nobody could answer the last bid, so no lot announced before may have ended in it."""
    ended = course.ended_by_clock_at
    if ended is None:
        return
    for outage in outages:
        knew_it = course.announced_at <= outage.from_us < ended < outage.to_us
        if outage.shard == shard and knew_it:
            report("O1", course.lot_id, f"ended at {ended}, in {outage}")


def _judge_epochs(report: Report, history: History) -> None:
    """I8 across lots: nothing of an epoch is committed after a later one began."""
    began: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for takeover in history.takeovers:
        began[takeover.shard].append((takeover.epoch, takeover.committed))
    if not began:
        return
    for row in history.decisions:
        for epoch, after in began[row.shard]:
            if row.committed > after and row.epoch < epoch:
                report("I8", row.lot_id, f"entry {row.entry} of epoch {row.epoch} in {epoch}")


def _by_lot(decisions: Sequence[Decision]) -> dict[str, list[Decision]]:
    """Return each lot's decisions by entry, and in the order given where entries are equal."""
    lots: dict[str, list[Decision]] = defaultdict(list)
    for row in decisions:
        lots[row.lot_id].append(row)
    for rows in lots.values():
        rows.sort(key=_entry)
    return lots


def _entry(row: Decision) -> int:
    return row.entry


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """What is read here is kept until the end; looking for cycles in it takes longer than judging."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
