"""The fast path of Socket.IO: python-socketio shakes hands and keeps sessions, frames bypass its queues.

Stock, a broadcast costs a task, a queue and a timer for every recipient. Here a connection that speaks
WebSocket is written to directly once its queue has run empty; from then on every packet takes that way,
so nothing overtakes. Who speaks WebSocket from the beginning is also read from here, since the library takes
a task and a timer for every message, and a second task to write. Long polling keeps the library's queue,
filled no further than its client reads.
"""

import asyncio
import inspect
from typing import Any

import structlog
from aiohttp.web import Request, WebSocketResponse
from engineio import packet as engineio_packet
from engineio.async_drivers import aiohttp as driver
from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError, UnknownPacketError

from realtime.disconnects import HANDSHAKE_TIMEOUT, Goodbye
from realtime.frames import Frame, Ready, socketio_wire, websocket_close, websocket_text
from realtime.outlet import Outlet, Sweeper, goodbye_frame

_BINARY, _NORMAL = 0x82, 1000
_NOTHING_QUEUED: asyncio.Queue[Any] = asyncio.Queue()
"""In the place of the queues of all who are written to directly from the beginning: a queue is 3 kB."""
_log = structlog.get_logger()


def is_possible(server: Any) -> bool:
    """Tell whether the library has the names and shapes that the fast path stands on."""
    drivers = getattr(server.eio, "_async", None)
    stock = drivers.get("websocket") if isinstance(drivers, dict) else None
    wanted = {"handler", "server"}
    return (
        stock is driver.WebSocket
        and set(inspect.signature(stock.__init__).parameters) == {"self", *wanted}
        and all(
            hasattr(AsyncSocket, name)
            for name in ("poll", "send", "receive", "close", "check_ping_timeout")
        )
        and hasattr(AsyncSocket, "_websocket_handler")
        and isinstance(getattr(server.eio, "sockets", None), dict)
    )


def install(server: Any, sweeper: Sweeper, handshake_timeout_s: float) -> None:
    """Let `server` hand every WebSocket to an outlet of ours."""

    class DirectWebSocket(driver.WebSocket):  # type: ignore[misc]
        """The driver's WebSocket without compression, whose transport the outlet gets."""

        async def __call__(self, environ: dict[str, Any]) -> WebSocketResponse:
            request: Request = environ["aiohttp.request"]
            self._sock = WebSocketResponse(
                max_msg_size=self.server.max_http_buffer_size,
                compress=False,
                receive_timeout=self.server.ping_interval + self.server.ping_timeout,
            )
            await self._sock.prepare(request)
            self.environ = environ
            connection = self.handler.__self__
            outlet = outlet_of(connection, sweeper)
            timer = asyncio.get_running_loop().call_later(
                handshake_timeout_s, outlet.close_unless_known, HANDSHAKE_TIMEOUT
            )
            try:
                if connection.connected:
                    outlet.expect(request.transport)
                    await self.handler(self)
                else:
                    environ.clear()  # It lasts as long as the connection; nobody asks for more of it.
                    environ["aiohttp.request"] = request
                    await outlet.attend(self._sock, request.transport)
            finally:
                timer.cancel()
            return self._sock

    server.eio._async = {**server.eio._async, "websocket": DirectWebSocket}  # noqa: SLF001


def outlet_of(connection: AsyncSocket, sweeper: Sweeper) -> "SocketIoOutlet":
    """Return the outlet of an engine.io connection, made when first asked for."""
    outlet = getattr(connection, "outlet", None)
    if not isinstance(outlet, SocketIoOutlet):
        outlet = connection.outlet = SocketIoOutlet(connection, sweeper)
    return outlet


def let_go(connection: AsyncSocket) -> None:
    """End what Socket.IO has ended: a WebSocket, or the poll that the library would leave open for 45 s."""
    if connection.queue is not _NOTHING_QUEUED:
        connection.queue.put_nowait(None)
    elif not connection.outlet.transport.is_closing():
        connection.outlet.transport.write(websocket_close(_NORMAL, ""))
        connection.outlet.transport.close()


class SocketIoOutlet(Outlet):
    """An engine.io connection: by its queue while it polls, past it once it speaks WebSocket."""

    __slots__ = ("_connection", "_direct", "_expected", "known")

    def __init__(self, connection: AsyncSocket, sweeper: Sweeper) -> None:
        super().__init__(socketio_wire, None, sweeper)
        self._connection = connection
        self._expected: asyncio.WriteTransport | None = None
        self._direct = False
        self.known = False
        """Whether Socket.IO's own handshake was completed."""

    def expect(self, transport: asyncio.WriteTransport | None) -> None:
        """Write to `transport` once the connection speaks WebSocket and its queue has run empty."""
        self._expected = transport
        self._connection.poll = self._poll
        self._connection.send = self._send

    async def attend(
        self, said: WebSocketResponse, transport: asyncio.WriteTransport | None
    ) -> None:
        """Serve a connection that speaks WebSocket from the beginning, until it ends."""
        connection = self._connection
        assert transport is not None, "a prepared connection is open"
        connection.connected = connection.upgraded = self._direct = True
        connection.send = self._send
        self.use(transport)
        while not connection.queue.empty():
            await self._send(connection.queue.get_nowait())
        connection.queue = _NOTHING_QUEUED
        try:
            async for message in said:
                await self._take(message.data)
        except (TimeoutError, ValueError, SocketIsClosedError) as error:
            _log.info("connection ended", why=type(error).__name__)
        finally:
            reason = connection.server.reason.TRANSPORT_CLOSE
            await connection.close(wait=False, abort=True, reason=reason)

    async def _take(self, encoded: str | bytes) -> None:
        """Have the library take one packet; raise `ValueError` if it is none."""
        packet = engineio_packet.Packet(encoded_packet=encoded)
        try:
            await self._connection.receive(packet)
        except SocketIsClosedError:
            raise
        except UnknownPacketError:
            return
        except Exception:  # noqa: BLE001 - a packet that fails ends no connection
            _log.exception("packet not taken")

    def is_free(self) -> bool:
        """Tell whether what is sent now leaves at once, or with the poll that waits for it."""
        if self._direct:
            return super().is_free()
        polls = self.transport is None and not self._connection.upgrading
        return polls and bool(self._connection.queue.empty())

    def write(self, joined: bytes, frames: Any) -> None:
        """Put frames on the connection."""
        if self._direct:
            super().write(joined, frames)
            return
        for sent in frames:
            message = engineio_packet.Packet(engineio_packet.MESSAGE, _text_of(sent))
            self._connection.queue.put_nowait(message)

    async def _poll(self) -> list[Any]:
        """Take the place of the writer's look into the queue: once it is empty, it stays so."""
        if not self._connection.upgraded:
            polled: list[Any] = await AsyncSocket.poll(self._connection)
            return polled
        if self.transport is None and self._expected is not None:
            self.use(self._expected)
        queue = self._connection.queue
        self._direct = queue.empty()
        packets = [await queue.get()]
        self._direct = False
        queue.task_done()
        while packets[-1] is not None and not queue.empty():
            packets.append(queue.get_nowait())
            queue.task_done()
        if (
            packets[-1] is None
        ):  # The end: what came before it is still sent, then it is met again.
            packets.pop()
            if packets:
                queue.put_nowait(None)
        return packets

    async def _send(self, sent: Any) -> None:
        """Take the place of the library's `send`: acknowledgements, pings, goodbyes."""
        if not self._direct:
            await AsyncSocket.send(self._connection, sent)
        elif await self._connection.check_ping_timeout():
            encoded = sent.encode()
            self.send(Ready(_binary(encoded) if isinstance(encoded, bytes) else _text(encoded)))

    def close_unless_known(self, goodbye: Goodbye) -> None:
        """End a connection that never said who it is."""
        if not self.known:
            self.close(goodbye)

    def close(self, goodbye: Goodbye) -> None:
        """Say goodbye and end the connection; a polling one with the poll that waits."""
        if self.closed:
            return
        if self.transport is None:
            self._held.clear()
            self.write(b"", [goodbye_frame(goodbye)])
            self._connection.queue.put_nowait(engineio_packet.Packet(engineio_packet.CLOSE))
            self.closed = True
        else:
            super().close(goodbye)

    def farewell(self, goodbye: Goodbye) -> bytes:
        """Return the goodbye and engine.io's close packet."""
        return super().farewell(goodbye) + websocket_text(b"1")


def _text_of(sent: Frame) -> str:
    return "2" + sent.text.decode()


def _text(encoded: str) -> bytes:
    return websocket_text(encoded.encode())


def _binary(encoded: bytes) -> bytes:
    framed = bytearray(websocket_text(encoded))
    framed[0] = _BINARY
    return bytes(framed)
