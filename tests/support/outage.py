"""A real outage for one test: its database ends every connection and lets nobody in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from luochui.embedded.servers import EmbeddedServers


@asynccontextmanager
async def database_away(servers: EmbeddedServers, url: str) -> AsyncIterator[None]:
    """Keep everybody out of the database at `url` for as long as the block lasts."""
    name = urlsplit(url).path.removeprefix("/")
    superuser = await asyncpg.connect(servers.postgres_url)
    try:
        await superuser.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await superuser.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await superuser.close()
