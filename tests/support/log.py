"""The log on a real database, for tests: keepers, what they wrote, and journals to write it about."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.state import Lot
from luochui.api.log import _checkpoint, _shown
from luochui.api.log_messages import LogExtract
from luochui.database import open_pool
from luochui.migrate import migrate
from tests.support.engine import SECOND, clock, simple_terms
from tests.support.history import claimed, commands_of, write_history
from transparency.checkpoint import Signer
from transparency.keeper import Keeper
from transparency.reader import LogReader

ORIGIN = "log.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer(ORIGIN, KEY)


@asynccontextmanager
async def keeping(postgres_url: str, signer: Signer = SIGNER) -> AsyncIterator[Keeper]:
    """A keeper with connections of its own; nothing runs by itself."""
    async with open_pool(postgres_url, name="log", size_max=2, is_durable=True) as pool:
        yield Keeper(pool, signer)


async def journaled(postgres_url: str, pool: asyncpg.Pool, *, seed: int, lots: int = 2) -> None:
    """Write the journals of some lots with a few bids each, decided by the core."""
    await migrate(postgres_url)
    claim, rng, begin = await claimed(pool), Random(seed), clock.now_us()
    for n in range(lots):
        lot_id, at = f"LOT-{n}", begin + n * SECOND
        terms = simple_terms(opens_at=at, leader_may_raise=True)
        commands = list(commands_of(lot_id, terms, rng.randint(5, 25)))
        some = [*commands[:21], *commands[101:]]  # Ten bidders are enough.
        await write_history(pool, claim, Lot(lot_id), iter(some), at)


async def leaves_of(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    """Return every leaf with its place, decision and hash, in order."""
    rows = await pool.fetch(
        "SELECT l.leaf, l.lot_id, l.entry, n.hash FROM log_leaf l"
        " JOIN log_node n ON n.level = 0 AND n.place = l.leaf ORDER BY l.leaf"
    )
    return [dict(row) for row in rows]


async def journal_of(pool: asyncpg.Pool) -> set[tuple[str, int]]:
    """Return the place of every decision."""
    return {
        (r["lot_id"], r["entry"]) for r in await pool.fetch("SELECT lot_id, entry FROM journal")
    }


async def extract_of(
    database: Any, lots: Sequence[str], earlier: Sequence[int] = ()
) -> dict[str, Any]:
    """Return what `luochui verify` would fetch of some lots, whatever the database holds now."""
    reader = LogReader(database)
    signed = await reader.latest()
    assert signed is not None, "it was signed"
    decisions = [
        _shown(one, hides_decision=False, hides_events=False)
        for lot in lots
        for one in await reader.decisions(lot, after=0, size=signed.size, limit=10_000)
    ]
    extract = LogExtract(checkpoint=_checkpoint(signed), decisions=decisions)
    proofs = [
        {"old": old, "proof": await reader.consistency(old, signed.size)}
        for old in earlier
        if old <= signed.size
    ]
    whole = {**msgspec.to_builtins(extract), "lots": list(lots), "consistency": proofs}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    return found
