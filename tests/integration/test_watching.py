"""Watching a lot under bad luck: races, lost messages, failing reads, clients that behave oddly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import redis.asyncio as redis
import socketio

from auction.outbox_redis import lot_channel
from bidding_rules.rejections import RejectionCode
from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration


@asynccontextmanager
async def socket_to(server: Server) -> AsyncIterator[socketio.AsyncClient]:
    """An unmodified client that nobody has signed in on."""
    client = socketio.AsyncClient(reconnection=False, http_session=server.http)
    await client.connect(server.base_url, transports=["websocket"])
    yield client
    await client.disconnect()


async def subscriptions(server: Server, lot: str = LOT) -> int:
    """Return how many processes hear the lot's channel."""
    async with redis.Redis.from_url(server.settings.redis_url) as client:
        ((_, count),) = await client.pubsub_shardnumsub(lot_channel(lot, server.settings.shards))
    return count


async def subscriptions_become(server: Server, count: int) -> None:
    async with asyncio.timeout(3):
        while await subscriptions(server) != count:
            await asyncio.sleep(0.02)


async def bids(server: Server, amounts: range) -> None:
    for amount in amounts:
        status, answer = await server.bid("ann", amount, f"bid-{amount:08d}")
        assert status == 200, answer


async def test_a_gap_is_filled_although_the_journal_could_not_be_read_at_first(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server, socket_to(server) as client:
        await server.announce(LOT, "ann", leader_may_raise=True)
        seen: list[int] = []
        client.on("event", lambda event: seen.append(event["seq"]))
        answer = await client.call("watch", {"lot_id": LOT}, timeout=5)
        events, failures = (
            server.services.archive.events,
            iter(
                (
                    asyncpg.InterfaceError("closed"),
                    asyncpg.AdminShutdownError("bye"),
                    OSError("gone"),
                )
            ),
        )

        async def failing(*arguments, **named):
            if (error := next(failures, None)) is not None:
                raise error
            return await events(*arguments, **named)

        server.services.archive.events = failing
        async with redis.Redis.from_url(redis_url) as other:
            await other.client_kill_filter(_type="pubsub")
        await bids(server, range(100, 150, 10))
        last = (await server.services.archive.state(LOT))["seq"]
        async with asyncio.timeout(10):
            while not seen or seen[-1] < last:
                await asyncio.sleep(0.02)
        assert seen == list(range(answer["state"]["seq"] + 1, last + 1))


async def test_snapshot_and_history_are_of_one_moment(fresh_database, redis_url):
    """A bid that falls between two reads is in both or in neither; then it comes as an event."""
    async with server_running(fresh_database, redis_url) as server, socket_to(server) as client:
        await server.announce(LOT, "ann", leader_may_raise=True)
        await bids(server, range(100, 120, 10))
        latest_bids, amounts = server.services.archive.latest_bids, iter(range(120, 200, 10))

        async def with_a_bid_before(*arguments):
            await bids(server, range(amount := next(amounts), amount + 1))
            found = await latest_bids(*arguments)
            await bids(server, range(amount := next(amounts), amount + 1))
            return found

        server.services.archive.latest_bids = with_a_bid_before
        events: list[dict] = []
        client.on("event", events.append)
        answer = await client.call("watch", {"lot_id": LOT}, timeout=5)
        state, history = answer["state"], answer["history"]
        assert history[-1]["amount_fen"] == state["price_fen"]
        last = (await server.services.archive.state(LOT))["seq"]
        async with asyncio.timeout(5):
            while state["seq"] + len(events) < last:
                await asyncio.sleep(0.01)
        assert [e["seq"] for e in events] == list(range(state["seq"] + 1, last + 1))


async def test_a_connection_that_watches_twice_at_once_counts_once(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        async with socket_to(server) as client:
            async with asyncio.TaskGroup() as jobs:
                for _ in range(10):
                    jobs.create_task(client.call("watch", {"lot_id": LOT}, timeout=5))
            await subscriptions_become(server, 1)
            assert (await client.call("unwatch", {"lot_id": LOT}, timeout=5))["ok"]
            await subscriptions_become(server, 0)


async def test_a_connection_that_goes_while_it_begins_to_watch_leaves_nothing_behind(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        state = server.services.archive.state

        asked, gone = asyncio.Event(), asyncio.Event()

        async def slow(lot_id):
            asked.set()
            await gone.wait()
            return await state(lot_id)

        server.services.archive.state = slow
        async with socket_to(server) as client:
            await client.emit("watch", {"lot_id": LOT})
            await asked.wait()
        gone.set()
        await asyncio.sleep(0.3)
        assert await subscriptions(server) == 0


async def test_a_client_cannot_play_connection_and_disconnection(fresh_database, redis_url):
    """`connect` and `disconnect` are the library's words; a client may say them like any others."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with socket_to(server) as client:
            await client.call("watch", {"lot_id": LOT}, timeout=5)
            _, issued = await server.call("POST", "/api/socket-tokens", by="ann")
            await client.call("connect", ({}, {"token": issued["token"]}), timeout=5)
            bid = {"lot_id": LOT, "bid_id": "bid-by-nobody", "amount_fen": 100}
            refusal = await client.call("bid", bid, timeout=5)
            assert refusal["code"] == RejectionCode.NOT_AUTHORISED
            await client.call("disconnect", "client disconnect", timeout=5)
            seen: list[dict] = []
            client.on("event", seen.append)
            await bids(server, range(100, 110, 10))
            async with asyncio.timeout(5):
                while not seen:
                    await asyncio.sleep(0.01)
        await subscriptions_become(server, 0)


async def test_one_connection_watches_sixty_four_lots_at_most(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server, socket_to(server) as client:
        lots = [f"LOT-{n}" for n in range(70)]
        for lot in lots:
            await server.announce(lot)
        async with asyncio.TaskGroup() as jobs:
            watching = [
                jobs.create_task(client.call("watch", {"lot_id": lot}, timeout=10)) for lot in lots
            ]
        answers = [job.result() for job in watching]
        assert sum(answer["ok"] for answer in answers) == 64
        codes = {answer["code"] for answer in answers if not answer["ok"]}
        assert codes == {"too_many_subscriptions"}


async def test_every_message_is_answered(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server, socket_to(server) as client:
        for name, data in (
            ("watch", (LOT, {"a": 1})),
            ("watch", {"lot_id": "\0"}),
            ("watch", {"lot_id": f"{LOT}\n"}),
            ("watch", {"lot_id": ".."}),
            ("watch", b"bytes"),
            ("watch", {"lot_id": b"bytes"}),
            ("unwatch", {"lot_id": "\0"}),
            ("bid", ({}, {}, {})),
            ("no such message", {}),
            ("no such message", None),
            ("no such message", (1, 2, 3)),
        ):
            answer = await client.call(name, data, timeout=5)
            assert (answer["ok"], answer["code"]) == (False, "malformed_message"), (name, data)
        assert (await client.call("clock", (1, 2), timeout=5))["now_us"] > 0
        assert (await client.call("watch_catalogue", (1, 2), timeout=5))["ok"]


async def test_who_polls_and_says_goodbye_is_gone_at_once(fresh_database, redis_url):
    """Neither he nor the stopping server waits for a request that waits for news."""
    async with asyncio.timeout(10):
        async with server_running(fresh_database, redis_url) as server:
            await server.announce(LOT, "ann")
            client = socketio.AsyncClient(reconnection=False, http_session=server.http)
            await client.connect(server.base_url, transports=["polling"])
            await client.call("watch", {"lot_id": LOT}, timeout=5)
            async with asyncio.timeout(2):
                await client.disconnect()
            await subscriptions_become(server, 0)
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 3
