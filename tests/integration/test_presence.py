"""Who is online at a lot: numbers for the auctioneer, over all web processes, forgotten with a process."""

import asyncio

import pytest
import redis.asyncio as redis

from luochui.metrics import Metrics
from luochui.wiring.listening import bound_socket
from luochui.wiring.web import web_role
from realtime import presence
from tests.integration.test_bad_input import connected
from tests.support.server import LOT, Server, clock, server_running

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def told_often(monkeypatch):
    monkeypatch.setattr(presence, "EVERY_S", 0.05)
    monkeypatch.setattr(presence, "LIFE_S", 1)


async def online(server: Server) -> dict[str, int] | None:
    status, view = await server.call("GET", f"/api/console/lots/{LOT}", by="auctioneer")
    assert status == 200, view
    return view["online"]


async def until_online(server: Server, bidders: int, observers: int) -> None:
    wanted = {"bidders": bidders, "observers": observers}
    async with asyncio.timeout(10):
        while await online(server) != wanted:
            await asyncio.sleep(0.02)


async def admitted(server: Server, *bidders: str) -> None:
    for bidder in bidders:
        await server.call("POST", f"/api/lots/{LOT}/application", by=bidder)
        deposit = await server.services.deposits.find(LOT, server.account[bidder])
        await server.pool.execute(
            "UPDATE deposit SET confirmed_by = 'x', admitted_us = 1 WHERE deposit_id = $1",
            deposit.deposit_id,
        )


async def watching(server: Server, person: str | None):
    client = await connected(server, person)
    assert (await client.call("watch", {"lot_id": LOT}, timeout=5))["ok"]
    return client


async def test_bidders_count_once_observers_each_and_staff_not_at_all(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=1)
        await admitted(server, "ann", "bob")
        assert await online(server) == {"bidders": 0, "observers": 0}
        ann, again = await watching(server, "ann"), await watching(server, "ann")
        cat = await watching(server, "cat")
        people = [await watching(server, who) for who in (None, None, "observer", "owner")]
        staff = [await watching(server, who) for who in ("auctioneer", "supervisor", "cashier")]
        await until_online(server, 1, 5)  # Cat is a bidder, but not admitted here.
        await again.disconnect()
        bob = await watching(server, "bob")
        await until_online(server, 2, 5)
        await ann.call("unwatch", {"lot_id": LOT}, timeout=5)
        await people.pop().disconnect()
        await until_online(server, 1, 4)
        for client in (ann, bob, cat, *people, *staff):
            await client.disconnect()
        await until_online(server, 0, 0)


async def test_processes_add_up_and_one_that_dies_is_forgotten(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=1)
        await admitted(server, "ann", "bob")
        here = [await watching(server, who) for who in ("ann", None)]
        listening = bound_socket("127.0.0.1", 0)
        async with web_role(server.settings, clock, Metrics(), listening) as services:
            other = Server(**{**vars(server), "base_url": services.base_url})
            there = [await watching(other, who) for who in ("ann", "bob", None)]
            await until_online(server, 2, 2)
            for client in there:
                await client.disconnect()
        async with redis.Redis.from_url(redis_url) as client:
            await client.hset("luochui:presence:dead", mapping={LOT: f"3,{server.account['bob']}"})
            await client.sadd("luochui:presence", "dead")
            await until_online(server, 2, 4)
            await client.expire("luochui:presence:dead", 1)
            await until_online(server, 1, 1)
            assert b"dead" not in await client.smembers("luochui:presence")
        for client in here:
            await client.disconnect()


async def test_the_console_works_while_presence_is_not_known(
    fresh_database, redis_url, monkeypatch
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)

        async def away(*_args):
            raise redis.ConnectionError("away")

        monkeypatch.setattr(redis.Redis, "smembers", away)
        assert await online(server) is None


async def test_the_console_never_says_who_is_online(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=1)
        await admitted(server, "ann")
        ann = await watching(server, "ann")
        await until_online(server, 1, 0)
        _, view = await server.call("GET", f"/api/console/lots/{LOT}", by="auctioneer")
        assert server.account["ann"] not in str(view)
        await ann.disconnect()
