"""A watcher at the plain door that keeps all it is sent."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
import orjson

from tests.support.server import Server


class LiveWatcher:
    """Asks and listens over one WebSocket; `frames` keeps what came, by name."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.connection = connection
        self.frames: dict[str, list[dict]] = defaultdict(list)
        self.raw: list[str] = []
        self._ids = count(1)

    async def read(self) -> tuple[str, Any]:
        """Take in the next message."""
        text = await self.connection.receive_str(timeout=10)
        self.raw.append(text)
        name, body = orjson.loads(text)
        self.frames[name].append(body)
        return name, body

    async def ask(self, name: str, body: dict) -> Any:
        """Return the answer to a question; what comes before it is kept."""
        number = next(self._ids)
        await self.connection.send_json([name, number, body])
        while True:
            came, told = await self.read()
            if came == "answer" and told["id"] == number:
                return told["answer"]

    async def seqs(self, last: int) -> list[int]:
        """Return the numbers of all events so far, once the one numbered `last` is there."""
        async with asyncio.timeout(20):
            while not self.frames["event"] or self.frames["event"][-1]["seq"] < last:
                await self.read()
        return [event["seq"] for event in self.frames["event"]]

    async def private(self, count_of: int) -> list[dict]:
        """Return the private messages once there are so many."""
        async with asyncio.timeout(10):
            while len(self.frames["private"]) < count_of:
                await self.read()
        return self.frames["private"]


@asynccontextmanager
async def live(server: Server, token: str | None = None) -> AsyncIterator[LiveWatcher]:
    async with server.http.ws_connect("/live") as connection:
        watcher = LiveWatcher(connection)
        if token is not None:
            assert (await watcher.ask("hello", {"token": token}))["ok"]
        yield watcher


async def lines_of_events(stream: aiohttp.ClientResponse, count_of: int) -> list[dict[str, str]]:
    """Return the next server-sent events, each as its fields; heartbeats are passed over."""
    found: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    async with asyncio.timeout(10):
        while len(found) < count_of:
            line = (await stream.content.readline()).decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                if fields["event"] != "heartbeat":
                    found.append(fields)
                fields = {}
    return found
