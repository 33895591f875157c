"""Bring a database's tables up to date: `migrations/*.sql`, in the order of their `depends`."""

import logging
from pathlib import Path

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.util.migrate import apply

from listing.sql import load

MIGRATIONS = Path(__file__).parent / "migrations"

_SQL = load("luochui", "migrate")
_LOCK = int.from_bytes(b"luochui", "big")
_log = logging.getLogger(__name__)


class MigrationError(Exception):
    """A migration could not be applied; those before it were, it and those after it were not."""


async def migrate(postgres_url: str, folder: Path = MIGRATIONS) -> None:
    """Apply the migrations that the database does not have yet, each in a transaction.

    Any number of processes may do this at once: they take turns. Raises `MigrationError` with
    the name of the migration that failed and why.
    """
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.fetchval(_SQL["lock"], _LOCK)
        await apply(connection, folder, schema_name="public", logger=_log)
        await connection.fetchval(_SQL["unlock"], _LOCK)
    except BadMigrationError as error:
        raise MigrationError(_explain(error)) from error
    finally:
        await connection.close()


def _explain(error: BadMigrationError) -> str:
    return f"{error}: {error.__cause__}" if error.__cause__ else str(error)
