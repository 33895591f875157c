"""Pools of database connections, and the refusal to run on a database that may forget."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from listing.sql import load

_SQL = load("luochui", "durability")
_VERSION_MIN = 150000


class WeakDatabaseError(Exception):
    """The database is too old, or set so that it may forget what it acknowledged."""


@asynccontextmanager
async def open_pool(
    url: str, *, name: str, size_max: int, is_durable: bool = False
) -> AsyncIterator[asyncpg.Pool]:
    """Open a pool of at most `size_max` connections; sessions that hang let go of their locks.

    If it `is_durable`, every new connection is looked at before its first use, so that settings of a role
    or a database that were weakened meanwhile are seen too; it raises `WeakDatabaseError`.
    """
    async with asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size_max,
        command_timeout=30,
        server_settings={
            "application_name": f"luochui {name}",
            "idle_in_transaction_session_timeout": "2000",
            "lock_timeout": "2000",
            "jit": "off",
        },
        init=refuse_weak_database if is_durable else None,
        reset=_left_as_it_is,
    ) as pool:
        yield pool


async def _left_as_it_is(_connection: asyncpg.Connection) -> None:
    """Save the round trip that resets a session's settings after every use: no query of ours changes any.

    A transaction that was left open is rolled back all the same.
    """


async def refuse_weak_database(pool: asyncpg.Pool | asyncpg.Connection) -> None:
    """Raise `WeakDatabaseError` unless a commit on this server survives a power cut."""
    row = await pool.fetchrow(_SQL["settings"])
    assert row is not None, "the query returns one row"
    if row["version"] < _VERSION_MIN:
        raise WeakDatabaseError(f"PostgreSQL 15 or later is needed, not {row['version']}")
    for name, good in (
        ("fsync", ("on",)),
        ("full_page_writes", ("on",)),
        ("data_sync_retry", ("off",)),
        ("synchronous_commit", ("on", "remote_apply", "remote_write")),
    ):
        if row[name] not in good:
            raise WeakDatabaseError(
                f"{name} is {row[name]!r}; it must be {' or '.join(good)}, or acknowledged bids may be lost"
            )
