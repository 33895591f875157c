"""A primary dies and another server takes its place: PostgreSQL with a stand-by, Redis with a sentinel."""

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.kills import keys_away, lose_inbox, struck
from tests.faults.servers import PORT, Postgres, Valkey, children_of
from tests.faults.world import Options, Places, World, folder_for, world
from tests.support.redis_setups import (
    SERVICE,
    Installation,
    Node,
    redis_sentinel,
    replica_of,
    until,
)

_LAGS_S = 0.15
_SENTINEL = 2


async def postgres_failover(count: int, *, control: bool) -> dict[str, Any]:
    """The primary dies while its stand-by lags; the stand-by is promoted, a new one is made from it.

    Control: the stand-by is not synchronous.
    """
    rng = random.Random(f"postgres_failover {count}")
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("p"))
        primary, standby = Postgres(folder / "a"), Postgres(folder / "b")
        stack.push_async_callback(standby.stop)
        hosts = ",".join(str(server.sockets) for server in (primary, standby))
        either = f"postgresql://postgres@/postgres?host={hosts}&port={PORT},{PORT}"
        url = {"LUOCHUI_POSTGRES_URL": f"{either}&target_session_attrs=primary"}
        places = Places(
            postgres=primary, valkey=Valkey(folder / "vk"), for_engines=url, for_web=url
        )
        here = await stack.enter_async_context(world(Options(), places))
        for number in range(count):
            await follow(standby, primary, is_synchronous=not control)
            await asyncio.sleep(rng.uniform(0.1, 0.4))
            since = await _die_while_its_stand_by_lags(primary)
            await lose_inbox(here, number)
            await standby.execute("ALTER SYSTEM RESET synchronous_standby_names")
            await standby.execute("SELECT pg_promote()", "SELECT pg_reload_conf()")
            primary, standby = standby, primary
            here.postgres = primary
            await here.recovers(since)
        return here.report("postgres_failover", count) | await verdict(here)


async def follow(standby: Postgres, primary: Postgres, *, is_synchronous: bool) -> None:
    """Make `standby` from `primary`, and wait until it follows."""
    await standby.stop()
    await asyncio.to_thread(standby.copy_of, primary)
    standby.start()
    await standby.ready()
    if is_synchronous:
        await primary.execute(
            "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"
        )
    wanted = "sync" if is_synchronous else "async"
    query = f"SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '{wanted}'"  # noqa: S608
    async with asyncio.timeout(30):
        while await primary.value(query) != 1:
            await asyncio.sleep(0.02)


async def _die_while_its_stand_by_lags(primary: Postgres) -> int:
    """Freeze what sends to the stand-by, and kill the primary a moment later."""
    senders = [pid for pid in children_of(primary.pid) if b"walsender" in _command(pid)]
    assert len(senders) == 1, "one process sends"
    os.kill(senders[0], signal.SIGSTOP)
    await asyncio.sleep(_LAGS_S)
    since = now_us()
    primary.kill()
    return since


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def redis_failover(count: int, *, control: bool) -> dict[str, Any]:
    """The master of Redis dies, and the sentinel promotes the replica; the next replica is made from that.

    Replication is asynchronous: commands are lost with the master. Control: a repeated id is decided again.
    """
    options = Options(without="repeats_are_new" if control else None, weaken=keys_away(control))
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("r"))
        redis = await stack.enter_async_context(redis_sentinel(folder))
        places = Places(postgres=Postgres(folder / "pg"), redis_elsewhere=redis.url)

        async def strike(here: World, number: int) -> None:
            if number:
                await asyncio.to_thread(_replicate_again, folder, redis)
            since = now_us()
            _of_role(redis, "master").kill()
            await here.recovers(since)

        return await struck(
            "redis_failover", count, options, strike, counts_itself=True, places=places
        )


def _of_role(redis: Installation, role: str) -> Node:
    """Return the running server that is the master, or the replica."""
    servers = [node for node in redis.alive if node is not redis.nodes[_SENTINEL]]
    return next(node for node in servers if node.client.info("replication")["role"] == role)


def _replicate_again(folder: Path, redis: Installation) -> None:
    """Give the master a new replica, and wait until the sentinel knows it."""
    sentinel, master = redis.nodes[_SENTINEL], _of_role(redis, "master")
    replica_of(master, folder, redis)
    sentinel.call("SENTINEL", "RESET", SERVICE)
    until(lambda: len(sentinel.call("SENTINEL", "REPLICAS", SERVICE)) == 1)
