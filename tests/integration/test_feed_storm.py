"""Everybody at once: a crowd comes back, a feed process is killed; nothing missing, nothing twice."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from luochui.wiring.listening import free_port
from tests.support.server import LOT, Server, server_running
from tests.support.watchers import crowd_at

pytestmark = [pytest.mark.integration, pytest.mark.slow]
CROWD = 2_000
ROOM = {"feed_connections_of_address_max": 2 * CROWD}
"""Who comes back may be there before it is noticed that he went."""


@asynccontextmanager
async def feed_process(server: Server, port: int):
    """A process of its own with the feed's role."""
    environment = {
        **os.environ,
        "LUOCHUI_POSTGRES_URL": server.settings.postgres_url,
        "LUOCHUI_REDIS_URL": server.settings.redis_url,
        "LUOCHUI_HTTP_PORT": str(port),
        "LUOCHUI_LOG_LEVEL": "error",
        "LUOCHUI_FEED_CONNECTIONS_OF_ADDRESS_MAX": str(2 * CROWD),
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


def assert_whole(told: list[dict], last: int) -> None:
    """Nothing is missing and nothing doubled, for anybody; nobody began anew."""
    assert len(told) == CROWD
    for one in told:
        assert one["seqs"] == list(range(one["began"] + 1, last + 1))
        assert one["connections"] >= 2
        assert one["recovered"]


async def test_a_crowd_that_is_dropped_at_once_comes_back_whole(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, **ROOM) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with crowd_at(server.base_url, LOT, CROWD) as crowd:
            await bids(server, range(100, 150, 10))
            await crowd.ask("drop")
            last = await bids(server, range(150, 250, 10))
            await crowd.has(last)
            assert_whole(await crowd.ask("tell"), last)


async def test_watchers_of_a_feed_process_that_is_killed_miss_nothing(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        port = free_port()
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(feed_process(server, port))
            url = f"http://127.0.0.1:{port}"
            crowd = await stack.enter_async_context(crowd_at(url, LOT, CROWD))
            await crowd.has(await bids(server, range(100, 150, 10)))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await bids(server, range(150, 200, 10))
            async with feed_process(server, port):
                last = await bids(server, range(200, 250, 10))
                await crowd.has(last)
                assert_whole(await crowd.ask("tell"), last)
