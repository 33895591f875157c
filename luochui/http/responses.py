"""Answers of the API: whole when they are made, so that each leaves in one write."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time

from luochui.logs import REQUEST_ID

STRICT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every response of the server. Pages have a content security policy of their own besides."""

_DATA_HEADERS = STRICT_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_ENCODER = msgspec.json.Encoder()


class WholeResponse(web.StreamResponse):
    """Data for machines: nothing about it is decided later, so nothing is built later.

    aiohttp puts a head together header by header for every response, which takes longer than deciding a
    bid. Here all but the length, the date and the request's id stands ready; `more` headers are given when
    it is made, and there are none to change afterwards.
    """

    def __init__(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json",
        more: Mapping[str, str] = {},
        close: bool = False,
    ) -> None:
        self._status, self._content, self._closes = status, body, close
        self._head = _head(status, content_type, *more.items())

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything at once."""
        self._eof_sent, self._keep_alive = True, request.keep_alive and not self._closes
        body = b"" if request.method == "HEAD" else self._content
        head = b"%bContent-Length: %d\r\nDate: %b\r\nX-Request-Id: %b\r\n%b\r\n" % (
            self._head,
            len(self._content),
            rfc822_formatted_time().encode(),
            REQUEST_ID.get("").encode(),
            b"" if self._keep_alive else b"Connection: close\r\n",
        )
        await request.writer.write(head + body)
        await request.writer.drain()
        return request.writer


def json_response(value: Any) -> web.StreamResponse:
    """Return `value` (dataclasses, structs, plain data) as JSON."""
    return WholeResponse(_ENCODER.encode(value))


@cache
def _head(status: int, content_type: str, *more: tuple[str, str]) -> bytes:
    """Return the lines that all answers of a kind have in common."""
    headers = {"Content-Type": content_type, **_DATA_HEADERS, **dict(more)}
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()
