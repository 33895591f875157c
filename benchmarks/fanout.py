"""P8 and P9: fan-out of a price feed, processor time for each delivery and how late it comes.

Conditions: one lot, watchers on WebSocket, the server on one core and watchers with the schedule on the
other, loopback, no TLS, messages of about 170 bytes. Every watcher checks the number of every message;
nothing may be lost or out of order. Three shapes of load: paced (10 a second to 1,000, 2 a second to 5,000,
50 a second to 200), one at a time, and bursts of 16, where what falls into one turn may leave in one write.
Ours: the hub and both doors as the server runs them, the news heard as from a channel of Redis. Peers:
python-socketio as it comes, Socket.IO and ws on Node, and a loop of send(2) in C, which is the floor.
python-socketio gets an eighth of the messages where nothing paces them: it takes so long for each, and
figures are for each delivery. Sides take turns; medians of the repetitions.
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
from benchmarks.report import Arguments, Figures, Report, against_targets, machine

WARM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape of load: messages come at `rate` a second or, if that is 0, `window` at a time."""

    name: str
    watchers: int
    messages: int
    quick: int
    """Messages of a quick run."""
    rate: float = 0.0
    window: int = 1

    def messages_for(self, side: Server, *, quick: bool) -> int:
        """Return how many messages this side gets."""
        messages = self.quick if quick else self.messages
        return max(self.window, messages // side.unpaced_share) if self.rate == 0 else messages


SHAPES = (
    Shape(name="200 watchers, 50/s", watchers=200, messages=250, quick=100, rate=50),
    Shape(name="1000 watchers, 10/s", watchers=1_000, messages=60, quick=20, rate=10),
    Shape(name="1000 watchers, one at a time", watchers=1_000, messages=160, quick=32),
    Shape(name="1000 watchers, bursts of 16", watchers=1_000, messages=768, quick=256, window=16),
    Shape(name="5000 watchers, 2/s", watchers=5_000, messages=20, quick=6, rate=2),
)
STEADY, BURSTS, CROWD = SHAPES[2].name, SHAPES[3].name, SHAPES[4].name
FIRST_DOOR = "Socket.IO door"
TARGETS: dict[str, dict[str, float]] = {
    f"python-socketio, {STEADY}, us": {"reach": 6, "moonshot": 10},
    f"python-socketio, {CROWD}, us": {"reach": 8, "moonshot": 12},
    f"python-socketio, {BURSTS}, us": {"moonshot": 25},
    f"Node socket.io, {STEADY}, us": {"reach": 1.3},
    f"C send loop, {STEADY}, us": {"reach": 1 / 1.5},
    f"python-socketio, {CROWD}, p99 ms": {"reach": 10, "moonshot": 19},
}
"""What is wanted of the Socket.IO door (P8, P9), by peer, shape and figure."""


def ours() -> list[Server]:
    """Return our two doors."""
    command = [sys.executable, "-m", "benchmarks.feed_ours", "{port}"]
    return [
        Server(
            name=FIRST_DOOR,
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
    shapes: list[Shape],
    sides: list[Server],
    tools: dict[str, Path],
    repetitions: int,
    *,
    quick: bool,
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
                                shape.messages_for(side, quick=quick),
                                rate=shape.rate,
                                window=shape.window,
                            )
                            samples[side.name][shape.name].append(seen)
    return samples


def rows_of(
    samples: dict[str, dict[str, list[Watched]]], sides: list[Server]
) -> dict[str, Figures]:
    """Return the medians of these sides, a row for each side and shape."""
    return {
        f"{side.name}, {shape}": figures_of(seen)
        for side in sides
        for shape, seen in samples[side.name].items()
    }


def figures_of(seen: list[Watched]) -> Figures:
    return {
        "us": median(one.cpu_us for one in seen),
        "p50 ms": median(one.p50_ms for one in seen),
        "p99 ms": median(one.p99_ms for one in seen),
        "deliveries/s": round(median(one.per_second for one in seen)),
    }


def ratios_of(
    our_rows: dict[str, Figures], peer_rows: dict[str, Figures], against: list[Server]
) -> dict[str, float]:
    """Return how many times ours the peer's processor time is, and its p99 for the crowd."""
    ratios = {}
    for row, mine in our_rows.items():
        door, shape = row.split(", ", 1)
        for peer in against:
            theirs = peer_rows[f"{peer.name}, {shape}"]
            for figure in ("us", "p99 ms") if shape == CROWD else ("us",):
                name = f"{door} against {peer.name}, {shape}, {figure}"
                ratios[name] = float(theirs[figure]) / float(mine[figure])
    return ratios


def judged(ratios: dict[str, float]) -> list[str]:
    """Return what became of the targets."""
    found = {f"{FIRST_DOOR} against {what}": wanted for what, wanted in TARGETS.items()}
    return [
        against_targets(what, ratios[what], wanted)
        for what, wanted in found.items()
        if what in ratios
    ]


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
        run = measured(shapes, sides, tools, given.repetitions, quick=arguments.quick)
        samples = asyncio.run(run)
    our_rows, peer_rows = rows_of(samples, ours()), rows_of(samples, against)
    ratios = ratios_of(our_rows, peer_rows, against)
    missing = "Node or its registry is not at hand: its peers were left out"
    return Report(
        benchmark="fanout",
        conditions=conditions | {"repetitions": given.repetitions},
        ours=our_rows,
        peers=peer_rows,
        ratios=ratios,
        checked=True,
        notes=judged(ratios) + ([] if node else [missing]),
    )
