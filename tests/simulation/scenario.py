"""One simulation: a seed in, a judged history out."""

import asyncio
import logging
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import structlog

from auction.formats.live import Side
from auction.formats.registry import MOVES, name_of
from tests.history.checker import judged
from tests.history.records import PLACE_BID, History, Outage, Violation
from tests.simulation.chaos import Chaos
from tests.simulation.loop import SimulatedLoop, run_simulated
from tests.simulation.lots import KINDS, terms_of
from tests.simulation.people import Auctioneer, Bidder
from tests.simulation.platform import Platform
from tests.simulation.world import SECOND, World

_ENDS_S = 60.0
_CALM_S = 2.0
_WITH_SNAPSHOTS = 0.3
_REPEATS = 3
_PATIENCE_S = 10.0
_OUTAGE_US = 1_500_000
_MARGIN_US = 100_000
_BIDS = {PLACE_BID} | {name_of(move) for move, side in MOVES.items() if side is Side.BIDDER}


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
        assert not verdict.not_recomputed, "every format here is known to supervision"
        return Simulated(
            seed=self._world.seed,
            digest=self._world.digest(),
            bids=sum(op.kind in _BIDS for op in operations),
            violations=[v for v in verdict.violations if not self._is_excused(v)],
            lines=self._world.lines,
        )

    async def _live(self) -> None:
        rng = Random(f"scenario {self._world.seed}")
        self._platform = Platform(
            self._world, shards=rng.choice((1, 1, 2)), has_snapshots=rng.random() < _WITH_SNAPSHOTS
        )
        self._chaos = Chaos(self._platform)
        await asyncio.sleep(0.5)
        lots = [f"L{n}" for n in range(rng.choice((1, 1, 2)))]
        going_wrong = asyncio.get_running_loop().create_task(self._chaos.run())
        for lot_id in lots:
            self._open(lot_id, rng)
        await going_wrong
        await asyncio.sleep(_CALM_S)
        self._recovered_us = self._world.now_us()
        await self._learn_what_is_unknown()
        while self._loop.now < _ENDS_S and not self._all_over(lots):
            await asyncio.sleep(0.25)
        await asyncio.sleep(0.5)
        await self._settle(rng)

    def _open(self, lot_id: str, rng: Random) -> None:
        world, platform = self._world, self._platform
        terms = terms_of(rng.choice(sorted(KINDS)), rng, world.now_us() + SECOND // 2)
        names = [f"bidder{n}" for n in range(rng.randint(2, 3))]
        platform.web.start(Auctioneer(world, platform.room, lot_id, terms).run(names))
        for number, name in enumerate(names):
            bidder = Bidder(world, platform.room, lot_id, name, f"N{number}")
            platform.web.start(bidder.run())

    def _all_over(self, lots: list[str]) -> bool:
        """Look into the database itself: screens may be behind."""
        return all(self._platform.database.is_over(lot_id) for lot_id in lots)

    async def _settle(self, rng: Random) -> None:
        """Some ask once more what was decided long ago; then nobody leaves without an answer."""
        room = self._platform.room
        asked = list(room.commands.values())
        for command in rng.sample(asked, min(_REPEATS, len(asked))):
            await room.ask(command)
        await self._learn_what_is_unknown()
        await room.fill_gaps()
        self._settled_us = self._redis_us()
        self._world.is_over = True

    async def _learn_what_is_unknown(self) -> None:
        """Everybody asks by its id what became of what he got no answer to."""
        room, until = self._platform.room, self._loop.now + _PATIENCE_S
        for lot_id, command_id in list(room.unsure):
            while await room.look_up(lot_id, command_id) is None and self._loop.now < until:
                await asyncio.sleep(0.1)

    def _is_excused(self, violation: Violation) -> bool:
        """L1 is told by stamps; who resumes a lot while Redis's clock is behind waits until it is right."""
        return (
            violation.invariant == "L1" and "late" in violation.what and self._chaos.clocks_jumped
        )

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
            recovered_us=self._recovered_us,
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
