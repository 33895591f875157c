"""The deposit book page by page: the open ones first, by due date, found by lot, status and words."""

from dataclasses import dataclass, field

import asyncpg

from listing.sql import load
from settlement.deposits import Deposit, deposit_in, receipt_in

_SQL = load("settlement", "deposit_pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a page is about; nothing given is everything.

    `words` stand in the account number, a payer or a bank reference; deposits of `bidder_ids` fit too,
    since who bears a name is known elsewhere.
    """

    status: str | None = None
    lot_id: str | None = None
    words: str = ""
    bidder_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a deposit stands in the book, as of when it was read."""

    is_done: bool
    due_us: int
    deposit_id: str


class DepositPages:
    """Reads pages by the place of the last deposit read, so that none is passed over or counted anew."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read(self, sought: Sought, *, after: Place | None, limit: int) -> list[Deposit]:
        """Return up to `limit` deposits behind `after`, with their receipts."""
        place = after or Place(is_done=False, due_us=-1, deposit_id="")
        rows = await self._pool.fetch(
            _SQL["page"],
            *_arguments(sought),
            sought.status,
            place.is_done,
            place.due_us,
            place.deposit_id,
            limit,
        )
        receipts = await self._pool.fetch(_SQL["receipts"], [row["deposit_id"] for row in rows])
        return [
            deposit_in(
                row,
                tuple(receipt_in(r) for r in receipts if r["deposit_id"] == row["deposit_id"]),
            )
            for row in rows
        ]

    async def counts(self, sought: Sought) -> dict[str, int]:
        """Return how many deposits there are by status, whatever status is sought."""
        rows = await self._pool.fetch(_SQL["counts"], *_arguments(sought))
        return {row["status"]: row["count"] for row in rows}


def place_of(deposit: Deposit) -> Place:
    """Return where a deposit stands in the book."""
    return Place(
        is_done=deposit.status == "confirmed",
        due_us=deposit.due_at_us,
        deposit_id=deposit.deposit_id,
    )


def _arguments(sought: Sought) -> tuple[str | None, str, list[str]]:
    return sought.lot_id, sought.words, sought.bidder_ids
