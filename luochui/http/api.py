"""Typed routes: a handler's annotations say what is read, checked, answered and documented."""

import inspect
import typing
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from luochui.http.problems import ProblemError
from luochui.http.responses import json_response

Handler = Callable[..., Awaitable[Any]]
Gate = Callable[[web.Request, Any], Awaitable[None]]
"""Asked before a handler: (request, the permission it needs or None for public). Raises a problem."""

_BODY = "body"
_REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A path or query parameter."""

    name: str
    place: str
    type: Any
    default: Any
    parse: Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route with everything its handler's annotations tell."""

    method: str
    path: str
    handler: Handler
    parameters: tuple[Parameter, ...]
    body: Any
    wants_request: bool
    returns: Any
    status: int
    tag: str
    permission: Any
    codes: tuple[str, ...]


class Api:
    """Collects operations; `install` adds them to an application behind a gate."""

    def __init__(self, *, title: str, version: str) -> None:
        self.title, self.version = title, version
        self.operations: list[Operation] = []

    def add(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        tag: str,
        permission: Any = None,
        codes: tuple[str, ...] = (),
    ) -> None:
        """Add a route. `permission` None: public. `codes`: problems the handler itself may raise."""
        hints = typing.get_type_hints(handler, include_extras=True)
        returns = hints.pop("return")
        defaults = inspect.signature(handler).parameters
        parameters = tuple(
            Parameter(
                name=name,
                place="path" if f"{{{name}}}" in path else "query",
                type=hint,
                default=defaults[name].default,
                parse=_parser(hint),
            )
            for name, hint in hints.items()
            if name not in (_BODY, _REQUEST)
        )
        self.operations.append(
            Operation(
                method=method,
                path=path,
                handler=handler,
                parameters=parameters,
                body=hints.get(_BODY),
                wants_request=_REQUEST in hints,
                returns=returns,
                status=204 if returns is type(None) else 200,
                tag=tag,
                permission=permission,
                codes=codes,
            )
        )

    def install(
        self, app: web.Application, gate: Gate, callers: AbstractContextManager[object]
    ) -> None:
        """Add every operation to `app`; `callers` is entered while somebody waits for us, not we for him."""
        for operation in self.operations:
            app.router.add_route(
                operation.method, operation.path, _bound(operation, gate, callers)
            )


def _bound(
    operation: Operation, gate: Gate, callers: AbstractContextManager[object]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of an operation."""
    decoder = None if operation.body is None else msgspec.json.Decoder(operation.body)

    async def handle(request: web.Request) -> web.StreamResponse:
        with callers:
            await gate(request, operation.permission)
        values: dict[str, Any] = {_REQUEST: request} if operation.wants_request else {}
        for parameter in operation.parameters:
            _read_parameter(request, parameter, values)
        if decoder is not None:  # Who sends his body slowly keeps nobody waiting.
            values[_BODY] = await _read_body(request, decoder)
        with callers:
            answer = await operation.handler(**values)
        if isinstance(answer, web.StreamResponse):
            return answer
        if operation.returns is type(None):
            return web.Response(status=operation.status)
        return json_response(answer)

    return handle


def _read_parameter(request: web.Request, parameter: Parameter, values: dict[str, Any]) -> None:
    source = request.match_info if parameter.place == "path" else request.query
    raw = source.get(parameter.name)
    if raw is None:
        if parameter.default is inspect.Parameter.empty:
            raise ProblemError(
                "invalid_request", f"{parameter.place} parameter {parameter.name} is missing"
            )
        return
    try:
        values[parameter.name] = parameter.parse(raw)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise ProblemError(
            "invalid_request", f"{parameter.place} parameter {parameter.name}: {error}"
        ) from error


def _parser(wanted: Any) -> Callable[[str], Any]:
    """Return what reads a parameter: as JSON does, a number as it stands, everything else as text.

    So a whole number is one as in JSON, and `1.0` and `1e3` are none.
    """
    read = msgspec.json.Decoder(wanted).decode

    def whole_number(raw: str) -> Any:
        if raw != raw.strip():  # JSON allows it; `+1` comes as ` 1`.
            raise msgspec.ValidationError("Expected `int`, got white space")
        return read(raw)

    if isinstance(msgspec.inspect.type_info(wanted), msgspec.inspect.IntType):
        return whole_number
    return lambda raw: read(msgspec.json.encode(raw))


async def _read_body(request: web.Request, decoder: msgspec.json.Decoder[Any]) -> Any:
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        raise ProblemError("unsupported_media_type")
    try:
        return decoder.decode(await _body_of(request))
    except msgspec.ValidationError as error:
        raise ProblemError("invalid_request", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError("malformed_json", str(error)) from error


async def _body_of(request: web.Request) -> bytes:
    """Return the body; most come in one piece with their head, and nothing is waited for."""
    content = request.content
    if content.is_eof() and not content.at_eof():
        return content.read_nowait()
    return await request.read()
