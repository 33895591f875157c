"""Our side of the feed's benchmarks: the hub and its doors as the server runs them, nothing behind them.

Reads `K` lines from standard input and lets the hub hear K news of one lot as from a channel of Redis. With
`--bids` it also answers `GET /bid`, which waits for a turn of the loop as a bid's answer does.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Any

import orjson
import uvloop
from aiohttp import web

from auction.outbox_redis import lot_channel
from benchmarks.feed_peer import ROOM, asked_messages, message
from luochui.clock import SystemClock
from luochui.collector import settle_collector
from luochui.tasks import running
from realtime.bidding import Bidding
from realtime.feed import FeedSettings, LiveFeed
from realtime.limits import FeedLimits

_EVERYBODY = 100_000


class NothingBehind:
    """An archive of one lot, a guard of nobody, a presence that counts nothing."""

    async def epoch(self) -> str:
        return "0"

    async def state(self, lot_id: str) -> dict[str, Any]:
        return {"lot_id": lot_id, "seq": 0, "leader": None, "result": None}

    async def events(self, *_: object, **__: object) -> list[dict[str, Any]]:
        return []

    async def latest_bids(self, *_: object) -> list[dict[str, Any]]:
        return []

    async def seqs(self, _lot_ids: list[str]) -> dict[str, int]:
        return {}

    async def counted_as(self, _person: object) -> None:
        return None

    async def keep_telling(self) -> None:
        await asyncio.Event().wait()


def live_feed(port: int) -> LiveFeed:
    """Return a feed whose limits nobody reaches."""
    behind: Any = NothingBehind()
    now_us = SystemClock().now_us
    bidding = Bidding(
        desk=behind,
        guard=behind,
        now_us=now_us,
        texts=lambda code: {"en": code},
        bid_answered=lambda _code, _us: None,
    )
    limits = FeedLimits(connections_max=_EVERYBODY, of_address_max=_EVERYBODY)
    return LiveFeed(
        FeedSettings(
            shards=1,
            origins=frozenset({f"http://127.0.0.1:{port}"}),
            limits=limits,
            address_of=lambda request: request.remote or "",
        ),
        archive=behind,
        applications=behind,
        bidding=bidding,
        guard=behind,
        presence=behind,
        now_us=now_us,
    )


async def serve(port: int) -> None:
    """Serve until standard input ends."""
    feed = live_feed(port)
    app = web.Application()
    feed.add_to(app)
    app.router.add_get("/bid", _answer)
    async with AsyncExitStack() as stack:
        for job, name in feed.jobs():
            await stack.enter_async_context(running(job, name=name))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        settle_collector()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        channel, seq = lot_channel(ROOM, 1), 0
        async for _ in asked_messages():
            seq += 1
            state = {**message(seq), "result": None}
            news = {"lot_id": ROOM, "events": [], "state": state}
            feed.hub.hear(channel, orjson.dumps(news))
        await runner.cleanup()


async def _answer(_request: web.Request) -> web.Response:
    return web.Response(body=b"{}")


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
