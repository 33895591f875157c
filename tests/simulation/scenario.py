"""One simulation: a seed in, a judged history out."""

import asyncio
import logging
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import structlog

from tests.history.checker import judged
from tests.history.records import PLACE_BID, History, Outage, Violation
from tests.simulation.chaos import Chaos
from tests.simulation.loop import SimulatedLoop, run_simulated
from tests.simulation.lots import KINDS, terms_of
from tests.simulation.people import Auctioneer, Bidder
from tests.simulation.platform import Platform
from tests.simulation.world import SECOND, World

_ENDS_S = 60.0
_CALM_S = 2.5
_OUTAGE_US = 1_500_000
_MARGIN_US = 100_000


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """What came of a seed. `digest` is the same whenever the seed is run again with the same code."""

    seed: int
    digest: str
    bids: int
    violations: list[Violation]
    lines: list[str]


class Scenario:
    """Who is there, what is sold, what goes wrong; then everything settles and is judged."""

    def __init__(self, seed: int) -> None:
        self._loop = SimulatedLoop(seed)
        self._world = World(seed, self._loop)

    def run(self) -> Simulated:
        """Simulate and judge."""
        try:
            run_simulated(self._loop, self._live())
        finally:
            self._world.is_over = True
        operations = self._platform.room.operations
        verdict = judged(self._history())
        return Simulated(
            seed=self._world.seed,
            digest=self._world.digest(),
            bids=sum(op.kind == PLACE_BID for op in operations),
            violations=verdict.violations,
            lines=self._world.lines,
        )

    async def _live(self) -> None:
        rng = Random(f"scenario {self._world.seed}")
        self._platform = Platform(self._world, shards=rng.choice((1, 1, 2)))
        self._chaos = Chaos(self._platform)
        await asyncio.sleep(0.5)
        lots = [f"L{n}" for n in range(rng.choice((1, 1, 2)))]
        going_wrong = asyncio.get_running_loop().create_task(self._chaos.run())
        for lot_id in lots:
            self._open(lot_id, rng)
        await going_wrong
        calm_at = self._loop.time() + _CALM_S
        while self._loop.time() < _ENDS_S and not self._all_over(lots):
            await asyncio.sleep(0.25)
        await asyncio.sleep(max(0.5, calm_at - self._loop.time()))
        await self._settle()

    def _open(self, lot_id: str, rng: Random) -> None:
        world, platform = self._world, self._platform
        terms = terms_of(rng.choice(sorted(KINDS)), rng, world.now_us() + SECOND // 2)
        names = [f"bidder{n}" for n in range(rng.randint(2, 3))]
        platform.web.start(Auctioneer(world, platform.room, lot_id, terms).run(names))
        for name in names:
            platform.web.start(Bidder(world, platform.room, lot_id, name).run())

    def _all_over(self, lots: list[str]) -> bool:
        """Look into the database itself: screens may be behind."""
        return all(self._platform.database.is_over(lot_id) for lot_id in lots)

    async def _settle(self) -> None:
        """Everybody learns what is still unknown to him, and every screen what it missed."""
        room = self._platform.room
        for lot_id, command_id in list(room.unsure):
            while await room.look_up(lot_id, command_id) is None:
                await asyncio.sleep(0.1)
        await room.fill_gaps()
        self._settled_us = self._redis_us()
        self._world.is_over = True

    def _redis_us(self) -> int:
        return self._platform.redis.clock.now_us()

    def _history(self) -> History:
        room, database = self._platform.room, self._platform.database
        return History(
            decisions=[row for lot in database.lots.values() for row in lot.rows],
            operations=room.operations,
            shown=room.shown,
            outages=[] if self._chaos.clocks_jumped else self._outages(),
            takeovers=database.takeovers,
            settled_us=self._settled_us,
        )

    def _outages(self) -> list[Outage]:
        """Return when nobody served; a margin allows for clocks that disagree a little."""
        return [
            Outage(shard, before + _MARGIN_US, after - _MARGIN_US)
            for shard, instants in self._platform.served.items()
            for before, after in pairwise(instants)
            if after - before > _OUTAGE_US
        ]


def simulate(seed: int) -> Simulated:
    """Run one seed, without the log lines that an engine in trouble writes."""
    known = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        return Scenario(seed).run()
    finally:
        structlog.configure(**known)
