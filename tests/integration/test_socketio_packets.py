"""The Socket.IO door, byte by byte: what a client of one's own may send, and how a connection ends."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
import socketio

from realtime.disconnects import MESSAGE_TOO_BIG
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


async def test_a_message_that_is_too_big_ends_the_connection_with_the_number_for_it(
    fresh_database, redis_url
):
    async with (
        server_running(fresh_database, redis_url) as server,
        shaken_hands(server) as connection,
    ):
        await connection.send_str('42["clock",{"x":"' + "y" * 20_000 + '"}]')
        assert await ends(connection)
        assert connection.close_code == MESSAGE_TOO_BIG.close_code


async def test_who_polls_may_not_send_more_at_once_either(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        async with server.http.get("/socket.io/?EIO=4&transport=polling") as answer:
            sid = json.loads((await answer.text())[1:])["sid"]
        address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
        async with server.http.post(address, data=b"y" * 70_000) as answer:
            assert (await answer.json())["code"] == "body_too_large"
        async with asyncio.TaskGroup() as both:
            polling = both.create_task(server.call("GET", address))
            await asyncio.sleep(0.1)
            async with server.http.post(address, data=b"40" + b"y" * 20_000) as answer:
                assert answer.status == 400
        assert polling.result() == (200, b"1"), "told that the connection ends"
