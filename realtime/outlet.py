"""The way out to one client: writes at once, and never waits for one who does not read."""

import asyncio
import socket
import sys
from collections.abc import Hashable, Iterable
from contextlib import suppress

from realtime.disconnects import TOO_SLOW, Goodbye
from realtime.frames import Frame, Wire, events_wire, frame, live_wire, websocket_close

HIGH_BYTES = 2_048
"""With more than this unsent, a reader counts as behind."""
HELD_MAX_BYTES = 262_144
"""So much that must not be dropped is kept for a reader who is behind; then he is disconnected."""
SWEEP_S = 0.01
_GRACE_S = 2.0
_UNSENT_IN_KERNEL = 2048
_DEAD_AFTER_MS = 30_000
_LAST_CHUNK = b"0\r\n\r\n"
_TCP_NOTSENT_LOWAT, _TCP_USER_TIMEOUT = 25, 18


class Sweeper:
    """Gives readers who are behind what waits for them, as soon as they have read on."""

    def __init__(self) -> None:
        self._behind: set[Outlet] = set()
        self._anybody = asyncio.Event()

    def add(self, outlet: "Outlet") -> None:
        """Look after `outlet` until nothing waits for it."""
        self._behind.add(outlet)
        self._anybody.set()

    async def keep_sweeping(self) -> None:
        """Sweep until cancelled; while nobody is behind, nothing runs."""
        while True:
            await self._anybody.wait()
            await asyncio.sleep(SWEEP_S)
            self._behind = {outlet for outlet in self._behind if not outlet.flush()}
            if not self._behind:
                self._anybody.clear()

    @property
    def behind(self) -> int:
        """How many readers are behind now."""
        return len(self._behind)


class Outlet:
    """Frames to one connection, in order.

    For a reader who is behind frames with a key replace each other, the others wait; beyond
    `HELD_MAX_BYTES` of those he is told goodbye. The kernel is kept from hiding how far he is behind.
    """

    __slots__ = ("_held", "_held_bytes", "_sweeper", "closed", "conflated", "transport", "wire")

    def __init__(
        self, wire: Wire, transport: asyncio.WriteTransport | None, sweeper: Sweeper
    ) -> None:
        self.wire, self._sweeper = wire, sweeper
        self._held: dict[Hashable, Frame] = {}
        self._held_bytes = 0
        self.conflated = 0
        self.closed = False
        self.transport: asyncio.WriteTransport | None = None
        if transport is not None:
            self.use(transport)

    def use(self, transport: asyncio.WriteTransport) -> None:
        """Write to `transport` from now on."""
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH_BYTES)
        _keep_kernel_honest(transport)

    def deliver(self, joined: bytes, frames: list[Frame]) -> None:
        """Send `frames`, whose bytes on this wire are `joined`."""
        if self.closed:
            return
        if self._held or not self.is_free():
            for each in frames:
                self._hold(each)
        else:
            self.write(joined, frames)

    def send(self, sent: Frame) -> None:
        """Send one frame to this client alone."""
        self.deliver(sent.on(self.wire), [sent])

    def is_free(self) -> bool:
        """Tell whether what is sent now leaves at once."""
        return self.transport is not None and self.transport.get_write_buffer_size() <= HIGH_BYTES

    def write(self, joined: bytes, frames: Iterable[Frame]) -> None:  # noqa: ARG002 - for other doors
        """Put bytes on the connection; uvloop refuses them once it is closed."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(joined)

    def flush(self) -> bool:
        """Send what waits if the reader has read on; tell whether nothing waits any more."""
        if self.closed or (self.transport is not None and self.transport.is_closing()):
            self._held.clear()
        elif self._held and self.is_free():
            held, self._held, self._held_bytes = self._held, {}, 0
            self.write(b"".join(f.on(self.wire) for f in held.values()), held.values())
        return not self._held

    def _hold(self, sent: Frame) -> None:
        key: Hashable = sent.key
        if key is None:
            key = object()
            self._held_bytes += len(sent.body)
        elif self._held.pop(key, None) is not None:  # The newer one takes its place at the end.
            self.conflated += 1
        self._held[key] = sent
        self._sweeper.add(self)
        if self._held_bytes > HELD_MAX_BYTES:
            self.close(TOO_SLOW)

    def close(self, goodbye: Goodbye) -> None:
        """Say goodbye, and end the connection even if the client does not read that."""
        if self.closed:
            return
        self.closed = True
        self._held.clear()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(self.farewell(goodbye))
            self.transport.close()
            asyncio.get_running_loop().call_later(_GRACE_S, self.transport.abort)

    def farewell(self, goodbye: Goodbye) -> bytes:
        """Return the last bytes of the connection."""
        said = goodbye_frame(goodbye).on(self.wire)
        if self.wire is live_wire:
            return said + websocket_close(goodbye.close_code, goodbye.code)
        return said + _LAST_CHUNK if self.wire is events_wire else said


def goodbye_frame(goodbye: Goodbye) -> Frame:
    """Return the frame that says why, and what to do then."""
    return frame(
        "goodbye",
        {"code": goodbye.code, "advice": goodbye.advice, "after_ms": goodbye.after_ms},
    )


def _keep_kernel_honest(transport: asyncio.WriteTransport) -> None:
    """Let the kernel hold little that is unsent, and give up on a peer that acknowledges nothing."""
    connected = transport.get_extra_info("socket")
    if connected is None or not sys.platform.startswith("linux"):
        return
    with suppress(OSError):  # A Unix socket has no such options.
        connected.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_IN_KERNEL)
        connected.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, _DEAD_AFTER_MS)
