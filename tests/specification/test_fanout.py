"""A broadcast goes on, whatever becomes of single connections."""

import asyncio
import socket
from collections.abc import Callable, Coroutine

import pytest
import uvloop

from realtime.fanout import CHUNK, Fanout, Lane
from realtime.frames import frame, live_wire
from realtime.outlet import Outlet, Sweeper

WATCHERS = 4 * CHUNK
_LOOPS = {"uvloop": uvloop.run, "asyncio": asyncio.run}


class Crowd:
    """Watchers of one lane, each on a real socket."""

    def __init__(self) -> None:
        self.fanout = Fanout()
        self.lane = Lane(self.fanout)
        self.outlets: list[Outlet] = []
        self.sockets: list[socket.socket] = []

    async def gather(self) -> None:
        sweeper, loop = Sweeper(), asyncio.get_running_loop()
        for _ in range(WATCHERS):
            ours, theirs = socket.socketpair()
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
            self.outlets.append(Outlet(live_wire, transport, sweeper))
            self.lane.join(self.outlets[-1])
            self.sockets.append(theirs)

    async def tell(self, number: int) -> None:
        self.lane.put(frame("price", {"seq": number}))
        async with asyncio.timeout(5):
            while self.lane.is_busy:
                await asyncio.sleep(0)
        await asyncio.sleep(0.01)

    def heard(self, watcher: int) -> bytes:
        self.sockets[watcher].setblocking(False)
        return self.sockets[watcher].recv(4096)

    def part(self) -> None:
        for outlet, theirs in zip(self.outlets, self.sockets, strict=True):
            assert outlet.transport is not None
            outlet.transport.abort()
            theirs.close()


def in_a_crowd(run: Callable[..., None], scene: Callable[[Crowd], Coroutine[None, None, None]]):
    async def play() -> None:
        crowd = Crowd()
        await crowd.gather()
        try:
            await scene(crowd)
        finally:
            crowd.part()
            await asyncio.sleep(0.01)

    run(play())


@pytest.mark.parametrize("loop", _LOOPS)
def test_who_hangs_up_in_the_middle_of_a_broadcast_takes_nothing_from_the_others(loop):
    async def scene(crowd: Crowd) -> None:
        crowd.lane.put(frame("price", {"seq": 1}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone = range(2 * CHUNK, 2 * CHUNK + 10)
        for watcher in gone:
            crowd.outlets[watcher].transport.abort()
        await crowd.tell(2)
        for watcher in set(range(WATCHERS)) - set(gone):
            told = crowd.heard(watcher)
            assert b'"seq":1' in told, watcher
            assert b'"seq":2' in told, watcher

    in_a_crowd(_LOOPS[loop], scene)


def test_a_connection_that_fails_stops_neither_its_lane_nor_others():
    async def scene(crowd: Crowd) -> None:
        class Broken(Outlet):
            def deliver(self, *_: object) -> None:
                raise RuntimeError

        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        broken = Broken(live_wire, None, Sweeper())
        crowd.lane.join(broken)
        other = Lane(crowd.fanout)
        other.join(crowd.outlets[0])
        crowd.lane.put(frame("price", {"seq": 1}))
        other.put(frame("price", {"seq": 7}))
        await crowd.tell(2)
        assert crowd.heard(0).count(b'"seq"') == 3
        assert b'"seq":2' in crowd.heard(WATCHERS - 1)

    in_a_crowd(asyncio.run, scene)
