"""The hub alone, on the real archive: what it hears is up to the test, what it hands out is whole."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from auction.outbox import News
from auction.outbox_redis import ALL_LOTS_CHANNEL, RedisOutbox, lot_channel
from luochui.tasks import running
from luochui.wiring.services import WebServices
from realtime import hub as hub_module
from realtime.callers import Callers
from realtime.fanout import Fanout
from realtime.frames import live_wire
from realtime.hub import Hub
from realtime.lot_channel import Place
from realtime.outlet import Outlet, Sweeper
from tests.support.server import LOT, Server, clock, server_running

pytestmark = pytest.mark.integration


class Listener(Outlet):
    """A watcher who keeps what is sent to him."""

    def __init__(self):
        super().__init__(live_wire, None, Sweeper())
        self.events: list[int] = []
        self.states: list[dict] = []
        self.beats: list[dict] = []

    def is_free(self):
        return True

    def write(self, _joined, frames):
        kept = {"event": self.events, "heartbeat": self.beats}
        kept |= {"price": self.states, "catalogue": self.states}
        for sent in frames:
            told = orjson.loads(sent.body)
            kept[sent.name].append(told["seq"] if sent.name == "event" else told)


class StraightTo:
    """The outbox's link to Redis, but all that is published is heard by one hub at once."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.published = hub, []

    def post(self, _waiter, _how, channel, message):
        self.published.append(channel)
        self.hub.hear(channel, message)


class Room:
    """A hub on the real archive with one watcher."""

    def __init__(self, services: WebServices) -> None:
        self.archive, self.watcher = services.archive, Listener()
        fanout = Fanout(Callers())
        self.hub = Hub(archive=services.archive, now_us=clock.now_us, fanout=fanout, shards=1)
        self.channel = None

    @asynccontextmanager
    async def watched(self):
        async with running(self.hub.keep_healing(), name="healing"):
            self.channel = await self.hub.open(LOT)
            self.channel.join(self.watcher, prices_only=False)
            yield self.channel

    async def hear(self, *seqs: int) -> None:
        """Let the hub hear of these events only."""
        for seq in seqs:
            events = await self.archive.events(LOT, after=seq - 1, limit=1)
            state = {**await self.archive.state(LOT), "seq": seq}
            news = {"lot_id": LOT, "events": events, "state": state}
            self.hub.hear(lot_channel(LOT, 1), orjson.dumps(news))

    async def has(self, seqs: list[int]) -> None:
        async with asyncio.timeout(5):
            while self.watcher.events != seqs:
                await asyncio.sleep(0.005)


async def bids(server: Server, amounts: range) -> int:
    """Bid; return the number of the last event."""
    for amount in amounts:
        status, answer = await server.bid("ann", amount, f"bid-{amount:08d}")
        assert status == 200, answer
    return (await server.services.archive.state(LOT))["seq"]


async def test_a_batch_tells_the_catalogue_all_its_lots_in_one_message():
    fanout = Fanout(Callers())
    hub = Hub(archive=None, now_us=clock.now_us, fanout=fanout, shards=1)
    watcher, link = Listener(), StraightTo(hub)
    hub.catalogue.join(watcher)
    states = [{"lot_id": f"LOT-{name}", "price_fen": 100} for name in "ABC"]
    news = [News(lot_id=s["lot_id"], events=[], state=orjson.dumps(s)) for s in states]
    RedisOutbox(link, shards=1).tell(news)
    await asyncio.sleep(0.01)
    assert watcher.states == states
    assert link.published.count(ALL_LOTS_CHANNEL) == 1


async def test_that_the_last_message_of_all_is_missing_shows_in_the_journal(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with room.watched() as channel:
            first = channel.seq
            last = await bids(server, range(100, 130, 10))
            behind = await room.hub.audit({})
            assert behind == {LOT: first}
            assert room.watcher.events == [], "once behind may be a message on its way"
            assert await room.hub.audit(behind) == {}
            await room.has(list(range(first + 1, last + 1)))
            assert room.watcher.states[-1]["seq"] == last


async def test_what_comes_after_a_gap_waits_until_the_gap_is_filled(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with room.watched() as channel:
            first = channel.seq
            await bids(server, range(100, 150, 10))
            await room.hear(first + 1)
            await room.has([first + 1])
            await room.hear(first + 4, first + 5, first + 4)
            await room.has(list(range(first + 1, first + 6)))


async def test_what_happens_while_the_lot_is_first_read_comes_once(fresh_database, redis_url):
    """News heard before, while and after the journal is read: nothing missing, nothing twice."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with asyncio.TaskGroup() as jobs:
            opening = jobs.create_task(room.hub.open(LOT))
            await asyncio.sleep(0)
            last = await bids(server, range(100, 120, 10))
            await room.hear(last - 1, last)
            await room.hub.heal(LOT)
        channel = opening.result()
        assert channel.seq == last
        history = orjson.loads(channel.snapshot(1))["history"]
        assert [bid["seq"] for bid in history] == [last - 1, last]


async def test_a_long_absence_is_made_good_in_parts(fresh_database, redis_url, monkeypatch):
    monkeypatch.setattr(hub_module, "_HEAL_MAX", 3)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with room.watched() as channel:
            first = channel.seq
            last = await bids(server, range(100, 200, 10))
            room.hub.heal_all()
            await room.has(list(range(first + 1, last + 1)))


async def test_a_room_that_emptied_while_it_was_made_good_leaves_nothing_behind(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with room.watched() as channel:
            last = await bids(server, range(100, 120, 10))
            room.hub.heal_all()
            await asyncio.sleep(0)
            channel.leave(room.watcher)
            room.hub.close(channel)
            again = await room.hub.open(LOT)
            assert again is not channel
            again.join(room.watcher, prices_only=False)
            assert again.seq == last
            await room.hear(last)
            assert room.watcher.events == []
            room.hub.close(again)


async def test_another_journal_makes_everybody_ask_again(fresh_database, redis_url):
    """A database put back to an earlier state counts its events anew."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        async with room.watched() as channel:

            async def another() -> str:
                return "another"

            room.archive.epoch = another
            room.hub.heal_all()
            async with asyncio.timeout(5):
                while not room.watcher.beats:
                    await asyncio.sleep(0.005)
            assert room.watcher.beats[-1]["epoch"] == channel.epoch == "another"


async def test_who_comes_back_while_the_journal_becomes_another_begins_anew(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        await bids(server, range(100, 130, 10))
        room = Room(server.services)
        async with room.watched() as channel:
            place = Place(channel.epoch, 0)
            channel._ring.clear()
            read = room.archive.events

            async def meanwhile(*which: Any, **limits: Any) -> list[dict]:
                channel.epoch = "another"
                return await read(*which, **limits)

            assert len(await room.hub.recover(channel, place)) == channel.seq
            room.archive.events = meanwhile
            assert await room.hub.recover(channel, place) is None
