"""P11: what a worker pays for a message of a lot that nobody there watches.

Conditions: a real Valkey on a Unix socket; two workers each side, on one core. At the control worker one
watcher follows the busy lot, at the idle one a watcher follows another lot. So many messages a second are
published for the busy lot, ours by the outbox that the engine uses. Ours: `luochui serve --role feed`. Peer:
python-socketio with its Redis manager, published to by a manager that only writes. Counted is the processor
time of the idle worker, less what the same worker takes in as long a time without any message, which is
measured before and after; no figure is taken for smaller than these two differ. Sides take turns.

Checked: the control's watcher got every message, in order; the idle one's got none of them and still hears
its own lot; the server knows of as many listeners to the busy lot's channel as are wanted: ours the control
only, the peer's both.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import redis.asyncio as redis
import socketio
import uvloop

from auction.archive import Archive
from auction.outbox import News
from auction.outbox_redis import RedisOutbox, lot_channel
from auction.redis_channels import is_sharded
from auction.redis_link import RedisLink
from benchmarks import bids_servers
from benchmarks.bids_place import made_place
from benchmarks.bids_servers import Place
from benchmarks.feed_bench import At, Server, Watchers, compiled, connected, cpu_ns, pin
from benchmarks.report import Arguments, Figures, Report, against_targets, machine, median
from luochui.logs import configure_logs
from luochui.tasks import running
from luochui.wiring.listening import free_port

BUSY, QUIET = "bench-0", "bench-1"
TARGETS = {"reach": 15.0, "moonshot": 30.0}
US, IN_ALL = "us a message", "with all else it does us"

Publish = Callable[[str], Awaitable[None]]
"""Publishes the next message of a lot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    per_second: int
    messages: int
    repetitions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Two running workers, how a message is published to them, and who must listen to its channel."""

    control: At
    idle: At
    publish: Publish
    channel: str
    listeners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Processor time of the idle worker, in microseconds for each message."""

    more_us: float
    """More than at rest."""
    in_all_us: float
    unsure_us: float
    """By how much it differs at rest."""


def watcher_of(lot_id: str, *, ours: bool) -> Server:
    """Return how one watcher of a lot or room comes in."""
    asks = f'420["watch",{{"lot_id":"{lot_id}"}}]' if ours else f'420["join","{lot_id}"]'
    return Server(
        name=lot_id,
        command=[],
        door="socketio",
        path="/socket.io/?EIO=4&transport=websocket",
        subscribe=asks,
        subscribed='"state"' if ours else "joined",
        instant="at_us",
    )


@asynccontextmanager
async def our_side(place: Place, archive: Archive) -> AsyncIterator[Side]:
    """Run our workers."""
    async with AsyncExitStack() as stack:
        ends = [await _our_worker(place, stack) for _ in range(2)]
        link = RedisLink(place.settings.redis_url)
        await stack.enter_async_context(running(link.keep_connected(), name="publisher"))
        await link.up.wait()
        outbox, states = RedisOutbox(link, place.settings.shards), await archive.states()

        async def publish(lot_id: str) -> None:
            state = states[lot_id]
            state["seq"] += 1
            state["price_fen"] = 100_000 + 1_000 * state["seq"]
            event = {
                "lot_id": lot_id,
                "seq": state["seq"],
                "kind": "bid_accepted",
                "at_us": time.time_ns() // 1000,
                "number": "A1",
                "amount_fen": state["price_fen"],
            }
            outbox.tell([News(lot_id=lot_id, events=[event], state=orjson.dumps(state))])

        yield Side(
            control=ends[0],
            idle=ends[1],
            publish=publish,
            channel=lot_channel(BUSY, place.settings.shards),
            listeners=1,
        )


async def _our_worker(place: Place, stack: AsyncExitStack) -> At:
    async def ready() -> bool:
        return True

    served = await stack.enter_async_context(bids_servers.ours(place, ("feed",), ready))
    return At(port=served.port, pid=served.pids["feed"], publisher=-1)


@asynccontextmanager
async def peer_side(place: Place, _archive: Archive) -> AsyncIterator[Side]:
    """Run the peer's workers."""
    url = place.settings.redis_url
    async with AsyncExitStack() as stack:
        ends = []
        for name in ("control", "idle"):
            port = free_port()
            words = ["-m", "benchmarks.feed_redis_peer", str(port), url]
            worker = bids_servers.process(place, f"socketio-{name}", words, port, {})
            server = await stack.enter_async_context(worker)
            ends.append(At(port=port, pid=server.child.pid, publisher=-1))
        manager = socketio.AsyncRedisManager(url, write_only=True)
        seqs = {BUSY: 0, QUIET: 0}

        async def publish(lot_id: str) -> None:
            seqs[lot_id] += 1
            told = {
                "lot_id": lot_id,
                "seq": seqs[lot_id],
                "kind": "bid_accepted",
                "at_us": time.time_ns() // 1000,
                "number": "A1",
                "amount_fen": 100_000 + 1_000 * seqs[lot_id],
            }
            await manager.emit("event", told, room=lot_id)

        yield Side(control=ends[0], idle=ends[1], publish=publish, channel="socketio", listeners=2)
        await manager.redis.aclose()


SIDES = {"luochui serve --role feed": our_side, "python-socketio, Redis manager": peer_side}


async def keep_publishing(asked: int, lot_id: str, publish: Publish) -> None:
    """Publish a message for each one that is asked for on the pipe `asked`, until cancelled."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(asked, "rb")
    )
    try:
        while line := await reader.readline():
            for _ in range(int(line)):
                await publish(lot_id)
    finally:
        transport.close()


@asynccontextmanager
async def one_watcher(
    side: Side, at: At, tools: dict[str, Path], lot_id: str, *, ours: bool
) -> AsyncIterator[Watchers]:
    """Let one watcher follow a lot at a worker; what he is to get is published as he asks for it."""
    asked, asking = os.pipe()
    async with AsyncExitStack() as stack:
        stack.callback(os.close, asking)
        job = keep_publishing(asked, lot_id, side.publish)
        await stack.enter_async_context(running(job, name=f"publisher of {lot_id}"))
        end = At(port=at.port, pid=at.pid, publisher=asking)
        crowd = connected(watcher_of(lot_id, ours=ours), end, tools, 1)
        watchers, _opened = await stack.enter_async_context(crowd)
        yield watchers


async def measured(
    side: Side, tools: dict[str, Path], redis_url: str, plan: Plan, *, ours: bool
) -> Sample:
    """Publish to the control's watcher and return what the idle worker took."""
    pin(side.control.pid, 0)
    pin(side.idle.pid, 0)
    idle_watcher = one_watcher(side, side.idle, tools, QUIET, ours=ours)
    control_watcher = one_watcher(side, side.control, tools, BUSY, ours=ours)
    async with idle_watcher as idle, control_watcher as control:
        await control.measure(plan.per_second, rate=plan.per_second)
        await idle.measure(2)
        assert await listeners(redis_url, side.channel) == side.listeners
        sample = await _sample(side.idle.pid, control, plan)
        assert await listeners(redis_url, side.channel) == side.listeners
        await idle.measure(1)  # It raises if anything else waits there.
    return sample


async def _sample(idle_pid: int, control: Watchers, plan: Plan) -> Sample:
    seconds = plan.messages / plan.per_second

    async def at_rest() -> int:
        before = cpu_ns(idle_pid)
        await asyncio.sleep(seconds)
        return cpu_ns(idle_pid) - before

    earlier = await at_rest()
    before = cpu_ns(idle_pid)
    await control.measure(plan.messages, rate=plan.per_second)
    spent = cpu_ns(idle_pid) - before
    later = await at_rest()
    return Sample(
        more_us=(spent - (earlier + later) / 2) / 1000 / plan.messages,
        in_all_us=spent / 1000 / plan.messages,
        unsure_us=abs(earlier - later) / 1000 / plan.messages,
    )


async def listeners(redis_url: str, channel: str) -> int:
    """Return how many connections are subscribed to a channel."""
    async with redis.Redis.from_url(redis_url) as client:
        numbers = client.pubsub_shardnumsub if is_sharded(channel) else client.pubsub_numsub
        found: list[tuple[bytes, int]] = await numbers(channel)
    return found[0][1]


async def measured_all(plan: Plan, tools: dict[str, Path]) -> dict[str, list[Sample]]:
    """Measure both sides in turn."""
    samples: dict[str, list[Sample]] = {name: [] for name in SIDES}
    async with made_place(lots=2, bidders=1) as (place, pool):
        url = place.settings.redis_url
        for _ in range(plan.repetitions):
            for name, make in SIDES.items():
                async with make(place, Archive(pool)) as side:
                    ours = make is our_side
                    samples[name].append(await measured(side, tools, url, plan, ours=ours))
    return samples


def figures_of(samples: list[Sample]) -> Figures:
    unsure = median([sample.unsure_us for sample in samples])
    more = median([sample.more_us for sample in samples])
    return {
        US: max(more, unsure),
        "measured us": more,
        "differs at rest by us": unsure,
        IN_ALL: median([sample.in_all_us for sample in samples]),
    }


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks idle_channel")
    parser.add_argument("--per-second", type=int, default=1_000)
    parser.add_argument("--messages", type=int, default=3_000 if arguments.quick else 10_000)
    parser.add_argument("--repetitions", type=int, default=1 if arguments.quick else 3)
    plan = Plan(**vars(parser.parse_args(arguments.options)))
    configure_logs("warning")
    conditions = machine() | asdict(plan)
    with tempfile.TemporaryDirectory() as kept:
        samples = uvloop.run(measured_all(plan, compiled(Path(kept))))
    rows = {name: figures_of(seen) for name, seen in samples.items()}
    (our_name, mine), (peer_name, theirs) = rows.items()
    ratios = {
        f"against {peer_name}": float(theirs[US]) / float(mine[US]),
        f"against {peer_name}, with all else they do": float(theirs[IN_ALL]) / float(mine[IN_ALL]),
    }
    return Report(
        benchmark="idle_channel",
        conditions=conditions,
        ours={our_name: mine},
        peers={peer_name: theirs},
        ratios=ratios,
        checked=True,
        notes=[against_targets(name, ratio, TARGETS) for name, ratio in ratios.items()],
    )
