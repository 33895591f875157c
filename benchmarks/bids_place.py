"""Databases on a folder of their own, with lots and bidders: where benchmarks of the whole server stand."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from benchmarks import bids_lots, bids_servers
from benchmarks.bids_servers import Place
from luochui.embedded.servers import embedded_servers


@asynccontextmanager
async def made_place(
    *, lots: int, bidders: int, sync_ms: float = 0.0
) -> AsyncIterator[tuple[Place, asyncpg.Pool]]:
    """Start the databases and make lots, bidders and the load generator; all is gone after the block."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luochui-bench-")))
        folder.chmod(0o755)
        if sync_ms:
            stack.enter_context(bids_servers.slower_disk(folder, sync_ms))
        servers = await stack.enter_async_context(embedded_servers(folder / "data"))
        pool = await stack.enter_async_context(
            asyncpg.create_pool(servers.postgres_url, min_size=1, max_size=2, command_timeout=120)
        )
        place = Place(
            folder=folder,
            tokens=folder / "tokens",
            settings=bids_lots.settings_for(servers.postgres_url, servers.redis_url),
            databases={"postgres": servers.postgres_pid, "valkey": servers.valkey_pid},
        )
        bids_servers.compile_loader(place)
        tokens = await bids_lots.prepare(place.settings, pool, lots, bidders)
        place.tokens.write_text("\n".join(tokens))
        yield place, pool
