"""Errors on HTTP: RFC 9457 problems, each with a stable code. The one table of status numbers."""

from http import HTTPStatus

import msgspec

from bidding_rules.rejections import Rejection
from luochui.http.responses import WholeResponse
from luochui.texts import text_of

_ENCODER = msgspec.json.Encoder()
_STATUS = {
    "engine_busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "lot_unknown": HTTPStatus.NOT_FOUND,
    "not_authorised": HTTPStatus.FORBIDDEN,
    "same_person": HTTPStatus.FORBIDDEN,
    "answer_unknown": HTTPStatus.GATEWAY_TIMEOUT,
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "bad_request": HTTPStatus.BAD_REQUEST,
    "invalid_request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "host_not_allowed": HTTPStatus.MISDIRECTED_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "bad_credentials": HTTPStatus.UNAUTHORIZED,
    "too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
    "cross_site_request": HTTPStatus.FORBIDDEN,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "not_ready": HTTPStatus.SERVICE_UNAVAILABLE,
    "deposit_unknown": HTTPStatus.NOT_FOUND,
    "checkpoint_unknown": HTTPStatus.NOT_FOUND,
    "decision_unknown": HTTPStatus.NOT_FOUND,
}
"""Every other code is a rule that was broken: 409, the state of the lot stands against it."""

_CLOSING = frozenset({"body_too_large", "body_too_slow"})
"""After these the rest of the request is not waited for: the connection closes."""


class Problem(msgspec.Struct, omit_defaults=True, kw_only=True):
    """RFC 9457 problem details. `code` is stable; `text` is for people."""

    type: str
    title: str
    status: int
    code: str
    text: dict[str, str]
    detail: str | None = None
    instance: str | None = None
    amount_min_fen: int | None = None
    amount_max_fen: int | None = None


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        amount_min_fen: int | None = None,
        amount_max_fen: int | None = None,
    ) -> None:
        super().__init__(code)
        self.problem = Problem(
            type=f"/problems/{code}",
            title=text_of(code)["en"],
            status=status_of(code),
            code=code,
            text=text_of(code),
            detail=detail,
            amount_min_fen=amount_min_fen,
            amount_max_fen=amount_max_fen,
        )


def status_of(code: str) -> int:
    """Return the HTTP status of a code."""
    return int(_STATUS.get(code, HTTPStatus.CONFLICT))


def refused(rejection: Rejection) -> ProblemError:
    """Return the problem of a rule that was broken."""
    return ProblemError(
        rejection.code,
        amount_min_fen=rejection.amount_min,
        amount_max_fen=rejection.amount_max,
    )


def problem_response(
    problem: Problem, *, instance: str, allow: str | None = None
) -> WholeResponse:
    """Return the response of a problem."""
    problem.instance = instance
    more = {} if allow is None else {"Allow": allow}
    if problem.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        more["Retry-After"] = "1"
    return WholeResponse(
        _ENCODER.encode(problem),
        status=problem.status,
        content_type="application/problem+json",
        more=more,
        close=problem.code in _CLOSING,
    )
