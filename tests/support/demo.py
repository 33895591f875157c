"""The demonstration as users start it: a process of its own, on a folder of its own."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


@dataclass(kw_only=True)
class Demo:
    """A running demonstration. Talks HTTP with plain urllib: no code of ours on this side."""

    process: subprocess.Popen
    base_url: str
    lots: list[str]
    people: dict[str, dict[str, str]]
    log: Path

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Return status and parsed body; raises OSError when the server is gone."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.base_url + path, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=10) as response:  # noqa: S310
                text = response.read()
                return response.status, json.loads(text) if text else None
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def sign_in(self, login: str) -> str:
        """Return a session token."""
        body = {"login": login, "password": self.people[login]["password"]}
        status, session = self.call("POST", "/api/session", body)
        assert status == 200, session
        return session["token"]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def demo_running(data: Path, *options: str, timeout_s: float = 60) -> Iterator[Demo]:
    """Start `luochui demo` on `data` and stop it with SIGTERM after the block."""
    ready = data.parent / f"ready-{time.monotonic_ns()}.json"
    log = data.parent / "demo.log"
    with log.open("ab") as output:
        process = started(data, "--ready-file", str(ready), *options, stdout=output, stderr=output)
    try:
        until = time.monotonic() + timeout_s
        while not ready.exists():
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < until, log.read_text(errors="replace")[-3000:]
            time.sleep(0.02)
        content = json.loads(ready.read_text())
        yield Demo(process=process, log=log, **content)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def started(data: Path, *options: str, **streams: Any) -> subprocess.Popen:
    """Start `luochui demo` on `data` and do not wait. If the test run is killed, it ends too."""
    return subprocess.Popen(
        [sys.executable, "-m", "luochui", "demo", "--data", str(data), "--port", "0", *options],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
        preexec_fn=_end_with_the_test_run,  # noqa: PLW1509 - one system call
        **streams,
    )


def _end_with_the_test_run() -> None:
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@pytest.fixture
def demo(open_folder: Path) -> Iterator[Demo]:
    """A quick demonstration: one lot is live, three invented bidders."""
    with demo_running(open_folder / "data", "--speed", "10", "--bots", "3") as running:
        yield running
