"""A connection for hot commands that comes back, and follows the master wherever it goes."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import hiredis
import structlog

from auction.redis_connection import (
    Address,
    RedisConnection,
    RedisDownError,
    RedisLostError,
    Waiter,
    connect,
    settle,
)
from auction.redis_place import Kind, RedisPlace

_LOOK_EVERY_S = 1.0
_SILENT_S_MAX = 4.0

_log = structlog.get_logger()


class RedisLink:
    """Commands to the master of one key: `keep_connected` runs as a job, `call` works while it is up.

    In a cluster everything sent here belongs to the slot of `key`; elsewhere it makes no difference. What
    a server refuses to do because another is the master now (MOVED, ASK, READONLY) had no effect. If the
    link `resends`, it is sent again to that one, in the same order; else it is lost with the connection.
    """

    def __init__(self, url: str, key: bytes = b"", *, resends: bool = True) -> None:
        self._place, self._key, self._resends = RedisPlace.of(url), key, resends
        self._connection: RedisConnection | None = None
        self._address = Address()
        self._elsewhere: Address | None = None
        self._is_asking = self._is_leaving = False
        self._again: list[tuple[Waiter, tuple[bytes | str | int, ...]]] = []
        self.up = asyncio.Event()

    def call(self, *command: bytes | str | int) -> asyncio.Future[Any]:
        """As `RedisConnection.call`; raises `RedisDownError` at once while the link is down."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.post(partial(settle, future), *command)
        return future

    def post(self, waiter: Waiter, *command: bytes | str | int) -> None:
        """As `RedisConnection.post`; raises `RedisDownError` at once while the link is down."""
        if self._connection is None:
            raise RedisDownError("not connected to Redis")
        if self._is_leaving:
            self._again.append((waiter, command))
            return
        if self._place.kind is not Kind.SINGLE:
            waiter = partial(self._look, waiter, command)
        if self._is_asking:
            self._connection.post(_ignore, b"ASKING")
        self._connection.post(waiter, *command)

    async def keep_connected(self) -> None:
        """Connect, and again whenever the connection is lost or the master is another, until cancelled."""
        pause_s = 0.02
        try:
            while True:
                try:
                    await self._connect()
                except RedisDownError:
                    await asyncio.sleep(pause_s)
                    pause_s = min(1.0, pause_s * 2)
                    continue
                pause_s = 0.02
                await self._watch()
        finally:
            if self._connection is not None:
                self._connection.close()

    async def _connect(self) -> None:
        self._is_asking = self._elsewhere is not None
        self._address = self._elsewhere or await self._place.master_of(self._key)
        self._elsewhere = None
        self._connection = await connect(self._address)
        self._is_leaving = False
        self.up.set()
        again, self._again = self._again, []
        for waiter, command in again:
            self.post(waiter, *command)

    async def _watch(self) -> None:
        """Return when the connection is of no use any more."""
        assert self._connection is not None, "just connected"
        lost = self._connection.lost
        while not lost.done():
            await asyncio.wait((lost,), timeout=_LOOK_EVERY_S)
            if not lost.done() and not await self._is_good(self._connection):
                _log.warning("Redis left", address=f"{self._address.host}:{self._address.port}")
                self._connection.close()
        self.up.clear()
        if not self._is_leaving:
            self._connection = None

    async def _is_good(self, connection: RedisConnection) -> bool:
        """Tell whether the server answers, and is the master still."""
        try:
            async with asyncio.timeout(_SILENT_S_MAX):
                await connection.call(b"PING")
        except (RedisDownError, RedisLostError, hiredis.ReplyError, TimeoutError):
            return False
        try:
            is_master = self._address == await self._place.master_of(self._key)
        except RedisDownError:
            return True
        self._is_asking = self._is_asking and not is_master
        return is_master or self._is_asking

    def _look(self, waiter: Waiter, command: tuple[bytes | str | int, ...], reply: Any) -> None:
        """Pass the reply on, unless it tells to ask somewhere else."""
        kind, *rest = str(reply).split() if isinstance(reply, hiredis.ReplyError) else ("",)
        if kind not in ("MOVED", "ASK", "READONLY"):
            waiter(reply)
            return
        if kind == "ASK":
            host, _, port = rest[1].rpartition(":")
            self._elsewhere = replace(self._address, host=host, port=int(port))
        self._leave()
        if self._resends:
            self._again.append((waiter, command))
        else:
            waiter(RedisLostError(str(reply)))

    def _leave(self) -> None:
        """Send nothing more here, and close once everything that was sent is answered."""
        if self._is_leaving or self._connection is None:
            return
        connection, self._is_leaving = self._connection, self._resends
        with suppress(RedisDownError):
            connection.post(lambda _: connection.close(), b"PING")


def _ignore(_reply: object) -> None:
    """Leave it: what matters is the reply to the command behind ASKING."""
