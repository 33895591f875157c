"""Notices (公告): what is published of a lot before the first bid."""

from dataclasses import dataclass

import asyncpg
import msgspec
import orjson

from listing.sql import load

_SQL = load("listing", "listing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the notice's table."""

    label: Text
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LotNotice:
    """A lot's notice as anyone may read it; the reserve is in the terms, not here.

    Amounts in fen, spans and instants in microseconds.
    """

    lot_id: str
    title: Text
    asset_class: str
    place: Text
    seller: Text
    format: str
    start_fen: int
    increment_fen: int
    deposit_fen: int
    cap_fen: int | None
    has_reserve: bool
    free_us: int
    limited_us: int | None
    opens_at_us: int
    calls_before_hammer: int | None
    facts: tuple[Fact, ...]
    source: str
    """Where the real terms were published."""
    assumed: tuple[str, ...] = ()
    """Fields that the published notice does not give: chosen for the demonstration."""
    bidders_invented: bool = False
    inquiry_us: int = 0
    """How long the inquiry (询问) between the two phases may take; 0: there is none."""
    must_confirm: bool = False
    """Only who confirms in the inquiry may bid in the limited phase."""
    speed: int = 1
    """Time compression of a demonstration; 1 is real time."""


class NoticeBoard:
    """Publishes notices and reads them; a published notice never changes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._reader = msgspec.json.Decoder(LotNotice)
        self._published: dict[str, LotNotice] = {}

    async def publish(self, notice: LotNotice, *, seller_id: str, now_us: int) -> None:
        """Publish `notice`; a second time changes nothing."""
        await self._pool.execute(
            _SQL["publish_notice"],
            notice.lot_id,
            seller_id,
            orjson.dumps(notice).decode(),
            now_us,
        )

    async def find(self, lot_id: str) -> LotNotice | None:
        """Return a lot's notice, or None if there is no such lot."""
        known = self._published.get(lot_id)
        if known is not None:
            return known
        body = await self._pool.fetchval(_SQL["notice"], lot_id)
        if body is None:
            return None
        self._published[lot_id] = notice = self._reader.decode(body)
        return notice

    async def all(self) -> list[LotNotice]:
        """Return every notice in order of publication."""
        rows = await self._pool.fetch(_SQL["notices"])
        return [self._reader.decode(row["notice"]) for row in rows]

    async def of_seller(self, seller_id: str) -> list[str]:
        """Return the ids of the lots that a seller entrusted."""
        rows = await self._pool.fetch(_SQL["lots_of_seller"], seller_id)
        return [row["lot_id"] for row in rows]
