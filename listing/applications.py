"""Applications (竞买申请): who wants to bid for a lot, hidden behind a random number."""

import secrets
from itertools import count

import asyncpg

from listing.sql import load

_SQL = load("listing", "listing")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DRAWS_A_LENGTH = 20


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
        for attempt in count():
            known: str | None = await connection.fetchval(_SQL["application"], lot_id, bidder_id)
            if known is not None:
                return known
            drawn: str | None = await connection.fetchval(
                _SQL["apply"], lot_id, bidder_id, _draw_number(attempt), now_us
            )
            if drawn is not None:
                return drawn
        raise AssertionError("numbers grow longer as they are taken, so one is always free")

    async def numbers(self, lot_id: str) -> dict[str, str]:
        """Return number by bidder of one lot: for staff who may know."""
        rows = await self._pool.fetch(_SQL["numbers"], lot_id)
        return {row["bidder_id"]: row["number"] for row in rows}


def _draw_number(attempt: int) -> str:
    """Return a random bidder number such as A07 (2,376 of them), a longer one where these are taken."""
    digits = 2 + attempt // _DRAWS_A_LENGTH
    return f"{secrets.choice(_LETTERS)}{secrets.randbelow(10**digits - 1) + 1:0{digits}d}"
