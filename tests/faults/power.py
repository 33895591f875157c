"""The machine of PostgreSQL loses power: whatever its disk had not been told to keep is gone."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from typing import Any

from tests.faults.kills import lose_inbox, on_database, struck
from tests.faults.servers import Postgres, Valkey
from tests.faults.world import Places, World, folder_for
from tests.support.servers_process import PROJECT


class Disk:
    """The forgetful file system: shows `kept` at `shown`."""

    def __init__(self, kept: Path, shown: Path) -> None:
        self._kept, self._shown = kept, shown
        self.writes_lost = 0
        self._process: Popen[bytes] | None = None

    def mount(self) -> None:
        """Put it up, with what is durable."""
        command = [sys.executable, "-m", "tests.faults.forgetful_disk", self._kept, self._shown]
        self._process = Popen(command, cwd=PROJECT, stdin=DEVNULL, stdout=PIPE)
        until = time.monotonic() + 20
        while not os.path.ismount(self._shown):
            assert self._process.poll() is None, "the file system does not start"
            assert time.monotonic() < until, "the file system does not appear"
            time.sleep(0.02)

    def cut_power(self) -> None:
        """Lose what was not synced."""
        assert self._process is not None, "it is mounted"
        assert self._process.stdout is not None, "it tells what it has lost"
        self._process.send_signal(signal.SIGUSR1)
        self.writes_lost += int(self._process.stdout.readline())

    def unmount(self) -> None:
        """Take it down."""
        if self._process is None:
            return
        run(["umount", "-l", self._shown], check=False, stderr=subprocess.DEVNULL)
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None, "it was piped"
        self._process.stdout.close()
        self._process = None


async def power_cut(count: int, *, control: bool) -> dict[str, Any]:
    """The disk forgets what was not synced, and PostgreSQL dies. Control: `synchronous_commit` is off."""
    missing = _what_is_missing()
    if missing:
        return {"fault": "power_cut", "skipped": missing}
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("w"))
        postgres = Postgres(folder / "pg")
        postgres.make()
        postgres.data.rename(folder / "kept")
        postgres.make_folders()
        disk = Disk(folder / "kept", postgres.data)
        stack.callback(disk.unmount)
        disk.mount()
        postgres.start()

        async def strike(here: World, number: int) -> None:
            disk.cut_power()
            here.postgres.kill()
            await lose_inbox(here, number)
            disk.unmount()
            await asyncio.to_thread(disk.mount)
            here.postgres.start()
            await here.postgres.ready()

        places = Places(postgres=postgres, valkey=Valkey(folder / "vk"))
        options = on_database(control=control)
        report = await struck("power_cut", count, options, strike, places=places)
        return report | {"writes_lost": disk.writes_lost}


def _what_is_missing() -> str:
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        return "a file system of one's own needs root and /dev/fuse"
    try:
        import mfusepy  # noqa: F401, PLC0415 - looks for the library when it is imported
    except (ImportError, OSError) as error:
        return f"a file system of one's own needs libfuse: {error}"
    return ""
