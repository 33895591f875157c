"""Bring a database's tables up to date: `migrations/*.sql`, in the order of their `depends`."""

import hashlib
import logging
from pathlib import Path

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.util.migrate import apply
from pogo_core.util.sql import ensure_pogo_sync

from listing.sql import load

MIGRATIONS = Path(__file__).parent / "migrations"

_SQL = load("luochui", "migrate")
_LOCK = int.from_bytes(b"luochui", "big")
_log = logging.getLogger(__name__)


class MigrationError(Exception):
    """A migration could not be applied; those before it were, it and those after it were not.

    Or one that was applied is no longer what it was: then nothing was done.
    """


async def migrate(postgres_url: str, folder: Path = MIGRATIONS) -> None:
    """Apply the migrations that the database does not have yet, each in a transaction.

    Any number of processes may do this at once: they take turns. Raises `MigrationError` with
    the name of the migration that failed and why, or that was changed after it had been applied.
    """
    contents = _contents(folder)
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.fetchval(_SQL["lock"], _LOCK)
        await _refuse_changed(connection, contents)
        try:
            await apply(connection, folder, schema_name="public", logger=_log)
        except BadMigrationError as error:
            await _note(connection, contents)
            raise MigrationError(_explain(error)) from error
        await _note(connection, contents)
        await connection.fetchval(_SQL["unlock"], _LOCK)
    finally:
        await connection.close()


async def _note(connection: asyncpg.Connection, contents: dict[str, bytes]) -> None:
    """Note what the applied migrations are. Who is cancelled leaves that to the next start."""
    await connection.execute(_SQL["note_contents"], [*contents], [*contents.values()])


async def _refuse_changed(connection: asyncpg.Connection, contents: dict[str, bytes]) -> None:
    await ensure_pogo_sync(connection)
    await connection.execute(_SQL["create_contents"])
    for row in await connection.fetch(_SQL["contents"]):
        name = row["migration_id"]
        if contents.get(name, row["sha256"]) != row["sha256"]:
            raise MigrationError(
                f"{name} was changed after this database had applied it: "
                "restore it, and write what is to change into a new migration"
            )


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the hash of every migration's text, whatever its line ends."""
    return {
        path.stem: hashlib.sha256(path.read_text(encoding="utf-8").encode()).digest()
        for path in folder.glob("*.sql")
    }


def _explain(error: BadMigrationError) -> str:
    return f"{error}: {error.__cause__}" if error.__cause__ else str(error)
