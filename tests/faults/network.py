"""A bad network between processes and servers: slow, broken, silent, and the answer that got lost."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.kills import keys_away
from tests.faults.proxy import Proxy
from tests.faults.servers import PORT, Postgres, Valkey, url_at
from tests.faults.world import Options, Places, folder_for, world

_KINDS = ("delay", "reset", "black hole", "lost answer")


async def network(count: int, *, control: bool) -> dict[str, Any]:
    """One of four connections suffers one of four evils. Control: a repeated id is decided again."""
    rng = random.Random(f"network {count}")
    options = Options(without="repeats_are_new" if control else None, weaken=keys_away(control))
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("n"))
        postgres, valkey = Postgres(folder / "pg"), Valkey(folder / "vk")
        proxies, places = await _detours(stack, folder, postgres, valkey)
        here = await stack.enter_async_context(world(options, places))
        for number in range(count):
            await asyncio.sleep(rng.uniform(0.02, 0.2))
            kind = _KINDS[number % len(_KINDS)]
            since = now_us()
            await _suffer(proxies[rng.choice(sorted(proxies))], kind, rng)
            await here.recovers(since)
        lost = sum(proxy.swallowed for proxy in proxies.values())
        return here.report("network", count) | {"answers_lost": lost} | await verdict(here)


async def _detours(
    stack: AsyncExitStack, folder: Path, postgres: Postgres, valkey: Valkey
) -> tuple[dict[str, Proxy], Places]:
    """Return a proxy for each connection, and the settings that lead each process through its own."""
    proxies, settings = {}, {}
    for role in ("engine", "web"):
        (folder / role).mkdir()
        database = proxies[f"{role} to PostgreSQL"] = Proxy(
            folder / role / f".s.PGSQL.{PORT}", postgres.sockets / f".s.PGSQL.{PORT}"
        )
        redis = proxies[f"{role} to Redis"] = Proxy(folder / role / "redis", valkey.socket)
        for proxy in (database, redis):
            await stack.enter_async_context(proxy.listening())
        settings[role] = {
            "LUOCHUI_POSTGRES_URL": url_at(folder / role),
            "LUOCHUI_REDIS_URL": f"unix://{redis.path}",
        }
    places = Places(
        postgres=postgres,
        valkey=valkey,
        for_engines=settings["engine"],
        for_web=settings["web"],
    )
    return proxies, places


async def _suffer(proxy: Proxy, kind: str, rng: random.Random) -> None:
    match kind:
        case "delay":
            proxy.delay_s = rng.uniform(0.02, 0.15)
            await asyncio.sleep(0.4)
            proxy.delay_s = 0.0
        case "reset":
            proxy.reset()
        case "black hole":
            proxy.hold()
            await asyncio.sleep(rng.uniform(0.2, 1.2))
            if rng.random() < 0.5:
                proxy.reset()
            proxy.release()
        case "lost answer":
            proxy.swallows_answers = True
            await asyncio.sleep(0.2)
            proxy.swallows_answers = False
