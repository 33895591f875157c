"""The real engine on real PostgreSQL and Valkey, for tests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from auction.archive import Archive
from auction.commands import AdmitBidder, AnnounceLot, PlaceBid, RegisterBidder
from auction.crew import Crew
from auction.desk import Desk
from auction.engine import ShardEngine
from auction.inbox_redis import RedisInbox
from auction.journal_postgres import PostgresJournal
from auction.outbox import Reply
from auction.outbox_redis import RedisOutbox, worker_channel
from auction.ownership_postgres import PostgresOwnership, register_shards
from auction.rate import RateLimit
from auction.redis_channels import RedisChannels
from auction.redis_link import RedisLink
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from luochui.clock import SystemClock
from luochui.database import open_pool
from luochui.migrate import migrate
from luochui.tasks import running

SECOND = 1_000_000
clock = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A desk, an archive, and the pool behind them."""

    desk: Desk
    archive: Archive
    pool: asyncpg.Pool
    inbox: RedisInbox


@asynccontextmanager
async def desk_running(
    postgres_url: str, redis_url: str, *, shards: int = 1, answer_timeout_s: float = 5
) -> AsyncIterator[Bench]:
    """A desk without an engine behind it."""
    await migrate(postgres_url)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(postgres_url, name="desk", size_max=2))
        link = RedisLink(redis_url)
        inbox = RedisInbox(link)
        desk = Desk(
            inbox,
            worker="test",
            shards=shards,
            waiting_max=1000,
            answer_timeout_s=answer_timeout_s,
            bid_rate=RateLimit(per_second=1000, burst=1000, now_us=clock.now_us),
        )
        channels = RedisChannels(redis_url, on_message=lambda _, payload: desk.hear(payload))
        channels.subscribe(worker_channel("test"))
        await stack.enter_async_context(running(link.keep_connected(), name="link"))
        await stack.enter_async_context(running(channels.keep_listening(), name="channels"))
        await link.up.wait()
        yield Bench(desk=desk, archive=Archive(pool), pool=pool, inbox=inbox)


@asynccontextmanager
async def engine_running(
    postgres_url: str,
    redis_url: str,
    *,
    shards: int = 1,
    owner: str = "engine",
    now_us: Any = clock.now_us,
    keep_over_us: int = 600 * SECOND,
) -> AsyncIterator[Crew]:
    """An engine that shares the shards with others, or owns them all; it stops without handing over."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(postgres_url, name="engine", size_max=4))
        await register_shards(pool, shards)
        ownership = PostgresOwnership(pool, owner=owner)
        links = []
        for _ in range(2 * shards):
            links.append(link := RedisLink(redis_url))
            await stack.enter_async_context(running(link.keep_connected(), name="link"))
            await link.up.wait()

        def engine_of(shard: int) -> ShardEngine:
            writing, reading = links[2 * shard : 2 * shard + 2]
            return ShardEngine(
                shard,
                inbox=RedisInbox(writing, reading),
                journal=PostgresJournal(pool),
                ownership=ownership,
                outbox=RedisOutbox(writing, shards),
                now_us=now_us,
                keep_over_us=keep_over_us,
            )

        crew = Crew(ownership, name=owner, engine_of=engine_of)
        await stack.enter_async_context(running(crew.run(), name="crew"))
        yield crew


def simple_terms(*, opens_at: int | None = None, **changes: Any) -> Terms:
    """Terms of a lot that is open now, for an hour."""
    timed = {"start": 100, "increments": fixed(10), "free_us": 3600 * SECOND, "limited_us": SECOND}
    around = {"seller": "seller", "deposit": 0, "opens_at": opens_at or clock.now_us()}
    for name, value in changes.items():
        (timed if name in TimedTerms.__dataclass_fields__ else around)[name] = value
    return Terms(format=TimedTerms(**timed), **around)


async def announced(desk: Desk, lot_id: str, terms: Terms, *bidders: str) -> None:
    """Announce a lot and admit `bidders`."""
    ask = AnnounceLot(lot_id=lot_id, command_id="announce", actor="seller", terms=terms)
    assert (await desk.ask(ask)).rejection is None
    for number, bidder in enumerate(bidders):
        register = RegisterBidder(
            lot_id=lot_id,
            command_id=f"register-{bidder}",
            actor=bidder,
            bidder_id=bidder,
            number=f"A{number:02d}",
        )
        assert (await desk.ask(register)).rejection is None
        admit = AdmitBidder(
            lot_id=lot_id, command_id=f"admit-{bidder}", actor="set", bidder_id=bidder
        )
        assert (await desk.ask(admit)).rejection is None


async def bid(desk: Desk, lot_id: str, bidder: str, amount: int, bid_id: str = "") -> Reply:
    """Bid and return the answer."""
    return await desk.ask(
        PlaceBid(
            lot_id=lot_id,
            command_id=bid_id or f"{bidder}-{amount}",
            actor=bidder,
            amount=amount,
        )
    )
