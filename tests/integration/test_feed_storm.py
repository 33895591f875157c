"""Everybody at once: a crowd comes back, a feed process is killed; nothing missing, nothing twice."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from luochui.tasks import running
from luochui.wiring.listening import free_port
from realtime.client import FeedClient
from tests.support.server import LOT, Server, server_running

pytestmark = [pytest.mark.integration, pytest.mark.slow]
CROWD = int(os.environ.get("TEST_CROWD", "300"))


class Crowd:
    """Many clients, each keeping what it was handed out."""

    def __init__(self, session: aiohttp.ClientSession, url: str, count: int) -> None:
        self.seqs: list[list[int]] = [[] for _ in range(count)]
        self.clients = [
            FeedClient(
                session, url, on_event=lambda _, event, kept=kept: kept.append(event["seq"])
            )
            for kept in self.seqs
        ]
        self.lots = [client.follow(LOT) for client in self.clients]

    async def has(self, seq: int) -> None:
        async with asyncio.timeout(60):
            while any(lot.seq < seq for lot in self.lots):
                await asyncio.sleep(0.05)

    def assert_whole(self, first: list[int], last: int) -> None:
        for began, kept in zip(first, self.seqs, strict=True):
            assert kept == list(range(began + 1, last + 1))


@asynccontextmanager
async def crowd_at(url: str, count: int):
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        crowd = Crowd(session, url, count)
        for client in crowd.clients:
            await stack.enter_async_context(running(client.run(), name="watcher"))
        await crowd.has(1)
        yield crowd


@asynccontextmanager
async def feed_process(server: Server, port: int):
    """A process of its own with the feed's role."""
    environment = {
        **os.environ,
        "LUOCHUI_POSTGRES_URL": server.settings.postgres_url,
        "LUOCHUI_REDIS_URL": server.settings.redis_url,
        "LUOCHUI_HTTP_PORT": str(port),
        "LUOCHUI_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "luochui", "serve", "--role", "feed"), env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def bids(server: Server, amounts: range) -> int:
    for amount in amounts:
        status, answer = await server.bid("ann", amount, f"bid-{amount:08d}")
        assert status == 200, answer
    return (await server.services.archive.state(LOT))["seq"]


async def test_a_crowd_that_is_dropped_at_once_comes_back_whole(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with crowd_at(server.base_url, CROWD) as crowd:
            first = [lot.seq for lot in crowd.lots]
            await bids(server, range(100, 150, 10))
            for client in crowd.clients:
                connection = client._connection
                if connection is not None:
                    connection.get_extra_info("socket").shutdown(2)
            last = await bids(server, range(150, 250, 10))
            await crowd.has(last)
            crowd.assert_whole(first, last)
            assert all(client.connections >= 2 for client in crowd.clients)
            assert all(lot.recovered for lot in crowd.lots)


async def test_watchers_of_a_feed_process_that_is_killed_miss_nothing(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(feed_process(server, port))
            crowd = await stack.enter_async_context(crowd_at(url, 50))
            first = [lot.seq for lot in crowd.lots]
            await crowd.has(await bids(server, range(100, 150, 10)))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await bids(server, range(150, 200, 10))
            async with feed_process(server, port):
                last = await bids(server, range(200, 250, 10))
                await crowd.has(last)
                crowd.assert_whole(first, last)
