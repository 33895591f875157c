"""The guards that a control run removes: here is the program without each of them.

A control whose run shows no violation proves that the run proves nothing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import auction.engine
import auction.journal_postgres
import auction.ownership_postgres
import auction.steps
import luochui.database
import luochui.wiring.application
from auction.batching import Decided
from auction.commands import AdvanceClock, Command
from auction.commits import Commits
from auction.engine import ShardEngine
from auction.events import Event
from auction.inbox import Arrived
from auction.journal import Batch, JournalError
from auction.journal_postgres import PostgresJournal
from auction.state import Lot
from auction.steps import Step, take

KEYS_AWAY = (
    "ALTER TABLE journal DROP CONSTRAINT journal_pkey",
    "DROP INDEX journal_command",
)
"""The keys of the journal are a guard of their own, behind the fence and behind the engine's memory."""


_BEHIND_S = 0.02


def answers_before_the_commit() -> None:
    """Bidders are told what was decided, and it is made durable a moment later, as write-behind does."""
    commit = Commits._commit

    async def hasty(
        self: Commits, decided: Decided, batch: Batch, then: Callable[[], None]
    ) -> None:
        for worker, replies in decided.replies.items():
            self._outbox.answer(worker, replies)
        decided.replies.clear()
        await asyncio.sleep(_BEHIND_S)
        await commit(self, decided, batch, then)

    Commits._commit = hasty  # type: ignore[method-assign]


def no_fence() -> None:
    """An engine writes whatever its epoch is, and keeps a shard that was taken from it."""
    statements = auction.journal_postgres._SQL
    fence = "epoch = $2 AND (last_stream_ms, last_stream_no) <= ($3, $4)"
    _replace(statements, "append_decisions", fence, "$2::bigint > 0")
    renewal = auction.ownership_postgres._SQL
    _replace(renewal, "renew_lease", "epoch = $2", "$2::bigint > 0")


def _replace(statements: dict[str, str], name: str, old: str, new: str) -> None:
    assert old in statements[name], "the guard stands elsewhere now"
    statements[name] = statements[name].replace(old, new)


def no_catching_up() -> None:
    """A successor does not read what was decided between its first reading and its taking over."""

    async def nothing(*_: object) -> None:
        """Stay as it was read."""

    auction.engine.catch_up = nothing


def repeats_are_new() -> None:
    """An id that was answered before is decided again."""

    def forgetful(lot: Lot, command: Command, at: int) -> Step:
        if not isinstance(command, AdvanceClock):
            lot.answers.pop(command.command_id, None)
        return take(lot, command, at)

    auction.engine.take = forgetful


def journal_errors_are_ignored() -> None:
    """What could not be written is answered as if it had been."""
    append = PostgresJournal.append

    async def careless(self: PostgresJournal, batch: Batch) -> None:
        with suppress(JournalError):
            await append(self, batch)

    PostgresJournal.append = careless  # type: ignore[method-assign]


def forgetful_database() -> None:
    """A database is taken that may forget what it acknowledged."""

    async def whatever(_pool: object) -> None:
        """Look at nothing."""

    for module in (luochui.database, luochui.wiring.application):
        assert hasattr(module, "refuse_weak_database"), "the guard stands elsewhere now"
        module.refuse_weak_database = whatever


def own_clock_decides() -> None:
    """The engine decides by its own clock when it comes to a command, not by the stamp of arrival."""
    decide = ShardEngine._decide

    def by_the_wall(
        self: ShardEngine, decided: Decided, command: Command, entry: Arrived, _stamp_us: int
    ) -> None:
        decide(self, decided, command, entry, self._now_us())

    ShardEngine._decide = by_the_wall  # type: ignore[method-assign]


def closed_by_a_timer() -> None:
    """A lot is over when a job has got round to it; a bid does not look at the time."""
    fallen = auction.steps.fallen_due

    asked_by_the_clock = False

    def by_and_by(lot: Lot, at: int) -> Event | None:
        return fallen(lot, at) if asked_by_the_clock else None

    def noting(lot: Lot, command: Command, at: int) -> Step:
        nonlocal asked_by_the_clock
        asked_by_the_clock = isinstance(command, AdvanceClock)
        return take(lot, command, at)

    auction.steps.fallen_due = by_and_by
    auction.engine.take = noting


GUARDS = {
    guard.__name__: guard
    for guard in (
        answers_before_the_commit,
        no_fence,
        no_catching_up,
        repeats_are_new,
        journal_errors_are_ignored,
        forgetful_database,
        own_clock_decides,
        closed_by_a_timer,
    )
}
