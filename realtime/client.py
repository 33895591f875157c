"""A client of the feed: follows lots over `/live`, comes back by itself, asks for what it missed."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

import aiohttp
import orjson

from realtime.disconnects import Advice
from realtime.following import Following, ServerClock

_ANSWER_S = 10.0
_TIME_AGAIN_S = 5.0
"""How long after an exchange of the time the next heartbeat is the occasion for another."""
_SILENT_S = 15.0
"""Three heartbeats: a connection silent for longer is taken for dead."""
_PAUSE_MIN_S, _PAUSE_MAX_S = 0.1, 10.0

EventHeard = Callable[[Following, dict[str, Any]], None]
StateHeard = Callable[[Following], None]


class FeedEndedError(Exception):
    """The server said goodbye for good; the code tells why."""


class FeedClient:
    """One connection and the lots it follows. `run` it as a job; what happens comes by the callbacks.

    `token` gives a fresh one-time token for every connection of somebody who is signed in.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        *,
        on_event: EventHeard = lambda _following, _event: None,
        on_state: StateHeard = lambda _following: None,
        on_private: Callable[[dict[str, Any]], None] = lambda _told: None,
        token: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._session, self._url, self._token = session, f"{base_url}/live", token
        self._on_event, self._on_state, self._on_private = on_event, on_state, on_private
        self.lots: dict[str, Following] = {}
        self.clock = ServerClock()
        self.connections = 0
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._connection: aiohttp.ClientWebSocketResponse | None = None
        self._asked: dict[int, Following] = {}
        self._asked_time: tuple[int, int] = (0, 0)
        """Number and instant of the last question for the time."""
        self._goodbye: dict[str, Any] | None = None
        self.up = asyncio.Event()

    def now_us(self) -> int:
        """Return the server's time as far as it is known."""
        return _counter_us() + self.clock.offset_us()

    def follow(self, lot_id: str) -> Following:
        """Follow a lot from now on, over this connection and every later one."""
        return self.lots.setdefault(lot_id, Following(lot_id))

    async def ask(self, name: str, body: dict[str, Any]) -> Any:
        """Return the answer to a question; raise `ConnectionError` or `TimeoutError` if none comes."""
        if self._connection is None:
            raise ConnectionError("not connected")
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(name, number, body)
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        finally:
            self._waiting.pop(number, None)

    async def run(self) -> None:
        """Stay connected until cancelled; raise `FeedEndedError` when told not to come back."""
        pause_s = _PAUSE_MIN_S
        while True:
            self._goodbye = None
            try:
                await self._stay_connected()
                pause_s = _PAUSE_MIN_S
            except (OSError, aiohttp.ClientError, TimeoutError):
                pause_s = min(_PAUSE_MAX_S, pause_s * 2)
            finally:
                self._lose()
            await asyncio.sleep(self._wait_s(pause_s))

    def _wait_s(self, pause_s: float) -> float:
        """Return how long to stay away: as advised, spread so that not all come back at once."""
        if self._goodbye is None:
            return random.uniform(pause_s / 2, pause_s)  # noqa: S311 - no secret
        after_s: float = self._goodbye["after_ms"] / 1000
        if self._goodbye["advice"] == Advice.NEVER:
            raise FeedEndedError(self._goodbye["code"])
        earliest = after_s if self._goodbye["advice"] == Advice.LATER else 0.0
        return random.uniform(earliest, earliest + after_s)  # noqa: S311

    async def _stay_connected(self) -> None:
        async with self._session.ws_connect(self._url, compress=0) as connection:
            self._connection = connection
            self.connections += 1
            if self._token is not None:
                await self._send("hello", next(self._numbers), {"token": await self._token()})
            await self._ask_time()
            for following in self.lots.values():
                await self._watch(following)
            while True:
                message = await connection.receive(timeout=_SILENT_S)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                await self._take(*orjson.loads(message.data))

    async def _take(self, name: str, body: dict[str, Any]) -> None:
        if name == "answer":
            self._answered(body["id"], body["answer"])
        elif name == "private":
            self._on_private(body)
        elif name == "goodbye":
            self._goodbye = body
        elif (following := self.lots.get(body.get("lot_id", ""))) is not None:
            await self._take_of(following, name, body)

    async def _take_of(self, following: Following, name: str, body: dict[str, Any]) -> None:
        if name == "event":
            fresh = following.takes(body)
            if fresh:
                self._on_event(following, body)
            elif fresh is None:
                await self._watch(following)
        elif name == "price" and following.priced(body):
            self._on_state(following)
        elif name == "heartbeat":
            if following.is_behind(body):
                await self._watch(following)
            if _counter_us() - self._asked_time[1] >= _TIME_AGAIN_S * 1e6:
                await self._ask_time()

    async def _ask_time(self) -> None:
        """Ask once more: one exchange may be slow one way only, and clocks drift apart."""
        self._asked_time = next(self._numbers), _counter_us()
        await self._send("clock", self._asked_time[0], {})

    def _answered(self, number: int, answer: Any) -> None:
        if number == self._asked_time[0]:
            if "now_us" in answer:
                self.clock.learn(self._asked_time[1], answer["now_us"], _counter_us())
            return
        following = self._asked.pop(number, None)
        if following is None:
            waiting = self._waiting.get(number)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        elif answer["ok"]:
            for event in following.answered(answer):
                self._on_event(following, event)
            self._on_state(following)
            self.up.set()
        else:
            following.refused = answer["code"]
            self._on_state(following)

    async def _watch(self, following: Following) -> None:
        if any(asked is following for asked in self._asked.values()):
            return  # One question at a time.
        number = next(self._numbers)
        self._asked[number] = following
        await self._send("watch", number, following.question())

    async def _send(self, name: str, number: int, body: dict[str, Any]) -> None:
        if self._connection is None:
            raise ConnectionError("not connected")
        await self._connection.send_str(orjson.dumps([name, number, body]).decode())

    def _lose(self) -> None:
        self._connection = None
        self.up.clear()
        self._asked.clear()
        for waiting in self._waiting.values():
            with suppress(asyncio.InvalidStateError):
                waiting.set_exception(ConnectionError("connection lost"))


def _counter_us() -> int:
    return time.monotonic_ns() // 1000
