"""When a bid moves the close (延时): reset from the bid, extend from the close, tail window, hard end."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bidding_rules.money import TermsError, check_duration
from bidding_rules.values import plain_members


@plain_members
class ExtensionRule(StrEnum):
    """What the new close is counted from."""

    RESET_FROM_BID = "reset_from_bid"
    """The close becomes the bid's arrival + `by_us` (land listings: 重新计时; court sales)."""
    EXTEND_FROM_CLOSE = "extend_from_close"
    """The close moves by `by_us` (some foreign sites)."""


_RESET = ExtensionRule.RESET_FROM_BID


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """How an accepted bid moves the close.

    `window_us`: only a bid that arrives within the last `window_us` before the close moves it; `None`:
    every bid does. `hard_end_us`: the close never lies more than this after the phase began (a daily
    stop is the same thing); `None`: no such end.
    """

    rule: ExtensionRule = ExtensionRule.RESET_FROM_BID
    by_us: int
    window_us: int | None = None
    hard_end_us: int | None = None

    def __post_init__(self) -> None:
        check_duration("extension.by_us", self.by_us, minimum_us=1)
        if self.window_us is not None:
            check_duration("extension.window_us", self.window_us, minimum_us=1)
        if self.hard_end_us is not None:
            check_duration("extension.hard_end_us", self.hard_end_us, minimum_us=1)
            if self.window_us is not None and self.hard_end_us < self.window_us:
                raise TermsError("extension.hard_end_us", "must not be shorter than the window")


@cache
def reset_by(by_us: int) -> Extension:
    """Return the usual rule of a limited phase: every bid moves the close to its arrival + `by_us`."""
    return Extension(by_us=by_us)


def check_reaches(field: str, extension: Extension | None, phase_us: int) -> None:
    """Raise `TermsError` if the hard end cuts into a phase of `phase_us` that nobody extended."""
    hard_end_us = None if extension is None else extension.hard_end_us
    if hard_end_us is not None and hard_end_us < phase_us:
        raise TermsError(field, "the hard end lies before the phase's own end")


def extended_close(
    extension: Extension, closes_at: int, bid_at: int, hard_end_at: int | None
) -> int:
    """Return the close after a bid that arrived at `bid_at` (< `closes_at`); never an earlier one.

    All instants are int microseconds. An extension granted by the auctioneer is not taken back: where
    the close in force is later than the rule's, it stays.
    """
    window_us = extension.window_us
    if window_us is not None and closes_at - bid_at > window_us:
        return closes_at
    moved = (bid_at if extension.rule is _RESET else closes_at) + extension.by_us
    if hard_end_at is not None and moved > hard_end_at:
        moved = hard_end_at
    if moved < closes_at:
        return closes_at
    return moved
