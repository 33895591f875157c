"""Cost growth: processor time per bid must not grow with idle lots, nor with a lot's own history.

The real engine on real PostgreSQL and Valkey, in one process with the bidders; counted is the processor time
of this process and of PostgreSQL, which others on the machine disturb least. Lots that are idle are open
and wait for their close; past bids of the lot are in its journal, and the engine has read them in. Every
size is measured against the smallest one in the same run, in turn.
"""

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import uvloop

from auction.commands import AdvanceClock, AnnounceLot, Command
from auction.state import Lot
from benchmarks.report import Arguments, Figures, Report, machine, median
from bidding_rules.terms import Terms
from luochui.clock import SystemClock
from luochui.collector import settle_collector
from luochui.database import open_pool
from luochui.embedded.servers import EmbeddedServers, embedded_servers
from luochui.logs import configure_logs
from luochui.migrate import migrate
from tests.support.engine import Bench, bid, desk_running, engine_running, simple_terms
from tests.support.history import BIDDERS, claimed, commands_of, write_history

_LOT = "bench"
_AT_ONCE = 64
_GROWTH_MAX = 1.15
_TICKS = os.sysconf("SC_CLK_TCK")
_clock = SystemClock()


def _cpu_s(parent: int) -> float:
    """Return the processor time of this process, and of a server with all its children, alive or not."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            ticks += int(fields[11]) + int(fields[12])
        elif path.parent.name == str(parent):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS + time.process_time()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How much is bid on each size."""

    bids: int
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many lots are idle, and how many bids the busy one has behind it."""

    idle: int
    past: int

    @property
    def name(self) -> str:
        return f"{self.idle} idle lots, {self.past} past bids"


async def _write(url: str, size: Size) -> int:
    """Journal the busy lot with its past bids, and idle lots; return its next good amount."""
    await migrate(url)
    at = _clock.now_us() - 1000 * (size.past + 2 * size.idle + 10_000)
    terms = simple_terms(opens_at=at, leader_may_raise=True, free_us=10**12)
    async with open_pool(url, name="history", size_max=2) as pool:
        claim, lot = await claimed(pool, owner="writer"), Lot(_LOT)
        await write_history(pool, claim, lot, commands_of(_LOT, terms, size.past), at)
        await write_history(pool, claim, lot, _idle(size.idle, terms), lot.arrived_at)
        await pool.execute("UPDATE shard SET lease_until = '-infinity', alive_us = 0")
        await pool.execute("VACUUM ANALYZE")
    return 100 + 10 * (size.past + 1)


def _idle(count: int, terms: Terms) -> Iterator[Command]:
    """Announce lots and open them: what falls due later would be done among the bids."""
    for n in range(count):
        lot_id = f"idle-{n}"
        yield AnnounceLot(lot_id=lot_id, command_id="announce", actor="hall", terms=terms)
        yield AdvanceClock(lot_id=lot_id)


async def _bid_on(bench: Bench, amounts: Iterator[int]) -> None:
    for amount in amounts:
        reply = await bid(bench.desk, _LOT, f"account {amount // 10 % BIDDERS}", amount)
        assert reply.entry, "decided, whether it was high enough when its turn came or not"


async def _rounds(bench: Bench, postgres_pid: int, first: int, work: Work) -> list[float]:
    """Return the microseconds of processor time per bid of each round."""
    found = []
    for number in range(work.rounds + 1):
        low = first + 10 * number * work.bids
        amounts = iter(range(low, low + 10 * work.bids, 10))
        began = _cpu_s(postgres_pid)
        async with asyncio.TaskGroup() as jobs:
            for _ in range(_AT_ONCE):
                jobs.create_task(_bid_on(bench, amounts))
        found.append((_cpu_s(postgres_pid) - began) / work.bids * 1e6)
    return found[1:]


async def _measure(servers: EmbeddedServers, size: Size, work: Work) -> Figures:
    """Make a database of that size, let the engine read it in, and bid."""
    name = f"growth_{size.idle}_{size.past}_{time.monotonic_ns()}"
    administrator = await asyncpg.connect(servers.postgres_url)
    await administrator.execute(f"CREATE DATABASE {name}")
    url = urlsplit(servers.postgres_url)._replace(path=f"/{name}").geturl()
    first = await _write(url, size)
    async with desk_running(url, servers.redis_url) as bench:
        await bench.inbox._writing.call(b"FLUSHALL")  # noqa: SLF001
        async with engine_running(url, servers.redis_url) as crew:
            while not any(engine.is_serving for engine in crew.engines):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            settle_collector()
            found = await _rounds(bench, servers.postgres_pid, first, work)
    await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.close()
    gc.unfreeze()
    return {"cpu us per bid": median(found), "least": min(found), "most": max(found)}


async def _measured(sizes: list[Size], work: Work) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(prefix="lb-") as folder:
        Path(folder).chmod(0o755)
        async with embedded_servers(Path(folder) / "data") as servers:
            found = {size.name: await _measure(servers, size, work) for size in sizes}
            found["the smallest again"] = await _measure(servers, sizes[0], work)
    return found


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth")
    parser.add_argument("--bids", type=int, default=3_000 if arguments.quick else 10_000)
    parser.add_argument("--rounds", type=int, default=3 if arguments.quick else 7)
    given = parser.parse_args(arguments.options)
    configure_logs("error")
    work = Work(bids=given.bids, rounds=given.rounds)
    idle, past = (
        ((1_000,), (10_000,)) if arguments.quick else ((1_000, 100_000), (10_000, 1_000_000))
    )
    sizes = [Size(idle=1, past=100), *(Size(idle=n, past=100) for n in idle)]
    sizes += [Size(idle=1, past=n) for n in past]
    ours = uvloop.run(_measured(sizes, work))
    smallest = max(
        float(ours[name]["cpu us per bid"]) for name in (sizes[0].name, "the smallest again")
    )
    ratios = {
        f"{size.name}, against the smallest": float(ours[size.name]["cpu us per bid"]) / smallest
        for size in sizes[1:]
    }
    return Report(
        benchmark="growth",
        conditions=machine()
        | {"bids a round": work.bids, "rounds": work.rounds, "bidders": _AT_ONCE},
        ours=ours,
        peers={},
        ratios=ratios,
        checked=all(ratio <= _GROWTH_MAX for ratio in ratios.values()),
        notes=[f"checked: no ratio above {_GROWTH_MAX}; the smallest is measured first and last"],
    )
