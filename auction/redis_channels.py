"""Hearing Redis channels: push connections that come back, and go where the channels are."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from auction.redis_connection import Address, RedisConnection, RedisDownError, connect
from auction.redis_place import Masters, RedisPlace

_LOOK_EVERY_S = 1.0
_PAUSE_MIN_S = 0.02
_SILENT_S_MAX = 4.0
_SHARD_PREFIX = "luochui:{"
_MESSAGES = frozenset({b"message", b"smessage"})


def is_sharded(channel: str) -> bool:
    """Tell whether a channel lives with its shard: spoken on, and heard, at the shard's server only."""
    return channel.startswith(_SHARD_PREFIX)


class RedisChannels:
    """Subscriptions of one process: one connection to each server that has channels for it.

    Publication is at most once: whenever a channel had to be taken up again `on_gap` is called, and
    whoever needs what was said meanwhile asks the journal.
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
        self._masters = Masters(())
        self._ears: dict[Address, _Ear] = {}
        self._look_now = asyncio.Event()
        self._was_whole = False

    def subscribe(self, channel: str) -> None:
        """Hear `channel` from now on; while its server is away, from when it is back."""
        if channel in self._channels:
            return
        self._channels.add(channel)
        address = self._address_of(channel)
        if address in self._ears:
            self._ears[address].subscribe(channel)
        else:
            self._look_now.set()

    def unsubscribe(self, channel: str) -> None:
        """Hear `channel` no more."""
        self._channels.discard(channel)
        for ear in self._ears.values():
            ear.unsubscribe(channel)

    async def keep_listening(self) -> None:
        """Listen, and again wherever a connection is lost or the channels have moved, until cancelled."""
        pause_s = _PAUSE_MIN_S
        try:
            while True:
                if await self._listen():
                    pause_s = _PAUSE_MIN_S
                    await self._something_changes()
                else:
                    await asyncio.sleep(pause_s)
                    pause_s = min(_LOOK_EVERY_S, pause_s * 2)
        finally:
            for ear in self._ears.values():
                ear.close()

    async def _listen(self) -> bool:
        """Hear each channel at the server that has it now; tell whether all of them are heard."""
        self._look_now.clear()
        self._leave_the_dead()
        with suppress(RedisDownError):  # Who cannot be asked is taken at his last word.
            self._masters = await self._place.masters()
        for address in self._wanted().keys() - self._ears.keys():
            with suppress(RedisDownError):
                await self._connect(address)
        # From here on nothing is waited for, so nobody subscribes in between.
        wanted = self._wanted()
        for address in self._ears.keys() - wanted.keys():
            self._ears.pop(address).close()
        took_up = [ear.hear(wanted[address]) for address, ear in self._ears.items()]
        if any(took_up) and self._was_whole:
            self._on_gap()
        is_whole = self._channels == set().union(*(wanted[address] for address in self._ears))
        self._was_whole = self._was_whole or is_whole
        return is_whole

    async def _connect(self, address: Address) -> None:
        ear = _Ear()
        ear.connection = await connect(address, partial(self._hear, ear))
        ear.connection.lost.add_done_callback(lambda _: self._look_now.set())
        self._ears[address] = ear

    def _wanted(self) -> dict[Address, set[str]]:
        wanted: defaultdict[Address, set[str]] = defaultdict(set)
        for channel in self._channels:
            address = self._address_of(channel)
            if address is not None:
                wanted[address].add(channel)
        return wanted

    def _address_of(self, channel: str) -> Address | None:
        return self._masters.of(channel.encode() if is_sharded(channel) else b"")

    def _leave_the_dead(self) -> None:
        for address, ear in list(self._ears.items()):
            if not ear.is_alive():
                self._ears.pop(address).close()

    async def _something_changes(self) -> None:
        """Return when a connection is lost, a channel is not where it was, or it is time to look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._look_now.wait()

    def _hear(self, ear: "_Ear", push: Any) -> None:
        ear.heard_at = asyncio.get_running_loop().time()
        if not isinstance(push, list):
            # What was asked for is refused: the slot is at another server now (MOVED).
            ear.close()
            return
        kind, channel, *rest = push
        if kind in _MESSAGES:
            self._on_message(channel.decode(), rest[0])
        elif kind == b"sunsubscribe" and ear.has_lost(channel.decode()):
            self._look_now.set()


class _Ear:
    """A connection to one server, and the channels that are heard on it."""

    connection: RedisConnection

    def __init__(self) -> None:
        self._channels: set[str] = set()
        self.heard_at = asyncio.get_running_loop().time()

    def hear(self, channels: set[str]) -> bool:
        """Hear exactly these; tell whether there are some that were not heard here before."""
        fresh = channels - self._channels
        for channel in self._channels - channels:
            self.unsubscribe(channel)
        for channel in fresh:
            self.subscribe(channel)
        self._send(b"PING")
        return bool(fresh)

    def subscribe(self, channel: str) -> None:
        self._channels.add(channel)
        self._send(b"SSUBSCRIBE" if is_sharded(channel) else b"SUBSCRIBE", channel)

    def unsubscribe(self, channel: str) -> None:
        if channel in self._channels:
            self._channels.remove(channel)
            self._send(b"SUNSUBSCRIBE" if is_sharded(channel) else b"UNSUBSCRIBE", channel)

    def has_lost(self, channel: str) -> bool:
        """Forget a channel that the server gave up; tell whether it was still wanted here."""
        was_wanted = channel in self._channels
        self._channels.discard(channel)
        return was_wanted

    def is_alive(self) -> bool:
        """Tell whether the connection stands and the server has said something lately."""
        silent_s = asyncio.get_running_loop().time() - self.heard_at
        return not self.connection.lost.done() and silent_s <= _SILENT_S_MAX

    def close(self) -> None:
        self.connection.close()

    def _send(self, *command: bytes | str) -> None:
        with suppress(RedisDownError):
            self.connection.send(*command)
