"""Starts a server as a child that dies with us, waits for it, and ends it in order."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from luochui.embedded.accounts import Account
from luochui.embedded.errors import EmbeddedStartError, ServerDiedError, log_tail

_POLL_S = 0.05
_READY_POLL_S = 0.02
_SILENT_S_MAX = 60.0
_STOP_S_MAX = 30.0
_LOG_BYTES_MAX = 16 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
# Nothing of the caller's environment may change how a server behaves.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Answer(Enum):
    """What a starting server says when it is asked."""

    NOTHING = auto()
    RECOVERING = auto()
    READY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A running child and how to end it."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    """Ends the server in order: it finishes its files."""
    kill_signal: signal.Signals
    """Ends it at once; the next start recovers."""


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    account: Account | None,
    log: Path,
    lock: int | None = None,
    stop_signal: signal.Signals,
    kill_signal: signal.Signals = signal.SIGKILL,
    environment: dict[str, str] | None = None,
) -> ServerProcess:
    """Start `command` as `account`, writing to `log`, with the descriptor `lock` inherited, if any.

    When this process dies, whatever the reason, Linux sends the child `stop_signal`; it
    would do so already when the thread that starts the child ends, hence the main thread.
    """
    assert threading.current_thread() is threading.main_thread(), "start from the main thread"
    output = _open_log(log)
    try:
        child = subprocess.Popen(  # noqa: S603 - our programs, our paths.
            command,
            cwd="/",
            env=_ENVIRONMENT | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=() if lock is None else (lock,),
            start_new_session=True,  # Ctrl-C in the terminal is for us, not for the children.
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509 - one system call.
        )
    except OSError as error:
        raise EmbeddedStartError(f"{name} 无法启动 (cannot be started): {error}") from error
    finally:
        os.close(output)
    return ServerProcess(
        name=name, child=child, log=log, stop_signal=stop_signal, kill_signal=kill_signal
    )


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what the child does between changing its account and becoming the server."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def hook() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # It died before we could ask.
            os._exit(1)

    return hook


def _open_log(log: Path) -> int:
    """Open `log` at its end; a log that has grown large becomes the one old log kept."""
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_name(f"{log.name}.old"))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(log, flags, 0o600)


async def wait_until_ready(server: ServerProcess, ask: Callable[[], Awaitable[Answer]]) -> None:
    """Ask the server until it is ready.

    Recovery after a crash may take as long as it needs, for the server says that it is
    recovering. Raises EmbeddedStartError if the server ends, or is silent for a minute.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _SILENT_S_MAX
    while (answer := await ask()) is not Answer.READY:
        if (code := server.child.poll()) is not None:
            raise EmbeddedStartError(
                f"{server.name} 启动失败，退出码 (did not start, exit code) {code}\n"
                f"{log_tail(server.log)}"
            )
        if answer is Answer.RECOVERING:
            give_up_at = loop.time() + _SILENT_S_MAX
        if loop.time() > give_up_at:
            raise EmbeddedStartError(
                f"{server.name} 在 {_SILENT_S_MAX:.0f} 秒内没有应答 (gave no answer in time)\n"
                f"{log_tail(server.log)}"
            )
        await asyncio.sleep(_READY_POLL_S)


async def ended(server: ServerProcess) -> int:
    """Wait for the end of the server, without blocking the loop; return its exit code."""
    while (code := server.child.poll()) is None:  # noqa: ASYNC110 - the kernel tells by asking.
        await asyncio.sleep(_POLL_S)
    return code


async def watch(*servers: ServerProcess) -> None:
    """Raise ServerDiedError when one of the servers ends."""
    while True:
        raise_if_died(servers, cause=None)
        await asyncio.sleep(_POLL_S)


def raise_if_died(servers: Sequence[ServerProcess], *, cause: Exception | None) -> None:
    """Raise ServerDiedError if one of the servers has ended, which nobody asked it to."""
    for server in servers:
        if (code := server.child.poll()) is not None:
            raise ServerDiedError(
                f"{server.name} 意外终止，退出码 (ended unexpectedly, exit code) {code}\n"
                f"{log_tail(server.log)}"
            ) from cause


async def stop(server: ServerProcess) -> None:
    """End the server in order; at once, if it has not ended after half a minute."""
    if server.child.poll() is None:
        server.child.send_signal(server.stop_signal)
    try:
        async with asyncio.timeout(_STOP_S_MAX):
            await ended(server)
    except TimeoutError:
        server.child.send_signal(server.kill_signal)
        await ended(server)
