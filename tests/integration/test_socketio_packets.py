"""The Socket.IO door, byte by byte: what a client of one's own may send, and how a connection ends."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
import socketio

from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration
DOOR = "/socket.io/?EIO=4&transport=websocket"


@asynccontextmanager
async def shaken_hands(server: Server):
    async with server.http.ws_connect(DOOR) as connection:
        assert (await connection.receive_str(timeout=5)).startswith("0{")
        await connection.send_str("40")
        assert (await connection.receive_str(timeout=5)).startswith("40{")
        yield connection


async def ends(connection: aiohttp.ClientWebSocketResponse) -> bool:
    async with asyncio.timeout(5):
        while True:
            if (await connection.receive()).type is not aiohttp.WSMsgType.TEXT:
                return True


async def test_who_leaves_socketio_leaves_the_connection_too(fresh_database, redis_url):
    """Else one could hold more connections than are allowed, each of which has given its place back."""
    async with (
        server_running(fresh_database, redis_url) as server,
        shaken_hands(server) as connection,
    ):
        await connection.send_str("41")
        assert await ends(connection)
        assert connection.close_code == aiohttp.WSCloseCode.OK


@pytest.mark.parametrize(
    "packet", ["x", "", "4", "4x", "bQQ", "9", "5", '42["watch"', "43", "0", "2"]
)
async def test_a_packet_that_is_none_disturbs_nobody_else(fresh_database, redis_url, packet):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(server.base_url, transports=["websocket"])
        async with shaken_hands(server) as connection:
            await connection.send_str(packet)
            answer = await client.call("watch", {"lot_id": LOT}, timeout=5)
            assert answer["ok"]
            await connection.close()
        await client.disconnect()
