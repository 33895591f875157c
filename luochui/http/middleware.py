"""What happens around every request: an id, a log line, problems, guards, strict headers."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import asyncpg
import redis.exceptions
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from luochui.http.problems import ProblemError, problem_response
from luochui.http.responses import STRICT_HEADERS, WholeResponse
from luochui.logs import REQUEST_ID

SESSION_COOKIE = "luochui_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CODE_OF_STATUS = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
}
_OUTAGES = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)
"""What a database says that is away, or that takes nobody in just now."""
BODY_MAX = 65_536
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_SOCKET = "/socket.io/"
_any_bits = random.Random().getrandbits  # noqa: S311 - ids of requests are no secret.
_log = structlog.get_logger()


def around(*, origins: frozenset[str], hosts: frozenset[str], body_timeout_s: float) -> Middleware:
    """Return what is around every request: its id, the checks of its host, origin and body, and its errors.

    Every route is guarded by it, whether the route reads a body or not. One function, since each costs
    every request something.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Never taken back: the next request sets its own.
        REQUEST_ID.set(f"{_any_bits(64):016x}")
        try:
            if request.headers.get("Host", "").lower() not in hosts:
                _refuse_unless_probe(request)
            if request.method not in _SAFE:
                _refuse_cross_site(request, origins)
            content = request.content
            if not content.is_eof() or content.total_bytes > BODY_MAX:
                await _take_in(request, body_timeout_s)
            response = await handler(request)
        except Exception as error:
            problem = _problem_of(error, request)
            if problem is None:
                raise
            response = problem
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("answered", route=_route_of(request), status=response.status)
        return response

    return answer


def _problem_of(error: Exception, request: web.Request) -> WholeResponse | None:
    """Return the problem that an error is; None for a redirection, or for a client that has gone.

    What nobody expected is logged, not shown: the request fails, the server does not.
    """
    allow = None
    if isinstance(error, ProblemError):
        problem = error.problem
    elif isinstance(error, web.HTTPException):
        if error.status < HTTPStatus.BAD_REQUEST:
            return None
        code = _CODE_OF_STATUS.get(HTTPStatus(error.status), "bad_request")
        problem, allow = ProblemError(code).problem, error.headers.get("Allow")
    elif isinstance(error, _OUTAGES):
        if request.transport is None or request.transport.is_closing():
            return None
        _log.warning("request not served", route=_route_of(request), error=repr(error))
        problem = ProblemError("not_ready").problem
    else:
        _log.exception("request failed", route=_route_of(request), method=request.method)
        problem = ProblemError("internal_error").problem
    return problem_response(problem, instance=request.path, allow=allow)


def _route_of(request: web.Request) -> str:
    """Return the route's template: an address may hold what must not be logged."""
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical


def _refuse_unless_probe(request: web.Request) -> None:
    """Refuse a Host header that is none of ours; machines that look after the server need none."""
    if request.path not in _PROBES:
        raise ProblemError(
            "host_not_allowed", "neither LUOCHUI_ALLOWED_HOSTS nor LUOCHUI_PUBLIC_ORIGINS has it"
        )


async def _take_in(request: web.Request, timeout_s: float) -> None:
    """Wait until the whole body is there: not too large, not too slow, not compressed."""
    if "Content-Encoding" in request.headers:
        raise ProblemError("unsupported_media_type")
    if (request.content_length or 0) > BODY_MAX:
        raise ProblemError("body_too_large")
    try:
        async with asyncio.timeout(timeout_s):
            if request.path.startswith(_SOCKET):
                await request.content.wait_eof()  # The library reads it itself.
            else:
                await request.read()
    except TimeoutError as error:
        raise ProblemError("body_too_slow") from error


def _refuse_cross_site(request: web.Request, origins: frozenset[str]) -> None:
    """Refuse a cross-site request that rides on the session cookie.

    A request that changes something and carries the cookie must say, by Origin or Sec-Fetch-Site, that it
    comes from our own pages. Machines use a bearer token and no cookie.
    """
    has_cookies = "Cookie" in request.headers  # Machines have none, and reading them takes time.
    if has_cookies and SESSION_COOKIE in request.cookies and not _is_ours(request, origins):
        raise ProblemError("cross_site_request")


def _is_ours(request: web.Request, origins: frozenset[str]) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in origins and site in (None, "same-origin")
    return site == "same-origin"


def security_headers(policy: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the hook that puts a strict policy on pages, files and whatever else is no data of the API."""
    headers = STRICT_HEADERS | {"Content-Security-Policy": policy}

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        response.headers["X-Request-Id"] = REQUEST_ID.get("")
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"

    return put
