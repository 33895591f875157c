"""The servers that all integration tests share give each test a clean start."""

import asyncpg
import pytest
from redis.asyncio import Redis

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("run", [1, 2])
async def test_a_fresh_database_has_no_table_of_another_test(fresh_database, run):
    connection = await asyncpg.connect(fresh_database)
    await connection.execute("CREATE TABLE left_behind (run int)")
    await connection.execute("INSERT INTO left_behind VALUES ($1)", run)
    await connection.close()


@pytest.mark.parametrize("run", [1, 2])
async def test_valkey_has_no_key_of_another_test(redis_url, run):
    redis = Redis.from_url(redis_url)
    assert await redis.dbsize() == 0
    await redis.set("left_behind", run)
    await redis.aclose()


def test_a_test_without_a_loop_can_ask_for_both(fresh_database, redis_url):
    assert fresh_database.startswith("postgresql://")
    assert redis_url.startswith("unix:///")
