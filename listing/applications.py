"""Applications (竞买申请): who wants to bid for a lot, hidden behind a random number."""

import secrets

import asyncpg

from listing.sql import load

_SQL = load("listing", "listing")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Applications:
    """Takes applications in. Numbers are drawn at random, so they tell neither order nor count."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, lot_id: str, bidder_id: str) -> str | None:
        """Return the bidder's number in the lot, or None if he has not applied."""
        number: str | None = await self._pool.fetchval(_SQL["application"], lot_id, bidder_id)
        return number

    async def apply(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        lot_id: str,
        bidder_id: str,
        now_us: int,
    ) -> str:
        """Take in an application within the caller's transaction and return its number.

        Applying again returns the number drawn the first time.
        """
        while True:
            known: str | None = await connection.fetchval(_SQL["application"], lot_id, bidder_id)
            if known is not None:
                return known
            drawn: str | None = await connection.fetchval(
                _SQL["apply"], lot_id, bidder_id, _draw_number(), now_us
            )
            if drawn is not None:
                return drawn

    async def numbers(self, lot_id: str) -> dict[str, str]:
        """Return number by bidder of one lot: for staff who may know."""
        rows = await self._pool.fetch(_SQL["numbers"], lot_id)
        return {row["bidder_id"]: row["number"] for row in rows}


def _draw_number() -> str:
    """Return a random bidder number such as A07 (2,376 of them)."""
    return f"{secrets.choice(_LETTERS)}{secrets.randbelow(99) + 1:02d}"
