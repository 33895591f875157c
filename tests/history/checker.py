"""Judges a history: one call, all invariants, linear in its length."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from supervision.part import UnsupportedTermsError
from supervision.recompute import recompute
from tests.history.answers import Fates, broken_promises, decided, left_unknown
from tests.history.course import Course
from tests.history.duties import broken_seals, double_duties
from tests.history.log import broken_log
from tests.history.records import (
    Decision,
    History,
    Operation,
    Outage,
    Shown,
    Verdict,
    Violation,
)
from tests.history.screens import false_pictures

Report = Callable[[str, str, str], None]
_FORK = get_context("fork")


@dataclass(slots=True)
class _Lot:
    """Everything a history has about one lot; lots are judged independently of each other."""

    decisions: list[Decision] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


def judged(history: History, *, jobs: int = 1) -> Verdict:
    """Return every violation of every invariant in `history`; `jobs` processes share the lots."""
    with _no_garbage_collection():
        lots = _by_lot(history)
        parts = [dict(list(lots.items())[part::jobs]) for part in range(jobs)]
        verdicts = _judged_elsewhere(history, parts) if jobs > 1 else [_judge_lots(history, lots)]
        verdict = Verdict()
        for each in verdicts:
            verdict.violations.extend(each.violations)
            verdict.not_recomputed.extend(each.not_recomputed)
        _judge_epochs(_reporter(verdict), history)
        broken_log(_reporter(verdict), history)
    return verdict


def _judged_elsewhere(history: History, parts: list[dict[str, _Lot]]) -> list[Verdict]:
    """Judge each part in a process of its own, which finds everything in its memory."""

    def judge(part: dict[str, _Lot], found: Any) -> None:
        found.send(_judge_lots(history, part))
        found.close()

    under_way = []
    for part in parts:
        receiving, sending = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=judge, args=(part, sending))
        process.start()
        sending.close()
        under_way.append((process, receiving))
    verdicts = [receiving.recv() for _, receiving in under_way]
    for process, receiving in under_way:
        process.join()
        receiving.close()
    return verdicts


def _judge_lots(history: History, lots: dict[str, _Lot]) -> Verdict:
    verdict = Verdict()
    report = _reporter(verdict)
    for lot_id, lot in lots.items():
        fates = _judge_journal(verdict, report, history, lot_id, lot.decisions)
        broken_promises(report, lot_id, fates, lot.operations)
        if history.recovered_us is not None:
            left_unknown(report, lot_id, lot.operations, history.recovered_us)
        false_pictures(report, lot_id, lot.decisions, lot.shown)
    return verdict


def _reporter(verdict: Verdict) -> Report:
    def report(invariant: str, lot_id: str, what: str) -> None:
        verdict.violations.append(Violation(invariant, lot_id, what))

    return report


def _judge_journal(
    verdict: Verdict, report: Report, history: History, lot_id: str, rows: list[Decision]
) -> Fates:
    """Follow the lot's journal, have it recomputed, and return what became of its commands."""
    if not rows:
        return {}
    course = Course(lot_id, report)
    parsed = [course.take(row) for row in rows]
    course.finish(history.settled_us)
    if course.is_sealed:
        broken_seals(report, lot_id, rows, parsed)
    double_duties(report, lot_id, parsed)
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


def _by_lot(history: History) -> dict[str, _Lot]:
    """Return each lot's part; decisions by entry, and in the order given where entries are equal."""
    lots: dict[str, _Lot] = defaultdict(_Lot)
    for row in history.decisions:
        lots[row.lot_id].decisions.append(row)
    for operation in history.operations:
        lots[operation.lot_id].operations.append(operation)
    for shown in history.shown:
        lots[shown.lot_id].shown.append(shown)
    for lot in lots.values():
        lot.decisions.sort(key=_entry)
    return dict(lots)


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
