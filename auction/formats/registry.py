"""All live formats, and what follows from their rows: which event is public, which move is whose."""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from auction.formats.clearing import MULTI_UNIT, PACKAGES
from auction.formats.descending import DUTCH, HYBRID_DUTCH
from auction.formats.english import ENGLISH
from auction.formats.live import LiveFormat, Side
from auction.formats.rounds import CLOCK, RAISE_AGREE, SMRA
from auction.formats.sale import SALE
from auction.formats.sealed import SEALED
from auction.formats.timed import TIMED
from auction.formats.trading import TRADING
from bidding_rules.format_terms import FormatTerms

FORMATS: tuple[LiveFormat, ...] = (
    TIMED,
    SALE,
    ENGLISH,
    SEALED,
    DUTCH,
    HYBRID_DUTCH,
    RAISE_AGREE,
    CLOCK,
    SMRA,
    MULTI_UNIT,
    PACKAGES,
    TRADING,
)


def name_of(kind: type) -> str:
    """Return the stable name of an event or a move: its class name in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


BY_KIND: dict[str, LiveFormat] = {row.kind: row for row in FORMATS}
_BY_TERMS: dict[type, LiveFormat] = {row.terms: row for row in FORMATS}

PUBLIC: dict[type, Callable[[Any], dict[str, Any]]] = {
    event: shown for row in FORMATS for event, shown in row.public.items()
}
"""What anyone may see of a format's event; a type that is not here is private."""
EVENTS: tuple[type, ...] = tuple(dict.fromkeys(e for row in FORMATS for e in row.events))
MOVES: dict[type, Side] = {move: side for row in FORMATS for move, side in row.moves.items()}
SECRET_MOVES: frozenset[type] = frozenset().union(*(row.secret_moves for row in FORMATS))
"""Moves whose content nobody reads before the sale has ended."""

BIDS: frozenset[type] = frozenset().union(*(row.bids for row in FORMATS))
"""Public events that are bids with a number and an amount: the history of a lot."""
BID_KINDS: frozenset[str] = frozenset(name_of(event) for event in BIDS)
"""Their names in the feed."""
TOUCH_RESULT: frozenset[type] = frozenset().union(*(row.touch_result for row in FORMATS))
"""Moves that take back what was accepted: where the terms ask for four eyes, a second person agrees."""


def format_of(terms: FormatTerms) -> LiveFormat:
    """Return the row of a lot's terms."""
    return _BY_TERMS[type(terms)]


def speaks_for_bidder(move: type) -> bool:
    """Tell whether the move names a bidder."""
    return any(field.name == "bidder" for field in fields(move))


def carries_rank(move: type) -> bool:
    """Tell whether a right of first refusal stands behind the move."""
    return any(field.name == "rank" for field in fields(move))
