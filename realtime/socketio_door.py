"""The Socket.IO door: unmodified clients, by WebSocket or long polling, watch lots and bid."""

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson
import socketio
import structlog

from realtime.disconnects import Goodbye
from realtime.frames import Frame, socketio_wire
from realtime.outlet import Outlet, Sweeper, goodbye_frame
from realtime.reception import Answer, Reception, Visitor
from realtime.socketio_outlet import install, is_possible, let_go, outlet_of

_log = structlog.get_logger()
_REMEMBERED_S = 30
_WAITING_MAX = 256


class OrjsonCodec:
    """python-socketio's `json=` hook."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Encode."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        """Decode."""
        return orjson.loads(text)


class StockOutlet(Outlet):
    """The way out by the library's public `emit`: slower, but it needs no private name."""

    def __init__(
        self, sid: str, to_emit: "asyncio.Queue[tuple[str, Frame]]", sweeper: Sweeper
    ) -> None:
        super().__init__(socketio_wire, None, sweeper)
        self._sid, self._to_emit = sid, to_emit

    def is_free(self) -> bool:
        """Tell whether the library keeps up."""
        return self._to_emit.qsize() < _WAITING_MAX

    def write(self, joined: bytes, frames: Iterable[Frame]) -> None:  # noqa: ARG002 - emitted one by one
        """Have frames emitted."""
        for sent in frames:
            self._to_emit.put_nowait((self._sid, sent))

    def close(self, goodbye: Goodbye) -> None:
        """Say goodbye; the job that emits ends the connection then."""
        if not self.closed:
            self.write(b"", [goodbye_frame(goodbye)])
            self.closed = True


class SocketDoor:
    """One Socket.IO server in front of the reception."""

    def __init__(
        self, reception: Reception, *, sweeper: Sweeper, origins: list[str], fast: bool
    ) -> None:
        self._reception, self._sweeper = reception, sweeper
        self._visitors: dict[str, Visitor] = {}
        self._to_emit: asyncio.Queue[tuple[str, Frame]] = asyncio.Queue()
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            json=OrjsonCodec,
            cors_allowed_origins=origins,
            max_http_buffer_size=reception.limits.message_bytes_max,
        )
        self.server.on("connect", self._on_connect)
        self.server.on("disconnect", self._on_disconnect)
        self.server.on("*", self._on_message)
        self.is_fast = fast and is_possible(self.server)
        if self.is_fast:
            install(self.server, sweeper, reception.limits.handshake_timeout_s)
        elif fast:
            _log.error(
                "the Socket.IO library has changed: the feed runs on its slow path",
                remedy="install the pinned versions of python-socketio and python-engineio",
            )

    async def keep_emitting(self) -> None:
        """Send what stock outlets hand over, in order, until cancelled."""
        while True:
            sid, sent = await self._to_emit.get()
            await self.server.emit(sent.name, orjson.Fragment(sent.body), to=sid)
            if sent.name == "goodbye":
                await self.server.disconnect(sid)

    async def _on_connect(self, sid: str, environ: Any = None, auth: Any = None, *_: Any) -> None:
        if sid in self._visitors:  # A client's own message that is called "connect".
            return
        request = environ["aiohttp.request"]
        visitor = Visitor(self._outlet(sid), self._reception.address_of(request))
        token = auth.get("token") if isinstance(auth, dict) else None
        refused = await self._reception.enter(visitor, token)
        if refused is not None:
            told = {"advice": refused.advice, "after_ms": refused.after_ms}
            raise socketio.exceptions.ConnectionRefusedError(refused.code, told)
        self._visitors[sid] = visitor

    def _outlet(self, sid: str) -> Outlet:
        if not self.is_fast:
            return StockOutlet(sid, self._to_emit, self._sweeper)
        outlet = outlet_of(self._connection(sid), self._sweeper)
        outlet.known = True
        return outlet

    def _connection(self, sid: str) -> Any:
        """Return the engine.io connection under a Socket.IO one, None if it is gone."""
        return self.server.eio.sockets.get(self.server.manager.eio_sid_from_sid(sid, "/"))

    async def _on_disconnect(self, sid: str, *_: Any) -> None:
        if self.server.manager.is_connected(sid, "/"):  # A client's message of this name.
            return
        visitor = self._visitors.get(sid)
        if visitor is None:
            return
        self._reception.leave(visitor)
        connection = self._connection(sid)
        if connection is not None:
            let_go(connection)
        # A bid that arrived before the connection closed is still decided, so its bidder stays known.
        asyncio.get_running_loop().call_later(_REMEMBERED_S, self._visitors.pop, sid, None)

    async def _on_message(self, name: str, sid: str, said: Any = None, *_: Any) -> Answer:
        visitor = self._visitors.get(sid)
        if visitor is None:
            return {"ok": False, "code": "not_ready"}
        return await self._reception.answer(visitor, name, said)
