"""P12: how soon a bid is answered while thousands in the same process are sent every price.

Conditions: watchers of one lot, on WebSocket, each checking the number of every message; that lot gets so
many bids a second, each of which goes to all of them. Meanwhile so many bids a second are placed on another
lot, over Socket.IO with acknowledgements, evenly spaced, whether earlier ones are answered or not: theirs
are the figures, taken before any update is sent ("alone") and under the fan-out. Ours:
`luochui serve --role all`, one process with engine, web and feed; a bid goes through Valkey, is decided and
is committed by PostgreSQL before it is answered. Peer: stock python-socketio on uvloop, which answers its
event at once and has nothing durable; its updates are emitted to a room. The server is on one core; watchers,
on the other, give way to everybody else, and databases run where there is room. Sides take turns.

Checked: every watcher got every update, in order; every bid was answered, and is a row of the journal, ours.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

import aiohttp
import asyncpg

from benchmarks import bids_lots, bids_servers
from benchmarks.bids_place import made_place
from benchmarks.bids_servers import Load, Place
from benchmarks.fanout import ours
from benchmarks.feed_bench import (
    At,
    Server,
    Watched,
    allow_files,
    compiled,
    connected,
    cpu_ns,
    peers,
    pin,
    serving,
)
from benchmarks.report import (
    Arguments,
    Figures,
    Report,
    against_targets,
    machine,
    median,
    percentile,
)
from luochui.clock import SystemClock
from luochui.logs import configure_logs
from luochui.tasks import running

QUIET_LOT, WATCHED_LOT = "bench-0", "bench-1"
BIDDERS = 32
PEER = "python-socketio"
P99 = "under fan-out, p99 ms"
TARGETS = {"reach": 10.0, "moonshot": 1.0}
"""Milliseconds, p99 under the fan-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    watchers: int
    updates_per_second: int
    bids_per_second: int
    seconds: int
    repetitions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen on one side."""

    alone: Load
    under: Load
    watched: Watched
    cores: float
    """How much of the server's core was taken under the fan-out."""
    hot_ms: list[float]
    """How long the bids took whose updates went to everybody; the peer has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A running server, its watchers' door, and what its bids began at and were answered in."""

    at: At
    door: Server
    price: Callable[[], Awaitable[int]]
    hot_ms: list[float]


@dataclass(slots=True, kw_only=True)
class HotLot:
    """Places a bid on the watched lot, two bidders in turn, for every update that the watchers ask for."""

    tokens: list[str]
    amount: int = 0
    url: str = ""
    took_ms: list[float] = field(default_factory=list)

    async def keep_bidding(self, asked: int) -> None:
        """Bid as asked on the pipe `asked`, until cancelled."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(asked, "rb")
        )
        try:
            async with aiohttp.ClientSession() as session:
                while line := await reader.readline():
                    for _ in range(int(line)):
                        await self._bid(session)
        finally:
            transport.close()

    async def _bid(self, session: aiohttp.ClientSession) -> None:
        self.amount += bids_lots.INCREMENT
        body = {"bid_id": f"hot-bid-{self.amount}", "amount_fen": self.amount}
        token = self.tokens[self.amount // bids_lots.INCREMENT % 2]
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(self.url, json=body, headers=headers) as answer:
            assert answer.status == HTTPStatus.OK, await answer.text()
        self.took_ms.append((time.perf_counter() - began) * 1e3)


@asynccontextmanager
async def our_side(
    place: Place, pool: asyncpg.Pool, hot: HotLot, door: Server
) -> AsyncIterator[Side]:
    """Run our server as one process."""
    started_us = SystemClock().now_us()

    async def serves() -> bool:
        return await bids_lots.served_since(pool, started_us)

    async def price() -> int:
        return (await bids_lots.standing(pool, ours=True))["price"] or 0

    asked, asking = os.pipe()
    async with AsyncExitStack() as stack:
        stack.callback(os.close, asking)
        served = await stack.enter_async_context(bids_servers.ours(place, ("all",), serves))
        pid = served.pids["all"]
        hot.url = f"http://127.0.0.1:{served.port}/api/lots/{WATCHED_LOT}/bids"
        await stack.enter_async_context(running(hot.keep_bidding(asked), name="bids"))
        at = At(port=served.port, pid=pid, publisher=asking)
        yield Side(at=at, door=_watching(door), price=price, hot_ms=hot.took_ms)


def _watching(door: Server) -> Server:
    return replace(door, subscribe=door.subscribe.replace("bench", WATCHED_LOT), instant="at_us")


@asynccontextmanager
async def peer_side(
    _place: Place, _pool: asyncpg.Pool, _hot: HotLot, door: Server
) -> AsyncIterator[Side]:
    """Run the peer."""

    async def price() -> int:
        return 0

    async with serving(door) as (process, port):
        assert process.stdin is not None
        pipe = process.stdin.get_extra_info("pipe").fileno()
        at = At(port=port, pid=process.pid, publisher=pipe)
        yield Side(at=at, door=door, price=price, hot_ms=[])


async def measured(side: Side, place: Place, tools: dict[str, Path], plan: Plan) -> Sample:
    """Bid alone and under the fan-out."""
    pin(side.at.pid, 0)

    async def load(seconds: float) -> Load:
        found = await bids_servers.load(
            place,
            side.at.port,
            door="socket",
            seconds=seconds,
            lots=1,
            price=await side.price(),
            per_second=plan.bids_per_second,
        )
        assert found.errors == 0, found
        return found

    crowd = connected(side.door, side.at, tools, plan.watchers, gives_way=True)
    async with crowd as (watchers, _opened):
        await load(1)
        await watchers.measure(2, rate=plan.updates_per_second)
        alone = await load(plan.seconds)
        side.hot_ms.clear()
        before, began = cpu_ns(side.at.pid), time.perf_counter()
        updates = plan.updates_per_second * plan.seconds
        async with asyncio.TaskGroup() as both:
            watched = both.create_task(watchers.measure(updates, rate=plan.updates_per_second))
            under = both.create_task(load(plan.seconds))
        spent = (cpu_ns(side.at.pid) - before) / 1e9
    return Sample(
        alone=alone,
        under=under.result(),
        watched=watched.result(),
        cores=spent / (time.perf_counter() - began),
        hot_ms=list(side.hot_ms),
    )


async def measured_all(plan: Plan, tools: dict[str, Path]) -> dict[str, list[Sample]]:
    """Measure all sides in turn."""
    samples: dict[str, list[Sample]] = {}
    async with made_place(lots=2, bidders=BIDDERS) as (made, pool):
        most = {"feed_connections_of_address_max": 20_000}
        place = replace(made, settings=replace(made.settings, **most))
        sides = [(our_side, door) for door in ours()]
        sides += [(peer_side, side) for side in peers(tools, None) if side.name == PEER]
        hot = HotLot(tokens=place.tokens.read_text().split()[:2])
        for _ in range(plan.repetitions):
            for make, door in sides:
                before = await bids_lots.standing(pool, ours=True)
                async with make(place, pool, hot, door) as side:
                    sample = await measured(side, place, tools, plan)
                after = await bids_lots.standing(pool, ours=True)
                added = after["decisions"] - before["decisions"]
                wanted = len(sample.hot_ms) + sample.alone.requests + sample.under.requests
                assert make is peer_side or added >= wanted, (added, wanted)
                samples.setdefault(door.name, []).append(sample)
        assert not await bids_lots.faults(pool, 2), "decided otherwise by the recomputation"
    return samples


def figures_of(samples: list[Sample]) -> Figures:
    def of(values: list[float]) -> float:
        return round(median(values), 3)

    figures: Figures = {}
    for name, loads in (
        ("alone", [one.alone for one in samples]),
        ("under fan-out", [one.under for one in samples]),
    ):
        figures[f"{name}, p50 ms"] = of([load.p50_us / 1e3 for load in loads])
        figures[f"{name}, p99 ms"] = of([load.p99_us / 1e3 for load in loads])
        figures[f"{name}, max ms"] = of([load.max_us / 1e3 for load in loads])
    figures["update p50 ms"] = of([one.watched.p50_ms for one in samples])
    figures["update p99 ms"] = of([one.watched.p99_ms for one in samples])
    figures["core busy"] = of([one.cores for one in samples])
    hot = [ms for one in samples for ms in one.hot_ms]
    if hot:
        figures["bids on the watched lot, p50 ms"] = round(percentile(hot, 0.5), 3)
        figures["bids on the watched lot, p99 ms"] = round(percentile(hot, 0.99), 3)
    return figures


def main(arguments: Arguments) -> Report:
    quick = arguments.quick
    parser = argparse.ArgumentParser(prog="python -m benchmarks bid_under_fanout")
    parser.add_argument("--watchers", type=int, default=1_000 if quick else 5_000)
    parser.add_argument("--updates-per-second", type=int, default=2)
    parser.add_argument("--bids-per-second", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=5 if quick else 15)
    parser.add_argument("--repetitions", type=int, default=1 if quick else 3)
    plan = Plan(**vars(parser.parse_args(arguments.options)))
    configure_logs("warning")
    conditions = machine() | asdict(plan)
    allow_files(20_000)
    with tempfile.TemporaryDirectory() as kept:
        samples = asyncio.run(measured_all(plan, compiled(Path(kept))))
    rows = {name: figures_of(seen) for name, seen in samples.items()}
    theirs = rows.pop(PEER)
    return Report(
        benchmark="bid_under_fanout",
        conditions=conditions,
        ours=rows,
        peers={PEER: theirs},
        ratios={
            f"{name} against {PEER}, {P99}": float(theirs[P99]) / float(mine[P99])
            for name, mine in rows.items()
        },
        checked=True,
        notes=[
            against_targets(f"{name}, {P99}", float(mine[P99]), TARGETS, smaller_is_better=True)
            for name, mine in rows.items()
        ],
    )
