"""Faults planted on purpose. A simulation that does not find each of them proves nothing.

Every row breaks one guard of the product, or of what the ports promise, for as long as the block lasts.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from auction import batching, decide, desk, engine, recovery, steps
from auction.batching import Decided
from auction.commands import AdvanceClock, Command
from auction.commits import Commits
from auction.engine import ShardEngine
from auction.events import ClosingExtended, LotResumed
from auction.inbox import Arrived, InboxDownError
from auction.journal import Batch, JournalError
from auction.state import Answer, Lot, Status
from auction.steps import Step
from tests.history.records import NEVER_SEEN, Told
from tests.simulation import snapshots
from tests.simulation.postgres import Database, StatementError
from tests.simulation.redis import SimulatedInbox
from tests.simulation.snapshots import SnapshotTable

_append, _take, _commit = Database.append, steps.take, Commits._commit
_first_answer, _fallen_due = Database.first_answer, steps.fallen_due
_encode_events, _replay = batching.encode_events, recovery.replay
_recall = recovery.recall
_commit_batch, _suspend_after_outage = ShardEngine._commit, ShardEngine._suspend_after_outage
_next_end = recovery._next_end
_decide, _suspend, _send = ShardEngine._decide, ShardEngine._suspend, SimulatedInbox.send


async def _answer_first(self: Commits, decided: Decided, batch: Batch, then: Any) -> None:
    for worker, replies in decided.replies.items():
        self._outbox.answer(worker, replies)
    decided.replies.clear()
    await _commit(self, decided, batch, then)


async def _tell_first(self: Commits, decided: Decided, batch: Batch, then: Any) -> None:
    self._outbox.tell(list(decided.news.values()))
    await _commit(self, decided, batch, then)


async def _answer_from_memory(self: Commits, decided: Decided, batch: Batch, then: Any) -> None:
    try:
        await _commit(self, decided, batch, then)
    except JournalError:
        await _commit(self, decided, replace(batch, rows=[]), then)


async def _begin_at_once(self: Commits, decided: Decided, batch: Batch, then: Any) -> None:
    self._are_many = True
    self._running = self._jobs.create_task(self._commit(decided, batch, then))


def _append_unfenced(self: Database, batch: Batch) -> bool:
    """Neither epoch nor position is looked at, nor what must be unique: each alone hides the others."""
    shard = self.shards[batch.shard]
    epoch, last = shard.epoch, shard.last
    shard.epoch, shard.last = batch.epoch, batch.last
    try:
        with patch.object(Database, "_check_unique", lambda _self, _batch: None):
            return _append(self, batch)
    finally:
        shard.epoch, shard.last = epoch, max(last, batch.last)


def _append_but_the_last(self: Database, batch: Batch) -> bool:
    rows = batch.rows[:-1] if len(batch.rows) > 1 else batch.rows
    return _append(self, replace(batch, rows=rows))


def _read_a_replica(self: Database, lot_id: str, command_id: str) -> Told:
    told = _first_answer(self, lot_id, command_id)
    lot = self.lots.get(lot_id)
    return Told(NEVER_SEEN) if lot is not None and told.entry > len(lot.rows) - 3 else told


def _replay_without_answers(lot: Lot, row: Any) -> None:
    _replay(lot, row)
    lot.answers.clear()


async def _recall_without_answers(lots: dict[str, Lot], lot_ids: set[str], *where: Any) -> None:
    absent = lot_ids - lots.keys()
    await _recall(lots, lot_ids, *where)
    for lot_id in absent & lots.keys():
        lots[lot_id].answers.clear()


def _take_without_repeats(lot: Lot, command: Command, at: int) -> Step:
    lot.answers.clear()
    return _take(lot, command, at)


def _take_and_forget_refusals(lot: Lot, command: Command, at: int) -> Step:
    entry = lot.entry
    step = _take(lot, command, at)
    answer = step.answer
    refused = isinstance(answer, Answer) and answer.rejection is not None
    if not step.journaled or not refused or step.events or isinstance(command, AdvanceClock):
        return step
    lot.entry = entry
    del lot.answers[command.command_id]
    return Step(events=(), answer=answer, journaled=False)


def _first_answer_while_running(self: Database, lot_id: str, command_id: str) -> Told:
    if self.is_over(lot_id):
        raise StatementError("only lots that go on are asked about")
    return _first_answer(self, lot_id, command_id)


def _first_answer_whatever_it_asks(known: Answer, _command: Command) -> Step:
    return Step(events=(), answer=known, journaled=False, repeated=True)


def _hammer_by_own_clock(
    self: ShardEngine, decided: Decided, command: Command, entry: Arrived, stamp_us: int
) -> None:
    if isinstance(command, AdvanceClock):
        stamp_us = self._now_us()
    _decide(self, decided, command, entry, stamp_us)


def _arrival_as_it_comes(
    self: ShardEngine, decided: Decided, command: Command, entry: Arrived, stamp_us: int
) -> None:
    lot = self._lots.get(command.lot_id)
    if lot is not None:
        lot.arrived_at = min(lot.arrived_at, stamp_us)
    _decide(self, decided, command, entry, stamp_us)


async def _no_suspension(self: ShardEngine, alive_us: int, now_us: int) -> None:
    del self, alive_us, now_us


def _end_of_outage_not_noted(
    self: ShardEngine, decided: Decided, lot: Lot, at: int, cause: Any
) -> None:
    if lot.status is not Status.SUSPENDED:
        _suspend(self, decided, lot, at, cause)


async def _commit_as_served(self: ShardEngine, decided: Decided) -> None:
    self._served_at = max(self._served_at, self._read_at)
    await _commit_batch(self, decided)


async def _suspend_and_forget_the_outage(self: ShardEngine, alive_us: int, now_us: int) -> None:
    self._served_at = now_us
    await _suspend_after_outage(self, alive_us, now_us)


def _next_end_of_open_lots(lot: Lot, after_us: int) -> int | None:
    return _next_end(lot, after_us) if lot.status is Status.OPEN else None


def _busy_when_unsure(
    self: SimulatedInbox, shard: int, command: Command, reply_to: str, on_lost: Any
) -> None:
    def lost(_error: Exception) -> None:
        on_lost(InboxDownError("not sent, perhaps"))

    _send(self, shard, command, reply_to, lost)


def _resume_with_a_second(*, at: int, resumes_at: int, closes_at: int, **more: Any) -> LotResumed:
    del closes_at
    return LotResumed(at=at, resumes_at=resumes_at, closes_at=resumes_at + 1_000_000, **more)


def _without_extensions(happened: tuple[Any, ...]) -> str:
    return _encode_events(tuple(e for e in happened if not isinstance(e, ClosingExtended)))


_Patch = tuple[Any, str, Callable[..., Any]]
PLANTS: dict[str, tuple[_Patch, ...]] = {
    "answer_before_commit": ((Commits, "_commit", _answer_first),),
    "news_before_commit": ((Commits, "_commit", _tell_first),),
    "next_batch_before_the_last": ((Commits, "begin", _begin_at_once),),
    "answer_from_memory": ((Commits, "_commit", _answer_from_memory),),
    "no_fence": ((Database, "append", _append_unfenced),),
    "batch_partially_applied": ((Database, "append", _append_but_the_last),),
    "stale_look_up": ((Database, "first_answer", _read_a_replica),),
    "dedupe_forgotten_after_replay": ((recovery, "replay", _replay_without_answers),),
    "no_dedupe": (
        (engine, "take", _take_without_repeats),
        (Database, "_check_unique", lambda _self, _batch: None),
    ),
    "recalled_without_answers": ((engine, "recall", _recall_without_answers),),
    "snapshot_without_answers": ((snapshots, "decode_answers", lambda _body: {}),),
    "snapshot_of_older_code": ((SnapshotTable, "_is_of_this_code", lambda _self, _row: True),),
    "answer_left_unknown": ((Database, "first_answer", _first_answer_while_running),),
    "other_content_answered": ((steps, "_repeat", _first_answer_whatever_it_asks),),
    "answer_for_other_content": (
        (desk, "fingerprint", lambda _command: 0),
        (batching, "fingerprint_of", lambda _kind, _body: 0),
    ),
    "refusal_not_journaled": ((engine, "take", _take_and_forget_refusals),),
    "extension_not_journaled": ((batching, "encode_events", _without_extensions),),
    "late_bid_when_closer_is_slow": (
        (steps, "fallen_due", lambda lot, at: _fallen_due(lot, at - 20_000)),
    ),
    "hammer_by_wall_clock": ((ShardEngine, "_decide", _hammer_by_own_clock),),
    "arrival_goes_back": ((ShardEngine, "_decide", _arrival_as_it_comes),),
    "resume_without_remaining_time": ((decide, "LotResumed", _resume_with_a_second),),
    "outage_not_suspended": ((ShardEngine, "_suspend_after_outage", _no_suspension),),
    "resumption_in_outage": ((ShardEngine, "_suspend", _end_of_outage_not_noted),),
    "served_when_decided": ((ShardEngine, "_commit", _commit_as_served),),
    "outage_forgotten_on_failure": (
        (ShardEngine, "_suspend_after_outage", _suspend_and_forget_the_outage),
    ),
    "resuming_lot_sold_in_outage": ((recovery, "_next_end", _next_end_of_open_lots),),
    "busy_when_unsure": ((SimulatedInbox, "send", _busy_when_unsure),),
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """Break what `name` names (`PLANTS`) for as long as the block lasts; None: nothing."""
    with ExitStack() as stack:
        for owner, attribute, fault in PLANTS[name] if name else ():
            stack.enter_context(patch.object(owner, attribute, fault))
        yield
