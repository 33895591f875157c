"""P13: what it costs to let a watcher in, and to keep him: processor time and memory.

Conditions: so many watchers connect over WebSocket and subscribe, 64 at a time, loopback, the server on one
core, watchers on the other. Ours sends a snapshot to each; the peers put each into a room, or do nothing.
Memory is what the server's process grew by.
"""

import argparse
import asyncio
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks.fanout import ours
from benchmarks.feed_bench import (
    Server,
    allow_files,
    compiled,
    node_modules,
    peers,
    resident_kb,
    watching,
)
from benchmarks.report import Arguments, Figures, Report, against_targets, machine

WARM = 50
TARGETS = {
    "Socket.IO door": ("reach", {"us": 730.0, "kB": 26.0}),
    "plain door": ("moonshot", {"us": 60.0, "kB": 10.0}),
}
"""What one watcher may cost at most."""


async def measured(
    sides: list[Server], tools: dict[str, Path], count: int, repetitions: int
) -> dict[str, list[tuple[float, float, float]]]:
    """Return microseconds of the processor, kB and seconds of wall time for each watcher, by side."""
    samples: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(repetitions):
        for side in sides:
            async with watching(side, tools, WARM) as (_watchers, _opened, pid):
                empty = resident_kb(pid)
            async with watching(side, tools, count) as (_watchers, opened, pid):
                kept = (resident_kb(pid) - empty) / (count - WARM)
                samples[side.name].append((opened["cpu_us"], kept, opened["connected_s"] / count))
    return samples


def figures_of(samples: list[tuple[float, float, float]]) -> Figures:
    return {
        "us": median(sample[0] for sample in samples),
        "kB": median(sample[1] for sample in samples),
        "connects/s": round(1 / median(sample[2] for sample in samples)),
    }


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks connect")
    parser.add_argument("--watchers", type=int, default=1_000 if arguments.quick else 5_000)
    parser.add_argument("--repetitions", type=int, default=1 if arguments.quick else 3)
    given = parser.parse_args(arguments.options)
    conditions = machine() | {"watchers": given.watchers, "repetitions": given.repetitions}
    allow_files(20_000)
    with tempfile.TemporaryDirectory() as kept:
        tools, node = compiled(Path(kept)), node_modules(Path(kept))
        against = [side for side in peers(tools, node) if side.name != "C send loop"]
        samples = asyncio.run(
            measured([*ours(), *against], tools, given.watchers, given.repetitions)
        )
    rows = {name: figures_of(seen) for name, seen in samples.items()}
    our_rows = {side.name: rows[side.name] for side in ours()}
    peer_rows = {side.name: rows[side.name] for side in against}
    return Report(
        benchmark="connect",
        conditions=conditions,
        ours=our_rows,
        peers=peer_rows,
        ratios={
            f"{name} against {peer}, {figure}": float(theirs[figure]) / float(mine[figure])
            for name, mine in our_rows.items()
            for peer, theirs in peer_rows.items()
            for figure in ("us", "kB")
        },
        checked=True,
        notes=[
            against_targets(
                f"{door}, {figure}",
                float(our_rows[door][figure]),
                {name: target},
                smaller_is_better=True,
            )
            for door, (name, targets) in TARGETS.items()
            for figure, target in targets.items()
        ],
    )
