"""The journal lies in parts by lot: whole, insert-only in every part, and unique as it was in one piece."""

import asyncpg
import pytest

from luochui.migrate import MIGRATIONS, migrate

pytestmark = pytest.mark.integration

ROW = "INSERT INTO journal VALUES ($1, 1, 1, 0, 1, $2, 2, '3-4', 'place_bid', '{}', '[]', NULL)"
PARTED = "0007_journal_partitions.sql"
LOTS = [f"lot-{n}" for n in range(20)]


async def rows_of(connection):
    return await connection.fetch("SELECT * FROM journal ORDER BY lot_id")


async def test_a_journal_that_lay_in_one_piece_is_parted_whole(fresh_database, tmp_path):
    for path in MIGRATIONS.glob("000[1-6]_*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    await migrate(fresh_database, tmp_path)
    connection = await asyncpg.connect(fresh_database)
    for lot in LOTS:
        await connection.execute(ROW, lot, "c")
    before = await rows_of(connection)
    (tmp_path / PARTED).write_bytes((MIGRATIONS / PARTED).read_bytes())
    await migrate(fresh_database, tmp_path)
    assert await rows_of(connection) == before
    await connection.close()


async def test_no_part_can_be_changed_and_ids_stay_unique(fresh_database):
    await migrate(fresh_database)
    connection = await asyncpg.connect(fresh_database)
    for lot in LOTS:
        await connection.execute(ROW, lot, "c")
    parts = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'journal'::regclass"
    )
    assert len(parts) == 8
    for name in ("journal", *(part["name"] for part in parts)):
        for statement in ("DELETE FROM", "TRUNCATE", "UPDATE"):
            setting = " SET entry = 9" if statement == "UPDATE" else ""
            with pytest.raises(asyncpg.RaiseError, match="insert-only"):
                await connection.execute(f"{statement} {name}{setting}")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(ROW, LOTS[0], "another")
    assert len(await rows_of(connection)) == len(LOTS)
    await connection.close()
