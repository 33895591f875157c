"""Ears at every door of the feed: what the public, a bidder and the staff are sent while a lot is sold."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import socketio

from luochui.tasks import running
from tests.support.live import LiveWatcher
from tests.support.server import Server

Hear = Callable[[str, Any], None]
_ASK_AGAIN_S = 0.05
_CATALOGUE = "event stream of the catalogue"
_BIDDER, _STAFF = "bob", "auctioneer"
_WHO_KNOWS = "ann"
"""Is connected too, so that the process is told what concerns her; what she hears herself does not count."""


class Overheard:
    """What was heard at each door, as text, and how far each has got."""

    def __init__(self, server: Server, lot_id: str) -> None:
        self._server, self._lot_id = server, lot_id
        self.told: dict[str, list[str]] = defaultdict(list)
        self._seq: dict[str, int] = {}

    def ear(self, door: str) -> Hear:
        """Return what takes in the messages of one door."""
        self._seq[door] = 0

        def hear(name: str, body: Any) -> None:
            self.told[door].append(json.dumps([name, body], ensure_ascii=False))
            answer = body.get("answer", body) if isinstance(body, dict) else {}
            state = answer.get("state", answer)
            counts = name != "catalogue" or door == _CATALOGUE
            if counts and state.get("lot_id") == self._lot_id:
                self._seq[door] = max(self._seq[door], state.get("seq", 0))

        return hear

    async def everything(self) -> dict[str, str]:
        """Return all that each door was sent, once everything that has happened has got there."""
        state = await self._server.services.archive.state(self._lot_id)
        async with asyncio.timeout(10):
            while state is not None and min(self._seq.values()) < state["seq"]:
                await asyncio.sleep(0.01)
        return {door: "\n".join(told) for door, told in self.told.items()}

    async def assert_silent_about(self, *secrets: str) -> None:
        """No door has been sent any of these."""
        for door, text in (await self.everything()).items():
            for secret in secrets:
                assert secret not in text, (door, secret)


async def token_of(server: Server, person: str | None) -> str | None:
    if person is None:
        return None
    return str((await server.call("POST", "/api/socket-tokens", by=person))[1]["token"])


async def watch_all(ask: Callable[[str, dict], Any], lot_id: str, hear: Hear) -> None:
    """Watch the catalogue, and the lot as soon as it is there."""
    hear("answer", await ask("watch_catalogue", {}))
    while not (answer := await ask("watch", {"lot_id": lot_id}))["ok"]:
        await asyncio.sleep(_ASK_AGAIN_S)
    hear("answer", answer)


async def at_live(server: Server, lot_id: str, person: str | None, hear: Hear) -> None:
    async with server.http.ws_connect("/live") as connection:
        watcher = LiveWatcher(connection)
        token = await token_of(server, person)
        if token is not None:
            await watcher.ask("hello", {"token": token})
        await watch_all(watcher.ask, lot_id, lambda *_: None)
        for text in watcher.raw:
            hear(*json.loads(text))
        async for message in connection:
            hear(*json.loads(message.data))


async def at_socketio(
    server: Server, lot_id: str, transport: str, person: str | None, hear: Hear
) -> None:
    client = socketio.AsyncClient(reconnection=False)
    client.on("*", hear)
    token = await token_of(server, person)
    auth = None if token is None else {"token": token}
    await client.connect(server.base_url, transports=[transport], auth=auth)

    async def ask(name: str, body: dict) -> Any:
        return await client.call(name, body, timeout=5)

    try:
        await watch_all(ask, lot_id, hear)
        await asyncio.Event().wait()
    finally:
        await client.disconnect()


async def at_events(server: Server, lot_id: str, hear: Hear) -> None:
    while (await server.services.archive.state(lot_id)) is None:
        await asyncio.sleep(_ASK_AGAIN_S)
    await at_stream(server, f"/live/events/{lot_id}", hear)


async def at_stream(server: Server, path: str, hear: Hear) -> None:
    forever = aiohttp.ClientTimeout(total=None)
    async with server.http.get(path, timeout=forever) as stream:
        name = ""
        async for line in stream.content:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                hear(name, json.loads(value))


@asynccontextmanager
async def listening(server: Server, lot_id: str) -> AsyncIterator[Overheard]:
    """Listen at every door, as the public and as people who are signed in, from before the lot is there."""
    heard = Overheard(server, lot_id)
    ears = {
        "plain door": lambda hear: at_live(server, lot_id, None, hear),
        "plain door, a bidder": lambda hear: at_live(server, lot_id, _BIDDER, hear),
        "Socket.IO": lambda hear: at_socketio(server, lot_id, "websocket", None, hear),
        "Socket.IO, staff": lambda hear: at_socketio(server, lot_id, "websocket", _STAFF, hear),
        "long polling": lambda hear: at_socketio(server, lot_id, "polling", None, hear),
        "event stream": lambda hear: at_events(server, lot_id, hear),
        _CATALOGUE: lambda hear: at_stream(server, "/live/events", hear),
    }
    async with AsyncExitStack() as stack:
        knowing = at_live(server, lot_id, _WHO_KNOWS, lambda *_: None)
        await stack.enter_async_context(running(knowing, name=_WHO_KNOWS))
        for door, listen in ears.items():
            await stack.enter_async_context(running(listen(heard.ear(door)), name=door))
        async with asyncio.timeout(5):
            while not heard.told[_CATALOGUE]:
                await asyncio.sleep(0.01)
        yield heard
