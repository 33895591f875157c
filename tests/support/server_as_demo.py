"""A server of a test's own loop, as the helpers of the pages want to know it."""

from dataclasses import dataclass

from tests.support.server import PASSWORD, Server


@dataclass(frozen=True, kw_only=True)
class Known:
    """Its address, and who can sign in there."""

    base_url: str
    people: dict[str, dict[str, str]]


def as_demo(server: Server) -> Known:
    people = {login: {"password": PASSWORD} for login in server.account}
    return Known(base_url=server.base_url, people=people)
