"""What is sold in simulations: a table of terms. A new format is a new row."""

from collections.abc import Callable
from random import Random

from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from tests.simulation.world import SECOND

START, STEP = 100, 10


def _timed(**numbers: int | Extension | None) -> TimedTerms:
    return TimedTerms(start=START, increments=fixed(STEP), **numbers)


def _two_phases(rng: Random, **more: int) -> TimedTerms:
    free_us, limited_us = rng.randint(1, 3) * SECOND, rng.randint(1, 2) * SECOND
    return _timed(free_us=free_us, limited_us=limited_us, **more)


KINDS: dict[str, Callable[[Random], FormatTerms]] = {
    "two phases": _two_phases,
    "limited phase only": lambda rng: _timed(free_us=0, limited_us=rng.randint(1, 3) * SECOND),
    "free phase only": lambda rng: _timed(free_us=rng.randint(2, 4) * SECOND),
    "cap": lambda rng: _two_phases(rng, cap=START + STEP * rng.randint(5, 30)),
    "reserve": lambda rng: _two_phases(rng, reserve=START + STEP * rng.randint(0, 20)),
    "inquiry": lambda rng: _two_phases(
        rng, inquiry_us=SECOND, inquiry_min_confirmed=rng.randint(0, 1)
    ),
    "stop window": lambda rng: _two_phases(rng, stop_window_us=SECOND // 2),
    "tail window": lambda _: _timed(
        free_us=2 * SECOND,
        free_extension=Extension(by_us=SECOND, window_us=SECOND, hard_end_us=8 * SECOND),
    ),
    "extended from the close": lambda _: _timed(
        free_us=0,
        limited_us=SECOND,
        limited_extension=Extension(
            rule=ExtensionRule.EXTEND_FROM_CLOSE, by_us=SECOND // 2, hard_end_us=6 * SECOND
        ),
    ),
    "dutch": lambda rng: DutchTerms(
        start=30 * STEP, decrement=STEP, floor=START, step_us=rng.randint(1, 3) * SECOND // 10
    ),
}


def terms_of(kind: str, rng: Random, opens_at: int) -> Terms:
    """Return terms of a kind, their numbers drawn."""
    return Terms(
        format=KINDS[kind](rng),
        seller="seller",
        deposit=rng.choice((0, 1000)),
        opens_at=opens_at,
        calls_before_hammer=rng.choice((None, None, 1, 2)) if kind != "dutch" else None,
        resume_notice_us=rng.choice((0, SECOND // 2)),
        outage_tolerance_us=rng.choice((SECOND, 3 * SECOND)),
    )
