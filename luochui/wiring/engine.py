"""The engine's role: own the shards, decide, make durable."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from auction.crew import Crew
from auction.engine import ShardEngine
from auction.inbox_redis import RedisInbox
from auction.journal_postgres import PostgresJournal
from auction.outbox_redis import RedisOutbox
from auction.ownership_postgres import PostgresOwnership, register_shards
from auction.redis_link import RedisLink
from auction.snapshots_postgres import PostgresSnapshots, SnapshotWriter
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.database import open_pool
from luochui.metrics import Metrics
from luochui.redis_server import open_redis
from luochui.tasks import running
from luochui.wiring.links import shard_link

_LEASE_POOL_MAX = 2


@asynccontextmanager
async def engine_role(
    settings: Settings, clock: SystemClock, metrics: Metrics
) -> AsyncIterator[None]:
    """Serve this engine's share of the shards for as long as the block lasts, then hand them on."""
    async with AsyncExitStack() as stack:
        pool = await _pool(settings, stack, "engine", settings.engine_pool_max)
        # Long reading at recovery must not keep leases waiting for a connection.
        leases = await _pool(settings, stack, "leases", _LEASE_POOL_MAX)
        await register_shards(pool, settings.shards)
        async with open_redis(settings.redis_url):
            links = await _links(settings, stack)
        ownership = PostgresOwnership(leases, owner=settings.engine_owner)

        def engine_of(shard: int) -> ShardEngine:
            writing, reading = links[shard]
            return ShardEngine(
                shard,
                inbox=RedisInbox(writing, reading),
                journal=PostgresJournal(pool),
                ownership=ownership,
                outbox=RedisOutbox(writing, settings.shards),
                now_us=clock.now_us,
                on_batch=metrics.batch_size.observe,
                snapshots=PostgresSnapshots(pool),
                skew_max_us=settings.clock_skew_max_ms * 1000,
            )

        crew = Crew(ownership, name=settings.engine_owner, engine_of=engine_of)
        writer = SnapshotWriter(pool, owner=settings.engine_owner)
        await stack.enter_async_context(running(crew.run(), name="crew"))
        await stack.enter_async_context(running(writer.keep_writing(), name="snapshots"))
        yield
        await crew.leave(within_s=settings.hand_over_timeout_s)


async def _pool(
    settings: Settings, stack: AsyncExitStack, name: str, size_max: int
) -> asyncpg.Pool:
    return await stack.enter_async_context(
        open_pool(settings.postgres_url, name=name, size_max=size_max, is_durable=True)
    )


async def _links(
    settings: Settings, stack: AsyncExitStack
) -> dict[int, tuple[RedisLink, RedisLink]]:
    """Return each shard's links for writing and for reading, where a waiting reader stops nobody."""
    return {
        shard: (
            await shard_link(settings, stack, shard),
            await shard_link(settings, stack, shard, resends=False),
        )
        for shard in range(settings.shards)
    }
