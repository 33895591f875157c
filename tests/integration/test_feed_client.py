"""The Python client: it comes back by itself, and every event is handed out once and in order."""

import asyncio
import time
from io import StringIO

import aiohttp
import pytest
from rich.console import Console

from luochui.metrics import Metrics
from luochui.tasks import running
from luochui.watch import watch
from luochui.wiring.listening import bound_socket
from luochui.wiring.web import web_role
from realtime import client as client_module
from realtime import hub as hub_module
from realtime.client import FeedClient
from realtime.following import Following, ServerClock
from tests.support.engine import SECOND
from tests.support.server import LOT, Server, clock, server_running

pytestmark = pytest.mark.integration


class Kept:
    """What a client handed out."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.seqs: list[int] = []
        self.client = FeedClient(
            session, url, on_event=lambda _, event: self.seqs.append(event["seq"])
        )
        self.following = self.client.follow(LOT)

    async def has(self, seq: int) -> None:
        async with asyncio.timeout(20):
            while self.following.seq < seq:
                await asyncio.sleep(0.01)


async def bids(server: Server, amounts: range) -> int:
    for amount in amounts:
        status, answer = await server.bid("ann", amount, f"bid-{amount:08d}")
        assert status == 200, answer
    return (await server.services.archive.state(LOT))["seq"]


async def test_a_client_whose_server_goes_away_comes_back_with_nothing_missing_or_doubled(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        listening = bound_socket("127.0.0.1", 0)
        port = listening.getsockname()[1]
        async with aiohttp.ClientSession() as session:
            kept = Kept(session, f"http://127.0.0.1:{port}")
            async with running(kept.client.run(), name="client"):
                async with web_role(server.settings, clock, Metrics(), listening):
                    await kept.has(1)
                    first = kept.following.seq
                    await kept.has(await bids(server, range(100, 150, 10)))
                await bids(server, range(150, 200, 10))
                again = bound_socket("127.0.0.1", port)
                async with web_role(server.settings, clock, Metrics(), again):
                    last = await bids(server, range(200, 250, 10))
                    await kept.has(last)
        assert kept.client.connections >= 2
        assert kept.following.recovered is True
        assert kept.seqs == list(range(first + 1, last + 1))


async def test_the_client_s_clock_is_the_server_s(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)
        async with aiohttp.ClientSession() as session:
            kept = Kept(session, server.base_url)
            async with running(kept.client.run(), name="client"):
                await asyncio.wait_for(kept.client.up.wait(), 5)
                assert abs(kept.client.now_us() - clock.now_us()) < SECOND // 10


async def test_a_time_that_was_learnt_on_a_slow_way_is_soon_corrected(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 0.05)
    monkeypatch.setattr(client_module, "_TIME_AGAIN_S", 0)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)
        async with aiohttp.ClientSession() as session:
            kept = Kept(session, server.base_url)
            async with running(kept.client.run(), name="client"):
                await kept.has(1)
                now_us = time.monotonic_ns() // 1000
                kept.client.clock = ServerClock()
                kept.client.clock.learn(now_us - 10 * SECOND, clock.now_us(), now_us)
                assert abs(kept.client.now_us() - clock.now_us()) > SECOND
                async with asyncio.timeout(5):
                    while abs(kept.client.now_us() - clock.now_us()) > SECOND // 10:
                        await asyncio.sleep(0.01)


async def test_a_lost_tail_is_seen_by_the_heartbeat(fresh_database, redis_url, monkeypatch):
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 0.1)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with aiohttp.ClientSession() as session:
            kept = Kept(session, server.base_url)
            async with running(kept.client.run(), name="client"):
                await kept.has(1)
                known = kept.following.seq
                last = await bids(server, range(100, 130, 10))
                await kept.has(last)
                kept.following.seq, kept.seqs[:] = known, []  # As if none of them had come.
                await kept.has(last)
                assert kept.seqs == list(range(known + 1, last + 1))


def test_of_several_exchanges_the_quickest_tells_the_time():
    known = ServerClock()
    known.learn(0, 5_000_000, 400_000)
    known.learn(1_000_000, 6_000_100, 1_000_200)
    known.learn(2_000_000, 9_000_000, 2_900_000)
    assert known.offset_us() == 5_000_000


def test_what_is_known_is_dropped_and_what_is_missing_is_asked_for():
    lot = Following("L")
    assert lot.question() == {"lot_id": "L"}
    state = {"lot_id": "L", "seq": 3}
    assert lot.answered({"ok": True, "epoch": "e", "recovered": False, "state": state}) == []
    assert [lot.takes({"seq": seq}) for seq in (3, 4, 6)] == [False, True, None]
    assert lot.question() == {"lot_id": "L", "epoch": "e", "seq": 4}
    assert lot.is_behind({"epoch": "e", "seq": 5})
    assert lot.is_behind({"epoch": "f", "seq": 4})
    assert not lot.is_behind({"epoch": "e", "seq": 4})
    later = {"ok": True, "epoch": "e", "recovered": True, "state": {"lot_id": "L", "seq": 6}}
    events = [{"seq": 4}, {"seq": 5}, {"seq": 6}]
    assert lot.answered({**later, "events": events}) == [{"seq": 5}, {"seq": 6}]
    assert not lot.priced({"seq": 5})


async def test_a_lot_is_followed_in_the_terminal_to_its_end(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", free_us=2 * SECOND, limited_us=None)
        assert (await server.bid("ann", 123_450, "bid-of-ann"))[0] == 200
        shown = StringIO()
        async with asyncio.timeout(20):
            assert await watch(LOT, server.base_url, Console(file=shown, width=120)) == 0
            assert await watch("none", server.base_url, Console(file=shown, width=120)) == 1
        text = shown.getvalue()
        for words in ("1,234.50", "sale_ended", "sold", "A01", "lot_unknown"):
            assert words in text, words
