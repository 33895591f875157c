"""What cannot be read is refused with a stable code; nothing is lost and the server stays up."""

import asyncio
import json

import pytest
import socketio

from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration

BAD_BODIES = [
    (b"", 400, "malformed_json"),
    (b"{", 400, "malformed_json"),
    (b"\xff\xfe", 400, "malformed_json"),
    (b'{"bid_id": "\xff\xff\xff\xff\xff\xff\xff\xff", "amount_fen": 100}', 400, "malformed_json"),
    (b"[]", 422, "invalid_request"),
    (b"null", 422, "invalid_request"),
    (b"NaN", 400, "malformed_json"),
    (b'{"bid_id": "12345678", "amount_fen": NaN}', 400, "malformed_json"),
    (b'{"bid_id": "12345678", "amount_fen": Infinity}', 400, "malformed_json"),
    (b'{"bid_id": "12345678", "amount_fen": 100.0}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 1e3}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": "100"}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": true}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": null}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 0}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": -100}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 1000000000000001}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 9223372036854775808}', 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 1' + b"0" * 400 + b"}", 422, "invalid_request"),
    (b'{"bid_id": "12345678", "amount_fen": 100, "price": 1}', 422, "invalid_request"),
    (b'{"bid_id": "short", "amount_fen": 100}', 422, "invalid_request"),
    (b'{"bid_id": "a:b:c:d:e", "amount_fen": 100}', 422, "invalid_request"),
    (b'{"bid_id": "12345678"}', 422, "invalid_request"),
    (
        b'{"bid_id": "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000", "amount_fen": 1}',
        422,
        "invalid_request",
    ),
    (b'{"a": "' + b"x" * 1_000_000 + b'"}', 413, "body_too_large"),
    (b"[" * 100_000, 413, "body_too_large"),
    (b"[" * 60_000, 422, "invalid_request"),
]


async def assert_alive(server: Server, amount: int) -> None:
    status, answer = await server.bid("ann", amount, f"alive-{amount:06d}")
    assert status == 200, answer


async def test_bad_bodies_are_refused_with_a_code(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        for body, expected, code in BAD_BODIES:
            status, problem = await server.call(
                "POST",
                f"/api/lots/{LOT}/bids",
                by="ann",
                data=body,
                headers={"Content-Type": "application/json"},
            )
            assert (status, problem["code"]) == (expected, code), body[:80]
            assert problem["text"]["zh"]
            assert problem["type"] == f"/problems/{code}"
        await assert_alive(server, 100)


async def test_bad_requests_are_refused_with_a_code(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        good = {"bid_id": "12345678", "amount_fen": 100}
        text = {"data": json.dumps(good), "headers": {"Content-Type": "text/plain"}}
        for method, path, arguments, expected, code in (
            ("POST", f"/api/lots/{LOT}/bids", text, 415, "unsupported_media_type"),
            ("POST", "/api/lots/NO-SUCH-LOT/bids", {"json": good}, 404, "lot_unknown"),
            ("POST", "/api/lots/%FF%FE/bids", {"json": good}, 422, "invalid_request"),
            ("POST", "/api/lots/a%00b/bids", {"json": good}, 422, "invalid_request"),
            ("POST", f"/api/lots/{'x' * 300}/bids", {"json": good}, 422, "invalid_request"),
            ("GET", f"/api/lots/{LOT}/events?after=-1", {}, 422, "invalid_request"),
            ("GET", f"/api/lots/{LOT}/events?after=x", {}, 422, "invalid_request"),
            (
                "GET",
                f"/api/lots/{LOT}/events?limit=99999999999999999999",
                {},
                422,
                "invalid_request",
            ),
            ("GET", "/api/lots/NO-SUCH-LOT", {}, 404, "lot_unknown"),
            ("GET", "/api/nothing/here", {}, 404, "not_found"),
            ("PUT", f"/api/lots/{LOT}/bids", {}, 405, "method_not_allowed"),
            ("GET", f"/api/lots/{LOT}/bids", {}, 405, "method_not_allowed"),
        ):
            status, problem = await server.call(method, path, by="ann", **arguments)
            assert (status, problem["code"]) == (expected, code), (method, path)
        status, problem = await server.call(
            "POST",
            f"/api/lots/{LOT}/bids",
            json=good,
            headers={"Authorization": "Bearer \xe4\xb8"},
        )
        assert (status, problem["code"]) == (401, "not_signed_in")
        await assert_alive(server, 100)


async def test_what_is_no_http_is_answered_with_a_problem_and_hurts_nobody(
    fresh_database, redis_url, caplog
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        port = int(server.base_url.rpartition(":")[2])
        host = b"Host: 127.0.0.1:%d\r\n" % port
        for garbage in (
            b"\x00" * 100 + b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + host + b"X: \xff\xfe\x00\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + host + b"Authorization secret-token\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + host + b"Cookie: " + b"x" * 20_000 + b"\r\n\r\n",
            b"POST /api/session HTTP/1.1\r\n" + host + b"Content-Length: x\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage)
            async with asyncio.timeout(5):
                answer = await reader.read()  # Until the server closes.
            writer.close()
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 "), garbage
            assert b"application/problem+json" in head
            assert b"nosniff" in head
            problem = json.loads(body)
            assert (problem["code"], problem["status"]) == ("bad_request", 400)
            assert problem["text"]["zh"]
        assert "secret-token" not in caplog.text
        await assert_alive(server, 100)


async def test_a_bid_whose_connection_closes_has_a_definite_answer(fresh_database, redis_url):
    """It was decided or never arrived; asked again with the same id it takes effect exactly once."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        port, decided = int(server.base_url.rpartition(":")[2]), 0
        for n, wait_s in enumerate((0, 0.001, 0.002, 0.005, 0.05)):
            bid_id, amount = f"closed-socket-{n}", 100 + 10 * n
            body = json.dumps({"bid_id": bid_id, "amount_fen": amount})
            head = (
                f"POST /api/lots/{LOT}/bids HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"Authorization: Bearer {server.token['ann']}\r\n\r\n"
            )
            await send_and_close(port, (head + body[:10]).encode(), 0)
            await send_and_close(port, (head + body).encode(), wait_s)
            decided += await assert_definite(server, bid_id, amount)
        assert decided, "the last one had time to be decided"


async def send_and_close(port: int, data: bytes, wait_s: float) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(wait_s)
    writer.transport.abort()


async def assert_definite(server: Server, bid_id: str, amount: int) -> bool:
    await asyncio.sleep(0.3)
    _, found = await server.call("GET", f"/api/lots/{LOT}/bids/{bid_id}", by="ann")
    assert found["status"] in ("accepted", "never_seen")
    status, again = await server.bid("ann", amount, bid_id)
    was_decided = found["status"] == "accepted"
    assert (status, again["repeated"]) == (200, was_decided)
    assert not was_decided or again["entry"] == found["answer"]["entry"]
    return was_decided


BAD_MESSAGES = [
    *(None, 1, "x", [], {}, {"lot_id": 1}, {"lot_id": LOT, "extra": 1}, {"lot_id": ""}),
    {"lot_id": LOT, "bid_id": "12345678", "amount_fen": 1.5},
    {"lot_id": LOT, "bid_id": "12345678", "amount_fen": "100"},
    {"lot_id": LOT, "bid_id": "12345678", "amount_fen": -1},
    {"lot_id": LOT, "bid_id": "12345678", "amount_fen": 10**18},
    {"lot_id": LOT, "bid_id": "x", "amount_fen": 100},
    {"lot_id": {"$ne": 1}, "bid_id": "12345678", "amount_fen": 100},
]


async def test_bad_socket_messages_are_answered_and_the_connection_stays(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        client = await connected(server, "ann")
        for message in BAD_MESSAGES:
            answer = await client.call("bid", message, timeout=5)
            assert (answer["ok"], answer["code"]) == (False, "malformed_message"), message
        for message in BAD_MESSAGES[:8]:
            answer = await client.call("watch", message, timeout=5)
            assert answer["ok"] is False, message
        unknown = await client.call("watch", {"lot_id": "NO-SUCH-LOT"}, timeout=5)
        assert unknown["code"] == "lot_unknown"
        good = {"lot_id": LOT, "bid_id": "good-bid-1", "amount_fen": 100}
        assert (await client.call("bid", good, timeout=5))["ok"]
        await client.disconnect()


async def test_a_huge_socket_message_ends_that_connection_only(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        client, other = await connected(server, "ann"), await connected(server, None)
        gone = asyncio.Event()
        client.on("disconnect", lambda *_: gone.set())
        await client.emit("bid", {"lot_id": "x" * 1_000_000})
        async with asyncio.timeout(10):
            await gone.wait()
        assert (await other.call("watch", {"lot_id": LOT}, timeout=5))["ok"]
        await client.disconnect()
        await other.disconnect()
        await assert_alive(server, 100)


async def test_a_bid_whose_socket_closes_has_a_definite_answer(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        decided = 0
        for n, wait_s in enumerate((0, 0.001, 0.005, 0.05)):
            client = await connected(server, "ann")
            bid_id, amount = f"gone-at-once-{n}", 100 + 10 * n
            await client.emit("bid", {"lot_id": LOT, "bid_id": bid_id, "amount_fen": amount})
            await asyncio.sleep(wait_s)
            await client.disconnect()
            decided += await assert_definite(server, bid_id, amount)
        assert decided


async def test_who_may_open_a_socket(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connected(server, None, auth={"token": "not-a-token"})
        _, issued = await server.call("POST", "/api/socket-tokens", by="ann")
        first = await connected(server, None, auth={"token": issued["token"]})
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connected(server, None, auth={"token": issued["token"]})
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connected(server, None, headers={"Origin": "https://evil.example"})
        observer = await connected(server, None)
        bid = {"lot_id": LOT, "bid_id": "observer-bid", "amount_fen": 100}
        assert (await observer.call("bid", bid, timeout=5))["code"] == "not_authorised"
        assert (await first.call("bid", bid, timeout=5))["ok"]
        await server.call("DELETE", "/api/session", by="ann")
        later = {**bid, "bid_id": "after-sign-out", "amount_fen": 110}
        assert (await first.call("bid", later, timeout=5))["code"] == "not_authorised"
        for client in (first, observer):
            await client.disconnect()


async def connected(
    server: Server, person: str | None, auth: dict | None = None, headers: dict | None = None
) -> socketio.AsyncClient:
    """An unmodified Socket.IO client."""
    if person is not None:
        _, issued = await server.call("POST", "/api/socket-tokens", by=person)
        auth = {"token": issued["token"]}
    client = socketio.AsyncClient(reconnection=False)
    try:
        await client.connect(
            server.base_url, auth=auth, headers=headers or {}, transports=["websocket"]
        )
    except socketio.exceptions.ConnectionError:
        if client.eio.http is not None:
            await client.eio.http.close()  # The library leaves it open.
        raise
    return client
