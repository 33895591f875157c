"""A broadcast goes on, whatever becomes of single connections, and gives way to who waits for an answer."""

import asyncio
import socket
from collections.abc import Callable, Coroutine

import orjson
import pytest
import uvloop

from realtime.callers import Callers
from realtime.fanout import CHUNK, LOOK_AGAIN_S, PATIENCE, Fanout, Lane
from realtime.frames import Frame, frame, live_wire
from realtime.outlet import Outlet, Sweeper

WATCHERS = 4 * CHUNK
_LOOPS = {"uvloop": uvloop.run, "asyncio": asyncio.run}


class Crowd:
    """Watchers of one lane, each on a real socket."""

    def __init__(self) -> None:
        self.callers = Callers()
        self.fanout = Fanout(self.callers)
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


class Attentive(Outlet):
    """Notes what it is sent."""

    def __init__(self) -> None:
        super().__init__(live_wire, None, Sweeper())
        self.seqs: list[int] = []
        self.writes = 0

    def deliver(self, joined: bytes, frames: list[Frame]) -> None:
        self.writes += 1
        self.seqs += [orjson.loads(each.body)["seq"] for each in frames]
        assert joined == b"".join(each.on(live_wire) for each in frames)


class Hall:
    """Watchers without a connection."""

    def __init__(self, watchers: int, callers: Callers) -> None:
        self.lane = Lane(Fanout(callers))
        self.outlets = [Attentive() for _ in range(watchers)]
        for outlet in self.outlets:
            self.lane.join(outlet)

    def told(self) -> int:
        return sum(len(outlet.seqs) for outlet in self.outlets)

    async def all_told(self) -> None:
        async with asyncio.timeout(5):
            while self.lane.is_busy:
                await asyncio.sleep(0)


class NeverAnswered(Callers):
    """Somebody waits for an answer at every moment; counts how often that was asked."""

    asked = 0

    def __bool__(self) -> bool:
        self.asked += 1
        return True


def test_nothing_is_sent_while_somebody_waits_for_an_answer_and_everything_afterwards():
    async def scene() -> None:
        callers = Callers()
        hall = Hall(10 * CHUNK, callers)
        hall.lane.put(frame("price", {"seq": 1}))
        with callers, callers:
            for _ in range(100):
                await asyncio.sleep(0)
            assert hall.told() == 0
        await hall.all_told()
        assert hall.told() == 10 * CHUNK

    asyncio.run(scene())


def test_between_two_bids_a_broadcast_goes_on_at_once():
    async def scene() -> None:
        callers = Callers()
        hall = Hall(10 * CHUNK, callers)
        hall.lane.put(frame("price", {"seq": 1}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with callers:
            before = hall.told()
            assert 0 < before <= 3 * CHUNK
            await asyncio.sleep(0)
            assert hall.told() == before
        await hall.all_told()

    asyncio.run(scene())


@pytest.mark.parametrize("broadcasts", [1, 20])
def test_bids_without_end_let_a_broadcast_wait_a_millisecond_a_chunk_and_ten_more(broadcasts):
    async def scene() -> None:
        chunks, callers = 10, NeverAnswered()
        hall = Hall(chunks * CHUNK, callers)
        for number in range(broadcasts):
            hall.lane.put(frame("price", {"seq": number}))
            await hall.all_told()
        assert hall.told() == broadcasts * chunks * CHUNK
        stood_still = callers.asked - broadcasts * chunks
        assert stood_still <= broadcasts * chunks + PATIENCE
        assert LOOK_AGAIN_S == 0.001

    asyncio.run(scene())


async def test_who_joins_in_the_middle_of_a_broadcast_gets_what_is_put_from_then_on():
    hall, late = Hall(3 * CHUNK, Callers()), Attentive()
    for seq in range(1, 6):
        hall.lane.put(frame("price", {"seq": seq}))
        if seq == 3:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            hall.lane.join(late)
    await hall.all_told()
    assert late.seqs == [4, 5]
    assert all(outlet.seqs == [1, 2, 3, 4, 5] for outlet in hall.outlets)


async def test_who_leaves_in_the_middle_of_a_broadcast_gets_no_more_and_may_come_back():
    hall = Hall(3 * CHUNK, Callers())
    hall.lane.put(frame("price", {"seq": 1}))
    await asyncio.sleep(0)
    *others, last, again = hall.outlets
    hall.lane.leave(last)
    hall.lane.leave(again)
    hall.lane.join(again)
    hall.lane.put(frame("price", {"seq": 2}))
    await hall.all_told()
    assert (last.seqs, again.seqs) == ([], [2])
    assert all(outlet.seqs == [1, 2] for outlet in others)


async def test_when_all_have_left_a_broadcast_ends():
    hall = Hall(3, Callers())
    hall.lane.put(frame("price", {"seq": 1}))
    for outlet in hall.outlets:
        hall.lane.leave(outlet)
    await hall.all_told()
    assert hall.told() == 0


async def test_what_waits_leaves_in_one_round_however_many_have_joined_meanwhile():
    """A crowd that comes while prices follow fast must not make the broadcast fall behind without end."""
    callers = Callers()
    hall = Hall(CHUNK, callers)
    with callers:
        for seq in range(50):
            hall.lane.put(frame("price", {"seq": seq}))
            hall.outlets.append(Attentive())
            hall.lane.join(hall.outlets[-1])
    await hall.all_told()
    assert all(outlet.seqs == list(range(50)) for outlet in hall.outlets[:CHUNK])
    joined = hall.outlets[CHUNK:]
    assert [outlet.seqs for outlet in joined] == [list(range(n + 1, 50)) for n in range(50)]
    assert max(outlet.writes for outlet in hall.outlets) == 1


async def test_who_stands_behind_a_connection_that_fails_is_sent_everything_all_the_same():
    class Broken(Attentive):
        def deliver(self, *_: object) -> None:
            raise RuntimeError

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    hall = Hall(2, Callers())
    hall.lane.join(Broken())
    behind = Attentive()
    hall.lane.join(behind)
    hall.lane.put(frame("price", {"seq": 1}))
    await hall.all_told()
    assert behind.seqs == [1]
