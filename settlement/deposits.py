"""Deposits (保证金): opened with the application, received at the bank, confirmed by a second person."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from listing.applications import Applications
from listing.sql import load
from settlement.ledger import Entry, deposit_frozen, receipt_booked

_SQL = load("settlement", "deposits")


class DepositUnknownError(Exception):
    """No deposit has this id."""


class SamePersonError(Exception):
    """Four eyes: who recorded the money may not confirm it."""


class DepositShortError(Exception):
    """What was received does not reach what is due."""


class ReceiptReusedError(Exception):
    """The receipt id was used before for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money seen at the bank."""

    receipt_id: str
    amount_fen: int
    payer: str
    bank_reference: str
    received_at_us: int
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A bidder's deposit for one lot. `status`: awaiting, recorded (enough money seen) or confirmed.

    Where nothing is due there is nothing to confirm: such a deposit is confirmed and its bidder admitted.
    """

    deposit_id: str
    lot_id: str
    bidder_id: str
    account_no: str
    due_fen: int
    due_at_us: int
    received_fen: int
    status: str
    confirmed_by: str | None
    is_admitted: bool
    receipts: tuple[Receipt, ...]


class Deposits:
    """The deposit book: every step books the ledger in the same transaction."""

    def __init__(self, pool: asyncpg.Pool, applications: Applications) -> None:
        self._pool, self._applications = pool, applications

    async def apply(
        self, lot_id: str, bidder_id: str, *, due_fen: int, due_us: int, now_us: int
    ) -> str:
        """Take in an application and open its deposit account; return the bidder number.

        Applying again changes nothing and returns the same number.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            number = await self._applications.apply(connection, lot_id, bidder_id, now_us)
            await connection.execute(
                _SQL["open_deposit"],
                f"{lot_id}.{number}",
                lot_id,
                bidder_id,
                due_fen,
                due_us,
            )
        return number

    async def find(self, lot_id: str, bidder_id: str) -> Deposit | None:
        """Return a bidder's deposit for a lot, without its receipts."""
        row = await self._pool.fetchrow(_SQL["deposit_of"], lot_id, bidder_id)
        return None if row is None else deposit_in(row, ())

    async def get(self, deposit_id: str) -> Deposit:
        """Return a deposit with its receipts; raise `DepositUnknownError`."""
        row = await self._pool.fetchrow(_SQL["deposit"], deposit_id)
        if row is None:
            raise DepositUnknownError(deposit_id)
        receipts = await self._pool.fetch(_SQL["receipts_of"], deposit_id)
        return deposit_in(row, tuple(receipt_in(receipt) for receipt in receipts))

    async def record(
        self,
        deposit_id: str,
        *,
        receipt_id: str,
        amount_fen: int,
        payer: str,
        bank_reference: str,
        recorded_by: str,
        now_us: int,
    ) -> None:
        """Record money seen at the bank; the same receipt twice is recorded once."""
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_SQL["lock_deposit"], deposit_id) is None:
                raise DepositUnknownError(deposit_id)
            recorded = await connection.fetchval(
                _SQL["record_receipt"],
                *(receipt_id, deposit_id, amount_fen, payer, bank_reference, recorded_by, now_us),
            )
            if recorded is None:
                known = await connection.fetchrow(_SQL["receipt"], receipt_id)
                if tuple(known or ()) != (deposit_id, amount_fen, payer, bank_reference):
                    raise ReceiptReusedError(receipt_id)
                return
            entry = receipt_booked(receipt_id, deposit_id, amount_fen)
            await _book(connection, entry, recorded_by, now_us)

    async def confirm(self, deposit_id: str, *, confirmed_by: str, now_us: int) -> None:
        """Confirm that a deposit is whole; a second time changes nothing.

        Raises `SamePersonError`, `DepositShortError` or `DepositUnknownError`.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            deposit = await connection.fetchrow(_SQL["lock_deposit"], deposit_id)
            if deposit is None:
                raise DepositUnknownError(deposit_id)
            if deposit["confirmed_by"] is not None:
                return
            receipts = await connection.fetch(_SQL["receipts_of"], deposit_id)
            if any(row["recorded_by"] == confirmed_by for row in receipts):
                raise SamePersonError(confirmed_by)
            received_fen = sum(row["amount_fen"] for row in receipts)
            if received_fen < deposit["due_fen"]:
                raise DepositShortError(f"{received_fen} of {deposit['due_fen']} fen")
            await connection.execute(_SQL["confirm_deposit"], deposit_id, confirmed_by, now_us)
            if deposit["due_fen"]:
                entry = deposit_frozen(deposit_id, deposit["due_fen"])
                await _book(connection, entry, confirmed_by, now_us)

    async def admitted(self, lot_id: str) -> list[str]:
        """Return the numbers that may bid in a lot: for staff who may know."""
        rows = await self._pool.fetch(_SQL["admitted_numbers"], lot_id)
        return [row["number"] for row in rows]

    async def balance(self, account: str) -> int:
        """Return the balance of one account of the ledger, debits positive."""
        fen: int = await self._pool.fetchval(_SQL["account_balance"], account)
        return fen

    async def ledger_sum(self) -> int:
        """Return the sum over the whole ledger: zero, always (I13)."""
        total: int = await self._pool.fetchval(_SQL["ledger_sum"])
        return total


async def _book(
    connection: asyncpg.pool.PoolConnectionProxy, entry: Entry, made_by: str, now_us: int
) -> None:
    await connection.execute(_SQL["book_entry"], entry.entry_id, entry.reason, made_by, now_us)
    await connection.execute(
        _SQL["book_lines"],
        entry.entry_id,
        list(range(1, len(entry.lines) + 1)),
        [line.account for line in entry.lines],
        [line.amount_fen for line in entry.lines],
    )


def receipt_in(row: Any) -> Receipt:
    """Return the receipt in a row."""
    return Receipt(
        receipt_id=row["receipt_id"],
        amount_fen=row["amount_fen"],
        payer=row["payer"],
        bank_reference=row["bank_reference"],
        received_at_us=row["received_us"],
        recorded_by=row["recorded_by"],
    )


def deposit_in(row: Any, receipts: tuple[Receipt, ...]) -> Deposit:
    """Return the deposit in a row."""
    return Deposit(
        deposit_id=row["deposit_id"],
        lot_id=row["lot_id"],
        bidder_id=row["bidder_id"],
        account_no=row["account_no"],
        due_fen=row["due_fen"],
        due_at_us=row["due_us"],
        received_fen=row["received_fen"],
        status=row["status"],
        confirmed_by=row["confirmed_by"],
        is_admitted=row["due_fen"] == 0 or row["admitted_us"] is not None,
        receipts=receipts,
    )
