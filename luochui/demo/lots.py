"""The demonstration's lots: real published terms, and what had to be assumed, marked as such."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from listing.notices import Fact, LotNotice, Text
from luochui.demo.wording import facts_of, place_of, title_of

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_NOT_TIMED = frozenset({"pay_as_bid"})
"""Sold by formats that clear at once; they are not part of the live demonstration."""

_FREE_MINUTES = 10
_LIMITED_SECONDS = 120
_CALLS = 3
_STAGGER_US = 30 * _MINUTE
_RESUME_NOTICE_US = 15 * _SECOND
_SHORTEST_US = _SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLot:
    """A lot ready to be announced; `known_end` has the published course, where there is one."""

    notice: LotNotice
    terms: Terms
    known_end: tuple[int, int] | None
    """Final price in fen and number of bids, as published."""


def demo_lots(
    *,
    seller_id: str,
    begins_at_us: int,
    speed: int,
    session: int = 1,
    stagger_us: int | None = None,
) -> list[DemoLot]:
    """Return the lots of one session; the first is live at `begins_at_us`, the others follow.

    All spans of time are divided by `speed`; with `stagger_us` the lots open that far
    apart. From the second session on, lot ids carry its number.
    """
    rows = sorted(_rows(), key=_order)
    apart_us = _STAGGER_US // speed if stagger_us is None else stagger_us
    return [
        _demo_lot(
            row,
            seller_id=seller_id,
            opens_at_us=begins_at_us + place * apart_us,
            speed=speed,
            session=session,
        )
        for place, row in enumerate(rows)
    ]


def as_published(lot: DemoLot, notice: LotNotice | None) -> DemoLot:
    """Return `lot` with the opening that its notice, if it is already out, has announced."""
    if notice is None:
        return lot
    return replace(lot, notice=notice, terms=replace(lot.terms, opens_at=notice.opens_at_us))


def _rows() -> Iterator[dict[str, Any]]:
    text = resources.files("luochui.demo").joinpath("real_lots.json").read_text(encoding="utf-8")
    for row in json.loads(text)["lots"]:
        if row["method"] not in _NOT_TIMED:
            yield row


def _order(row: dict[str, Any]) -> tuple[int, str]:
    """Forest lots first, in the order of their published opening; then the rest."""
    return (0 if "starts_at" in row else 1, row.get("starts_at", row["id"]))


def _demo_lot(
    row: dict[str, Any], *, seller_id: str, opens_at_us: int, speed: int, session: int
) -> DemoLot:
    start, deposit = _start_and_deposit(row)
    format_ = _timed_terms(row, start=start, speed=speed)
    terms = Terms(
        format=format_,
        seller=seller_id,
        deposit=deposit,
        opens_at=opens_at_us,
        calls_before_hammer=_CALLS,
        call_gap_us=min(2 * _SECOND, (format_.limited_us or 0) // 10),
        resume_notice_us=_faster(_RESUME_NOTICE_US, speed),
    )
    lot_id = row["id"] if session == 1 else f"{row['id']}.{session}"
    return DemoLot(
        notice=_notice(row, lot_id=lot_id, terms=terms, timed=format_, speed=speed),
        terms=terms,
        known_end=(row["sold_fen"], row["rounds"]) if "sold_fen" in row else None,
    )


def _timed_terms(row: dict[str, Any], *, start: int, speed: int) -> TimedTerms:
    increment = row.get("increment_fen") or _usual_increment(start)
    if "sold_fen" in row:
        increment = _increment_to(start, row["sold_fen"])
    return TimedTerms(
        start=start,
        increments=fixed(increment),
        reserve=start + 4 * increment if "free_minutes" in row else None,
        free_us=_faster(row.get("free_minutes", _FREE_MINUTES) * _MINUTE, speed),
        limited_us=_faster(row.get("extension_seconds", _LIMITED_SECONDS) * _SECOND, speed),
    )


def _notice(
    row: dict[str, Any], *, lot_id: str, terms: Terms, timed: TimedTerms, speed: int
) -> LotNotice:
    return LotNotice(
        lot_id=lot_id,
        title=Text(**title_of(row)),
        asset_class=row["asset_class"],
        place=Text(**place_of(row)),
        seller=Text(zh="演示转让方", en="Demonstration seller"),
        format="timed",
        start_fen=timed.start,
        increment_fen=timed.increments.at(timed.start),
        deposit_fen=terms.deposit,
        cap_fen=timed.cap,
        has_reserve=timed.reserve is not None,
        free_us=timed.free_us,
        limited_us=timed.limited_us,
        opens_at_us=terms.opens_at,
        calls_before_hammer=terms.calls_before_hammer,
        facts=tuple(
            Fact(label=Text(**label), value=Text(**value)) for label, value in facts_of(row)
        ),
        source=row["source"],
        assumed=_assumed(row, timed),
        bidders_invented=True,
        speed=speed,
    )


def _assumed(row: dict[str, Any], timed: TimedTerms) -> tuple[str, ...]:
    """Return the notice's fields that the published source does not give."""
    missing = [name for name, key in _PUBLISHED_KEYS if key not in row]
    if "deposit_rule" in row:
        missing.remove("deposit_fen")
    if timed.reserve is not None:
        missing.append("has_reserve")
    return (*missing, "calls_before_hammer")


_PUBLISHED_KEYS = (
    ("deposit_fen", "deposit_fen"),
    ("increment_fen", "increment_fen"),
    ("free_us", "free_minutes"),
    ("limited_us", "extension_seconds"),
    ("opens_at_us", "starts_at"),
)


def _start_and_deposit(row: dict[str, Any]) -> tuple[int, int]:
    """Return start price and deposit in fen, as published or by the published rule."""
    if row["method"] == "listing_pick":
        whole, _, part = row["quantity_t_per_year"].partition(".")
        ten_thousandths = int(whole) * 10_000 + int(part.ljust(4, "0"))
        start = ten_thousandths * row["price_fen_per_t_year"] * row["term_years"] // 10_000
        return start, max(100_000, -(-start * 3 // 1_000) * 100)
    start = row["start_fen"]
    return start, row.get("deposit_fen", _a_fifth_in_yuan(start))


def _a_fifth_in_yuan(start: int) -> int:
    return start // 5 // 100 * 100


def _usual_increment(start: int) -> int:
    """Return the largest of 1, 2, 5, 10, ... yuan that is at most a hundredth of the start price."""
    increment, factors = 100, (2, 5, 10)
    while True:
        for factor in factors:
            if increment * factor > start // 100:
                return increment * max([f for f in (1, *factors) if increment * f <= start // 100])
        increment *= 10


def _increment_to(start: int, end: int) -> int:
    """Return an increment of whole yuan by which a known course can run from `start` to `end`."""
    return max(100, (end - start) // 75 // 100 * 100)


def _faster(span_us: int, speed: int) -> int:
    return max(_SHORTEST_US, span_us // speed)
