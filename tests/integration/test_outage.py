"""While the database takes nobody in, requests are told so; when it is back, so is the service."""

import asyncio

import pytest

from tests.support.outage import database_away
from tests.support.server import LOT, PASSWORD, Server, server_running

pytestmark = pytest.mark.integration


async def answers_well(server: Server, amount: int) -> None:
    """Bid until it is taken; the engine needs a moment to own its lots again."""
    async with asyncio.timeout(15):
        for attempt in range(1000):
            status, _ = await server.bid("ann", amount, f"after-{amount}-{attempt:04d}")
            if status == 200:
                return
            await asyncio.sleep(0.1)


async def test_requests_in_an_outage_are_told_to_come_again(servers, fresh_database, redis_url):
    async with server_running(fresh_database, redis_url, answer_timeout_s=1.0) as server:
        await server.announce(LOT, "ann", leader_may_raise=True, outage_tolerance_us=10**9)
        assert (await server.bid("ann", 100, "bid-before-it"))[0] == 200
        async with database_away(servers, fresh_database):
            for method, path, arguments in (
                ("GET", "/api/lots", {}),
                ("GET", f"/api/lots/{LOT}", {}),
                ("GET", f"/api/lots/{LOT}/bids/bid-before-it", {"by": "bob"}),
                ("POST", "/api/session", {"json": {"login": "ann", "password": PASSWORD}}),
                ("POST", "/api/socket-tokens", {"by": "cat"}),
            ):
                status, problem = await server.call(method, path, **arguments)
                assert (status, problem["code"]) == (503, "not_ready"), path
            async with server.http.get("/api/lots") as response:
                assert response.headers["Retry-After"] == "1"
            assert await server.call("GET", "/readyz") == (503, b"database failed\nredis ok\n")
            assert (await server.call("GET", "/healthz"))[0] == 200
        await answers_well(server, 110)
        status, found = await server.call("GET", f"/api/lots/{LOT}/bids/bid-before-it", by="ann")
        assert (status, found["status"]) == (200, "accepted")
