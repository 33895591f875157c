"""Serving an application: what cannot even be read as HTTP is answered with a problem too."""

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from luochui.http.problems import ProblemError, problem_response

_LINGERING_S = 1.0
"""How long the rest of a body that was refused may still arrive, so that its sender reads the answer."""
_log = structlog.get_logger()


class ProblemRunner(web.AppRunner):
    """Runs an application whose connections answer in problems.

    The library has no hook for this: private names are used; the tests of bytes on the wire watch them.
    """

    def __init__(self, app: web.Application, **options: Any) -> None:
        super().__init__(app, access_log=None, lingering_time=_LINGERING_S, **options)

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=asyncio.get_running_loop(),
            **made._kwargs,  # noqa: SLF001
        )


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP. The parser quotes it in its error, so only the error's kind is logged."""
        if status != 400:  # noqa: PLR2004 - what the parser refuses; the rest is the library's
            return super().handle_error(request, status, exc, message)
        _log.info("request not readable", error=type(exc).__name__)
        return problem_response(ProblemError("bad_request").problem, instance="/")
