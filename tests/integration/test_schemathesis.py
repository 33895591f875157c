"""The HTTP interface against its own description: generated requests, good and bad, for every role.

One exclusion is known: JSON Schema calls `1.0` an integer, and we refuse it, since amounts are read without
ever passing through floating point. So requests with such a number are left out here.
"""

import asyncio
import sys

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig

from tests.support.server import LOT, Server, server_running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLES = 15
PERSON_OF_TAG = {
    "bidding": "ann",
    "console": "auctioneer",
    "settlement": "cashier",
    "supervision": "supervisor",
    "session": "observer",
    "lots": "owner",
    "log": "observer",
}
# A well-formed request may still meet a rule, a state, or nothing under that id.
ACCEPTED = ["2xx", "401", "403", "404", "409", "429"]
# An ill-formed one may be too long before it is anything else.
REFUSED = ["4xx"]


def description(url: str) -> schemathesis.BaseSchema:
    checks = {
        "positive_data_acceptance": {"expected-statuses": ACCEPTED},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    }
    generation = {"with-security-parameters": False}
    config = SchemathesisConfig.from_dict({"generation": generation, "checks": checks})
    return schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)


def token_of(operation: schemathesis.APIOperation, tokens: dict[str, str]) -> dict[str, str]:
    """Sign in where the operation asks for it; signing out would end the session of all others."""
    if "security" not in operation.definition.raw:
        return {}
    person = PERSON_OF_TAG[operation.tags[0]]
    return {"Authorization": f"Bearer {tokens[person]}"}


def differences(
    url: str, tokens: dict[str, str], mode: schemathesis.GenerationMode, known: dict[str, str]
) -> tuple[int, list[str]]:
    """Send generated requests to every operation; return how many, and what the answers do wrong."""
    count, wrong = 0, []
    with requests.Session() as session:
        for found in description(url).get_all_operations():
            operation = found.ok()
            names = {parameter.name for parameter in operation.path_parameters}
            ids = {name: value for name, value in known.items() if name in names}
            nothing_to_get_wrong = not operation.body and not list(operation.iter_parameters())
            if (known and not ids) or (
                mode is schemathesis.GenerationMode.NEGATIVE and nothing_to_get_wrong
            ):
                continue
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=ids or None)
            try:
                count += exercised(strategy, session, token_of(operation, tokens))
            except schemathesis.errors.FailureGroup as error:
                wrong.append(f"{operation.label}: {error}")
    return count, wrong


def exercised(strategy: SearchStrategy, session: requests.Session, headers: dict[str, str]) -> int:
    count = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategy)
    def send(case: schemathesis.Case) -> None:
        nonlocal count
        assume(not has_float(case.body))
        count += 1
        case.call_and_validate(session=session, headers=headers)

    send()
    return count


def has_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(has_float(part) for part in value.values())
    if isinstance(value, list):
        return any(has_float(part) for part in value)
    return isinstance(value, float)


async def everywhere(
    server: Server, mode: schemathesis.GenerationMode, known: dict[str, str]
) -> tuple[int, list[str]]:
    """Do so in a thread, since the server runs in this one."""
    return await asyncio.to_thread(differences, server.base_url, server.token, mode, known)


async def test_well_formed_requests_get_the_answers_that_are_documented(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        positive = schemathesis.GenerationMode.POSITIVE
        count, wrong = await everywhere(server, positive, {})
        assert wrong == []
        assert count > 200


async def test_requests_about_a_real_lot_get_the_answers_that_are_documented(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        _, application = await server.call("POST", f"/api/lots/{LOT}/application", by="bob")
        known = {"lot_id": LOT, "deposit_id": application["deposit"]["deposit_id"]}
        positive = schemathesis.GenerationMode.POSITIVE
        count, wrong = await everywhere(server, positive, known)
        assert wrong == []
        assert count > 100


async def test_ill_formed_requests_are_refused_with_the_answers_that_are_documented(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        negative = schemathesis.GenerationMode.NEGATIVE
        count, wrong = await everywhere(server, negative, {})
        assert wrong == []
        assert count > 200


async def test_the_description_is_valid_and_a_difference_from_it_is_noticed(
    fresh_database, redis_url, monkeypatch
):
    """The control: an answer that the document does not know must be found."""
    async with server_running(fresh_database, redis_url) as server:
        _, document = await server.call("GET", "/openapi.json")
        validate(document)
        lot = document["paths"]["/api/lots/{lot_id}"]["get"]
        del lot["responses"]["404"]
        document["paths"] = {"/api/lots/{lot_id}": {"get": lot}}
        shown = schemathesis.openapi.from_dict(document)
        shown.location = f"{server.base_url}/openapi.json"
        monkeypatch.setattr(sys.modules[__name__], "description", lambda _url: shown)
        _, wrong = await everywhere(server, schemathesis.GenerationMode.POSITIVE, {})
        assert len(wrong) == 1
        assert "Undocumented status code" in wrong[0]
