"""The documents that describe the two interfaces, and the routes that serve them."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version

import orjson
from aiohttp import web

from auction.view import LotState
from luochui.http import openapi
from luochui.http.api import Api
from luochui.http.asyncapi import Channel, Message
from luochui.http.asyncapi import document as asyncapi_document
from realtime.messages import (
    BidAccepted,
    BidMessage,
    ClockAnswer,
    Done,
    GoodbyeMessage,
    Heartbeat,
    LotEvent,
    MoveTaken,
    ParticipationConfirmed,
    ParticipationMessage,
    PrivateMessage,
    Recovered,
    Refused,
    Unwatch,
    Watch,
    Watching,
)
from realtime.moves import MESSAGES

_CHANNELS = {
    "socket": Channel(address="/socket.io/", summary="Socket.IO"),
    "live": Channel(address="/live", summary="A plain WebSocket with JSON arrays"),
    "lot_stream": Channel(
        address="/live/events/{lot_id}",
        summary="Server-Sent Events of a lot",
        parameters=("lot_id",),
    ),
    "catalogue_stream": Channel(
        address="/live/events", summary="Server-Sent Events of the catalogue"
    ),
}
_SOCKETS = ("socket", "live")
_OF_A_LOT = (*_SOCKETS, "lot_stream")
_STREAMS = ("lot_stream", "catalogue_stream")
_MESSAGES = (
    Message(
        name="watch",
        sent_by="client",
        type=Watch,
        summary="Watch a lot",
        answers=(Watching, Recovered, Refused),
    ),
    Message(
        name="unwatch",
        sent_by="client",
        type=Unwatch,
        summary="Watch a lot no more",
        answers=(Done, Refused),
    ),
    Message(
        name="watch_catalogue",
        sent_by="client",
        type=None,
        summary="Watch all lots' states",
        answers=(Done,),
    ),
    Message(
        name="bid",
        sent_by="client",
        type=BidMessage,
        summary="Bid",
        answers=(BidAccepted, Refused),
    ),
    Message(
        name="confirm_participation",
        sent_by="client",
        type=ParticipationMessage,
        summary="Answer the inquiry: go on to the limited phase",
        answers=(ParticipationConfirmed, Refused),
    ),
    Message(
        name="clock", sent_by="client", type=None, summary="Ask the time", answers=(ClockAnswer,)
    ),
    *(
        Message(
            name=kind,
            sent_by="client",
            type=message,
            summary=(message.__doc__ or kind).partition("\n")[0],
            answers=(MoveTaken, Refused),
        )
        for kind, message in MESSAGES.items()
    ),
    Message(
        name="snapshot",
        sent_by="server",
        type=(Watching, Recovered, Done, Refused),
        summary="The beginning of a stream: what a question to watch is answered",
        channels=_STREAMS,
    ),
    Message(
        name="price",
        sent_by="server",
        type=LotState,
        summary="A watched lot as it stands",
        channels=_OF_A_LOT,
    ),
    Message(
        name="event",
        sent_by="server",
        type=LotEvent,
        summary="What happened to a watched lot",
        channels=_OF_A_LOT,
    ),
    Message(
        name="heartbeat",
        sent_by="server",
        type=Heartbeat,
        summary="How far a watched lot is",
        channels=_OF_A_LOT,
    ),
    Message(
        name="private", sent_by="server", type=PrivateMessage, summary="What concerns you alone"
    ),
    Message(
        name="goodbye",
        sent_by="server",
        type=GoodbyeMessage,
        summary="Why the connection ends",
        channels=(*_SOCKETS, *_STREAMS),
    ),
    Message(
        name="catalogue",
        sent_by="server",
        type=LotState,
        summary="Any lot as it stands",
        channels=(*_SOCKETS, "catalogue_stream"),
    ),
)


def add_documents(app: web.Application, api: Api) -> None:
    """Serve /openapi.json and /asyncapi.json."""
    for path, described in (
        ("/openapi.json", openapi.document(api)),
        (
            "/asyncapi.json",
            asyncapi_document(
                _CHANNELS, _MESSAGES, title="Luochui 落槌 live feed", version=version("luochui")
            ),
        ),
    ):
        app.router.add_get(path, _serving(orjson.dumps(described)))


def _serving(body: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return serve
