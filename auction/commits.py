"""How a shard's batches become durable: one after another, each answered and told only then."""

import asyncio
from collections.abc import Callable

from auction.batching import Decided
from auction.journal import Batch, Journal
from auction.outbox import Outbox


class Commits:
    """Runs one statement at a time, so that the engine can decide the next batch meanwhile.

    What fails here fails `jobs`, and with it the engine, before anything decided later can become durable.
    """

    def __init__(
        self, jobs: asyncio.TaskGroup, *, journal: Journal, outbox: Outbox, many: int
    ) -> None:
        self._jobs, self._journal, self._outbox = jobs, journal, outbox
        self._many, self._are_many = many, False
        self._running: asyncio.Task[None] | None = None

    @property
    def are_settled(self) -> bool:
        """Tell whether everything begun is durable and answered."""
        return self._running is None or self._running.done()

    async def begin(self, decided: Decided, batch: Batch, then: Callable[[], None]) -> None:
        """Begin to make `batch` durable once everything before it is; then answer, tell and call `then`."""
        await self.settled()
        self._are_many = len(batch.rows) >= self._many
        job = self._commit(decided, batch, then)
        self._running = self._jobs.create_task(job, name=f"commit-{batch.shard}")

    async def settled(self) -> None:
        """Wait until everything begun is durable and answered; raise what went wrong with it."""
        if self._running is not None:
            await self._running

    async def settled_unless_many(self) -> None:
        """Wait as `settled` does, unless the last batch has `many` decisions.

        To read meanwhile would make two small batches, each with a statement, of what can be one. To decide
        many takes as long as to make many durable, so then both are done at once.
        """
        if not self._are_many:
            await self.settled()

    async def _commit(self, decided: Decided, batch: Batch, then: Callable[[], None]) -> None:
        if batch.rows:
            await self._journal.append(batch)
        for worker, replies in decided.replies.items():
            self._outbox.answer(worker, replies)
        if decided.news:
            self._outbox.tell(list(decided.news.values()))
        then()
