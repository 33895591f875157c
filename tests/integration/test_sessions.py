"""Signing in, staying, going; and requests that ride on somebody else's cookie."""

import pytest

from luochui.identity.sessions import Sessions
from luochui.identity.socket_tokens import LIFE_S
from tests.support.server import LOT, PASSWORD, clock, server_running

pytestmark = pytest.mark.integration
HOUR_US = 3_600_000_000


async def test_signing_in_and_out(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        assert await server.call("GET", "/api/session") == (200, None)
        body = {"login": "ANN", "password": PASSWORD}
        async with server.http.post("/api/session", json=body) as response:
            session = await response.json()
            cookie = response.headers["Set-Cookie"]
        assert session["roles"] == ["bidder"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert session["token"] in cookie
        kept = {"Cookie": cookie.partition(";")[0]}
        status, me = await server.call("GET", "/api/session", headers=kept)
        assert (status, me["login"], me["token"]) == (200, "ann", None)
        kept["Sec-Fetch-Site"] = "same-origin"
        assert (await server.call("DELETE", "/api/session", headers=kept))[0] == 204
        bearer = {"headers": {"Authorization": f"Bearer {session['token']}"}}
        status, problem = await server.call("POST", "/api/socket-tokens", **bearer)
        assert (status, problem["code"]) == (401, "not_signed_in")


async def test_wrong_passwords_and_unknown_people_look_alike(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        answers = []
        for login in ("ann", "nobody-at-all"):
            body = {"login": login, "password": "wrong"}
            status, problem = await server.call("POST", "/api/session", json=body)
            answers.append((status, problem["code"], problem["text"]))
        assert answers[0] == answers[1]
        assert answers[0][:2] == (401, "bad_credentials")


async def test_guessing_is_stopped_without_locking_others_out(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        wrong = {"login": "ann", "password": "wrong"}
        for _ in range(10):
            assert (await server.call("POST", "/api/session", json=wrong))[0] == 401
        right = {"login": "ann", "password": PASSWORD}
        status, problem = await server.call("POST", "/api/session", json=right)
        assert (status, problem["code"]) == (429, "too_many_attempts")
        other = {"login": "bob", "password": PASSWORD}
        assert (await server.call("POST", "/api/session", json=other))[0] == 200


async def test_sessions_end_when_idle_and_at_the_end_of_the_day(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        sessions = Sessions(server.pool, lambda: now[0])
        bidder = await server.services.accounts.find("ann")
        token = await sessions.open(bidder)
        for _ in range(12):
            now[0] += HOUR_US - 1_000_000
            assert (await sessions.find(token)).login == "ann"
        now[0] += HOUR_US
        assert await sessions.find(token) is None, "twelve hours are the longest"
        token = await sessions.open(bidder)
        now[0] += HOUR_US + 2_000_000
        assert await sessions.find(token) is None, "an hour without a sign of life"
        staff = await sessions.open(await server.services.accounts.find("auctioneer"))
        now[0] += HOUR_US // 3
        assert await sessions.find(staff) is None, "staff leave desks sooner"


async def test_only_the_hash_of_a_token_is_stored(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        rows = await server.pool.fetch("SELECT * FROM session")
        assert all(token not in str(rows) for token in server.token.values())


async def test_a_socket_token_works_once_and_for_half_a_minute(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        status, issued = await server.call("POST", "/api/socket-tokens", by="ann")
        assert status == 200
        left_s = (issued["expires_at_us"] - clock.now_us()) / 1e6
        assert LIFE_S - 5 < left_s <= LIFE_S


FROM_ELSEWHERE = (
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
)
FROM_OUR_PAGES = ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "{own}"})


async def test_the_cookie_alone_changes_nothing(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        cookie = {"Cookie": f"luochui_session={server.token['ann']}"}
        body = {"bid_id": "cookie-bid-1", "amount_fen": 100}
        for case in (*FROM_ELSEWHERE, *FROM_OUR_PAGES):
            headers = {name: value.format(own=server.base_url) for name, value in case.items()}
            status, answer = await server.call(
                "POST", f"/api/lots/{LOT}/bids", json=body, headers={**headers, **cookie}
            )
            if case in FROM_OUR_PAGES:
                assert status == 200, case
            else:
                assert (status, answer["code"]) == (403, "cross_site_request"), case


async def test_every_response_has_the_strict_policy(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        for path in (
            "/",
            "/api/lots",
            "/api/nothing",
            "/nothing",
            "/metrics",
            "/static/x/nothing",
        ):
            async with server.http.get(path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
