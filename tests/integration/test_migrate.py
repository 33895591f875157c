"""Migrations are applied once, by one process at a time, and a failing one is named."""

import asyncio
import multiprocessing

import asyncpg
import pytest
from pogo_core.util.migrate import rollback

from luochui.migrate import MIGRATIONS, MigrationError, migrate

pytestmark = pytest.mark.integration


async def applied(url):
    connection = await asyncpg.connect(url)
    try:
        return {
            row[0] for row in await connection.fetch("SELECT migration_id FROM _pogo_migration")
        }
    finally:
        await connection.close()


def migration(*, depends="", apply, rollback="SELECT 1;"):
    return (
        f"-- For a test.\n-- depends: {depends}\n\n-- migrate: apply\n{apply}\n\n"
        f"-- migrate: rollback\n{rollback}\n"
    )


async def test_every_migration_of_the_product_is_applied_and_a_second_time_changes_nothing(
    fresh_database,
):
    await migrate(fresh_database)
    await migrate(fresh_database)
    assert await applied(fresh_database) == {path.stem for path in MIGRATIONS.glob("*.sql")}


def run_migrate(url):
    asyncio.run(migrate(url))


def test_processes_that_migrate_the_same_empty_database_at_once_take_turns(fresh_database):
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as processes:
        processes.map(run_migrate, [fresh_database] * 3)
    assert asyncio.run(applied(fresh_database)) == {path.stem for path in MIGRATIONS.glob("*.sql")}


async def test_a_failing_migration_is_named_with_its_cause_and_leaves_nothing_behind(
    fresh_database, tmp_path
):
    (tmp_path / "0001_good.sql").write_text(migration(apply="CREATE TABLE good (a int);"))
    (tmp_path / "0002_bad.sql").write_text(
        migration(depends="0001_good", apply="CREATE TABLE half (a int); SELECT no_such_thing;")
    )
    with pytest.raises(MigrationError, match=r"0002_bad.*no_such_thing"):
        await migrate(fresh_database, tmp_path)
    assert await applied(fresh_database) == {"0001_good"}
    connection = await asyncpg.connect(fresh_database)
    assert await connection.fetchval("SELECT to_regclass('half') IS NULL")
    await connection.close()


async def test_after_a_failure_the_mended_migration_can_be_applied(fresh_database, tmp_path):
    bad = tmp_path / "0001_bad.sql"
    bad.write_text(migration(apply="SELECT no_such_thing;"))
    with pytest.raises(MigrationError):
        await migrate(fresh_database, tmp_path)
    bad.write_text(migration(apply="CREATE TABLE mended (a int);"))
    async with asyncio.timeout(10):
        await migrate(fresh_database, tmp_path)
    assert await applied(fresh_database) == {"0001_bad"}


async def test_every_migration_can_be_taken_back_and_applied_again(fresh_database):
    await migrate(fresh_database)
    connection = await asyncpg.connect(fresh_database)
    await rollback(connection, MIGRATIONS, schema_name="public")
    left = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'S', 'v') AND relname NOT LIKE '\\_pogo%'"
    )
    await connection.close()
    assert left == []
    await migrate(fresh_database)
