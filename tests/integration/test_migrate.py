"""Migrations are applied once, by one process at a time, and a failing one is named."""

import asyncio
import multiprocessing
import os
import subprocess
import sys

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


async def test_who_is_stopped_in_a_migration_stops_and_the_next_start_applies_it(
    fresh_database, tmp_path
):
    file = tmp_path / "0001_slow.sql"
    file.write_text(migration(apply="CREATE TABLE slow (a int); SELECT pg_sleep(20);"))
    async with asyncio.TaskGroup() as group:
        migrating = group.create_task(migrate(fresh_database, tmp_path))
        await until_it_sleeps(fresh_database)
        migrating.cancel()
    assert migrating.cancelled()
    file.write_text(migration(apply="CREATE TABLE slow (a int);"))
    await migrate(fresh_database, tmp_path)
    assert await applied(fresh_database) == {"0001_slow"}


async def until_it_sleeps(url):
    connection = await asyncpg.connect(url)
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    async with asyncio.timeout(10):
        while not await connection.fetchval(asleep):
            await asyncio.sleep(0.02)
    await connection.close()


async def test_every_migration_can_be_taken_back_and_applied_again(fresh_database):
    await migrate(fresh_database)
    connection = await asyncpg.connect(fresh_database)
    await rollback(connection, MIGRATIONS, schema_name="public")
    left = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'S', 'v') AND relname NOT LIKE '\\_pogo%' AND relname <> 'migration_content'"
    )
    await connection.close()
    assert left == []
    await migrate(fresh_database)


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    fresh_database, tmp_path
):
    first = tmp_path / "0001_first.sql"
    first.write_text(migration(apply="CREATE TABLE one (a int);"))
    await migrate(fresh_database, tmp_path)
    written = first.read_bytes()
    first.write_bytes(written.replace(b"\n", b"\r\n"))
    await migrate(fresh_database, tmp_path)  # Line ends are a matter of the checkout.

    first.write_text(migration(apply="CREATE TABLE one (a int, b int);"))
    second = migration(depends="0001_first", apply="CREATE TABLE two (a int);")
    (tmp_path / "0002_second.sql").write_text(second)
    with pytest.raises(MigrationError, match=r"0001_first was changed after .* new migration"):
        await migrate(fresh_database, tmp_path)
    assert await applied(fresh_database) == {"0001_first"}, "nothing was done"

    first.write_bytes(written)
    await migrate(fresh_database, tmp_path)
    assert await applied(fresh_database) == {"0001_first", "0002_second"}


async def test_a_database_from_before_contents_were_noted_is_taken_as_it_is(
    fresh_database, tmp_path
):
    (tmp_path / "0001_first.sql").write_text(migration(apply="CREATE TABLE one (a int);"))
    await migrate(fresh_database, tmp_path)
    connection = await asyncpg.connect(fresh_database)
    await connection.execute("DROP TABLE migration_content")
    await connection.close()
    await migrate(fresh_database, tmp_path)
    (tmp_path / "0001_first.sql").write_text(migration(apply="CREATE TABLE one (b int);"))
    with pytest.raises(MigrationError, match="0001_first was changed"):
        await migrate(fresh_database, tmp_path)


def test_the_server_does_not_start_on_a_database_with_other_migrations(fresh_database, redis_url):
    asyncio.run(migrate(fresh_database))
    asyncio.run(tampered(fresh_database))
    environment = {"LUOCHUI_POSTGRES_URL": fresh_database, "LUOCHUI_REDIS_URL": redis_url}
    for command in ("migrate", "serve"):
        started = subprocess.run(
            [sys.executable, "-m", "luochui", command],
            env={**os.environ, **environment, "LUOCHUI_HTTP_PORT": "0"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert started.returncode == 1
        assert "0002_identity was changed after" in started.stderr
        assert "Traceback" not in started.stderr


async def tampered(url):
    connection = await asyncpg.connect(url)
    await connection.execute(
        "UPDATE migration_content SET sha256 = sha256(sha256) WHERE migration_id = '0002_identity'"
    )
    await connection.close()
