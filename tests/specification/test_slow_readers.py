"""Who reads slowly gets the latest price, then goodbye with a reason. When the fast path is not taken."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import socketio
from engineio.async_socket import AsyncSocket

from luochui.tasks import running
from realtime import outlet as outlet_module
from realtime.disconnects import TOO_SLOW
from realtime.frames import Wire, events_wire, frame, live_wire, websocket_close
from realtime.outlet import Outlet, Sweeper, goodbye_frame
from realtime.socketio_outlet import is_possible


class Reader:
    """A client who reads when he is told to, and the outlet that writes to him."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    async def connect(self) -> None:
        self.sweeper, ours = Sweeper(), socket.socketpair()
        for end in ours:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours[0])
        self.outlet, self._end = Outlet(self.wire, transport, self.sweeper), ours[1]
        self._end.setblocking(False)

    async def reads_to_the_end(self) -> bytes:
        read = b""
        async with asyncio.timeout(5):
            while more := await asyncio.get_running_loop().sock_recv(self._end, 65_536):
                read += more
        return read

    async def reads_until(self, last: bytes) -> bytes:
        read = b""
        async with asyncio.timeout(5):
            while last not in read:
                read += await asyncio.get_running_loop().sock_recv(self._end, 65_536)
        return read

    async def leaves(self) -> None:
        self._end.close()
        self.outlet.transport.close()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(wire: Wire = live_wire) -> AsyncIterator[Reader]:
    reader = Reader(wire)
    await reader.connect()
    try:
        async with running(reader.sweeper.keep_sweeping(), name="slow readers"):
            yield reader
    finally:
        await reader.leaves()


def price(seq: int, lot: str = "A") -> object:
    return frame("price", {"seq": seq, "filling": "x" * 500}, key=("price", lot))


def event(seq: int) -> object:
    return frame("event", {"seq": seq, "filling": "x" * 500})


async def test_prices_that_were_not_sent_are_replaced_and_events_are_not():
    async with reading() as reader:
        for seq in range(1, 101):
            reader.outlet.send(event(seq))
            reader.outlet.send(price(seq))
        read = await reader.reads_until(b'"price",{"seq":100')
        places = [read.index(b'"event",{"seq":%d,' % seq) for seq in range(1, 101)]
        assert places == sorted(places)
        assert read.count(b'"event"') == 100
        assert read.count(b'"price"') < 50
        assert reader.outlet.conflated > 50


@pytest.mark.parametrize("wire", [live_wire, events_wire])
async def test_who_has_too_many_events_waiting_is_told_why_he_is_disconnected(wire, monkeypatch):
    monkeypatch.setattr(outlet_module, "HELD_MAX_BYTES", 20_000)
    async with reading(wire) as reader:
        for seq in range(1, 1_000):
            reader.outlet.send(event(seq))
        assert reader.outlet.closed
        read = await reader.reads_to_the_end()
        farewell = goodbye_frame(TOO_SLOW).on(wire)
        assert farewell in read
        if wire is live_wire:
            assert read.endswith(farewell + websocket_close(4001, "too_slow"))


async def test_who_reads_nothing_at_all_is_cut_off_soon(monkeypatch):
    monkeypatch.setattr(outlet_module, "HELD_MAX_BYTES", 20_000)
    monkeypatch.setattr(outlet_module, "_GRACE_S", 0.05)
    async with reading() as reader:
        for seq in range(1, 1_000):
            reader.outlet.send(event(seq))
        await asyncio.sleep(0.2)
        read = await reader.reads_to_the_end()
        assert goodbye_frame(TOO_SLOW).on(live_wire) not in read, "he did not take it in time"


@pytest.mark.parametrize("name", ["poll", "send", "receive", "close", "_websocket_handler"])
def test_the_fast_path_is_given_up_where_a_name_that_it_stands_on_is_gone(name, monkeypatch):
    server = socketio.AsyncServer(async_mode="aiohttp")
    assert is_possible(server)
    monkeypatch.delattr(AsyncSocket, name)
    assert not is_possible(server)
