"""The door for read-only pages behind difficult proxies: Server-Sent Events over plain HTTP.

`/live/events/{lot_id}` begins with a `snapshot` and goes on with `event`, `price` and `heartbeat`;
`/live/events` is the catalogue. A browser that comes back says by itself how far it had got.
"""

import asyncio

import orjson
from aiohttp import web

from realtime.frames import Frame, events_wire
from realtime.lot_channel import Place
from realtime.outlet import Outlet, Sweeper
from realtime.reception import Reception, Visitor

_LOOK_EVERY_S = 2.0
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class EventsDoor:
    """Two routes in front of the reception; nothing can be said here, only heard."""

    def __init__(self, reception: Reception, *, sweeper: Sweeper) -> None:
        self._reception, self._sweeper = reception, sweeper

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/live/events", self._catalogue)
        app.router.add_get("/live/events/{lot_id}", self._lot)

    async def _catalogue(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, "watch_catalogue", {})

    async def _lot(self, request: web.Request) -> web.StreamResponse:
        wish: dict[str, object] = {"lot_id": request.match_info["lot_id"]}
        place = _place(request.headers.get("Last-Event-ID", ""))
        if place is not None:
            wish |= {"epoch": place.epoch, "seq": place.seq}
        return await self._stream(request, "watch", wish)

    async def _stream(
        self, request: web.Request, name: str, wish: dict[str, object]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS)
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b": luochui\n\n")  # What follows is written to the transport itself.
        transport = request.transport  # The request forgets it once the reader has hung up.
        assert transport is not None, "a prepared answer has its connection"
        outlet = Outlet(events_wire, transport, self._sweeper)
        visitor = Visitor(outlet, self._reception.address_of(request))
        try:
            refused = await self._reception.enter(visitor, None)
            if refused is not None:
                outlet.close(refused)
                return response
            answer = await self._reception.answer(visitor, name, wish)
            outlet.send(Frame("snapshot", orjson.dumps(answer)))
            while not transport.is_closing():  # noqa: ASYNC110 - no event says that it closed
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            self._reception.leave(visitor)
        return response


def _place(last_event_id: str) -> Place | None:
    epoch, _, seq = last_event_id.partition(":")
    return Place(epoch, int(seq)) if epoch and seq.isascii() and seq.isdigit() else None
