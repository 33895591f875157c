"""Channels that live with their shard: each is heard at the server that has its slot, wherever that is."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from auction.outbox_redis import ALL_LOTS_CHANNEL, lot_channel
from auction.ownership import shard_of
from auction.redis_channels import RedisChannels
from luochui.tasks import running
from tests.support.live import live
from tests.support.redis_setups import Installation, move_slot, redis_cluster, redis_sentinel
from tests.support.server import server_running

pytestmark = pytest.mark.integration

SHARDS = 6
LOTS = [
    next(lot for n in range(1000) if shard_of(lot := f"LOT-{n}", SHARDS) == shard)
    for shard in range(SHARDS)
]
CHANNELS = [lot_channel(lot, SHARDS) for lot in LOTS]


class Listener:
    """Hears channels, and keeps what it heard and how often something may be missing."""

    def __init__(self, url: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.gaps = 0
        self.channels = RedisChannels(url, on_message=self._hear, on_gap=self._note_gap)

    @asynccontextmanager
    async def listening(self):
        async with running(self.channels.keep_listening(), name="channels"):
            yield self

    def _hear(self, channel: str, payload: bytes) -> None:
        self.heard.append((channel, payload))

    def _note_gap(self) -> None:
        self.gaps += 1

    async def hears(self, installation: Installation, channel: str, text: bytes) -> None:
        """Return when what is said, again and again, has been heard."""
        async with asyncio.timeout(15):
            while (channel, text) not in self.heard:
                say(installation, channel, text)
                await asyncio.sleep(0.05)


def say(installation: Installation, channel: str, text: bytes) -> int:
    return installation.holder_of(channel.encode()).call("SPUBLISH", channel, text)


def heard_at(installation: Installation) -> list[set[str]]:
    """Return for each server which lots' channels somebody hears there."""
    return [
        {channel.decode() for channel in node.call("PUBSUB", "SHARDCHANNELS")}
        for node in installation.nodes
    ]


async def test_each_server_of_a_cluster_serves_the_channels_of_its_own_shards(tmp_path):
    async with redis_cluster(tmp_path) as cluster:
        listener = Listener(cluster.url)
        for channel in CHANNELS[:3]:
            listener.channels.subscribe(channel)
        listener.channels.subscribe(ALL_LOTS_CHANNEL)
        async with listener.listening():
            for channel in CHANNELS[:3]:
                await listener.hears(cluster, channel, b"early")
            for channel in CHANNELS[3:]:
                listener.channels.subscribe(channel)
            for channel in CHANNELS[3:]:
                await listener.hears(cluster, channel, b"late")
            at = heard_at(cluster)
            assert sum(map(len, at)) == len(CHANNELS)
            assert sum(map(bool, at)) > 1, "the shards lie on several servers"
            for channel in CHANNELS:
                assert channel in at[cluster.nodes.index(cluster.holder_of(channel.encode()))]

            # What is for everybody is heard wherever it is said.
            listener.heard.clear()
            for node in cluster.nodes:
                node.call("PUBLISH", ALL_LOTS_CHANNEL, node.port)
            async with asyncio.timeout(5):
                while len(listener.heard) < len(cluster.nodes):
                    await asyncio.sleep(0.02)

            for channel in CHANNELS:
                listener.channels.unsubscribe(channel)
            async with asyncio.timeout(5):
                while any(heard_at(cluster)):
                    await asyncio.sleep(0.02)


async def test_a_channel_is_followed_when_its_slot_moves_and_a_gap_is_told(tmp_path):
    channel = CHANNELS[0]
    async with redis_cluster(tmp_path) as cluster:
        listener = Listener(cluster.url)
        listener.channels.subscribe(channel)
        async with listener.listening():
            await listener.hears(cluster, channel, b"before")
            source = cluster.holder_of(channel.encode())
            target = next(node for node in cluster.nodes if node is not source)
            gaps = listener.gaps
            await asyncio.to_thread(
                move_slot, cluster, channel.encode(), target, between=lambda: None
            )
            await listener.hears(cluster, channel, b"after")
            assert cluster.holder_of(channel.encode()) is target
            assert listener.gaps > gaps


async def test_a_channel_is_followed_to_the_replica_of_a_dead_master(tmp_path):
    async with redis_cluster(tmp_path, replicas=1) as cluster:
        first, _, _, replica = cluster.nodes
        of_first = next(c for c in CHANNELS if cluster.holder_of(c.encode()) is first)
        other = next(c for c in CHANNELS if cluster.holder_of(c.encode()) is not first)
        listener = Listener(cluster.url)
        listener.channels.subscribe(of_first)
        listener.channels.subscribe(other)
        async with listener.listening():
            await listener.hears(cluster, of_first, b"before")
            gaps = listener.gaps
            first.kill()
            await listener.hears(cluster, other, b"meanwhile")
            async with asyncio.timeout(15):
                while cluster.holder_of(of_first.encode()) is not replica:
                    await asyncio.sleep(0.05)
            await listener.hears(cluster, of_first, b"after")
            assert listener.gaps > gaps


async def test_channels_are_followed_to_the_server_that_sentinel_promotes(tmp_path):
    channel = CHANNELS[0]
    async with redis_sentinel(tmp_path) as installation:
        master, replica, _ = installation.nodes
        listener = Listener(installation.url)
        listener.channels.subscribe(channel)
        async with listener.listening():
            async with asyncio.timeout(10):
                while not master.call("SPUBLISH", channel, b"before"):
                    await asyncio.sleep(0.05)
            gaps = listener.gaps
            master.kill()
            async with asyncio.timeout(15):
                while not replica.call("SPUBLISH", channel, b"after"):
                    await asyncio.sleep(0.05)
            assert listener.gaps > gaps


async def test_watchers_on_a_cluster_see_every_event_while_a_slot_moves(fresh_database, tmp_path):
    lot, channel = LOTS[0], CHANNELS[0].encode()
    async with (
        redis_cluster(tmp_path) as cluster,
        server_running(fresh_database, cluster.url, shards=SHARDS) as server,
    ):
        for each in LOTS:
            await server.announce(each, "ann", leader_may_raise=True)
        async with live(server) as watcher:
            for each in LOTS:
                await watcher.ask("watch", {"lot_id": each})
            target = next(node for node in cluster.nodes if node is not cluster.holder_of(channel))
            moving = asyncio.to_thread(move_slot, cluster, channel, target, between=lambda: None)
            async with asyncio.TaskGroup() as jobs:
                jobs.create_task(moving)
                for n in range(60):
                    status, told = await server.bid("ann", 100 + 10 * n, f"bid-{n:08d}", lot)
                    assert status in (200, 503, 504), told
            for each in LOTS[1:]:
                assert (await server.bid("ann", 100, f"bid-on-{each}", each))[0] == 200
            last = {each: (await server.services.archive.state(each))["seq"] for each in LOTS}
            seen: dict[str, list[int]] = {each: [] for each in LOTS}
            async with asyncio.timeout(20):
                while any((seen[each] or [0])[-1] < last[each] for each in LOTS):
                    await watcher.read()
                    seen = {each: [] for each in LOTS}
                    for event in watcher.frames["event"]:
                        seen[event["lot_id"]].append(event["seq"])
        for each in LOTS:
            assert seen[each] == list(range(seen[each][0], last[each] + 1)), each
