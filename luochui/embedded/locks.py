"""Locks on the data folder: one process uses it, and servers of a dead process are waited for.

Two locks, both released by the kernel whatever happens. `.lock` is held by the process that
supervises. `.servers` is inherited by the servers and all their children, so it is free when
the last of them is gone: then the folder's files are nobody's, without any guess about pids.
"""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from luochui.embedded.errors import DataFolderInUseError, EmbeddedStartError

_LEFTOVERS_END_WITHIN_S = 60.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What the next start has to know if this one is killed."""

    postgres_pid: int
    valkey_pid: int
    socket_folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServersLock:
    """The lock that the servers inherit. `earlier` describes a run that did not end orderly."""

    descriptor: int
    earlier: RunRecord | None

    def record(self, run: RunRecord | None) -> None:
        """Write down which servers run; None when they have ended orderly."""
        os.ftruncate(self.descriptor, 0)
        if run is not None:
            os.pwrite(self.descriptor, orjson.dumps(asdict(run)), 0)


@contextmanager
def folder_lock(data: Path) -> Iterator[None]:
    """Hold `data` for this process, or raise DataFolderInUseError."""
    with _opened(data / ".lock") as descriptor:
        if not _try_lock(descriptor):
            pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "?"
            raise DataFolderInUseError(
                f"数据目录 {data} 正由进程 {pid} 使用 (data folder is in use by process {pid})"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield


@asynccontextmanager
async def servers_lock(data: Path) -> AsyncIterator[ServersLock]:
    """Hold the servers' lock, once the servers of an earlier run have ended.

    Raises:
        EmbeddedStartError: They did not end within a minute.

    """
    with _opened(data / ".servers") as descriptor:
        earlier = _read_record(descriptor)
        await _wait_for_leftovers(descriptor, earlier, data)
        yield ServersLock(descriptor=descriptor, earlier=earlier)


async def _wait_for_leftovers(descriptor: int, earlier: RunRecord | None, data: Path) -> None:
    if not _try_lock(descriptor) and earlier is not None and sys.platform != "linux":
        # Linux has told them that their parent died; elsewhere it is left to us.
        _end_if_named(earlier.postgres_pid, "postgres", signal.SIGINT)
        _end_if_named(earlier.valkey_pid, "valkey-server", signal.SIGTERM)
    try:
        async with asyncio.timeout(_LEFTOVERS_END_WITHIN_S):
            while not _try_lock(descriptor):  # noqa: ASYNC110 - the kernel has no event for it.
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise EmbeddedStartError(
            f"上次运行的服务器仍占用 {data} (servers of an earlier run still use it): {earlier}"
        ) from None


def _end_if_named(pid: int, name: str, number: signal.Signals) -> None:
    """Signal the process `pid` if its command is called `name`: pids are used again."""
    ask = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]  # Whole, whatever COLUMNS says.
    found = subprocess.run(ask, check=False, capture_output=True, text=True)  # noqa: S603 - as above.
    if name in found.stdout:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_record(descriptor: int) -> RunRecord | None:
    try:
        return RunRecord(**orjson.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):  # Empty after an orderly end, or half written.
        return None
