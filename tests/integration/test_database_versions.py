"""The oldest PostgreSQL that we promise, and databases that may forget: whoever weakened them."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from luochui.database import WeakDatabaseError, open_pool
from luochui.embedded.servers import EmbeddedServers
from luochui.migrate import migrate
from tests.support.engine import announced, bid, desk_running, engine_running, simple_terms

pytestmark = pytest.mark.integration

OLDEST = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def oldest_postgres(folder: Path) -> Iterator[str]:
    """Run PostgreSQL 15 in `folder`; yield its URL."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    subprocess.run(["chown", "postgres", folder, data], check=True)
    made = [OLDEST / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    subprocess.run(made, check=True, user="postgres", stdout=subprocess.DEVNULL, cwd=folder)
    settings = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [OLDEST / "postgres", "-D", data, *settings],
            user="postgres",
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        yield f"postgresql://postgres@/postgres?port=5432&host={folder}"
    finally:
        server.terminate()
        server.wait(20)


async def until_ready(url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return


@pytest.mark.skipif(not OLDEST.exists(), reason="PostgreSQL 15 is not installed here")
async def test_bids_are_decided_and_read_back_on_the_oldest_postgresql(open_folder, redis_url):
    with oldest_postgres(open_folder) as url:
        await until_ready(url)
        async with desk_running(url, redis_url) as bench:
            assert (await bench.pool.fetchval("SHOW server_version")).startswith("15.")
            async with engine_running(url, redis_url, owner="first"):
                await announced(bench.desk, "L", simple_terms(), "ann", "bob")
                first = await bid(bench.desk, "L", "ann", 100)
            async with engine_running(url, redis_url, owner="second"):
                again = await bid(bench.desk, "L", "ann", 100)
                assert (again.entry, again.repeated) == (first.entry, True)
                assert (await bid(bench.desk, "L", "bob", 110)).rejection is None


@pytest.mark.parametrize(
    ("statement", "setting"),
    [
        ("ALTER DATABASE {name} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER ROLE postgres IN DATABASE {name} SET synchronous_commit = local", "synchronous"),
    ],
)
async def test_what_a_database_or_a_role_weakens_is_seen_when_the_next_connection_is_made(
    statement, setting, servers: EmbeddedServers, fresh_database
):
    await migrate(fresh_database)
    async with open_pool(fresh_database, name="engine", size_max=1, is_durable=True) as pool:
        name = await pool.fetchval("SELECT current_database()")
        administrator = await asyncpg.connect(servers.postgres_url)
        await administrator.execute(statement.format(name=name))
        await administrator.close()
        assert await pool.fetchval("SELECT 1") == 1
        await pool.expire_connections()
        with pytest.raises(WeakDatabaseError, match=setting):
            await pool.fetchval("SELECT 1")
    with pytest.raises(WeakDatabaseError, match=setting):
        async with open_pool(fresh_database, name="engine", size_max=1, is_durable=True):
            pass
