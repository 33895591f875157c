"""Hearing Redis channels: a push connection that comes back and subscribes again."""

import asyncio
from collections.abc import Callable
from typing import Any

from auction.redis_connection import Address, RedisConnection, RedisDownError, connect
from auction.redis_place import RedisPlace

_LOOK_EVERY_S = 1.0
_SILENT_LOOKS_MAX = 4


class RedisChannels:
    """Subscriptions of one process.

    Publication is at most once: after every reconnection `on_gap` is called, and whoever needs what was
    said meanwhile asks the journal.
    """

    def __init__(
        self,
        url: str,
        *,
        on_message: Callable[[str, bytes], None],
        on_gap: Callable[[], None] = lambda: None,
    ) -> None:
        self._place = RedisPlace.of(url)
        self._on_message, self._on_gap = on_message, on_gap
        self._channels: set[str] = set()
        self._connection: RedisConnection | None = None
        self._silent_looks = 0

    def subscribe(self, channel: str) -> None:
        """Hear `channel` from now on; while Redis is away, from when it is back."""
        if channel in self._channels:
            return
        self._channels.add(channel)
        self._send(b"SUBSCRIBE", channel)

    def unsubscribe(self, channel: str) -> None:
        """Hear `channel` no more."""
        if channel in self._channels:
            self._channels.remove(channel)
            self._send(b"UNSUBSCRIBE", channel)

    async def keep_listening(self) -> None:
        """Listen, and again whenever the connection is lost, until cancelled."""
        pause_s, was_connected = 0.02, False
        try:
            while True:
                try:
                    address = await self._place.master_of(b"")
                    self._connection = await connect(address, self._hear)
                except RedisDownError:
                    await asyncio.sleep(pause_s)
                    pause_s = min(1.0, pause_s * 2)
                    continue
                pause_s = 0.02
                for channel in self._channels:
                    self._send(b"SUBSCRIBE", channel)
                if was_connected:
                    self._on_gap()
                was_connected = True
                await self._watch(address, self._connection)
                self._connection = None
        finally:
            if self._connection is not None:
                self._connection.close()

    async def _watch(self, address: Address, connection: RedisConnection) -> None:
        """Return when the connection is lost, was silent too long, or another server is the master."""
        self._silent_looks = 0
        while not connection.lost.done():
            await asyncio.wait((connection.lost,), timeout=_LOOK_EVERY_S)
            self._silent_looks += 1
            self._send(b"PING")
            if self._silent_looks > _SILENT_LOOKS_MAX or not await self._is_master(address):
                connection.close()
                await asyncio.sleep(0)

    async def _is_master(self, address: Address) -> bool:
        try:
            return address == await self._place.master_of(b"")
        except RedisDownError:
            return True

    def _send(self, *command: bytes | str) -> None:
        if self._connection is None:
            return
        try:
            self._connection.send(*command)
        except RedisDownError:
            return

    def _hear(self, push: list[Any]) -> None:
        self._silent_looks = 0
        if push[0] == b"message":
            _, channel, payload = push
            self._on_message(channel.decode(), payload)
