"""Engines that sleep past their lease, that replace each other, and whose clocks jump."""

import asyncio
import random
import signal
from functools import partial
from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.kills import keys_away, struck
from tests.faults.servers import Postgres, Valkey
from tests.faults.serving import ClockFile
from tests.faults.world import RECOVERS_WITHIN_S, Options, Places, World, folder_for, world

_HOUR_US = 3_600_000_000
_JUMPS_US = (-_HOUR_US, _HOUR_US, -60_000_000, 24 * _HOUR_US, 5_000_000, -3_000_000)


async def zombie(count: int, *, control: bool) -> dict[str, Any]:
    """The owner is frozen until another engine decides in its place, and wakes up under load.

    Control: journal and lease take any epoch, and the journal has no keys, which would stop it as well.
    """
    rng = random.Random(f"zombie {count}")

    async def strike(here: World, _: int) -> None:
        owner = await _owner(here)
        here.engines[owner].send(signal.SIGSTOP)
        since = now_us()
        if not await here.bidders.decided_after(since, within_s=RECOVERS_WITHIN_S):
            here.found["L2"] += 1
        here.next_ack_us.append(now_us() - since)
        await asyncio.sleep(rng.uniform(0.05, 0.3))
        here.engines[owner].send(signal.SIGCONT)
        await asyncio.sleep(rng.uniform(0.2, 0.5))

    options = Options(
        engines=("first", "second"),
        without="no_fence" if control else None,
        weaken=keys_away(control),
    )
    return await struck("zombie", count, options, strike, counts_itself=True)


async def _owner(here: World) -> str:
    return str(await here.postgres.value("SELECT owner FROM shard"))


async def rolling_restart(count: int, *, control: bool) -> dict[str, Any]:
    """Engines are replaced one by one under load; `next_ack_ms` is the slowest bid of each replacement.

    Control: a successor does not catch up after taking over, and the journal has no keys.
    """
    options = Options(
        lots=8,
        bidders=3,
        shards=4,
        pause_s=0.04,
        engines=("engine-0", "engine-1"),
        without="no_catching_up" if control else None,
        weaken=keys_away(control),
    )
    async with world(options) as here:
        for number in range(count):
            if not await _replaced(here, f"engine-{number}", f"engine-{number + 2}"):
                here.found["L2"] += 1
            if here.found["L2"]:
                break
        return here.report("rolling_restart", count) | await verdict(here)


async def _replaced(here: World, old: str, new: str) -> bool:
    """Let `new` come and `old` go; tell whether `new` came to own anything."""
    here.bidders.slowest_us = 0
    here.engines[new] = here.engine(new)
    here.engines[new].start()
    if not await _owns_something(here, new):
        return False
    leaving = here.engines.pop(old)
    leaving.send(signal.SIGTERM)
    since = now_us()
    await asyncio.to_thread(leaving.ended)
    await here.recovers(since, on_all_lots=True)
    here.next_ack_us[-1] = here.bidders.slowest_us
    return True


async def _owns_something(here: World, name: str) -> bool:
    until = now_us() + RECOVERS_WITHIN_S * 1e6
    while now_us() < until:
        if await here.postgres.value(f"SELECT count(*) FROM shard WHERE owner = '{name}'"):  # noqa: S608
            return True
        await asyncio.sleep(0.05)
    return False


async def clock_jump(count: int, *, control: bool) -> dict[str, Any]:
    """The engine's clock jumps, or the stamps of Redis do, and both come right again.

    The clock is that of the one module which reads it, set off from outside; the program is otherwise the
    same. Control: the engine decides by its own clock.
    """
    options = Options(without="own_clock_decides" if control else None)
    async with folder_for("c") as folder:
        clock, servers = (
            ClockFile(folder / "clock"),
            (Postgres(folder / "pg"), Valkey(folder / "vk")),
        )
        places = Places(postgres=servers[0], valkey=servers[1], clock=folder / "clock")
        strike = partial(_jump, clock)
        return await struck("clock_jump", count, options, strike, places=places)


async def _jump(clock: ClockFile, here: World, number: int) -> None:
    if number % 3 == 2:
        await _stamp_an_hour_ahead(here)
    else:
        clock.offset_us = _JUMPS_US[number % len(_JUMPS_US)]
    await asyncio.sleep(0.7)
    clock.offset_us = 0


async def _stamp_an_hour_ahead(here: World) -> None:
    """Let the inbox begin to stamp as a server does whose clock is an hour fast."""
    now = int(str(await here.postgres.value("SELECT (extract(epoch FROM now()) * 1000)::bigint")))
    ahead = now + _HOUR_US // 1000
    answer = await here.valkey.says(f"XADD luochui:{{0}}:inbox {ahead}-0 k marker r '' b {{}}")
    assert answer.startswith(b"$"), answer
