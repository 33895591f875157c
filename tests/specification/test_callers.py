"""Who waits for an answer counts as waiting until he has it, by whichever door he came."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from luochui.clock import SystemClock
from luochui.http.api import Api
from realtime.callers import Callers
from realtime.frames import live_wire
from realtime.limits import FeedLimits
from realtime.outlet import Outlet, Sweeper
from realtime.reception import Reception, Visitor


class Watched:
    """Callers, and whether somebody waited when a question was answered."""

    def __init__(self):
        self.callers, self.waited = Callers(), []

    async def answer(self, *_):
        self.waited.append(bool(self.callers))
        return {"ok": True}

    async def fail(self) -> None:
        self.waited.append(bool(self.callers))
        raise web.HTTPConflict


async def let_everybody_in(_request, _permission):
    return None


@pytest.mark.parametrize(("question", "status"), [("answer", 200), ("fail", 409)])
async def test_a_request_is_waited_for_until_it_is_answered(question, status):
    watched, api = Watched(), Api(title="test", version="1")

    async def answer() -> dict[str, bool]:
        return await watched.answer()

    handlers = {"answer": answer, "fail": watched.fail}
    api.add("GET", "/question", handlers[question], tag="test")
    app = web.Application()
    api.install(app, let_everybody_in, watched.callers)
    async with TestClient(TestServer(app)) as client:
        answered = await client.get("/question")
    assert answered.status == status
    assert watched.waited == [True]
    assert not watched.callers


async def test_who_sends_his_body_slowly_is_not_waited_for():
    watched, api = Watched(), Api(title="test", version="1")

    async def answer(body: list[int]) -> dict[str, bool]:  # noqa: ARG001
        return await watched.answer()

    api.add("POST", "/question", answer, tag="test")
    app = web.Application()
    api.install(app, let_everybody_in, watched.callers)

    async def slowly():
        yield b"[1, "
        await asyncio.sleep(0.05)
        assert not watched.callers
        yield b"2]"

    async with TestClient(TestServer(app)) as client:
        headers = {"Content-Type": "application/json"}
        answered = await client.post("/question", data=slowly(), headers=headers)
    assert answered.status == 200
    assert watched.waited == [True]


@pytest.mark.parametrize(
    ("message", "is_waited_for"),
    [("bid", True), ("set_maximum", True), ("confirm_participation", True), ("clock", False)],
)
async def test_of_what_is_said_over_a_socket_commands_are_waited_for(message, is_waited_for):
    watched = Watched()
    reception = Reception(
        hub=None,
        callers=watched.callers,
        bidding=SimpleNamespace(bid=watched.answer, move=watched.answer, refusal=None),
        guard=None,
        presence=None,
        applications=None,
        limits=FeedLimits(),
        address_of=lambda _request: "",
        now_us=SystemClock().now_us,
    )
    visitor = Visitor(Outlet(live_wire, None, Sweeper()), "")
    await reception.answer(visitor, message, {})
    assert watched.waited == ([True] if is_waited_for else [])
    assert not watched.callers
