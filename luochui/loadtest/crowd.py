"""Watchers of one lot, over the plain door, who check that they see everything in order."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from luochui.tasks import running
from realtime.client import FeedClient, FeedEndedError
from realtime.following import Following

_JOIN_APART_S = 0.002
_STAY_MIN_S, _STAY_MAX_S = 5.0, 60.0
_ALL_THERE_S = 60.0


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the whole crowd has seen."""

    delays_us: list[int] = field(default_factory=list)
    """From a bid's stamp of arrival (milliseconds) to a watcher, of every event of every watcher."""
    events: int = 0
    missed: int = 0
    """Events that lie between two that a watcher was shown."""
    connections: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class Watcher:
    """One watcher: a client of the feed, and what he has been shown last."""

    def __init__(self, http: aiohttp.ClientSession, url: str, lot_id: str, seen: Seen) -> None:
        self._seen, self._last = seen, 0
        self.client = FeedClient(http, url, on_event=self._hear)
        self.following = self.client.follow(lot_id)

    def _hear(self, _: Following, event: dict[str, Any]) -> None:
        seq, seen = event["seq"], self._seen
        seen.events += 1
        if self._last and seq != self._last + 1:
            seen.missed += max(1, seq - self._last - 1)
        self._last = seq
        if event["kind"] == "bid_accepted":
            seen.delays_us.append(time.time_ns() // 1000 - event["at_us"])

    async def watch(self) -> None:
        """Watch until cancelled, or until the server wants no more of it."""
        try:
            await self.client.run()
        except FeedEndedError as error:
            self._seen.refused[str(error)] = self._seen.refused.get(str(error), 0) + 1
        finally:
            self._seen.connections += self.client.connections


class Crowd:
    """So many watchers; with `comes_and_goes` each leaves after a while, and another joins."""

    def __init__(self, url: str, lot_id: str, size: int, *, comes_and_goes: bool) -> None:
        self._url, self._lot_id, self._size = url, lot_id, size
        self._comes_and_goes = comes_and_goes
        self._there: dict[int, Watcher] = {}
        self.seen = Seen()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Let them watch for as long as the block lasts; it begins when all are there."""
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            running(self._all(http), name="crowd"),
        ):
            async with asyncio.timeout(_ALL_THERE_S + self._size * _JOIN_APART_S):
                while self._present() < self._size * 0.9:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            yield

    def _present(self) -> int:
        return sum(watcher.client.up.is_set() for watcher in self._there.values())

    async def behind(self, seq: int, price_fen: int | None, *, within_s: float) -> int:
        """Wait until everybody who is there has come as far as `seq`; return how many have not."""
        until = time.monotonic() + within_s
        while late := [w for w in self._there.values() if not _has_come_to(w, seq, price_fen)]:
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
        return len(late)

    async def _all(self, http: aiohttp.ClientSession) -> None:
        async with asyncio.TaskGroup() as group:
            for place in range(self._size):
                group.create_task(self._one_after_another(http, place))
                await asyncio.sleep(_JOIN_APART_S)

    async def _one_after_another(self, http: aiohttp.ClientSession, place: int) -> None:
        while True:
            watcher = self._there[place] = Watcher(http, self._url, self._lot_id, self.seen)
            if not self._comes_and_goes:
                await watcher.watch()
                return
            stay_s = random.uniform(_STAY_MIN_S, _STAY_MAX_S)  # noqa: S311 - no secret
            async with running(watcher.watch(), name="watcher"):
                await asyncio.sleep(stay_s)


def _has_come_to(watcher: Watcher, seq: int, price_fen: int | None) -> bool:
    following = watcher.following
    state = following.state
    return following.seq > seq or (
        following.seq == seq and bool(state) and state["price_fen"] == price_fen
    )
