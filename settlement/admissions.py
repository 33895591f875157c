"""Admissions: carries confirmed deposits to the engine, so that the bidder may bid (I13)."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from auction.commands import AdmitBidder, RegisterBidder, own_id
from auction.desk import AnswerUnknownError, Desk
from listing.sql import load

_SQL = load("settlement", "deposits")
_log = structlog.get_logger()


class Admissions:
    """Follows the deposit book. What a crash interrupts is done at the next look; nothing twice."""

    def __init__(self, pool: asyncpg.Pool, desk: Desk, now_us: Callable[[], int]) -> None:
        self._pool, self._desk, self._now_us = pool, desk, now_us
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look now: a deposit was confirmed."""
        self._wake.set()

    async def keep_admitting(self) -> None:
        """Admit whose deposit is confirmed, until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.admit_all()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look is the cure
                _log.warning("admissions are tried again", error=repr(error))
            try:
                async with asyncio.timeout(1):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def admit_all(self) -> None:
        """Ask the engine to admit every bidder whose deposit is confirmed.

        A lot that does not answer now keeps nobody of another lot waiting longer than its own questions.
        """
        silent: set[str] = set()
        for row in await self._pool.fetch(_SQL["to_admit"]):
            if row["lot_id"] in silent:
                continue
            try:
                await self._admit(row)
            except AnswerUnknownError:
                silent.add(row["lot_id"])
                _log.warning("admission is tried again", deposit=row["deposit_id"])

    async def _admit(self, row: asyncpg.Record) -> None:
        lot_id, bidder_id = row["lot_id"], row["bidder_id"]
        await self._desk.ask(
            RegisterBidder(
                lot_id=lot_id,
                command_id=own_id(bidder_id, "register"),
                actor=bidder_id,
                bidder_id=bidder_id,
                number=row["number"],
            )
        )
        reply = await self._desk.ask(
            AdmitBidder(
                lot_id=lot_id,
                command_id=own_id("settlement", row["deposit_id"]),
                actor=row["confirmed_by"],
                bidder_id=bidder_id,
            )
        )
        # Without an entry nothing was decided: the engine is busy, or the lot not announced yet.
        if not reply.entry:
            return
        if reply.rejection is None:
            await self._pool.execute(_SQL["admitted"], row["deposit_id"], self._now_us())
        else:
            code = str(reply.rejection.code)
            await self._pool.execute(_SQL["admission_refused"], row["deposit_id"], code)
            _log.warning("admission refused", deposit=row["deposit_id"], code=code)
