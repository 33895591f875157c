"""P8 and P9: fan-out of a price feed, processor time for each delivery and how late it comes.

Conditions: one lot, watchers on WebSocket, the server on one core and watchers with the schedule on the
other, loopback, no TLS, messages of about 170 bytes. Every watcher checks the number of every message;
nothing may be lost or out of order. Three shapes of load: paced (10 a second to 1,000, 2 a second to 5,000,
50 a second to 200), one at a time, and bursts of 16, where what falls into one turn may leave in one write.
Ours: the hub and both doors as the server runs them, the news heard as from a channel of Redis. Peers:
python-socketio as it comes, Socket.IO and ws on Node, and a loop of send(2) in C, which is the floor.
Sides take turns; medians of the repetitions.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.feed_bench import (
    Server,
    Watched,
    allow_files,
    compiled,
    node_modules,
    peers,
    watching,
)
from benchmarks.report import Arguments, Figures, Report, machine

WARM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape of load."""

    name: str
    watchers: int
    messages: int
    rate: float = 0.0
    window: int = 1


SHAPES = (
    Shape(name="200 watchers, 50/s", watchers=200, messages=250, rate=50),
    Shape(name="1000 watchers, 10/s", watchers=1_000, messages=60, rate=10),
    Shape(name="1000 watchers, one at a time", watchers=1_000, messages=100),
    Shape(name="1000 watchers, bursts of 16", watchers=1_000, messages=480, window=16),
    Shape(name="5000 watchers, 2/s", watchers=5_000, messages=20, rate=2),
)
BURSTS = SHAPES[3].name
CROWD = SHAPES[4].name


def ours() -> list[Server]:
    """Return our two doors."""
    command = [sys.executable, "-m", "benchmarks.feed_ours", "{port}"]
    return [
        Server(
            name="Socket.IO door",
            command=command,
            door="socketio",
            path="/socket.io/?EIO=4&transport=websocket",
            subscribe='420["watch",{"lot_id":"bench"}]',
            subscribed='"state"',
        ),
        Server(
            name="plain door",
            command=command,
            door="plain",
            path="/live",
            subscribe='["watch",1,{"lot_id":"bench"}]',
            subscribed='"recovered"',
        ),
    ]


async def measured(
    shapes: list[Shape], sides: list[Server], tools: dict[str, Path], repetitions: int
) -> dict[str, dict[str, list[Watched]]]:
    """Return the samples by side and shape."""
    samples: dict[str, dict[str, list[Watched]]] = defaultdict(lambda: defaultdict(list))
    crowds = sorted({shape.watchers for shape in shapes})
    for _ in range(repetitions):
        for crowd in crowds:
            for side in sides:
                async with watching(side, tools, crowd) as (watchers, _opened, _pid):
                    await watchers.measure(WARM)
                    for shape in shapes:
                        if shape.watchers == crowd:
                            seen = await watchers.measure(
                                shape.messages, rate=shape.rate, window=shape.window
                            )
                            samples[side.name][shape.name].append(seen)
    return samples


def figures_of(samples: dict[str, list[Watched]]) -> Figures:
    """Return the medians of one side, shape by shape."""
    figures: Figures = {}
    for shape, seen in samples.items():
        figures[f"{shape}: us"] = median(one.cpu_us for one in seen)
        figures[f"{shape}: p50 ms"] = median(one.p50_ms for one in seen)
        figures[f"{shape}: p99 ms"] = median(one.p99_ms for one in seen)
        figures[f"{shape}: deliveries/s"] = round(median(one.per_second for one in seen))
    return figures


def ratios_of(our_rows: dict[str, Figures], peer_rows: dict[str, Figures]) -> dict[str, float]:
    """Return how many times the peer's processor time ours is, and its p99 for the crowd."""
    ratios = {}
    for name, mine in our_rows.items():
        for peer, theirs in peer_rows.items():
            for figure in mine:
                if figure.endswith(": us"):
                    shape = figure.removesuffix(": us")
                    ratios[f"{name} against {peer}, {shape}"] = float(theirs[figure]) / float(
                        mine[figure]
                    )
            late = f"{CROWD}: p99 ms"
            if late in mine:
                ratios[f"{name} against {peer}, p99 at 5000"] = float(theirs[late]) / float(
                    mine[late]
                )
    return ratios


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks fanout")
    parser.add_argument("--repetitions", type=int, default=1 if arguments.quick else 3)
    parser.add_argument("--watchers-max", type=int, default=1_000 if arguments.quick else 5_000)
    given = parser.parse_args(arguments.options)
    conditions = machine()
    allow_files(20_000)
    shapes = [shape for shape in SHAPES if shape.watchers <= given.watchers_max]
    with tempfile.TemporaryDirectory() as kept:
        tools, node = compiled(Path(kept)), node_modules(Path(kept))
        against = peers(tools, node)
        sides = [*ours(), *against]
        samples = asyncio.run(measured(shapes, sides, tools, given.repetitions))
    rows = {name: figures_of(seen) for name, seen in samples.items()}
    our_rows = {side.name: rows[side.name] for side in ours()}
    peer_rows = {side.name: rows[side.name] for side in against}
    return Report(
        benchmark="fanout",
        conditions=conditions | {"repetitions": given.repetitions},
        ours=our_rows,
        peers=peer_rows,
        ratios=ratios_of(our_rows, peer_rows),
        checked=True,
        notes=[] if node else ["Node or its registry is not at hand: its peers were left out"],
    )
