"""A small auto-pipelining Redis connection for the few hot commands; redis-py serves everything else.

All commands of one loop turn leave in one write, replies are parsed by hiredis: about a tenth of the
CPU of a general client per command. RESP2, Unix sockets, TCP and TLS.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeAlias, cast

import hiredis


class RedisDownError(ConnectionError):
    """Redis cannot be reached now; nothing was sent."""


class RedisLostError(ConnectionError):
    """The connection broke while an answer was due: whether it took effect is unknown."""


_TOGETHER_MAX = 32
"""So many commands leave at once even in the middle of a turn: the other side can begin with them."""

_CONNECT_S = 2

Waiter: TypeAlias = Callable[[Any], None]
"""Takes the reply to a command, or the error that came in its place."""


class RedisConnection(asyncio.Protocol):
    """One connection. Open it with `connect`; it does not come back by itself (see `redis_link`)."""

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[Waiter] = deque()
        self._unsent: list[bytes] = []
        self.on_push: Waiter | None = None
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
            if self.on_push is not None and not self._waiting:
                self.on_push(reply)
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
        self.post(partial(settle, future), *command)
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


def settle(future: asyncio.Future[Any], reply: Any) -> None:
    """Give the future what came as the reply, if anybody still waits."""
    if future.done():
        return
    if isinstance(reply, hiredis.ReplyError | RedisLostError):
        future.set_exception(reply)
    else:
        future.set_result(reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a server is known, and how we are: files in PEM. Without `ca` the system's authorities count."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One server, and how to sign in there. `path` is that of a Unix socket; then there is no host."""

    path: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: int = 0
    tls: Tls | None = None


async def connect(address: Address, on_push: Waiter | None = None) -> RedisConnection:
    """Connect and sign in; raise `RedisDownError`. `on_push` takes what no call waits for."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_S):
            if address.path:
                _, connection = await loop.create_unix_connection(RedisConnection, address.path)
            else:
                _, connection = await loop.create_connection(
                    RedisConnection,
                    address.host,
                    address.port,
                    ssl=None if address.tls is None else _context(address.tls),
                )
            await _sign_in(connection, address)
    except (OSError, TimeoutError, RedisLostError, hiredis.ReplyError) as error:
        raise RedisDownError(f"cannot reach Redis: {error}") from error
    connection.on_push = on_push
    return connection


@lru_cache
def _context(tls: Tls) -> ssl.SSLContext:
    """Return what checks the server's certificate and its name; raise `OSError` for a file of no use."""
    context = ssl.create_default_context(cafile=tls.ca or None)
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key or None)
    return context


async def _sign_in(connection: RedisConnection, address: Address) -> None:
    if address.password:
        user = (address.user,) if address.user else ()
        await connection.call(b"AUTH", *user, address.password)
    if address.database:
        await connection.call(b"SELECT", address.database)
