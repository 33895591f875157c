"""The crew of an engine process: serves its share of the shards, and hands them on when it leaves."""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from auction.alarm import Alarm
from auction.balance import shares
from auction.engine import ShardEngine
from auction.inbox import InboxDownError
from auction.journal import JournalError, NotOwnerError
from auction.ownership import Ownership, Survey

LOOK_EVERY_S = 0.25

_log = structlog.get_logger()


class Crew:
    """Runs one `ShardEngine` for each shard that this engine, called `name`, should own.

    An engine that comes asks the others for its share; an engine that leaves goes on until the others
    have read in what they need and ask for its shards. So a planned move costs no bid and no time.
    """

    def __init__(
        self, ownership: Ownership, *, name: str, engine_of: Callable[[int], ShardEngine]
    ) -> None:
        self._ownership, self._name, self._engine_of = ownership, name, engine_of
        self._engines: dict[int, ShardEngine] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_leaving = False
        self._look_now = Alarm()
        self._shared: tuple[Survey | None, dict[int, str]] = (None, {})
        self._left = asyncio.Event()

    @property
    def engines(self) -> list[ShardEngine]:
        """Engines of the shards that this process serves or is about to serve."""
        return list(self._engines.values())

    async def run(self) -> None:
        """Serve, until cancelled; what is owned is then released at once."""
        async with asyncio.TaskGroup() as jobs:
            while True:
                try:
                    survey = await self._ownership.survey(is_leaving=self._is_leaving)
                except JournalError as error:
                    _log.warning("engines unknown", error=str(error))
                else:
                    self._look(survey, jobs)
                await self._look_now.sleep(LOOK_EVERY_S)

    async def leave(self, *, within_s: float) -> None:
        """Hand every shard to another engine that works; return when it is done, or after `within_s`."""
        self._is_leaving = True
        self._look_now.ring()
        try:
            async with asyncio.timeout(within_s):
                await self._left.wait()
        except TimeoutError:
            _log.warning("shards left without a successor", shards=sorted(self._tasks))

    def _look(self, survey: Survey, jobs: asyncio.TaskGroup) -> None:
        """Begin to serve what falls to this engine; cease to wait for what does not."""
        if survey != self._shared[0]:
            self._shared = (survey, shares(survey))
        wanted = {shard for shard, name in self._shared[1].items() if name == self._name}
        for shard, engine in list(self._engines.items()):
            if shard not in wanted and not engine.is_owner:
                self._tasks[shard].cancel()
        for shard in wanted - self._tasks.keys():
            self._engines[shard] = engine = self._engine_of(shard)
            task = jobs.create_task(keep_running(engine), name=f"engine-{shard}")
            self._tasks[shard] = task
            task.add_done_callback(partial(self._forget, shard))
        if self._is_leaving and (not self._tasks or not survey.engines):
            self._left.set()

    def _forget(self, shard: int, _task: asyncio.Task[None]) -> None:
        del self._tasks[shard], self._engines[shard]
        self._look_now.ring()


async def keep_running(engine: ShardEngine) -> None:
    """Run `engine`; when it must stop, let it own and replay again, until it is handed over.

    Returns too when another engine owns the shard: whose it should be is for the crew to see.
    """
    while True:
        if await _is_over(engine):
            return
        await asyncio.sleep(0.1)


async def _is_over(engine: ShardEngine) -> bool:
    over = True
    try:
        await engine.run()
    except* NotOwnerError as group:
        _log.warning("shard lost", errors=[str(e) for e in group.exceptions])
    except* (JournalError, InboxDownError, OSError) as group:
        over = False
        _log.warning("engine stopped; it replays", errors=[str(e) for e in group.exceptions])
    except* Exception as group:  # noqa: BLE001 - whatever it was, replay is the cure
        over = False
        _log.exception("engine failed; it replays", errors=len(group.exceptions))
    return over
