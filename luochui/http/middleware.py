"""What happens around every request: an id, a log line, problems, one origin, strict headers."""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import asyncpg
import redis.exceptions
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from luochui.http.problems import ProblemError, problem_response
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
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)
"""What a database says that is away, or that takes nobody in just now."""
_log = structlog.get_logger()


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error under /api into a problem; what nobody expected is logged, not shown."""
    try:
        return await handler(request)
    except ProblemError as error:
        return problem_response(error.problem, instance=request.path)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        code = _CODE_OF_STATUS.get(HTTPStatus(error.status), "bad_request")
        problem = ProblemError(code).problem
        return problem_response(problem, instance=request.path, allow=error.headers.get("Allow"))
    except _OUTAGES as error:
        if request.transport is None or request.transport.is_closing():
            raise  # It is the client who is away.
        _log.warning("request not served", path=request.path, error=repr(error))
        return problem_response(ProblemError("not_ready").problem, instance=request.path)
    except Exception:  # noqa: BLE001 - the request fails, the server does not
        _log.exception("request failed", path=request.path, method=request.method)
        return problem_response(ProblemError("internal_error").problem, instance=request.path)


@web.middleware
async def request_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id and, where it changed something or failed, one log line."""
    request_id = secrets.token_hex(8)
    REQUEST_ID.set(request_id)  # Never taken back: the next request sets its own.
    response = await handler(request)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("answered", path=request.path, status=response.status, request_id=request_id)
    if not response.prepared:
        response.headers["X-Request-Id"] = request_id
    return response


def same_origin(origins: frozenset[str]) -> Middleware:
    """Return a guard against cross-site requests that ride on the session cookie.

    A request that changes something and carries the cookie must say, by Origin or Sec-Fetch-Site, that it
    comes from our own pages. Machines use a bearer token and no cookie.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        unsafe = request.method not in _SAFE
        if unsafe and SESSION_COOKIE in request.cookies and not _is_ours(request, origins):
            raise ProblemError("cross_site_request")
        return await handler(request)

    return guard


def _is_ours(request: web.Request, origins: frozenset[str]) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in origins and site in (None, "same-origin")
    return site == "same-origin"


def security_headers(policy: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the hook that puts a strict policy on every response, static files and errors too."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"

    return put
