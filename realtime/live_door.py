"""The plain WebSocket door `/live`: JSON arrays, nothing around them.

A client sends `[name, id, body]` and is answered `["answer", {"id": id, "answer": {...}}]`; everything else
that comes is `[name, body]`, as over Socket.IO. Whoever has a one-time token says `hello` first.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from aiohttp import WSMessage, WSMsgType, web

from realtime.disconnects import HANDSHAKE_TIMEOUT
from realtime.frames import frame, live_wire
from realtime.outlet import Outlet, Sweeper
from realtime.reception import Reception, Visitor

_log = structlog.get_logger()
_QUESTION_PARTS = 3


class LiveDoor:
    """One route in front of the reception."""

    def __init__(self, reception: Reception, *, sweeper: Sweeper, origins: Sequence[str]) -> None:
        self._reception, self._sweeper = reception, sweeper
        self._origins = frozenset(origins)

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/live", self._live)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            raise web.HTTPForbidden
        connection = web.WebSocketResponse(
            compress=False, max_msg_size=self._reception.limits.message_bytes_max
        )
        await connection.prepare(request)
        assert request.transport is not None, "a prepared connection is open"
        outlet = Outlet(live_wire, request.transport, self._sweeper)
        visitor = Visitor(outlet, self._reception.address_of(request))
        timer = asyncio.get_running_loop().call_later(
            self._reception.limits.handshake_timeout_s, _dismiss_silent, visitor
        )
        try:
            await self._attend(connection, visitor)
        finally:
            timer.cancel()
            self._reception.leave(visitor)
        return connection

    async def _attend(self, connection: web.WebSocketResponse, visitor: Visitor) -> None:
        """Answer until the connection ends; questions do not wait for each other."""
        name, number, body = _question(await connection.receive())
        is_hello = name == "hello"
        token = body.get("token") if is_hello and isinstance(body, dict) else None
        visitor.spoke = True
        refused = await self._reception.enter(visitor, token)
        if refused is not None:
            visitor.outlet.close(refused)
            return
        async with asyncio.TaskGroup() as answers:
            if is_hello:
                _tell(visitor, number, {"ok": True})
            else:
                answers.create_task(self._answer(visitor, name, number, body))
            async for message in connection:
                answers.create_task(self._answer(visitor, *_question(message)))

    async def _answer(self, visitor: Visitor, name: str, number: Any, body: Any) -> None:
        try:
            answer = await self._reception.answer(visitor, name, body)
        except Exception:  # noqa: BLE001 - a question that fails ends no connection
            _log.exception("message not answered", message=name)
            answer = self._reception.refusal("not_ready")
        _tell(visitor, number, answer)


def _tell(visitor: Visitor, number: Any, answer: Any) -> None:
    visitor.outlet.send(frame("answer", {"id": number, "answer": answer}))


def _question(message: WSMessage) -> tuple[str, Any, Any]:
    """Return name, id and body; what cannot be read has a name that nobody knows."""
    if message.type is WSMsgType.TEXT:
        try:
            said = orjson.loads(message.data)
        except orjson.JSONDecodeError:
            said = None
        if isinstance(said, list) and len(said) == _QUESTION_PARTS and isinstance(said[0], str):
            return said[0], said[1], said[2]
    return "", None, None


def _dismiss_silent(visitor: Visitor) -> None:
    if not visitor.spoke:
        visitor.outlet.close(HANDSHAKE_TIMEOUT)
