"""What every format is decided again by: a part with its own clock, that takes moves and ends."""

from abc import ABC, abstractmethod
from typing import Any

MOST = 10**15
"""No amount may be larger, in fen."""


class UnsupportedTermsError(Exception):
    """The journal has something that is not recomputed here; nothing is claimed of such a lot."""


class Part(ABC):
    """A running sale. `close` is when it next changes by itself; None: when people act.

    `take` answers whether a move was to be accepted; a move that the format does not know is refused.
    """

    hammered_by_clock = True
    """Whether the lot's own calls and hammer apply, as its terms say."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        self.rules = rules
        self.opened = opened
        self.close: int | None = None
        self.hard_end: int | None = None
        self.result: dict[str, Any] | None = None
        self.bids = 0
        self.close_after_last_bid: int | None = None

    def take(self, kind: str, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide a move that arrived at `at`; return whether it is accepted."""
        decide = getattr(self, f"on_{kind}", None)
        return decide is not None and bool(decide(number, move, at))

    @abstractmethod
    def lapse(self) -> None:
        """Let happen what the close brings."""

    def shift(self, by: int) -> None:
        """Move all instants by so much: the lot stood still."""
        if self.close is not None:
            self.close += by
        if self.hard_end is not None:
            self.hard_end += by

    def extend(self, close: int) -> None:
        """Move the close, as the auctioneer said."""
        if self.close is not None:
            self.close = close

    def may_hammer(self) -> bool:
        """Tell whether the auctioneer may call and hammer now."""
        return False

    def hammer(self, at: int) -> None:
        """Let the hammer fall at `at`, before the close; asked only where `may_hammer` says so."""
        raise AssertionError(f"{type(self).__name__} is not hammered at {at}")

    def end(
        self,
        outcome: str,
        at: int,
        price: int | None = None,
        winner: str | None = None,
        **more: Any,
    ) -> None:
        """End with this result."""
        self.close = None
        self.result = {
            "outcome": outcome,
            "price_fen": price,
            "winner": winner,
            "at_us": at,
            **{name: value for name, value in more.items() if value is not None},
        }


def rounded(top: int, bottom: int) -> int:
    """Return top / bottom, half rounded up."""
    return (2 * top + bottom) // (2 * bottom)


def goes_before(rank: int | None, other: int | None) -> bool:
    """Tell whether a right of `rank` beats that of another at the same price."""
    return rank is not None and (other is None or rank < other)


def step_at(increments: dict[str, Any], price: int) -> int:
    """Return the increment in force at `price`."""
    return int([s["increment"] for s in increments["steps"] if s["price_min"] <= price][-1])


def extended(rule: dict[str, Any] | None, close: int, at: int, hard_end: int | None) -> int:
    """Return the close after a bid at `at`."""
    if rule is None or (rule["window_us"] is not None and close - at > rule["window_us"]):
        return close
    moved = rule["by_us"] + (at if rule["rule"] == "reset_from_bid" else close)
    if hard_end is not None:
        moved = min(moved, hard_end)
    return max(close, int(moved))
