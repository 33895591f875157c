"""The engine's role: own the shards, decide, make durable."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from auction.engine import ShardEngine, keep_running
from auction.inbox_redis import RedisInbox
from auction.journal_postgres import PostgresJournal
from auction.outbox_redis import RedisOutbox
from auction.ownership import Ownership
from auction.redis_connection import RedisLink
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.database import open_pool, refuse_weak_database
from luochui.metrics import Metrics
from luochui.tasks import running


@asynccontextmanager
async def engine_role(
    settings: Settings, clock: SystemClock, metrics: Metrics
) -> AsyncIterator[None]:
    """Own and serve all shards for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.postgres_url, name="engine", size_max=settings.engine_pool_max)
        )
        await refuse_weak_database(pool)
        ownership = Ownership(pool, owner=settings.engine_owner)
        await ownership.register(settings.shards)
        for shard in range(settings.shards):
            writing, reading = RedisLink(settings.redis_url), RedisLink(settings.redis_url)
            for link in (writing, reading):
                await stack.enter_async_context(running(link.keep_connected(), name="redis"))
                await link.up.wait()
            engine = ShardEngine(
                shard,
                inbox=RedisInbox(writing, reading),
                journal=PostgresJournal(pool),
                ownership=ownership,
                outbox=RedisOutbox(writing),
                now_us=clock.now_us,
                on_batch=metrics.batch_size.observe,
            )
            await stack.enter_async_context(running(keep_running(engine), name=f"engine-{shard}"))
        yield
