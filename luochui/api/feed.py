"""The documents that describe the two interfaces, and the routes that serve them."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version

import orjson
from aiohttp import web

from auction.view import LotState
from luochui.http import openapi
from luochui.http.api import Api
from luochui.http.asyncapi import Message
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
    Message(name="price", sent_by="server", type=LotState, summary="A watched lot as it stands"),
    Message(
        name="event", sent_by="server", type=LotEvent, summary="What happened to a watched lot"
    ),
    Message(
        name="heartbeat", sent_by="server", type=Heartbeat, summary="How far a watched lot is"
    ),
    Message(
        name="private", sent_by="server", type=PrivateMessage, summary="What concerns you alone"
    ),
    Message(
        name="goodbye", sent_by="server", type=GoodbyeMessage, summary="Why the connection ends"
    ),
    Message(name="catalogue", sent_by="server", type=LotState, summary="Any lot as it stands"),
)


def add_documents(app: web.Application, api: Api) -> None:
    """Serve /openapi.json and /asyncapi.json."""
    for path, described in (
        ("/openapi.json", openapi.document(api)),
        (
            "/asyncapi.json",
            asyncapi_document(
                _MESSAGES, title="Luochui 落槌 live feed", version=version("luochui")
            ),
        ),
    ):
        app.router.add_get(path, _serving(orjson.dumps(described)))


def _serving(body: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return serve
