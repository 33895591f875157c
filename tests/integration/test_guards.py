"""What stands before every route: host, body, address, metrics; asked of the running server."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import structlog

from luochui.http import serving
from luochui.http.middleware import BODY_MAX
from luochui.wiring import web as wiring
from tests.support.server import LOT, PASSWORD, Server, server_running

pytestmark = pytest.mark.integration


async def answered(server: Server, sent: bytes, *, within_s: float = 5) -> tuple[int, dict]:
    """Send bytes; return status and problem once the server has closed the connection."""
    port = int(server.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(within_s):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body or b"{}")


def head_of(server: Server, method: str, path: str, *more: str) -> bytes:
    host = f"Host: {server.base_url.removeprefix('http://')}"
    return "\r\n".join([f"{method} {path} HTTP/1.1", host, *more, "", ""]).encode()


@pytest.fixture
def routes(monkeypatch) -> list[tuple[str, str]]:
    """Method and address of every route that the server registers, whoever registered it."""
    monkeypatch.setattr(serving, "_LINGERING_S", 0.01)
    found: list[tuple[str, str]] = []
    make = wiring.application

    def keeping(*arguments: Any, **more: Any) -> aiohttp.web.Application:
        app = make(*arguments, **more)
        for route in app.router.routes():
            path = route.resource.canonical if route.resource else ""
            for name in ("lot_id", "bid_id", "deposit_id", "size", "version", "path", "path:.+"):
                path = path.replace(f"{{{name}}}", LOT)
            found.append((route.method, path))
        return app

    monkeypatch.setattr(wiring, "application", keeping)
    return found


async def test_no_route_takes_a_body_larger_than_allowed(fresh_database, redis_url, routes):
    async with server_running(
        fresh_database, redis_url, body_timeout_s=0.3, metrics_token="x"
    ) as server:
        assert len(routes) > 40
        for method, path in routes:
            assert "{" not in path, path
            too_long = head_of(server, method, path, f"Content-Length: {BODY_MAX + 1}")
            status, problem = await answered(server, too_long)
            assert status == 413, (method, path)
            assert method == "HEAD" or problem["code"] == "body_too_large"
            chunks = head_of(server, method, path, "Transfer-Encoding: chunked")
            chunks += b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
            status, _ = await answered(
                server, chunks + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 2
            )
            # The socket's library reads for itself: it is not given more than a part, and not for long.
            assert status == (408 if path == "/socket.io/" else 413), (method, path)


async def test_a_body_that_stalls_is_not_waited_for_on_any_route(
    fresh_database, redis_url, routes
):
    async with server_running(
        fresh_database, redis_url, body_timeout_s=0.1, metrics_token="x"
    ) as server:
        for method, path in routes:
            stalled = head_of(server, method, path, "Content-Length: 9") + b'{"a'
            status, problem = await answered(server, stalled)
            assert status == 408, (method, path)
            assert method == "HEAD" or problem["code"] == "body_too_slow"


@pytest.mark.parametrize("sent", [b"", b"GET /api/time HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
async def test_who_connects_and_sends_no_request_is_not_waited_for(
    fresh_database, redis_url, sent
):
    async with server_running(fresh_database, redis_url, body_timeout_s=0.3) as server:
        status, problem = await answered(server, sent)
        assert (status, problem["code"]) == (408, "body_too_slow")


async def test_who_was_answered_may_keep_his_connection_and_ask_again_later(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url, body_timeout_s=0.3) as server:
        port = int(server.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET /api/time HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"}")
            await asyncio.sleep(0.6)
        writer.close()


async def test_a_body_may_take_its_time_within_the_limit(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, body_timeout_s=2) as server:
        await server.announce(LOT, "ann")
        body = b'{"bid_id": "slow-but-ok", "amount_fen": 100}'

        async def slowly():
            for part in (body[:10], body[10:30], body[30:]):
                yield part
                await asyncio.sleep(0.1)

        headers = {"Content-Type": "application/json"}
        status, answer = await server.call(
            "POST", f"/api/lots/{LOT}/bids", by="ann", data=slowly(), headers=headers
        )
        assert (status, answer["amount_fen"]) == (200, 100)


async def test_only_our_own_hosts_are_answered(fresh_database, redis_url):
    async with server_running(
        fresh_database, redis_url, public_origins="https://Bid.example, https://b.example:8443"
    ) as server:
        for host, expected in (
            *(("bid.example", 200), ("BID.EXAMPLE", 200), ("bid.example:443", 200)),
            *(("b.example:8443", 200), ("b.example", 421), ("evil.example", 421)),
            *(("bid.example.evil", 421), ("127.0.0.1", 421), ("", 421), ("bid.example:80", 421)),
        ):
            status, answer = await server.call("GET", "/api/time", headers={"Host": host})
            assert status == expected, host
            assert expected == 200 or answer["code"] == "host_not_allowed"
        for path in ("/", "/api/lots", "/openapi.json", "/socket.io/?EIO=4&transport=polling"):
            status, _ = await server.call("GET", path, headers={"Host": "evil.example"})
            assert status == 421, path
        for path in ("/healthz", "/readyz"):
            assert (await server.call("GET", path, headers={"Host": "10.0.0.7"}))[0] == 200


async def test_hosts_can_be_listed(fresh_database, redis_url):
    async with server_running(
        fresh_database, redis_url, allowed_hosts="one.example, Two.example:8080"
    ) as server:
        for host, expected in (
            *(("one.example", 200), ("two.example:8080", 200), ("two.example", 421)),
            (server.base_url.removeprefix("http://"), 421),
        ):
            assert (await server.call("GET", "/api/time", headers={"Host": host}))[0] == expected


async def guesses(server: Server, count: int, **headers: str) -> list[int]:
    """Guess ann's password that often; return the statuses."""
    body = {"login": "ann", "password": "wrong"}
    statuses = []
    for _ in range(count):
        status, _ = await server.call("POST", "/api/session", json=body, headers=headers)
        statuses.append(status)
    return statuses


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("X-Forwarded-For", ("203.0.113.1", "203.0.113.2:4711", "2001:db8::1")),
        (
            "Forwarded",
            ("for=203.0.113.1", 'For="203.0.113.2:4711";by=x', 'for="[2001:db8::1]:80"'),
        ),
    ],
)
async def test_behind_proxies_of_ours_guesses_count_where_they_come_from(
    fresh_database, redis_url, header, said
):
    trusting = {"trusted_proxies": "127.0.0.0/8, 10.0.0.0/8", "forwarded_header": header}
    before, ours = (
        ("for=9.9.9.9", "for=10.1.2.3") if header == "Forwarded" else ("9.9.9.9", "10.1.2.3")
    )
    async with server_running(fresh_database, redis_url, **trusting) as server:
        for place in said:
            assert await guesses(server, 11, **{header: place}) == [401] * 10 + [429], place
            # What stands before our own proxies' word is anybody's invention, and they may be several.
            for spoken in (f"{before}, {place}", f"{before}, {place}, {ours}"):
                assert await guesses(server, 1, **{header: spoken}) == [429], spoken
        body = {"login": "ann", "password": PASSWORD}
        elsewhere = {header: said[0].replace("203.0.113.1", "203.0.113.9")}
        assert (await server.call("POST", "/api/session", json=body, headers=elsewhere))[0] == 200


@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8"])
async def test_without_a_trusted_proxy_nobody_chooses_his_address(
    fresh_database, redis_url, trusted
):
    async with server_running(fresh_database, redis_url, trusted_proxies=trusted) as server:
        statuses = [
            (await guesses(server, 1, **{"X-Forwarded-For": f"203.0.113.{n}"}))[0]
            for n in range(11)
        ]
        assert statuses == [401] * 10 + [429]


async def test_the_header_that_our_proxies_do_not_write_is_not_believed(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, trusted_proxies="127.0.0.1") as server:
        said = {"X-Forwarded-For": "203.0.113.1"}
        statuses = [
            (await guesses(server, 1, **said, Forwarded=f"for=203.0.113.{n}"))[0]
            for n in range(11)
        ]
        assert statuses == [401] * 10 + [429]


async def test_metrics_are_for_who_has_their_token(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, metrics_token="a-token") as server:
        for given, expected in (
            *(({}, 401), ({"Authorization": "Bearer wrong"}, 401)),
            *(({"Authorization": "Bearer "}, 401), ({"Authorization": "Bearer \xff"}, 401)),
            ({"Authorization": "Bearer a-token"}, 200),
        ):
            status, text = await server.call("GET", "/metrics", headers=given)
            assert status == expected, given
            assert (b"luochui_bid_answers" in text) is (status == 200)


async def test_without_a_token_there_are_no_metrics(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
            assert (await server.call("GET", "/metrics", headers=given))[0] == 404


async def test_a_failure_is_logged_by_its_route_and_not_by_what_was_asked(
    fresh_database, redis_url, monkeypatch
):
    async with server_running(fresh_database, redis_url) as server:

        async def fail(*_: Any) -> None:
            raise RuntimeError("broken on purpose")

        monkeypatch.setattr(type(server.services.archive), "first_answer", fail)
        with structlog.testing.capture_logs() as lines:
            path = f"/api/lots/{LOT}/bids/secret-bid-id?secret=query"
            status, problem = await server.call("GET", path, by="ann")
        assert (status, problem["code"]) == (500, "internal_error")
        said = {line["event"]: line.get("route") for line in lines}
        assert said["request failed"] == "/api/lots/{lot_id}/bids/{bid_id}"
        assert said["answered"] == "/api/lots/{lot_id}/bids/{bid_id}"
        assert "secret" not in str(lines)
