"""P10: a watcher who reads 4 kB a second, and what he does to the others.

Conditions: 100 watchers who read and 10 who take 4 kB a second each, 300 messages a second for some time, the
server on one core, watchers on the other, loopback. Measured when the last message is out: how old is what
the slowest of the slow saw last. The others must get every message, in order.
A peer is as far behind as the run is long, and falls further behind for ever.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.fanout import ours
from benchmarks.feed_bench import (
    Server,
    Watched,
    allow_files,
    compiled,
    node_modules,
    peers,
    resident_kb,
    watching,
)
from benchmarks.report import Arguments, Figures, Report, against_targets, machine

HEALTHY, SLOW = 100, 10
SLOW_BYTES = 4_000
RATE = 300
TARGETS = {"reach": 3.0, "moonshot": 2.0}
"""Seconds behind."""


async def measured(
    sides: list[Server], tools: dict[str, Path], seconds: float
) -> dict[str, tuple[Watched, int]]:
    """Return what was seen, and by how many kB the server grew, by side."""
    seen = {}
    for side in sides:
        crowd = watching(side, tools, HEALTHY + SLOW, slow=SLOW, slow_bytes=SLOW_BYTES)
        async with crowd as (watchers, _opened, pid):
            before = resident_kb(pid)
            watched = await watchers.measure(round(seconds * RATE), rate=RATE)
            seen[side.name] = (watched, resident_kb(pid) - before)
    return seen


def figures_of(watched: Watched, grown_kb: int) -> Figures:
    return {
        "behind s": watched.slow_behind_ms / 1000,
        "the others, p50 ms": watched.p50_ms,
        "the others, p99 ms": watched.p99_ms,
        "memory grown kB": grown_kb,
    }


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks slow_reader")
    parser.add_argument("--seconds", type=float, default=8.0 if arguments.quick else 20.0)
    seconds = parser.parse_args(arguments.options).seconds
    conditions = machine() | {"seconds": seconds, "bytes a second of a slow one": SLOW_BYTES}
    allow_files(4_096)
    with tempfile.TemporaryDirectory() as kept:
        tools, node = compiled(Path(kept)), node_modules(Path(kept))
        # The C loop neither waits nor keeps: it loses what does not fit, so it is no peer here.
        against = [side for side in peers(tools, node) if side.name != "C send loop"]
        seen = asyncio.run(measured([*ours(), *against], tools, seconds))
    rows = {name: figures_of(*what) for name, what in seen.items()}
    our_rows = {side.name: rows[side.name] for side in ours()}
    peer_rows = {side.name: rows[side.name] for side in against}
    return Report(
        benchmark="slow_reader",
        conditions=conditions,
        ours=our_rows,
        peers=peer_rows,
        ratios={
            f"{name} against {peer}": float(theirs["behind s"]) / float(mine["behind s"])
            for name, mine in our_rows.items()
            for peer, theirs in peer_rows.items()
        },
        checked=True,
        notes=[
            against_targets(f"{name}, s", float(mine["behind s"]), TARGETS, smaller_is_better=True)
            for name, mine in our_rows.items()
        ],
    )
