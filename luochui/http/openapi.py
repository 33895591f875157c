"""OpenAPI 3.1 from the operations' types; nothing is written twice."""

import inspect
from http import HTTPStatus
from typing import Any

import msgspec

from luochui.http.api import Api, Operation
from luochui.http.problems import Problem, status_of

_REF = "#/components/schemas/{name}"
_ANY_CODES = ("not_ready", "host_not_allowed")
_READING_CODES = ("invalid_request",)
_BODY_CODES = (
    *("malformed_json", "unsupported_media_type", "invalid_request"),
    *("body_too_large", "body_too_slow"),
)
_GATE_CODES = ("not_signed_in", "not_authorised")


def document(api: Api) -> dict[str, Any]:
    """Return the OpenAPI document of `api`."""
    types: list[Any] = [Problem]
    for operation in api.operations:
        types += [parameter.type for parameter in operation.parameters]
        types += [t for t in (operation.body, operation.returns) if t not in (None, type(None))]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = {id(t): s for t, s in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in api.operations:
        described = _described(operation, by_type)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.1",
        "info": {"title": api.title, "version": api.version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "luochui_session"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _described(operation: Operation, by_type: dict[int, Any]) -> dict[str, Any]:
    doc = inspect.getdoc(operation.handler) or operation.handler.__name__
    found: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": doc.partition("\n")[0],
        "description": doc,
        "tags": [operation.tag],
        "responses": _responses(operation, by_type),
    }
    if operation.parameters:
        found["parameters"] = [
            {
                "name": p.name,
                "in": p.place,
                "required": p.default is inspect.Parameter.empty,
                "schema": by_type[id(p.type)],
            }
            for p in operation.parameters
        ]
    if operation.body is not None:
        schema = by_type[id(operation.body)]
        content = {"application/json": {"schema": schema}}
        found["requestBody"] = {"required": True, "content": content}
    if operation.permission is not None:
        found["security"] = [{"session": []}, {"bearer": []}]
    return found


def _responses(operation: Operation, by_type: dict[int, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.returns is not type(None):
        good["content"] = {"application/json": {"schema": by_type[id(operation.returns)]}}
    codes = [*operation.codes, *_ANY_CODES]
    if operation.parameters:
        codes += _READING_CODES
    if operation.body is not None:
        codes += _BODY_CODES
    if operation.permission is not None:
        codes += _GATE_CODES
    if operation.permission is not None or operation.body is not None:
        codes += ["cross_site_request"]
    responses = {str(operation.status): good}
    problem = {"application/problem+json": {"schema": by_type[id(Problem)]}}
    for code in sorted(set(codes)):
        status = str(status_of(code))
        known = responses.get(status)
        said = f"{known['description']}, `{code}`" if known else f"`{code}`"
        responses[status] = {"description": said, "content": problem}
    return responses
