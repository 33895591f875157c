"""A disk that is full for a while."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from subprocess import run
from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.servers import Postgres, Valkey
from tests.faults.world import Options, Places, World, folder_for, world

_SIZE = "160m"
_FULL_S = 12.0
_BEFORE_S = 1.0
_SMALL_WAL = {"min_wal_size": "32MB", "max_wal_size": "48MB"}


async def disk_full(count: int, *, control: bool) -> dict[str, Any]:
    """The disk of PostgreSQL is full for twelve seconds. Control: failed writes are answered, too."""
    if os.geteuid() != 0:
        return {"fault": "disk_full", "skipped": "a small file system can be mounted by root only"}
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("d"))
        small = folder / "pg"
        small.mkdir(mode=0o755)
        mounted = run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", small], check=False)
        if mounted.returncode:
            return {"fault": "disk_full", "skipped": "a small file system cannot be mounted"}
        stack.callback(run, ["umount", small], check=False)
        postgres = Postgres(small, settings=_SMALL_WAL)
        places = Places(postgres=postgres, valkey=Valkey(folder / "vk"))
        options = Options(without="journal_errors_are_ignored" if control else None)
        here = await stack.enter_async_context(world(options, places))
        for _ in range(count):
            await asyncio.sleep(_BEFORE_S)
            await _fill(here, small / "filler")
        await asyncio.sleep(_BEFORE_S)
        return here.report("disk_full", count) | await verdict(here)


async def _fill(here: World, filler: Path) -> None:
    filler.write_bytes(b"")
    full_until = now_us() + int(_FULL_S * 1e6)
    acknowledged = len(here.bidders.acknowledged)
    while now_us() < full_until:
        _take_everything(filler)
        await asyncio.sleep(0.1)
    here.notes["acknowledged_while_full"] = len(here.bidders.acknowledged) - acknowledged
    filler.unlink()
    since = now_us()
    assert here.postgres.process is not None, "it was started"
    if here.postgres.process.child.poll() is not None:
        here.notes["postgres_ended"] = here.notes.get("postgres_ended", 0) + 1
        here.postgres.start()
        await here.postgres.ready()
    await here.recovers(since)


def _take_everything(filler: Path) -> None:
    """Write until nothing more fits."""
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(bytes(size)) == size:
                    continue
            except OSError:
                continue
