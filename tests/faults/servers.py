"""PostgreSQL and Valkey as children of a fault run: killed, started again, put elsewhere."""

import asyncio
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, run

import asyncpg

from luochui.embedded import processes
from luochui.embedded.accounts import Account, server_account
from luochui.embedded.binaries import Binaries, binaries_for
from luochui.embedded.folders import make_private_folder

PORT = "5432"
_READY_WITHIN_S = 60
_SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "logging_collector": "off",
    "track_commit_timestamp": "on",  # The order of commits is part of what is judged.
    "hot_standby": "on",
    "wal_level": "replica",
    "shared_buffers": "32MB",
}


def children_of(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


@dataclass
class Server:
    """What both have in common: a child process that can be killed."""

    folder: Path
    account: Account | None = None
    binaries: Binaries = field(init=False)
    process: processes.ServerProcess | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.account = server_account(self.folder)
        self.binaries = binaries_for(self.account)

    @property
    def pid(self) -> int:
        """The process; of PostgreSQL the first one."""
        assert self.process is not None, "it was started"
        return self.process.child.pid

    def _start(self, name: str, command: list[str | Path], stop_signal: signal.Signals) -> None:
        self.process = processes.start(
            name,
            command,
            account=self.account,
            log=self.folder.parent / f"{self.folder.name}.log",
            stop_signal=stop_signal,
        )

    def kill(self) -> None:
        """End every process of the server at once, as `kill -9` does."""
        everybody = [self.pid, *children_of(self.pid)]
        for pid in everybody:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        assert self.process is not None, "it was started"
        self.process.child.wait()
        until = time.monotonic() + 10
        while any(_runs(pid) for pid in everybody[1:]):
            assert time.monotonic() < until, "killed, but still running"
            time.sleep(0.002)

    async def stop(self) -> None:
        """End it in order, if it runs."""
        if self.process is not None and self.process.child.poll() is None:
            await processes.stop(self.process)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Postgres(Server):
    """A PostgreSQL on a cluster of its own, below `folder`."""

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "cluster"

    @property
    def sockets(self) -> Path:
        """Where it listens."""
        return self.folder / "sockets"

    @property
    def url(self) -> str:
        """Where it is reached."""
        return url_at(self.sockets)

    def program(self, name: str) -> Path:
        """Return a program of the same installation."""
        return self.binaries.initdb.with_name(name)

    def make(self) -> None:
        """Make an empty cluster, and the folder of the sockets."""
        self.make_folders()
        command = [self.program("initdb"), f"--pgdata={self.data}", "--username=postgres"]
        self.runs(*command, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    def make_folders(self) -> None:
        """Make the folders that the server's account writes."""
        for folder in (self.data, self.sockets):
            make_private_folder(folder, self.account)

    def copy_of(self, primary: "Postgres") -> None:
        """Become a stand-by of `primary`, from a copy of what it holds now."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.make_folders()
        name = self.folder.name
        connection = f"host={primary.sockets} port={PORT} user=postgres application_name={name}"
        self.runs(
            *(self.program("pg_basebackup"), "-D", self.data, "-d", connection),
            *("-R", "-X", "stream", "-c", "fast", "--no-sync"),
        )

    def runs(self, *command: str | Path) -> None:
        """Run a program as the server's account; fail if it fails."""
        account = self.account
        done = run(
            command,
            check=False,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            stdin=DEVNULL,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start it; `ready` waits until it answers."""
        settings = _SETTINGS | {"unix_socket_directories": str(self.sockets)} | self.settings
        options: list[str | Path] = [f"--{name}={value}" for name, value in settings.items()]
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        command: list[str | Path] = [self.binaries.postgres, "-D", self.data, *options]
        self._start("PostgreSQL", command, signal.SIGINT)

    async def ready(self) -> None:
        """Return when it takes connections; fail if it has ended or takes none for a minute."""
        until = time.monotonic() + _READY_WITHIN_S
        while True:
            assert self.process is not None, "it was started"
            assert self.process.child.poll() is None, processes.log_tail(self.process.log)
            assert time.monotonic() < until, processes.log_tail(self.process.log)
            try:
                connection = await asyncpg.connect(self.url, timeout=5)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.01)
                continue
            await connection.close()
            return

    async def execute(self, *statements: str) -> None:
        """Run statements as its superuser, each by itself."""
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def value(self, query: str) -> object:
        """Return the one value of a query."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


@dataclass
class Valkey(Server):
    """A Valkey on files of its own, below `folder`."""

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "valkey.sock"

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"unix://{self.socket}"

    @property
    def data(self) -> Path:
        """Its append-only files."""
        return self.folder / "data"

    def make(self) -> None:
        """Make the folders."""
        if self.account:
            os.chown(self.folder, self.account.uid, self.account.gid)
        make_private_folder(self.data, self.account)

    def wipe(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.data)
        make_private_folder(self.data, self.account)

    def start(self) -> None:
        """Start it; `ready` waits until it answers."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
        } | self.settings
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._start("Valkey", [self.binaries.valkey_server, *options], signal.SIGTERM)

    async def ready(self) -> None:
        """Return when it takes commands."""
        until = time.monotonic() + _READY_WITHIN_S
        while await self.says("PING") != b"+PONG\r\n":
            assert time.monotonic() < until, "Valkey does not answer"
            await asyncio.sleep(0.005)

    async def says(self, command: str) -> bytes:
        """Return the first line of its answer to an inline command; nothing if it cannot be reached."""
        try:
            reader, writer = await asyncio.open_unix_connection(self.socket)
        except OSError:
            return b""
        writer.write(command.encode() + b"\r\n")
        try:
            return await reader.readline()
        except OSError:
            return b""
        finally:
            writer.close()


def url_at(sockets: Path) -> str:
    """Return the URL of a PostgreSQL, or of what stands before it, that listens in `sockets`."""
    return f"postgresql://postgres@/postgres?port={PORT}&host={sockets}"
