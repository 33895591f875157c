"""Hearing Redis channels: a push connection that comes back and subscribes again."""

import asyncio
from collections.abc import Callable
from typing import Any

from auction.redis_connection import RedisConnection, RedisDownError, connect


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
        self._url = url
        self._on_message, self._on_gap = on_message, on_gap
        self._channels: set[str] = set()
        self._connection: RedisConnection | None = None

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
                    self._connection = await connect(self._url, self._hear)
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
                await asyncio.shield(self._connection.lost)
                self._connection = None
        finally:
            if self._connection is not None:
                self._connection.close()

    def _send(self, command: bytes, channel: str) -> None:
        if self._connection is None:
            return
        try:
            self._connection.send(command, channel)
        except RedisDownError:
            return

    def _hear(self, push: list[Any]) -> None:
        kind, channel, payload = push
        if kind == b"message":
            self._on_message(channel.decode(), payload)
