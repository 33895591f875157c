"""`kill -9`, at random points under load: the engine, PostgreSQL, both, Redis."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.bidders import now_us
from tests.faults.judging import verdict
from tests.faults.world import Options, Places, World, world

Strike = Callable[[World, int], Awaitable[None]]
_FORGETFUL = ("ALTER DATABASE postgres SET synchronous_commit = off",)


async def struck(
    fault: str,
    count: int,
    options: Options,
    strike: Strike,
    *,
    counts_itself: bool = False,
    places: Places | None = None,
) -> dict[str, Any]:
    """Strike `count` times; after each wait for the next decision and for everybody's answer.

    A run in which nothing is decided any more is over.

    `counts_itself`: the strike has noted itself how long it took until something was decided.
    """
    rng = random.Random(f"{fault} {count}")
    async with world(options, places) as here:
        for number in range(count):
            if here.found["L2"]:
                break
            await asyncio.sleep(rng.uniform(0.05, 0.35))
            since = now_us()
            await strike(here, number)
            await here.recovers(since if not counts_itself else now_us())
            if counts_itself:
                here.next_ack_us.pop()
        return here.report(fault, count) | await verdict(here)


async def engine_kill(count: int, *, control: bool) -> dict[str, Any]:
    """The engine dies; its supervisor starts it again under its name. Control: answers before commits."""

    async def strike(here: World, number: int) -> None:
        engine = here.engines["engine"]
        engine.kill()
        await lose_inbox(here, number)
        engine.start()

    options = Options(without="answers_before_the_commit" if control else None)
    return await struck("engine_kill", count, options, strike)


async def lose_inbox(here: World, number: int) -> None:
    """Every second time Redis dies as well, and its files are gone.

    Else what the journal has lost is decided again from the inbox, in the same order and by the same stamps,
    and the loss can hardly be seen: a second line of defence, which would hide that the first one fell.
    """
    if number % 2:
        return
    here.valkey.kill()
    here.valkey.wipe()
    here.valkey.start()
    await here.valkey.ready()


async def postgres_kill(count: int, *, control: bool) -> dict[str, Any]:
    """All processes of PostgreSQL die. Control: `synchronous_commit` is off, and nobody refuses that."""

    async def strike(here: World, number: int) -> None:
        here.postgres.kill()
        await lose_inbox(here, number)
        here.postgres.start()
        await here.postgres.ready()

    return await struck("postgres_kill", count, on_database(control=control), strike)


async def both_kill(count: int, *, control: bool) -> dict[str, Any]:
    """Engine and PostgreSQL die together. Control: as in `postgres_kill`."""

    async def strike(here: World, number: int) -> None:
        engine = here.engines["engine"]
        here.postgres.kill()
        engine.kill()
        await lose_inbox(here, number)
        here.postgres.start()
        await here.postgres.ready()
        engine.start()

    return await struck("both_kill", count, on_database(control=control), strike)


def on_database(*, control: bool) -> Options:
    """Return a run on a database that keeps what it commits; for a control, on one that need not."""
    if control:
        return Options(without="forgetful_database", weaken=_FORGETFUL)
    return Options()


async def redis_kill(count: int, *, control: bool) -> dict[str, Any]:
    """Valkey dies; every second time its files are gone, too. Control: a repeated id is decided again."""

    async def strike(here: World, number: int) -> None:
        if number % 2:
            await lose_inbox(here, number + 1)
            return
        here.valkey.kill()
        here.valkey.start()
        await here.valkey.ready()

    options = Options(without="repeats_are_new" if control else None, weaken=keys_away(control))
    return await struck("redis_kill", count, options, strike)


def keys_away(control: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return the statements that take the keys of the journal away, for a control."""
    from tests.faults.guards import KEYS_AWAY  # noqa: PLC0415 - loads the whole program

    return KEYS_AWAY if control else ()
