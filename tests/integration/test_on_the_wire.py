"""What HTTP itself carries: headers on every kind of response, and bytes no client of ours would send."""

import asyncio
import gzip
import json
import re

import aiohttp
import asyncpg
import pytest
import socketio

from luochui.web.assets import assets
from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration
BID = b'{"bid_id": "wire-bid-01", "amount_fen": 100}'
JSON = b"Content-Type: application/json"
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def raw(server: Server, *lines: bytes, body: bytes = b"") -> tuple[int, dict]:
    """Send a request byte by byte as given; return status and problem."""
    host, port = server.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = [*lines, _host(server), b"Connection: close", b"Content-Length: %d" % len(body)]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
    await writer.drain()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    start, _, content = answer.partition(b"\r\n\r\n")
    return int(start.split()[1]), json.loads(content) if content else {}


def _host(server: Server) -> bytes:
    return f"Host: {server.base_url.removeprefix('http://')}".encode()


def assert_strict(headers) -> None:
    for name, value in STRICT.items():
        assert headers[name] == value, name
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_every_kind_of_response_has_the_strict_headers(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, metrics_token="seen-by-us") as server:
        await server.announce(LOT, "ann")
        script = f"{assets().base}/boot.js"
        async with server.http.get(script) as response:
            assert response.status == 200
            known = {"If-None-Match": response.headers["ETag"]}
        for method, path, headers, expected in (
            ("GET", "/", {}, 200),
            ("GET", "/api/lots", {}, 200),
            ("GET", "/api/lots/none", {}, 404),
            ("PUT", "/api/lots", {}, 405),
            ("DELETE", "/api/session", {}, 204),
            ("GET", "/api/nothing", {}, 404),
            ("GET", "/nothing", {"Accept": "text/html"}, 404),
            ("GET", script, {}, 200),
            ("GET", script, known, 304),
            ("GET", "/static/none/none.js", {}, 404),
            ("GET", "/metrics", {"Authorization": "Bearer seen-by-us"}, 200),
            ("GET", "/metrics", {}, 401),
            ("GET", "/healthz", {}, 200),
            ("GET", "/openapi.json", {}, 200),
            ("GET", "/socket.io/?EIO=4&transport=polling", {}, 200),
            ("GET", "/socket.io/?EIO=3&transport=polling", {}, 400),
        ):
            async with server.http.request(method, path, headers=headers) as response:
                assert response.status == expected, path
                assert_strict(response.headers)
                if path.startswith("/api/"):
                    assert response.headers["Cache-Control"] == "no-store"
        async with server.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
            assert_strict(socket._response.headers)


async def test_a_foreign_page_cannot_open_a_socket_by_either_transport(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        for origin in ("https://evil.example", "null", f"{server.base_url}.evil.example"):
            headers = {"Origin": origin}
            url = "/socket.io/?EIO=4&transport=polling"
            async with server.http.get(url, headers=headers) as response:
                assert response.status == 400
                assert "Access-Control-Allow-Origin" not in response.headers
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await server.http.ws_connect(url.replace("polling", "websocket"), headers=headers)
        async with server.http.get(url, headers={"Origin": server.base_url}) as response:
            assert response.status == 200


async def test_headers_that_are_no_text_sign_nobody_in(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        for line in (
            b"Authorization: Bearer \xff\xfe",
            b"Authorization: Bearer",
            b"Authorization: Basic YW5uOnB3",
            b"Authorization: \xff",
            b"Cookie: luochui_session=\xff\xfe",
            b'Cookie: luochui_session="\\377"',
            b"Cookie: \xff\xff=\xff; ;;==;",
            b"X-Nothing: \xff\xfe",
        ):
            status, problem = await raw(server, b"GET /api/owner/lots HTTP/1.1", line)
            assert (status, problem["code"]) == (401, "not_signed_in"), line


async def test_a_body_that_is_not_what_its_headers_say_is_refused(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        token = f"Authorization: Bearer {server.token['ann']}".encode()
        path = f"POST /api/lots/{LOT}/bids HTTP/1.1".encode()
        for headers, body in (
            ((JSON, b"Content-Encoding: gzip"), gzip.compress(BID)),
            ((JSON, b"Content-Encoding: gzip"), gzip.compress(b" " * 10_000_000)),
            ((JSON, b"Content-Encoding: x"), BID),
            ((b"Content-Type: \xff",), BID),
            ((b"Content-Type: text/plain",), BID),
            ((), BID),
        ):
            status, problem = await raw(server, path, token, *headers, body=body)
            assert (status, problem["code"]) == (415, "unsupported_media_type"), headers
        status, answer = await raw(server, path, token, JSON + b"; charset=utf-8", body=BID)
        assert (status, answer["amount_fen"]) == (200, 100)


async def test_whole_numbers_in_an_address_are_written_as_in_json(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)
        good = ("after=0", "after=0&limit=1000", "after=2147483647", "limit=1", "nothing=x")
        bad = (
            *("after=1.0", "after=1e1", "after=0x1", "after=+1", "after=%2B1", "after=01"),
            *("after=true", "after=null", "after=", "after=%00", "after=%FF", "after=%D9%A1"),
            *("after=-1", "after=2147483648", "limit=0", "limit=1001", "limit=%201"),
        )
        for query in (*good, *bad):
            status, answer = await server.call("GET", f"/api/lots/{LOT}/events?{query}")
            assert status == (200 if query in good else 422), query
            assert query in good or answer["code"] == "invalid_request"


async def test_text_that_the_database_cannot_hold_is_refused_at_the_door(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)
        receipt = {
            "receipt_id": "receipt-1",
            "amount_fen": 1,
            "payer": "\0",
            "bank_reference": "x",
        }
        act = {"command_id": "command-1", "reason": "a\0b"}
        for by, method, path, arguments in (
            (None, "POST", "/api/session", {"json": {"login": "a\0b", "password": "x"}}),
            ("settlement", "POST", "/api/deposits/%00/confirmation", {}),
            ("settlement", "POST", "/api/deposits/x/receipts", {"json": receipt}),
            ("settlement", "GET", "/api/deposits?status=%00", {}),
            ("auctioneer", "POST", f"/api/lots/{LOT}/suspension", {"json": act}),
            (None, "GET", f"/api/lots/{LOT}%0A", {}),
            (None, "GET", f"/api/lots/{LOT}%00", {}),
            ("ann", "GET", f"/api/lots/{LOT}/bids/12345678%0A", {}),
        ):
            status, problem = await server.call(method, path, by=by, **arguments)
            assert (status, problem["code"]) == (422, "invalid_request"), path


async def test_bids_are_counted_whichever_door_they_come_by(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, metrics_token="seen-by-us") as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        _, issued = await server.call("POST", "/api/socket-tokens", by="ann")
        client = socketio.AsyncClient(reconnection=False, http_session=server.http)
        token = {"token": issued["token"]}
        await client.connect(server.base_url, transports=["websocket"], auth=token)
        for amount in (100, 110, 1):
            bid = {"lot_id": LOT, "bid_id": f"by-socket-{amount}", "amount_fen": amount}
            await client.call("bid", bid, timeout=5)
        await server.bid("ann", 120, "by-http-120")
        _, text = await server.call(
            "GET", "/metrics", headers={"Authorization": "Bearer seen-by-us"}
        )
        assert b'luochui_bid_answers_total{code="accepted"} 3.0' in text
        assert b'luochui_bid_answers_total{code="below_minimum"} 1.0' in text
        assert b"luochui_bid_answer_seconds_count 4.0" in text
        assert b"luochui_socket_connections 1.0" in text
        await client.disconnect()


async def test_the_database_too_keeps_roles_of_two_families_apart(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        with pytest.raises(asyncpg.CheckViolationError):
            await server.pool.execute("UPDATE account SET roles = '{bidder,auctioneer}'")


async def answers(server: Server, sent: bytes) -> bytes:
    """Send bytes and return everything that comes back until the server closes."""
    host, port = server.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    async with asyncio.timeout(5):
        answered = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answered


async def test_an_answer_is_framed_as_its_request_asks(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        time = b"GET /api/time HTTP/1.1\r\n" + _host(server) + b"\r\n"
        last = b"Connection: close\r\n"
        both = await answers(server, time + b"\r\n" + time + last + b"\r\n")
        first, second = both.split(b"HTTP/1.1 200 OK\r\n")[1:]
        assert b"Connection:" not in first
        assert last in second
        for answer in (first, second):
            head, _, body = answer.partition(b"\r\n\r\n")
            assert f"Content-Length: {len(body)}".encode() in head
            assert json.loads(body)["now_us"] > 0
        ids = re.findall(rb"X-Request-Id: ([0-9a-f]{16})\r\n", both)
        assert len(set(ids)) == 2

        old = await answers(server, time.replace(b"1.1", b"1.0") + b"\r\n")
        assert last in old
        head_only = await answers(server, time.replace(b"GET", b"HEAD") + last + b"\r\n")
        assert head_only.startswith(b"HTTP/1.1 405 ")
        assert b"Allow: GET\r\n" in head_only
        assert head_only.endswith(b"\r\n\r\n"), "no body"
