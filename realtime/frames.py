"""A message of the feed: encoded once for each wire, however many connections it goes to."""

from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

import orjson

_TEXT, _CLOSE = 0x81, 0x88
_SHORT_MAX, _MEDIUM_MAX = 125, 0xFFFF

Wire: TypeAlias = Callable[["Frame"], bytes]
"""Turns a frame into the bytes that stand on one kind of connection."""


class Frame:
    """A name and a body that is JSON already.

    `key`: a later frame of the same key replaces this one for a reader who is behind; None: never dropped.
    `place` (`epoch:seq`) is what a browser says after a lost connection to go on after this frame.
    """

    __slots__ = ("_encoded", "body", "key", "name", "place")

    def __init__(
        self, name: str, body: bytes, *, key: Hashable | None = None, place: str = ""
    ) -> None:
        self.name, self.body, self.key, self.place = name, body, key, place
        self._encoded: dict[Wire, bytes] = {}

    def on(self, wire: Wire) -> bytes:
        """Return the bytes of this frame on `wire`; they are made once."""
        made = self._encoded.get(wire)
        if made is None:
            made = self._encoded[wire] = wire(self)
        return made

    @property
    def text(self) -> bytes:
        """The frame as a JSON array: `["price",{...}]`."""
        return b'["%b",%b]' % (self.name.encode(), self.body)


class Ready(Frame):
    """What stands ready for the one connection it goes to: an answer, a ping."""

    def __init__(self, encoded: bytes) -> None:
        super().__init__("", encoded)

    def on(self, wire: Wire) -> bytes:  # noqa: ARG002 - it was made for the one wire that it goes to
        """Return the bytes as they are."""
        return self.body


def frame(name: str, value: Any, *, key: Hashable | None = None) -> Frame:
    """Return the frame of a value that is not JSON yet."""
    return Frame(name, orjson.dumps(value), key=key)


def websocket_text(payload: bytes) -> bytes:
    """Return an unmasked WebSocket text frame (RFC 6455, 5.2), as a server sends it."""
    return _header(_TEXT, len(payload)) + payload


def websocket_close(code: int, reason: str) -> bytes:
    """Return a WebSocket close frame; `reason` is cut to what fits."""
    payload = code.to_bytes(2, "big") + reason.encode()[: _SHORT_MAX - 2]
    return _header(_CLOSE, len(payload)) + payload


def _header(first: int, length: int) -> bytes:
    if length <= _SHORT_MAX:
        return bytes((first, length))
    if length <= _MEDIUM_MAX:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


def socketio_wire(sent: Frame) -> bytes:
    """Encode for Socket.IO over WebSocket: engine.io message 4, Socket.IO event 2."""
    return websocket_text(b"42" + sent.text)


def live_wire(sent: Frame) -> bytes:
    """Encode for the plain WebSocket door: the JSON array alone."""
    return websocket_text(sent.text)


def events_wire(sent: Frame) -> bytes:
    """Encode as a Server-Sent Event in a chunk of a chunked answer (RFC 9112, 7.1)."""
    place = f"id: {sent.place}\n" if sent.place else ""
    payload = f"event: {sent.name}\n{place}data: ".encode() + sent.body + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(payload), payload)
