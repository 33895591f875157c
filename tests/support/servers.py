"""Fixtures: one PostgreSQL and one Valkey for all tests of a run, started when first needed."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from luochui.embedded.servers import EmbeddedServers
from tests.support.servers_process import servers_process


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A new folder with a short path that every account can pass through.

    `tmp_path` is closed to others, and as root the servers run as somebody else.
    """
    folder = Path(tempfile.mkdtemp(prefix="lt-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """The embedded servers, for the whole run, in a process of their own.

    Other tests have used them before: take `fresh_database` and `redis_url`.
    """
    folder = Path(tempfile.mkdtemp(prefix="lt-"))
    folder.chmod(0o755)
    with servers_process(folder / "data") as process:
        yield process.servers
    shutil.rmtree(folder)


@pytest.fixture
async def fresh_database(servers: EmbeddedServers) -> AsyncIterator[str]:
    """The URL of an empty database, made for this test and dropped after it."""
    name = f"test_{uuid.uuid4().hex}"
    await _administer(servers, f"CREATE DATABASE {name}")
    yield urlsplit(servers.postgres_url)._replace(path=f"/{name}").geturl()
    await _administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def redis_url(servers: EmbeddedServers) -> str:
    """The URL of a Valkey without a key, function or subscriber's leftover of other tests."""
    reader, writer = await asyncio.open_unix_connection(servers.redis_url.removeprefix("unix://"))
    writer.write(b"FUNCTION FLUSH SYNC\r\nFLUSHALL SYNC\r\n")
    assert [await reader.readline() for _ in range(2)] == [b"+OK\r\n"] * 2
    writer.close()
    await writer.wait_closed()
    return servers.redis_url


async def _administer(servers: EmbeddedServers, statement: str) -> None:
    connection = await asyncpg.connect(servers.postgres_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
