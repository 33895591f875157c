"""P7: how long an engine needs until it has a lot with a long journal in memory again, as after a crash.

Real PostgreSQL; every recovery runs in a process of its own, as an engine does. Behind the snapshot lie as
many decisions as can lie there at most before the next one is written. Both ways must give the same lot.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import uvloop

from auction.journal_postgres import PostgresJournal
from auction.recovery import recovered_lots
from auction.snapshots import digest_of, encode_lot
from auction.snapshots_postgres import PostgresSnapshots, SnapshotWriter
from auction.state import Lot
from benchmarks.report import Arguments, Figures, Report, machine, median
from luochui.clock import SystemClock
from luochui.collector import settle_collector
from luochui.database import open_pool
from luochui.embedded.servers import embedded_servers
from luochui.migrate import migrate
from tests.support.engine import simple_terms
from tests.support.history import claimed, commands_of, write_history

_LOT = "bench"
_TAIL = 4_999
_REACH_S, _MOONSHOT_S = 2.0, 0.7
_WAYS = ("snapshot and tail", "whole journal")


class Recovered(msgspec.Struct, kw_only=True):
    """What one recovery took, and what it came to."""

    seconds: float
    cpu_seconds: float
    entry: int
    answers: int
    lot: bytes


async def _recover(url: str, way: str) -> Recovered:
    async with open_pool(url, name="recovery", size_max=2) as pool:
        settle_collector()
        snapshots = PostgresSnapshots(pool) if way == _WAYS[0] else None
        began, cpu_began = time.perf_counter(), time.process_time()
        lots = await recovered_lots(PostgresJournal(pool), 0, snapshots)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        return _result(lots[_LOT], seconds, cpu_seconds)


def _result(lot: Lot, seconds: float, cpu_seconds: float) -> Recovered:
    return Recovered(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        entry=lot.entry,
        answers=len(lot.answers),
        lot=digest_of(_LOT, lot.entry, encode_lot(lot)),
    )


def _recover_elsewhere(url: str, way: str) -> Recovered:
    command = [sys.executable, "-m", "benchmarks.recovery", url, way]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return msgspec.json.decode(said, type=Recovered)


async def _written(url: str, bids: int) -> Recovered:
    """Write the journal, and a snapshot of all of it but the tail; return what recovery must come to."""
    await migrate(url)
    async with open_pool(url, name="history", size_max=2) as pool:
        claim, at = await claimed(pool, owner="bench"), SystemClock().now_us()
        lot = Lot(_LOT)
        terms = simple_terms(opens_at=at, leader_may_raise=True, free_us=10**12)
        commands = list(commands_of(_LOT, terms, bids))
        await write_history(pool, claim, lot, iter(commands[:-_TAIL]), at)
        await SnapshotWriter(pool, owner="bench", pause_s=0).write_all()
        await write_history(pool, claim, lot, iter(commands[-_TAIL:]), lot.arrived_at)
        await pool.execute("VACUUM ANALYZE")
    return _result(lot, 0, 0)


async def _measured(bids: int, rounds: int) -> tuple[Recovered, dict[str, list[Recovered]]]:
    with tempfile.TemporaryDirectory(prefix="lb-") as folder:
        Path(folder).chmod(0o755)
        async with embedded_servers(Path(folder) / "data") as servers:
            expected = await _written(servers.postgres_url, bids)
            found: dict[str, list[Recovered]] = {way: [] for way in _WAYS}
            for _ in range(rounds):
                for way in _WAYS:
                    again = await asyncio.to_thread(_recover_elsewhere, servers.postgres_url, way)
                    found[way].append(again)
    return expected, found


def _figures(found: list[Recovered]) -> Figures:
    return {
        "seconds": median([one.seconds for one in found]),
        "slowest s": max(one.seconds for one in found),
        "cpu s": median([one.cpu_seconds for one in found]),
        "decisions": found[0].entry,
    }


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks recovery")
    parser.add_argument("--bids", type=int, default=50_000 if arguments.quick else 500_000)
    parser.add_argument("--rounds", type=int, default=3 if arguments.quick else 7)
    given = parser.parse_args(arguments.options)
    expected, found = uvloop.run(_measured(given.bids, given.rounds))
    ours = {way: _figures(rounds) for way, rounds in found.items()}
    seconds = float(ours[_WAYS[0]]["seconds"])
    same = (expected.entry, expected.answers, expected.lot)
    return Report(
        benchmark="recovery",
        conditions=machine() | {"bids": given.bids, "decisions after the snapshot": _TAIL},
        ours=ours,
        peers={},
        ratios={
            "whole journal against snapshot": float(ours[_WAYS[1]]["seconds"]) / seconds,
            f"time against the target of {_REACH_S} s": seconds / _REACH_S,
            f"time against the moonshot of {_MOONSHOT_S} s": seconds / _MOONSHOT_S,
        },
        checked=all(
            (one.entry, one.answers, one.lot) == same
            for rounds in found.values()
            for one in rounds
        ),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_recover(*sys.argv[1:3]))))
