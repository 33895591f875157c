"""The hub alone, on the real archive: what it hears is up to the test, what it hands out is whole."""

import asyncio

import orjson
import pytest

from auction.outbox_redis import ALL_LOTS_CHANNEL, lot_channel
from luochui.wiring.services import WebServices
from realtime import hub as hub_module
from realtime.hub import Hub
from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration


class Room:
    """A hub on the real archive; what it hears is up to the test."""

    def __init__(self, services: WebServices) -> None:
        self.delivered: list[int] = []
        self.states: list[dict] = []
        self.to_heal: list[str] = []
        self.hub = Hub(
            archive=services.archive,
            deliver=self._deliver,
            deliver_catalogue=lambda _: None,
            run_later=self.to_heal.append,
        )

    def _deliver(self, _lot_id: str, events: list[dict], state: dict) -> None:
        self.delivered += [event["seq"] for event in events]
        self.states.append(state)

    async def hear_state(self, services: WebServices) -> int:
        """Let the hub hear the lot's state for the catalogue only; return its number."""
        state = await services.archive.state(LOT)
        self.hub.hear(ALL_LOTS_CHANNEL, orjson.dumps(state))
        return state["seq"]


async def bids(server: Server, amounts: range) -> None:
    for amount in amounts:
        status, answer = await server.bid("ann", amount, f"bid-{amount:08d}")
        assert status == 200, answer


async def test_the_last_message_of_all_is_missed_by_the_lot_s_state(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        room.hub.watch(LOT)
        room.hub.seen(LOT, await room.hear_state(server.services))
        assert room.to_heal == []
        await bids(server, range(100, 130, 10))
        last = await room.hear_state(server.services)
        assert room.to_heal == [LOT]
        await room.hub.heal(LOT)
        assert room.delivered == list(range(last - 2, last + 1))
        assert room.states[-1]["seq"] == last


async def test_what_comes_after_a_gap_waits_until_the_gap_is_filled(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room, archive = Room(server.services), server.services.archive
        room.hub.watch(LOT)
        first = await room.hear_state(server.services)
        room.hub.seen(LOT, first)
        await bids(server, range(100, 150, 10))
        state = await archive.state(LOT)
        for seq in (first + 1, first + 4, first + 5, first + 4):
            events = await archive.events(LOT, after=seq - 1, limit=1)
            news = {"lot_id": LOT, "events": events, "state": state}
            room.hub.hear(lot_channel(LOT), orjson.dumps(news))
        assert room.delivered == [first + 1]
        assert room.to_heal == [LOT]
        await room.hub.heal(LOT)
        assert room.delivered == list(range(first + 1, first + 6))


async def test_what_happens_before_the_snapshot_is_taken_is_not_lost(fresh_database, redis_url):
    """The subscription came too late for the message, the snapshot too early for the event."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        old = (await server.services.archive.state(LOT))["seq"]
        room = Room(server.services)
        room.hub.watch(LOT)
        await bids(server, range(100, 110, 10))
        last = await room.hear_state(server.services)
        room.hub.seen(LOT, old)
        assert room.to_heal == [LOT]
        await room.hub.heal(LOT)
        assert room.delivered == list(range(old + 1, last + 1))


async def test_a_long_absence_is_made_good_in_parts(fresh_database, redis_url, monkeypatch):
    monkeypatch.setattr(hub_module, "_HEAL_MAX", 3)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        room.hub.watch(LOT)
        first = await room.hear_state(server.services)
        room.hub.seen(LOT, first)
        await bids(server, range(100, 200, 10))
        last = await room.hear_state(server.services)
        await room.hub.heal(LOT)
        assert room.delivered == list(range(first + 1, last + 1))


async def test_a_room_that_emptied_while_it_was_made_good_leaves_nothing_behind(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        room = Room(server.services)
        room.hub.watch(LOT)
        room.hub.seen(LOT, await room.hear_state(server.services))
        await bids(server, range(100, 120, 10))
        await room.hear_state(server.services)
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(room.hub.heal(LOT))
            await asyncio.sleep(0)
            room.hub.unwatch(LOT)
        assert room.delivered == []
        room.hub.watch(LOT)
        room.hub.seen(LOT, await room.hear_state(server.services))
        await bids(server, range(120, 130, 10))
        last = await room.hear_state(server.services)
        await room.hub.heal(LOT)
        assert room.delivered == [last]
