"""`luochui serve` as a process of its own; and, for controls and jumping clocks, the same program changed.

python -m tests.faults.serving [--without GUARD] [--clock FILE] ROLE
"""

import argparse
import mmap
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from luochui.clock import SystemClock
from tests.support.demo import _end_with_the_test_run
from tests.support.servers_process import PROJECT

_STOP_TIMEOUT_S = 30


@dataclass(kw_only=True)
class Serving:
    """One process of the program: started, killed, stopped, frozen."""

    role: str
    environment: Mapping[str, str]
    log: Path
    without: str | None = None
    clock: Path | None = None
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(
                self._command(),
                cwd=PROJECT,
                env=self._whole_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_the_test_run,  # noqa: PLW1509 - one system call
            )

    def _whole_environment(self) -> dict[str, str]:
        """Return it with compiled modules kept for the run, as an installed program has them."""
        around = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        kept = {"PYTHONPYCACHEPREFIX": str(self.log.parent / "compiled")}
        return around | kept | dict(self.environment)

    def _command(self) -> list[str]:
        if self.without is None and self.clock is None:
            return [sys.executable, "-m", "luochui", "serve", "--role", self.role]
        changes = ["--without", self.without] if self.without else []
        changes += ["--clock", str(self.clock)] if self.clock else []
        return [sys.executable, "-m", "tests.faults.serving", *changes, self.role]

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.popen is not None, "it was started"
        self.popen.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)
        self.ended()

    def ended(self) -> None:
        """Wait for its end."""
        assert self.popen is not None, "it was started"
        self.popen.wait(_STOP_TIMEOUT_S)

    @property
    def runs(self) -> bool:
        """Tell whether it still runs."""
        return self.popen is not None and self.popen.poll() is None

    def end(self) -> None:
        """End it somehow, when all is over."""
        if self.runs:
            self.kill()


class ClockFile:
    """How far the clock of a process is set off: eight bytes that both sides see."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", 0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)

    @property
    def offset_us(self) -> int:
        """By how much the clock is ahead."""
        return struct.unpack("q", self._map)[0]

    @offset_us.setter
    def offset_us(self, offset_us: int) -> None:
        self._map[:] = struct.pack("q", offset_us)


def set_off_by(clock: ClockFile) -> None:
    """Let the one place of the program that reads the computer's clock be off by what the file says."""
    SystemClock.now_us = lambda _: time.time_ns() // 1000 + clock.offset_us  # type: ignore[method-assign]


def main() -> None:
    from luochui.cli import serve  # noqa: PLC0415 - heavy
    from tests.faults.guards import GUARDS  # noqa: PLC0415 - the tests import this module, too

    parser = argparse.ArgumentParser(prog="python -m tests.faults.serving")
    parser.add_argument("--without", choices=GUARDS)
    parser.add_argument("--clock", type=Path)
    parser.add_argument("role", choices=("web", "engine", "all"))
    given = parser.parse_args()
    if given.without:
        GUARDS[given.without]()
    if given.clock:
        set_off_by(ClockFile(given.clock))
    sys.exit(serve(role=given.role))


if __name__ == "__main__":
    main()
