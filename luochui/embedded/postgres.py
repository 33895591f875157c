"""The embedded PostgreSQL: made once, durable, reachable by its socket only."""

import asyncio
import shutil
import signal
from pathlib import Path

import asyncpg

from luochui.embedded import processes
from luochui.embedded.errors import EmbeddedStartError, log_tail
from luochui.embedded.folders import make_private_folder, sync_folder
from luochui.embedded.place import Place
from luochui.embedded.processes import Answer, ServerProcess

_CONNECTIONS_MAX = 200
_ASK_TIMEOUT_S = 5.0
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": str(_CONNECTIONS_MAX),
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


def postgres_url(place: Place) -> str:
    """Return the URL for asyncpg and psql. The port is named, or `PGPORT` would decide it."""
    return f"postgresql://postgres@/postgres?port={_SETTINGS['port']}&host={place.sockets}"


async def make_cluster(place: Place) -> None:
    """Make an empty database cluster.

    It is made in a folder beside, flushed to the disk and renamed: a cluster whose making
    was interrupted is never taken for a whole one. Text is ordered by code point, the same
    on every system. Raises EmbeddedStartError.
    """
    folder = place.postgres_folder
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_private_folder(unfinished, place.account)
    initdb = processes.start(
        "initdb",
        [
            place.binaries.initdb,
            f"--pgdata={unfinished}",
            "--username=postgres",
            "--auth=trust",  # Its socket's folder is private to the account.
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ],
        account=place.account,
        log=place.postgres_log,
        lock=place.lock.descriptor,
        stop_signal=signal.SIGTERM,
    )
    try:
        code = await processes.ended(initdb)
    finally:
        await processes.stop(initdb)
    if code != 0:
        raise EmbeddedStartError(
            f"无法初始化 PostgreSQL 数据目录 (initdb failed, exit code {code})\n"
            f"{log_tail(place.postgres_log)}"
        )
    unfinished.rename(folder)
    sync_folder(folder.parent)


def start_postgres(place: Place) -> ServerProcess:
    """Start PostgreSQL on its cluster. It may need a moment until it answers."""
    settings = _SETTINGS | {"unix_socket_directories": str(place.sockets)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return processes.start(
        "PostgreSQL",
        [place.binaries.postgres, "-D", place.postgres_folder, *options],
        account=place.account,
        log=place.postgres_log,
        lock=place.lock.descriptor,
        stop_signal=signal.SIGINT,  # "Fast": connections are ended, everything is written.
        kill_signal=signal.SIGQUIT,  # "Immediate": the next start recovers.
        environment=_ignoring_the_pid_of_an_earlier_run(place.postgres_folder),
    )


def _ignoring_the_pid_of_an_earlier_run(folder: Path) -> dict[str, str]:
    """Let PostgreSQL start though a pid left in its folder is now another program's.

    That happens whenever a container is started again. We hold the lock that earlier
    servers had inherited, so none of them lives. PostgreSQL passes over the pid in this
    variable, made for `pg_ctl`, and still checks that its shared memory is unused.
    """
    try:
        pid = (folder / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except OSError:
        return {}
    return {"PG_GRANDPARENT_PID": pid} if pid.isdecimal() else {}


async def ask_postgres(place: Place) -> Answer:
    """Ask whether PostgreSQL takes connections."""
    try:
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            connection = await asyncpg.connect(postgres_url(place))
            await connection.close()
    except asyncpg.CannotConnectNowError:
        return Answer.RECOVERING
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Answer.NOTHING
    return Answer.READY
