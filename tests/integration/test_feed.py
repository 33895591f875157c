"""The feed: every watcher sees every event, in order, whatever gets lost on the way."""

import asyncio
import json

import pytest
import socketio

from luochui.metrics import Metrics
from luochui.wiring.listening import bound_socket
from luochui.wiring.web import web_role
from tests.support.server import LOT, SECOND, Server, clock, server_running

pytestmark = pytest.mark.integration


class Watcher:
    """An unmodified Socket.IO client that keeps all it gets."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[dict] = []
        self.states: list[dict] = []
        self.client.on("event", self.events.append)
        self.client.on("price", self.states.append)

    async def watch(self, base_url: str, lot: str = LOT) -> dict:
        await self.client.connect(base_url, transports=["websocket"])
        answer = await self.client.call("watch", {"lot_id": lot}, timeout=5)
        assert answer["ok"], answer
        return answer

    async def has_seen(self, seq: int) -> None:
        async with asyncio.timeout(10):
            while not self.events or self.events[-1]["seq"] < seq:
                await asyncio.sleep(0.01)

    def assert_whole(self, first: int, last: int) -> None:
        assert [event["seq"] for event in self.events] == list(range(first, last + 1))


async def bids(server: Server, count: int, start: int = 100) -> int:
    """Bid in turn; return the last sequence number."""
    seq = 0
    for n in range(count):
        amount = start + 10 * n
        status, answer = await server.bid(
            ("ann", "bob")[amount // 10 % 2], amount, f"bid-{amount:08d}"
        )
        assert status == 200, answer
        seq = answer["seq"]
    return seq


async def test_a_watcher_gets_the_lot_as_it_stands_and_then_every_event(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob")
        known = await bids(server, 3)
        watcher = Watcher()
        snapshot = await watcher.watch(server.base_url)
        assert snapshot["state"]["seq"] == known
        assert [bid["amount_fen"] for bid in snapshot["history"]] == [100, 110, 120]
        assert abs(snapshot["now_us"] - clock.now_us()) < SECOND
        last = await bids(server, 40, start=130)
        await watcher.has_seen(last)
        watcher.assert_whole(known + 1, last)
        async with asyncio.timeout(5):
            while watcher.states[-1]["seq"] < last:
                await asyncio.sleep(0.01)
        assert watcher.states[-1]["price_fen"] == 520
        assert watcher.states[-1]["leader"] == "A01"
        await watcher.client.disconnect()


async def test_watchers_of_two_web_processes_see_the_same(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob")
        second = bound_socket("127.0.0.1", 0)
        async with web_role(server.settings, clock, Metrics(), second) as other:
            here, there = Watcher(), Watcher()
            first = (await here.watch(server.base_url))["state"]["seq"]
            await there.watch(other.base_url)
            last = await bids(server, 20)
            for watcher in (here, there):
                await watcher.has_seen(last)
                watcher.assert_whole(first + 1, last)
            assert here.events == there.events
            for watcher in (here, there):
                await watcher.client.disconnect()


async def test_lost_messages_are_fetched_from_the_journal(fresh_database, redis_url):
    """Redis pub/sub is at most once: kill the connection, lose messages, miss nothing."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob")
        watcher = Watcher()
        first = (await watcher.watch(server.base_url))["state"]["seq"]
        await bids(server, 3)
        reader, writer = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))
        writer.write(b"CLIENT KILL TYPE pubsub\r\n")
        killed = await reader.readline()
        writer.close()
        assert int(killed[1:]) >= 1, "the subscription was cut"
        for n in range(10):
            await server.call(
                "POST",
                f"/api/lots/{LOT}/bids",
                by=("bob", "ann")[n % 2],
                json={"bid_id": f"cut-bid-{n}", "amount_fen": 130 + 10 * n},
            )
        state = (await server.call("GET", f"/api/lots/{LOT}"))[1]["state"]
        assert state["bids"] > 3
        await watcher.has_seen(state["seq"])
        watcher.assert_whole(first + 1, state["seq"])
        await watcher.client.disconnect()


async def test_the_catalogue_moves_with_every_lot(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        client, seen = socketio.AsyncClient(reconnection=False), []
        client.on("catalogue", seen.append)
        await client.connect(server.base_url, transports=["websocket"])
        assert (await client.call("watch_catalogue", {}, timeout=5))["ok"]
        await server.announce("LOT-A", "ann", "bob")
        await server.announce("LOT-B", "ann")
        await server.bid("ann", 100, "bid-to-lot-b", lot="LOT-B")
        async with asyncio.timeout(5):
            while not any(s["lot_id"] == "LOT-B" and s["price_fen"] == 100 for s in seen):
                await asyncio.sleep(0.01)
        assert {state["lot_id"] for state in seen} == {"LOT-A", "LOT-B"}
        await client.disconnect()


async def test_a_polling_client_gets_the_same(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob")
        watcher = Watcher()
        await watcher.client.connect(server.base_url, transports=["polling"])
        answer = await watcher.client.call("watch", {"lot_id": LOT}, timeout=5)
        last = await bids(server, 10)
        await watcher.has_seen(last)
        watcher.assert_whole(answer["state"]["seq"] + 1, last)
        await watcher.client.disconnect()


async def test_who_watches_no_more_gets_no_more(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob")
        watcher = Watcher()
        await watcher.watch(server.base_url)
        assert (await watcher.client.call("unwatch", {"lot_id": LOT}, timeout=5))["ok"]
        await bids(server, 3)
        await asyncio.sleep(0.3)
        assert watcher.events == []
        await watcher.client.disconnect()


async def test_nothing_that_is_sent_to_the_public_is_secret(fresh_database, redis_url):
    """No account, no name, no reserve, no number of applicants: in frames and in public answers."""
    reserve = 987_654_320
    async with server_running(fresh_database, redis_url) as server:
        watcher = Watcher()
        await server.announce(
            LOT, "ann", "bob", reserve=reserve, deposit=1, calls_before_hammer=1, start=100
        )
        snapshot = await watcher.watch(server.base_url)
        await bids(server, 4)
        act = {"command_id": "command-0001", "reason": "fire"}
        assert (
            await server.call("POST", f"/api/lots/{LOT}/suspension", by="auctioneer", json=act)
        )[0] == 200
        again = {"command_id": "command-0002"}
        status, answer = await server.call(
            "POST", f"/api/lots/{LOT}/resumption", by="auctioneer", json=again
        )
        assert status == 200
        await watcher.has_seen(answer["seq"])
        heard = [snapshot, watcher.events, watcher.states]
        paths = ("/api/lots", f"/api/lots/{LOT}", f"/api/lots/{LOT}/events")
        heard += [(await server.call("GET", path))[1] for path in paths]
        text = json.dumps(heard)
        for login, account in server.account.items():
            assert account not in text, login
            assert f"name of {login}" not in text
        assert str(reserve) not in text
        _, page = await server.call("GET", f"/api/supervision/lots/{LOT}/journal", by="supervisor")
        assert str(reserve) not in json.dumps(page), "secret from supervisors too, until the end"
        await watcher.client.disconnect()
