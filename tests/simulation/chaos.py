"""What goes wrong, when, and for how long: drawn from the seed, over before the simulation ends."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.simulation.platform import EngineProcess, Platform
from tests.simulation.world import SECOND

LASTS_S = 5.0
_LEASE_S = 2.0


class Chaos:
    """Does a handful of faults, each after the one before or while it lasts."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self._world = platform, platform.world
        self._rng = platform.world.chance
        self.clocks_jumped = False
        self._faults: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (4, self._kill),
            (4, self._kill_at_a_call),
            (3, self._pause),
            (6, self._nobody_serves),
            (2, self._cut_at_a_call),
            (2, self._cut),
            (2, self._freeze),
            (2, self._leave),
            (2, self._postgres_crashes),
            (3, self._redis_crashes),
            (2, self._slow_disk),
            (4, self._statements_refused),
            (1, self._clock_jumps),
            (1, self._messages_lost),
            (12 if platform.has_snapshots else 0, self._snapshots_go_wrong),
        )

    async def run(self) -> None:
        """Let things go wrong until the time is over."""
        weights = [weight for weight, _ in self._faults]
        faults = [fault for _, fault in self._faults]
        async with asyncio.TaskGroup() as going_wrong:
            for _ in range(self._rng.choice((1, 2, 3, 4, 6))):
                await asyncio.sleep(self._rng.uniform(0.0, 2.0))
                if self._world.loop.now > LASTS_S:
                    break
                (fault,) = self._rng.choices(faults, weights)
                self._world.trace(f"chaos {fault.__name__}")
                going_wrong.create_task(fault())
        for name in self._platform.engines:
            self._engine(name).postgres.trap = self._engine(name).redis.trap = None
            self._platform.start(name)

    def _engine(self, name: str = "") -> EngineProcess:
        return self._platform.engines[name or self._rng.choice("ab")]

    async def _back_after(self, name: str) -> None:
        await asyncio.sleep(self._rng.choice((0.05, 0.5, 3.0)))
        self._platform.start(name)

    async def _kill(self) -> None:
        name = self._rng.choice("ab")
        self._platform.kill(name)
        await self._back_after(name)

    async def _nobody_serves(self) -> None:
        """Both engines end; when they come again, not every statement succeeds at first.

        Often they end when time is about to pass again for a lot that stood still.
        """
        if self._rng.random() < 0.5:
            await self._until_a_lot_resumes()
        for name in self._platform.engines:
            self._platform.kill(name)
        await asyncio.sleep(self._rng.uniform(1.1, 2.9))
        for name in self._platform.engines:
            self._platform.start(name)
        if self._rng.random() < 0.5:
            self._platform.database.refuse_share = 0.5
            await asyncio.sleep(0.4)
            self._platform.database.refuse_share = 0.0

    async def _until_a_lot_resumes(self) -> None:
        """Wait for it, for a while, as a screen shows it."""
        states, until = self._platform.room.states, self._world.loop.now + 4.0
        while self._world.loop.now < until:
            if any(state["status"] == "resuming" for state in states.values()):
                return
            await asyncio.sleep(0.05)

    async def _kill_at_a_call(self) -> None:
        """Kill before a request's effect, or after it and before its answer."""
        engine = self._engine()
        link = self._rng.choice((engine.postgres, engine.redis))
        when = self._rng.choice(("before", "after"))
        at = link.calls + self._rng.randint(1, 20)
        link.trap = (at, when, lambda: self._platform.kill(engine.name))
        await asyncio.sleep(2)
        link.trap = None
        await self._back_after(engine.name)

    async def _cut_at_a_call(self) -> None:
        """Lose a request, or the answer to one that had its effect: a commit, for example."""
        engine = self._engine()
        link = self._rng.choice((engine.postgres, engine.postgres, engine.redis))
        when = self._rng.choice(("before", "after", "after"))
        at, for_s = link.calls + self._rng.randint(1, 20), self._rng.uniform(0.0, 0.3)
        link.trap = (at, when, lambda: link.cut(for_s))
        await asyncio.sleep(2)
        link.trap = None

    async def _pause(self) -> None:
        engine = self._engine()
        engine.process.pause()
        self._world.trace(f"{engine.name} is paused")
        await asyncio.sleep(self._rng.choice((0.3, 1.2, _LEASE_S + 0.3, _LEASE_S + 1.5)))
        self._world.trace(f"{engine.name} goes on")
        engine.process.go_on()

    async def _cut(self) -> None:
        engine, platform = self._engine(), self._platform
        links = (engine.redis, engine.postgres, platform.web_redis, platform.web_postgres)
        self._rng.choice(links).cut(self._rng.uniform(0.0, 1.5))

    async def _freeze(self) -> None:
        """A partition: nothing comes through, nobody is told."""
        engine, platform = self._engine(), self._platform
        links = (engine.redis, engine.postgres, platform.web_redis)
        self._rng.choice(links).freeze(self._rng.uniform(0.2, _LEASE_S + 1.5))

    async def _leave(self) -> None:
        """A planned restart: the engine hands over, ends, and comes again."""
        engine = self._engine()
        if engine.process.is_dead:
            return
        engine.process.start(engine.crew.leave(within_s=2))
        await asyncio.sleep(2)
        self._platform.kill(engine.name)
        await self._back_after(engine.name)

    async def _postgres_crashes(self) -> None:
        self._platform.database.crash(self._rng.choice((0.1, 0.7, 2.5)))

    async def _redis_crashes(self) -> None:
        keep = self._rng.choice(("all", "tail", "nothing"))
        self._platform.redis.crash(keep=keep, for_s=self._rng.choice((0.05, 0.5, 1.5)))

    async def _slow_disk(self) -> None:
        database = self._platform.database
        database.slow_s, database.stall_share = self._rng.uniform(0.01, 0.2), 0.1
        await asyncio.sleep(self._rng.uniform(0.5, 2.0))
        database.slow_s, database.stall_share = 0.001, 0.0

    async def _statements_refused(self) -> None:
        database = self._platform.database
        database.refuse_share, database.slow_s = 0.3, 0.05
        await asyncio.sleep(self._rng.uniform(0.2, 1.5))
        database.refuse_share, database.slow_s = 0.0, 0.001

    async def _clock_jumps(self) -> None:
        """An engine's clock or that of Redis jumps, by a little or by a lot, and is set right later."""
        self.clocks_jumped = True
        by_us = int(self._rng.choice((-5, -2, -0.3, -0.05, 0.05, 0.3, 2, 5)) * SECOND)
        clock = self._rng.choice((self._engine().clock, self._platform.redis.clock))
        clock.off_us += by_us
        self._world.trace(f"a clock jumps by {by_us}")
        await asyncio.sleep(self._rng.uniform(0.3, 3.0))
        clock.off_us -= by_us
        self._world.trace("the clock is right")

    async def _messages_lost(self) -> None:
        redis, inbox = self._platform.redis, self._platform.web_inbox
        redis.loses_messages, redis.doubles_messages, inbox.doubles = 0.3, 0.2, 0.2
        await asyncio.sleep(self._rng.uniform(0.5, 3.0))
        redis.loses_messages = redis.doubles_messages = inbox.doubles = 0.0

    async def _snapshots_go_wrong(self) -> None:
        """Snapshots are lost, torn, stale or of older code; then an engine has to do with what is left."""
        await asyncio.sleep(self._rng.uniform(0.0, 1.0))
        self._platform.snapshots.go_wrong(self._rng)
        await self._kill()
