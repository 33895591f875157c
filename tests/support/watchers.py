"""A crowd of watchers in a process of its own: many Python clients of the feed, who keep what they get.

`python -m tests.support.watchers URL LOT COUNT` reads commands from standard input, a line each, and answers
each with a line of JSON: `has SEQ` waits until everybody has got so far, `drop` breaks every connection,
`tell` tells of each client where he began and which events he was handed out since, how often he connected
and whether his last answer went on where he was.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import uvloop

from luochui.tasks import running
from realtime.client import FeedClient

WITHIN_S = 120


class Watcher:
    """One client and what he was handed out."""

    def __init__(self, session: aiohttp.ClientSession, url: str, lot_id: str) -> None:
        self.seqs: list[int] = []
        self.began: int | None = None
        self.client = FeedClient(session, url, on_event=self._hear, on_state=self._stand)
        self.lot = self.client.follow(lot_id)

    def _hear(self, _lot: Any, event: dict[str, Any]) -> None:
        self.seqs.append(event["seq"])

    def _stand(self, _lot: Any) -> None:
        if self.began is None:
            self.began = self.lot.seq

    def drop(self) -> None:
        """Break the connection as a network does."""
        connection = self.client._connection
        if connection is not None:
            line = os.dup(connection.get_extra_info("socket").fileno())
            with socket.socket(fileno=line) as cut:
                cut.shutdown(socket.SHUT_RDWR)

    def told(self) -> dict[str, Any]:
        return {
            "began": self.began,
            "seqs": self.seqs,
            "connections": self.client.connections,
            "recovered": self.lot.recovered,
        }


async def answered(watchers: list[Watcher], command: str, *said: str) -> Any:
    """Do as the command says; return what is told then."""
    if command == "drop":
        for watcher in watchers:
            watcher.drop()
    if command == "has":
        async with asyncio.timeout(WITHIN_S):
            while any(watcher.lot.seq < int(said[0]) for watcher in watchers):
                await asyncio.sleep(0.05)
    return [watcher.told() for watcher in watchers] if command == "tell" else "done"


async def watch(url: str, lot_id: str, count: int) -> None:
    """Watch until standard input ends."""
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        watchers = [Watcher(session, url, lot_id) for _ in range(count)]
        for watcher in watchers:
            await stack.enter_async_context(running(watcher.client.run(), name="watcher"))
        while line := await commands.readline():
            told = await answered(watchers, *line.decode().split())
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


class Crowd:
    """The process, seen from a test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, command: str) -> Any:
        """Return the answer to a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        line = await self._process.stdout.readline()
        assert line, "the crowd has ended"
        return json.loads(line)

    async def has(self, seq: int) -> None:
        """Wait until everybody has got so far."""
        await self.ask(f"has {seq}")


@asynccontextmanager
async def crowd_at(url: str, lot_id: str, count: int) -> AsyncIterator[Crowd]:
    """A crowd that watches the lot at the server's address."""
    arguments = ("-m", "tests.support.watchers", url, lot_id, str(count))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=pipe, stdout=pipe, limit=2**26
    )
    try:
        crowd = Crowd(process)
        await crowd.has(1)
        yield crowd
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(watch(sys.argv[1], sys.argv[2], int(sys.argv[3])))
