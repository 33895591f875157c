"""Serving an application: what cannot be read as HTTP, or never comes, is answered with a problem too."""

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from luochui.http.problems import ProblemError, problem_response

_LINGERING_S = 1.0
"""How long the rest of a body that was refused may still arrive, so that its sender reads the answer."""
_CODES = {400: "bad_request", 408: "body_too_slow"}
"""What the parser refuses, and what did not come in time; the rest is the library's."""
_log = structlog.get_logger()


class ProblemRunner(web.AppRunner):
    """Runs an application whose connections answer in problems.

    The library has no hook for this: private names are used; the tests of bytes on the wire watch them.
    """

    def __init__(self, app: web.Application, *, head_timeout_s: float, **options: Any) -> None:
        super().__init__(app, access_log=None, lingering_time=_LINGERING_S, **options)
        self._head_timeout_s = head_timeout_s

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=asyncio.get_running_loop(),
            head_timeout_s=self._head_timeout_s,
            **made._kwargs,  # noqa: SLF001
        )


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ("_head_timeout_s", "_head_timer")

    def __init__(self, manager: web.Server, *, head_timeout_s: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_timeout_s = head_timeout_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._head_timer = loop.call_later(self._head_timeout_s, self._refuse_slow_head)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_timer.cancel()
        super().connection_lost(exc)

    def _refuse_slow_head(self) -> None:
        """Refuse who connects and sends no request: he holds a connection that others need."""
        if self._request_count:
            return
        self._request_count += 1
        self._messages.append((_ErrInfo(408, TimeoutError(), ""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP. The parser quotes it in its error, so only the error's kind is logged."""
        code = _CODES.get(status)
        if code is None:
            return super().handle_error(request, status, exc, message)
        _log.info("request not readable", error=type(exc).__name__)
        return problem_response(ProblemError(code).problem, instance="/")
