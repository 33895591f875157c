"""A small auto-pipelining Redis connection for the few hot commands; redis-py serves everything else.

All commands of one loop turn leave in one write, replies are parsed by hiredis: about a tenth of the
CPU of a general client per command. RESP2, Unix sockets and TCP, optional password.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit

import hiredis


class RedisDownError(ConnectionError):
    """Redis cannot be reached now; nothing was sent."""


class RedisLostError(ConnectionError):
    """The connection broke while an answer was due: whether it took effect is unknown."""


_TOGETHER_MAX = 32
"""So many commands leave at once even in the middle of a turn: the other side can begin with them."""

Waiter: TypeAlias = Callable[[Any], None]
"""Takes the reply to a command, or the error that came in its place."""


class RedisConnection(asyncio.Protocol):
    """One connection. Open it with `connect`; it does not come back by itself (see `RedisLink`)."""

    def __init__(self, on_push: Callable[[list[Any]], None] | None = None) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[Waiter] = deque()
        self._unsent: list[bytes] = []
        self._on_push = on_push
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand replies to their callers in order."""
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if self._on_push is not None and isinstance(reply, list) and not self._waiting:
                self._on_push(reply)
                continue
            self._waiting.popleft()(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits: the outcome of what was sent is unknown."""
        if not self.lost.done():
            self.lost.set_result(None)
        error = RedisLostError(f"connection to Redis lost: {exc}")
        while self._waiting:
            self._waiting.popleft()(error)

    def call(self, *command: bytes | str | int) -> asyncio.Future[Any]:
        """Send a command with this turn's batch; the future holds the reply or its error."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self.post(partial(_settle, future), *command)
        return future

    def post(self, waiter: Waiter, *command: bytes | str | int) -> None:
        """Send a command with this turn's batch, and have `waiter` told what came of it."""
        self.send(*command)
        self._waiting.append(waiter)

    def send(self, *command: bytes | str | int) -> None:
        """Send a command whose reply is a push (SUBSCRIBE on a push connection)."""
        if self._transport is None or self._transport.is_closing():
            raise RedisDownError("not connected to Redis")
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(hiredis.pack_command(command))  # type: ignore[arg-type]
        if len(self._unsent) == _TOGETHER_MAX:
            self._flush()

    def close(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        data, self._unsent = b"".join(self._unsent), []
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _settle(future: asyncio.Future[Any], reply: Any) -> None:
    if future.done():
        return
    if isinstance(reply, hiredis.ReplyError | RedisLostError):
        future.set_exception(reply)
    else:
        future.set_result(reply)


async def connect(url: str, on_push: Callable[[list[Any]], None] | None = None) -> RedisConnection:
    """Connect to `unix:///path` or `redis://[:password@]host:port`; raise `RedisDownError`."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    try:
        if parts.scheme == "unix":
            _, connection = await loop.create_unix_connection(
                lambda: RedisConnection(on_push), unquote(parts.path)
            )
        else:
            _, connection = await loop.create_connection(
                lambda: RedisConnection(on_push), parts.hostname or "localhost", parts.port or 6379
            )
    except OSError as error:
        raise RedisDownError(f"cannot reach Redis: {error}") from error
    if parts.password:
        push, connection._on_push = connection._on_push, None  # noqa: SLF001
        await connection.call(b"AUTH", unquote(parts.password))
        connection._on_push = push  # noqa: SLF001
    return connection


class RedisLink:
    """A connection that comes back: `keep_connected` runs as a job, `call` works while it is up."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: RedisConnection | None = None
        self.up = asyncio.Event()

    def call(self, *command: bytes | str | int) -> asyncio.Future[Any]:
        """As `RedisConnection.call`; raises `RedisDownError` at once while the link is down."""
        if self._connection is None:
            raise RedisDownError("not connected to Redis")
        return self._connection.call(*command)

    def post(self, waiter: Waiter, *command: bytes | str | int) -> None:
        """As `RedisConnection.post`; raises `RedisDownError` at once while the link is down."""
        if self._connection is None:
            raise RedisDownError("not connected to Redis")
        self._connection.post(waiter, *command)

    async def keep_connected(self) -> None:
        """Connect, and again whenever the connection is lost, until cancelled."""
        pause_s = 0.02
        try:
            while True:
                try:
                    self._connection = await connect(self._url)
                except RedisDownError:
                    await asyncio.sleep(pause_s)
                    pause_s = min(1.0, pause_s * 2)
                    continue
                pause_s = 0.02
                self.up.set()
                await asyncio.shield(self._connection.lost)
                self.up.clear()
                self._connection = None
        finally:
            if self._connection is not None:
                self._connection.close()
