"""PostgreSQL and Valkey come up on any folder, keep what they promised, and say what is wrong."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from luochui.embedded.servers import (
    DataFolderInUseError,
    EmbeddedServers,
    EmbeddedStartError,
    ServerDiedError,
    embedded_servers,
)
from tests.support.servers_process import is_alive

pytestmark = pytest.mark.integration

SOCKET = ".s.PGSQL.5432"


@contextmanager
def other_program(*, uid: int) -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"], user=uid) as process:
        yield process.pid
        process.kill()


async def query(servers: EmbeddedServers, statement: str) -> object:
    connection = await asyncpg.connect(servers.postgres_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def call(servers: EmbeddedServers, *command: str) -> object:
    redis = Redis.from_url(servers.redis_url, decode_responses=True)
    try:
        return await redis.execute_command(*command)
    finally:
        await redis.aclose()


async def test_a_cold_start_answers_a_query_and_a_ping_and_says_what_takes_time(open_folder):
    said: list[str] = []
    async with embedded_servers(open_folder / "new" / "data", progress=said.append) as servers:
        assert await query(servers, "SELECT 40 + 2") == 42
        assert await call(servers, "PING") is True
    assert len(said) == 2


async def test_what_was_written_is_there_after_a_restart(open_folder):
    async with embedded_servers(open_folder) as servers:
        await query(servers, "CREATE TABLE kept AS SELECT 'hammer' AS word")
        await call(servers, "SET", "kept", "bid")
    async with embedded_servers(open_folder) as servers:
        assert await query(servers, "SELECT word FROM kept") == "hammer"
        assert await call(servers, "GET", "kept") == "bid"


async def test_acknowledged_writes_are_durable_and_nothing_listens_on_the_network(servers):
    for name, expected in {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
        "max_connections": "200",
        "timezone": "UTC",
    }.items():
        assert (name, await query(servers, f"SHOW {name}")) == (name, expected)
    for name, expected in {"appendonly": "yes", "appendfsync": "everysec", "port": "0"}.items():
        assert await call(servers, "CONFIG", "GET", name) == {name: expected}


async def test_text_is_ordered_by_code_point_on_every_system(servers):
    assert await query(servers, "SELECT array_agg(t ORDER BY t) FROM unnest('{b,B,落,a,A}'::text[]) t") == [
        "A", "B", "a", "b", "落",
    ]  # fmt: skip


async def test_the_caller_s_environment_changes_nothing(open_folder, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    monkeypatch.setenv("LC_ALL", "zh_CN.GB18030")
    async with embedded_servers(open_folder) as servers:
        connection = await asyncpg.connect(servers.postgres_url)
        assert await connection.fetchval("SHOW port") == "5432"
        await connection.close()
        environment = Path(f"/proc/{servers.postgres_pid}/environ").read_bytes()
        assert b"PGPORT" not in environment


async def test_a_second_instance_is_refused_in_one_line_naming_folder_and_pid(open_folder):
    async with embedded_servers(open_folder) as servers:
        with pytest.raises(DataFolderInUseError) as refused:
            async with embedded_servers(open_folder):
                pass
        assert await query(servers, "SELECT 1") == 1
    line = str(refused.value)
    assert str(open_folder) in line
    assert f"process {os.getpid()}" in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["x" * 120, "拍卖 数据, 2026?"])
async def test_a_long_or_unusual_path_works(open_folder, name):
    async with embedded_servers(open_folder / name) as servers:
        assert await query(servers, "SELECT 1") == 1
        assert await call(servers, "PING") is True
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


@pytest.mark.parametrize("victim", ["postgres_pid", "valkey_pid"])
async def test_a_server_that_dies_ends_the_block_and_its_log_is_named(open_folder, victim):
    with pytest.raises(ServerDiedError, match=str(open_folder)) as died:
        async with embedded_servers(open_folder) as servers, asyncio.timeout(10):
            os.kill(getattr(servers, victim), signal.SIGKILL)
            await asyncio.sleep(60)
    assert died.value.__cause__ is None, "the block had to notice it by itself"
    assert ("PostgreSQL" if victim == "postgres_pid" else "Valkey") in str(died.value)
    async with embedded_servers(open_folder) as servers:
        assert await query(servers, "SELECT 1") == 1


async def test_a_block_that_fails_because_a_server_died_says_so(open_folder):
    with pytest.raises(ServerDiedError) as died:
        async with embedded_servers(open_folder) as servers:
            os.kill(servers.valkey_pid, signal.SIGKILL)
            while is_alive(servers.valkey_pid):
                pass  # The watcher must not see it first.
            raise ConnectionResetError
    assert isinstance(died.value.__cause__, ConnectionResetError)


async def test_an_error_of_the_block_is_the_block_s_own(open_folder):
    with pytest.raises(KeyError, match="mine"):
        async with embedded_servers(open_folder):
            raise KeyError("mine")


async def test_a_server_that_cannot_start_shows_its_log(open_folder):
    async with embedded_servers(open_folder):
        pass
    (open_folder / "postgresql-18" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedStartError) as failed:
        async with embedded_servers(open_folder):
            pass
    assert str(open_folder / "postgresql.log") in str(failed.value)
    assert "database files are incompatible with server" in str(failed.value)


async def test_a_database_whose_making_was_interrupted_is_made_again(open_folder):
    unfinished = open_folder / "postgresql-18.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    async with embedded_servers(open_folder) as servers:
        assert await query(servers, "SELECT 1") == 1
    assert not unfinished.exists()


async def test_a_pid_left_behind_that_is_now_another_program_s_does_not_matter(open_folder):
    """As after a restart of a container, where pids are given out in the same order again."""
    async with embedded_servers(open_folder) as servers:
        left_behind = (open_folder / "postgresql-18" / "postmaster.pid").read_text()
    owner = (open_folder / "postgresql-18").stat()
    with other_program(uid=owner.st_uid) as pid:
        left = left_behind.replace(str(servers.postgres_pid), str(pid))
        for folder, name in (("postgresql-18", "postmaster.pid"), ("sockets", f"{SOCKET}.lock")):
            (open_folder / folder).mkdir(exist_ok=True)
            (open_folder / folder / name).write_text(left)
            os.chown(open_folder / folder, owner.st_uid, owner.st_gid)
            os.chown(open_folder / folder / name, owner.st_uid, owner.st_gid)
        async with embedded_servers(open_folder) as servers:
            assert await query(servers, "SELECT 1") == 1


async def test_a_folder_that_cannot_be_made_is_named(open_folder):
    (open_folder / "file").write_text("in the way")
    with pytest.raises(EmbeddedStartError, match=str(open_folder / "file")):
        async with embedded_servers(open_folder / "file" / "data"):
            pass
