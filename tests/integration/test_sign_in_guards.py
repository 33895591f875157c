"""Guesses are counted where they count: by account and place, all at once too, and nobody else's."""

import asyncio
import hashlib
import threading
from collections import Counter
from typing import Any

import aiohttp
import pytest
import redis.asyncio as redis

from luochui.identity import attempts as attempts_module
from luochui.identity import passwords as passwords_module
from luochui.identity import sessions as sessions_module
from luochui.identity.attempts import Attempts
from luochui.identity.passwords import Passwords
from luochui.identity.roles import Role
from luochui.identity.sessions import Sessions, session_key
from tests.support.server import LOT, PASSWORD, Server, clock, server_running

pytestmark = pytest.mark.integration
WRONG, RIGHT = "wrong", PASSWORD
SECOND_US, HOUR_US = 1_000_000, 3_600_000_000


async def sign_in(server: Server, login: str, password: str, address: str = "127.0.0.1") -> int:
    """Try to sign in from another address of this machine; return the status."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with (
        aiohttp.ClientSession(server.base_url, connector=connector) as http,
        http.post("/api/session", json={"login": login, "password": password}) as response,
    ):
        return response.status


async def test_many_guesses_at_once_are_ten_guesses(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        async with asyncio.TaskGroup() as jobs:
            guesses = [jobs.create_task(sign_in(server, "ann", WRONG)) for _ in range(30)]
        assert Counter(guess.result() for guess in guesses) == {401: 10, 429: 20}


async def test_guesses_from_elsewhere_do_not_lock_the_owner_out(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        for _ in range(11):
            last = await sign_in(server, "ann", WRONG, "127.0.0.2")
        assert last == 429
        assert await sign_in(server, "ann", RIGHT, "127.0.0.3") == 200
        assert await sign_in(server, "bob", RIGHT, "127.0.0.2") == 200
        assert await sign_in(server, "ANN", RIGHT, "127.0.0.2") == 429, "the same account"


async def test_a_login_cannot_be_written_so_that_it_counts_as_another(fresh_database, redis_url):
    """Counters are named by account and address; a login with a colon is still one account."""
    async with server_running(fresh_database, redis_url) as server:
        for _ in range(11):
            await sign_in(server, "ann:127.0.0.2", WRONG, "127.0.0.3")
            await sign_in(server, "here:ann", WRONG, "127.0.0.3")
        assert await sign_in(server, "ann", RIGHT, "127.0.0.2") == 200


async def test_guesses_from_everywhere_are_stopped_but_not_where_the_owner_has_been(
    redis_url, monkeypatch
):
    monkeypatch.setattr(attempts_module, "_PER_ACCOUNT", 20)
    async with redis.Redis.from_url(redis_url) as client:
        attempts = Attempts(client)
        assert await attempts.begin("ann", "10.0.0.1")
        await attempts.succeeded("ann", "10.0.0.1")
        for stranger in range(20):
            assert await attempts.begin("ann", f"10.1.0.{stranger}")
        assert not await attempts.begin("ann", "10.2.0.1")
        assert await attempts.begin("ann", "10.0.0.1")
        assert await attempts.begin("bob", "10.2.0.1")


async def test_one_stranger_alone_does_not_use_up_what_an_account_allows(redis_url, monkeypatch):
    monkeypatch.setattr(attempts_module, "_PER_ACCOUNT", 20)
    async with redis.Redis.from_url(redis_url) as client:
        attempts = Attempts(client)
        for _ in range(100):
            await attempts.begin("ann", "10.1.0.1")
        assert await attempts.begin("ann", "10.2.0.1")


async def test_only_failures_count_and_only_for_a_quarter_of_an_hour(redis_url):
    async with redis.Redis.from_url(redis_url) as client:
        attempts = Attempts(client)
        for _ in range(50):
            assert await attempts.begin("ann", "10.0.0.1")
            await attempts.succeeded("ann", "10.0.0.1")
        async for key in client.scan_iter("luochui:attempts:*"):
            assert 0 < await client.ttl(key) <= 900


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "10.0.0.2", False),
    ],
)
async def test_an_ipv6_network_is_one_place(redis_url, one, other, same):
    async with redis.Redis.from_url(redis_url) as client:
        attempts = Attempts(client)
        for _ in range(10):
            assert await attempts.begin("ann", one)
        assert await attempts.begin("ann", other) is not same


async def test_an_unknown_login_takes_as_long_as_a_wrong_password():
    """The same work is done; time itself is too noisy to be compared closely."""
    passwords = Passwords()
    stored = await passwords.hash(PASSWORD)
    took = {}
    for name, hashed in (("known", stored), ("unknown", None)):
        began = asyncio.get_running_loop().time()
        for _ in range(3):
            assert not await passwords.fits(WRONG, hashed)
        took[name] = asyncio.get_running_loop().time() - began
    assert took["unknown"] > took["known"] / 4
    assert not await passwords.fits("nobody has this password", None)
    assert not await passwords.fits(PASSWORD, "not a hash")


async def test_who_gives_up_waiting_does_not_make_room_for_a_third_hash(monkeypatch):
    """A thread goes on after its request was cancelled; its memory and time are still taken."""
    passwords, may_end = Passwords(), threading.Event()
    started: list[str] = []

    def hashing(_stored: str, password: str) -> bool:
        started.append(password)
        assert may_end.wait(10)
        return True

    monkeypatch.setattr(passwords_module, "_verify", hashing)
    async with asyncio.TaskGroup() as jobs:
        for name in ("first", "second"):
            impatient = jobs.create_task(given_up_on(passwords, name))
        await impatient
        third = jobs.create_task(passwords.fits("third", "stored"))
        await asyncio.sleep(0.2)
        assert started == ["first", "second"], "both are still being hashed"
        may_end.set()
        assert await third
    assert started == ["first", "second", "third"]


async def given_up_on(passwords: Passwords, password: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await passwords.fits(password, "stored")


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookie_is_for_our_pages_and_the_wire_only(fresh_database, redis_url, secure):
    async with server_running(fresh_database, redis_url, secure_cookies=secure) as server:
        body = {"login": "ann", "password": PASSWORD}
        async with server.http.post("/api/session", json=body) as response:
            said = response.headers["Set-Cookie"].lower()
            flags = {part.strip() for part in said.split(";")[1:]}
            assert flags == {"httponly", "path=/", "samesite=strict", *(["secure"] * secure)}
            assert response.headers["Cache-Control"] == "no-store"


async def test_a_role_taken_away_or_an_account_closed_counts_at_the_next_look(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        sessions = Sessions(server.pool, lambda: now[0])
        token = await sessions.open(await server.services.accounts.find("ann"))
        assert (await sessions.find(token)).roles == {Role.BIDDER}
        await server.pool.execute("UPDATE account SET roles = '{observer}' WHERE login = 'ann'")
        now[0] += 2 * SECOND_US
        assert (await sessions.find(token)).roles == {Role.OBSERVER}
        await server.pool.execute("UPDATE account SET closed_us = 1 WHERE login = 'ann'")
        now[0] += 2 * SECOND_US
        assert await sessions.find(token) is None
        assert await sign_in(server, "ann", RIGHT) == 401


async def test_signing_out_here_counts_elsewhere_within_a_second(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        here, there = (Sessions(server.pool, lambda: now[0]) for _ in range(2))
        token = await here.open(await server.services.accounts.find("ann"))
        assert await here.find(token)
        assert await there.find(token)
        await here.close(token)
        assert await here.find(token) is None
        now[0] += SECOND_US
        assert await there.find(token) is None


async def test_a_session_that_is_looked_up_while_its_owner_signs_out_is_over(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        sessions = Sessions(server.services.accounts._pool, lambda: now[0])
        token = await sessions.open(await server.services.accounts.find("ann"))
        now[0] += (
            60 * SECOND_US
        )  # The next look notes when the session was seen, and needs its row.
        async with asyncio.TaskGroup() as jobs, server.pool.acquire() as holder:
            async with holder.transaction():
                await holder.execute("SELECT 1 FROM session FOR UPDATE")
                looking = jobs.create_task(sessions.find(token))
                await asyncio.sleep(0.2)
                jobs.create_task(sessions.close(token))
                await asyncio.sleep(0.2)
            assert await looking is None
        assert await sessions.find(token) is None


async def test_bidders_who_come_together_are_not_all_looked_up_again_at_one_moment(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        now = clock.now_us()
        sessions = Sessions(server.pool, lambda: now)
        ann = await server.services.accounts.find("ann")
        for token in [await sessions.open(ann) for _ in range(32)]:
            assert await sessions.find(token)
        instants = {until - now for until, _ in sessions._known.values()}
        assert min(instants) > SECOND_US // 3
        assert max(instants) <= SECOND_US
        assert len(instants) > 16


class CountedPool:
    """A pool that counts the queries, and may be slow to return what it read."""

    def __init__(self, pool):
        self.pool, self.queries, self.returns = pool, 0, asyncio.Event()
        self.returns.set()

    async def fetch(self, *query):
        self.queries += 1
        rows = await self.pool.fetch(*query)
        await self.returns.wait()
        return rows

    def execute(self, *query):
        return self.pool.execute(*query)


async def test_sessions_in_use_are_looked_up_together_and_stay_known(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        pool = CountedPool(server.pool)
        sessions = Sessions(pool, lambda: now[0])
        ann = await server.services.accounts.find("ann")
        keys = [session_key(await sessions.open(ann)) for _ in range(32)]
        for key in keys:
            assert await sessions.find_by_key(key)
        for _ in range(8):
            now[0] += SECOND_US // 4
            await sessions.renew(keys)
        assert pool.queries == 32 + 8
        assert all([await sessions.find_by_key(key) for key in keys])
        assert pool.queries == 32 + 8, "all of them are still known"


async def test_a_session_that_is_no_longer_good_is_not_renewed(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        sessions = Sessions(server.pool, clock.now_us)
        key = session_key(await sessions.open(await server.services.accounts.find("ann")))
        assert await sessions.find_by_key(key)
        await server.pool.execute("DELETE FROM session WHERE token_sha256 = $1", key)
        await sessions.renew([key])
        assert await sessions.find_by_key(key) is None


async def test_a_session_that_is_renewed_while_its_owner_signs_out_is_over(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        pool = CountedPool(server.pool)
        sessions = Sessions(pool, clock.now_us)
        token = await sessions.open(await server.services.accounts.find("ann"))
        assert await sessions.find(token)
        pool.returns.clear()
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(sessions.renew([session_key(token)]))
            await asyncio.sleep(0.2)
            await sessions.close(token)
            pool.returns.set()
        assert await sessions.find(token) is None


async def test_a_server_renews_by_itself(fresh_database, redis_url, monkeypatch):
    renewed = []

    async def renew(_sessions, keys):
        renewed.extend(keys)

    monkeypatch.setattr(Sessions, "renew", renew)
    async with server_running(fresh_database, redis_url) as server:
        for _ in range(2):
            await server.call("GET", "/api/lots/nothing/moves", by="ann")
        await asyncio.sleep(0.6)
        assert session_key(server.token["ann"]) in renewed


async def test_sessions_that_are_over_are_forgotten(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        now = [clock.now_us()]
        sessions = Sessions(server.pool, lambda: now[0])
        ann = await server.services.accounts.find("ann")
        await sessions.open(ann)
        now[0] += 13 * HOUR_US
        await sessions.open(ann)
        assert await server.pool.fetchval("SELECT count(*) FROM session") == 1


async def test_a_socket_token_is_gone_after_thirty_seconds(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.call("POST", "/api/socket-tokens", by="ann")
        async with redis.Redis.from_url(redis_url) as client:
            (key,) = [key async for key in client.scan_iter("luochui:socket-token:*")]
            assert 0 < await client.pttl(key) <= 30_000


async def test_redis_is_never_told_a_session_s_token(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.call("POST", "/api/socket-tokens", by="ann")
        async with redis.Redis.from_url(redis_url) as client:
            (key,) = [key async for key in client.scan_iter("luochui:socket-token:*")]
            told = (await client.get(key)).decode()
        assert told == hashlib.sha256(server.token["ann"].encode()).hexdigest()
        by_hash = {"Authorization": f"Bearer {told}"}
        assert (await server.call("POST", "/api/socket-tokens", headers=by_hash))[0] == 401


async def test_signing_out_nobody_many_times_takes_no_more_memory(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(sessions_module, "_CACHED_MAX", 10)
    async with server_running(fresh_database, redis_url) as server:
        sessions = Sessions(server.pool, clock.now_us)
        token = await sessions.open(await server.services.accounts.find("ann"))
        for nobody in range(50):
            await sessions.close(f"made-up-{nobody}")
        assert len(sessions._known) == 10
        assert (await sessions.find(token)).login == "ann"


async def test_a_machine_s_token_needs_no_origin_and_a_cookie_beside_it_does(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        bid: dict[str, Any] = {"json": {"bid_id": "machine-bid-1", "amount_fen": 100}}
        path = f"/api/lots/{LOT}/bids"
        foreign = {"Origin": "https://evil.example"}
        assert (await server.call("POST", path, by="ann", headers=foreign, **bid))[0] == 200
        scheme = {"Authorization": f"bearer {server.token['ann']}"}
        assert (await server.call("POST", path, headers=scheme, **bid))[0] == 200
        both = {**foreign, "Cookie": f"luochui_session={server.token['ann']}"}
        status, problem = await server.call("POST", path, by="ann", headers=both, **bid)
        assert (status, problem["code"]) == (403, "cross_site_request")
