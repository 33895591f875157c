"""Every PostgreSQL that we promise, and databases that may forget: whoever weakened them."""

import asyncio

import asyncpg
import pytest

from luochui.database import WeakDatabaseError, open_pool, refuse_weak_database
from luochui.embedded.servers import EmbeddedServers
from luochui.migrate import migrate
from tests.support.engine import announced, bid, desk_running, engine_running, simple_terms
from tests.support.postgres_versions import VERSIONS, postgres_running, programs_of

pytestmark = pytest.mark.integration


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


@pytest.mark.parametrize("version", VERSIONS)
async def test_bids_are_decided_and_read_back_on_every_postgresql_that_we_promise(
    version, open_folder, redis_url
):
    if programs_of(version) is None:
        pytest.skip(
            f"no PostgreSQL {version} for this machine (./check gets it where there is one)"
        )
    with postgres_running(version, open_folder) as url:
        await until_ready(url)
        async with desk_running(url, redis_url) as bench:
            assert (await bench.pool.fetchval("SHOW server_version")).startswith(f"{version}.")
            async with engine_running(url, redis_url, owner="first"):
                await announced(bench.desk, "L", simple_terms(), "ann", "bob")
                first = await bid(bench.desk, "L", "ann", 100)
            async with engine_running(url, redis_url, owner="second"):
                again = await bid(bench.desk, "L", "ann", 100)
                assert (again.entry, again.repeated) == (first.entry, True)
                assert (await bid(bench.desk, "L", "bob", 110)).rejection is None


class Reporting:
    """A connection that says what a server of another version, or with other settings, would."""

    def __init__(self, **told: object) -> None:
        self.told = told

    async def fetchrow(self, _query: str) -> dict[str, object]:
        durable = dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "on")
        return {"version": 150000, "data_sync_retry": "off"} | durable | self.told


async def test_a_durable_server_of_the_oldest_version_is_taken():
    await refuse_weak_database(Reporting())


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("version", 140019, "PostgreSQL 15 or later is needed, not 140019"),
        ("fsync", "off", "fsync is 'off'"),
        ("full_page_writes", "off", "full_page_writes is 'off'"),
        ("data_sync_retry", "on", "data_sync_retry is 'on'"),
        ("synchronous_commit", "off", "synchronous_commit is 'off'"),
        ("synchronous_commit", "local", "synchronous_commit is 'local'"),
    ],
)
async def test_an_older_server_and_one_that_may_forget_are_refused(setting, value, said):
    with pytest.raises(WeakDatabaseError, match=said):
        await refuse_weak_database(Reporting(**{setting: value}))


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
