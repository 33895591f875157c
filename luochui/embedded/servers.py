"""PostgreSQL and Valkey for as long as a block lasts, on one folder, without any set-up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from luochui.embedded.errors import DataFolderInUseError, EmbeddedStartError, ServerDiedError
from luochui.embedded.folders import default_data_folder
from luochui.embedded.locks import RunRecord
from luochui.embedded.place import Place, prepare_place
from luochui.embedded.postgres import ask_postgres, make_cluster, postgres_url, start_postgres
from luochui.embedded.processes import (
    ServerProcess,
    raise_if_died,
    stop,
    wait_until_ready,
    watch,
)
from luochui.embedded.valkey import ask_valkey, start_valkey
from luochui.tasks import running

__all__ = [
    "DataFolderInUseError",
    "EmbeddedServers",
    "EmbeddedStartError",
    "ServerDiedError",
    "default_data_folder",
    "embedded_servers",
]

# A dying server closes its connections a moment before its end can be seen.
_NOTICE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServers:
    """Where the running servers are reached. Both listen on Unix sockets only."""

    postgres_url: str
    redis_url: str
    postgres_pid: int
    valkey_pid: int


@asynccontextmanager
async def embedded_servers(
    data: Path, *, progress: Callable[[str], None] = lambda _: None
) -> AsyncIterator[EmbeddedServers]:
    """Run both servers on the folder `data`, making it at first use; stop them after the block.

    Enter it in the main thread. The servers end when this process ends, however it ends
    (where the system cannot promise that, at the next start); the next start recovers.
    `progress` is told, in short lines, what takes time.

    Raises:
        DataFolderInUseError: Another process uses the folder.
        EmbeddedStartError: A server did not start, or the folder cannot be used.
        ServerDiedError: A server ended during the block, which was cancelled.

    """
    async with AsyncExitStack() as stack:
        try:
            place = await prepare_place(data, stack)
        except OSError as error:
            raise EmbeddedStartError(
                f"数据目录无法使用 (unusable data folder): {error}"
            ) from error
        if not place.postgres_folder.exists():
            progress("正在初始化数据库 (making the database)")
            await make_cluster(place)
        progress("正在启动 PostgreSQL 和 Valkey (starting both)")
        postgres, valkey = await stack.enter_async_context(_started(place))
        async with _watched(postgres, valkey):
            yield EmbeddedServers(
                postgres_url=postgres_url(place),
                redis_url=f"unix://{place.valkey_socket}",
                postgres_pid=postgres.child.pid,
                valkey_pid=valkey.child.pid,
            )


@asynccontextmanager
async def _started(place: Place) -> AsyncIterator[tuple[ServerProcess, ServerProcess]]:
    started: list[ServerProcess] = []
    try:
        started.append(postgres := start_postgres(place))
        started.append(valkey := start_valkey(place))
        place.lock.record(
            RunRecord(
                postgres_pid=postgres.child.pid,
                valkey_pid=valkey.child.pid,
                socket_folder=str(place.sockets),
            )
        )
        await wait_until_ready(postgres, lambda: ask_postgres(place))
        await wait_until_ready(valkey, lambda: ask_valkey(place))
        yield postgres, valkey
    finally:
        async with asyncio.TaskGroup() as group:
            for server in started:
                group.create_task(stop(server), name=f"stop {server.name}")
        place.lock.record(None)


@asynccontextmanager
async def _watched(*servers: ServerProcess) -> AsyncIterator[None]:
    """Raise ServerDiedError when a server ends, also if the block notices it first."""
    try:
        async with running(watch(*servers), name="watch the embedded servers"):
            yield
    except ServerDiedError:
        raise
    except Exception as error:
        await asyncio.sleep(_NOTICE_S)
        raise_if_died(servers, cause=error)
        raise
