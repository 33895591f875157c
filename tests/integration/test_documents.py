"""The documents tell the truth: generated requests against the running server find no difference."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.server import LOT, Server, server_running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
EXAMPLES = 12
PERSON_OF_TAG = {
    "session": "observer",
    "lots": "owner",
    "bidding": "ann",
    "console": "auctioneer",
    "settlement": "settlement",
    "supervision": "supervisor",
}


async def test_openapi_is_valid_and_every_operation_keeps_its_word(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", deposit=1)
        _, document = await server.call("GET", "/openapi.json")
        validate(document)
        problems = await asyncio.to_thread(lambda: list(broken_words(server, document)))
        assert problems == []
        assert (await server.call("GET", "/healthz"))[0] == 200
        # The control: an answer that the document does not know must be noticed.
        lot = document["paths"]["/api/lots/{lot_id}"]["get"]
        del lot["responses"]["404"]
        document["paths"] = {"/api/lots/{lot_id}": {"get": lot}}
        assert await asyncio.to_thread(lambda: list(broken_words(server, document)))


def broken_words(server: Server, document: dict) -> Iterator[str]:
    """Yield what generated requests find of each operation."""
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        tag = operation.definition.raw["tags"][0]
        token = server.token[PERSON_OF_TAG[tag]]
        found: list[str] = []
        _attack(operation, server, token, found)
        yield from found


def _attack(operation, server: Server, token: str, found: list[str]) -> None:
    @seed(20261123)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def run(data) -> None:
        case = data.draw(operation.as_strategy())
        if "lot_id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["lot_id"] = LOT
        if operation.method.upper() == "DELETE":
            return  # Signing out would end the session that asks.
        response = case.call(
            base_url=server.base_url, headers={"Authorization": f"Bearer {token}"}
        )
        for check in CHECKS:
            try:
                case.validate_response(response, checks=(check,))
            except BaseExceptionGroup as error:
                found.append(f"{operation.label}: {str(error)[:600]}")
                raise AssertionError from error

    try:
        run()
    except AssertionError:
        return


async def test_asyncapi_names_every_message_with_its_schema(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        _, document = await server.call("GET", "/asyncapi.json")
        assert document["asyncapi"] == "3.0.0"
        messages = document["components"]["messages"]
        assert messages.keys() == {
            *("watch", "unwatch", "watch_catalogue", "bid", "clock"),
            *("price", "event", "catalogue"),
        }
        assert messages.keys() == document["channels"]["socket"]["messages"].keys()
        assert {o["action"] for o in document["operations"].values()} == {"send", "receive"}
        for reference in _references(document):
            found = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]
            assert found


def _references(document: dict) -> list[str]:
    found = []

    def collect(pairs: dict) -> dict:
        if "$ref" in pairs:
            found.append(pairs["$ref"])
        return pairs

    json.loads(json.dumps(document), object_hook=collect)
    return found
