"""Starts the embedded servers in a process of their own, which a test can kill."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from luochui.embedded.servers import EmbeddedServers

PROJECT = Path(__file__).parents[2]
_STOP_TIMEOUT_S = 60


@dataclass(frozen=True)
class ServersProcess:
    """The process that supervises, and the servers it has started."""

    popen: subprocess.Popen[bytes]
    servers: EmbeddedServers


def servers_command(data: Path, prelude: str = "pass") -> list[str]:
    """Return the command of `servers_process`; run it in `PROJECT`."""
    program = (
        "import asyncio, concurrent.futures.thread, os, pwd, sys;"
        "from tests.support import run_servers;"
        f"{prelude}; asyncio.run(run_servers.main())"
    )
    return [sys.executable, "-c", program, str(data)]


@contextmanager
def servers_process(
    data: Path,
    *,
    prelude: str = "pass",
    environment: Mapping[str, str] | None = None,
) -> Iterator[ServersProcess]:
    """Run the servers on `data` in another process, after the Python statements `prelude`.

    Leaving the block stops them in order, unless the test has ended the process.
    """
    with subprocess.Popen(
        servers_command(data, prelude),
        cwd=PROJECT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as popen:
        assert popen.stdin is not None
        assert popen.stdout is not None
        ready = popen.stdout.readline()
        assert ready, "the embedded servers did not start: see above"
        yield ServersProcess(popen, EmbeddedServers(**orjson.loads(ready)))
        if popen.poll() is None:
            popen.stdin.close()
            assert popen.wait(_STOP_TIMEOUT_S) == 0, "a server died: see above"


def wait_until_nothing_runs(data: Path, *, within_s: float) -> None:
    """Fail if a server process of `data`, or a child of one, lives longer than `within_s`."""
    give_up_at = time.monotonic() + within_s
    with (data / ".servers").open("rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                assert time.monotonic() < give_up_at, f"servers of {data} are still running"
                time.sleep(0.02)
            else:
                return


def is_alive(pid: int) -> bool:
    """Tell whether `pid` runs: a dead child that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
