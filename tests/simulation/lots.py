"""What is sold in simulations: a table of terms. A new format is a new row."""

from collections.abc import Callable
from random import Random

from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from tests.simulation.world import SECOND

STEP = 10
_Kind = Callable[[Random], dict]


def _two_phases(rng: Random) -> dict:
    return {"free_us": rng.randint(1, 3) * SECOND, "limited_us": rng.randint(1, 2) * SECOND}


KINDS: dict[str, _Kind] = {
    "two phases": _two_phases,
    "limited phase only": lambda rng: {"free_us": 0, "limited_us": rng.randint(1, 3) * SECOND},
    "free phase only": lambda rng: {"free_us": rng.randint(2, 4) * SECOND},
    "cap": lambda rng: _two_phases(rng) | {"cap": 100 + STEP * rng.randint(5, 30)},
    "reserve": lambda rng: _two_phases(rng) | {"reserve": 100 + STEP * rng.randint(0, 20)},
    "inquiry": lambda rng: (
        _two_phases(rng) | {"inquiry_us": SECOND, "inquiry_min_confirmed": rng.randint(0, 1)}
    ),
    "stop window": lambda _: {
        "free_us": 2 * SECOND,
        "limited_us": SECOND,
        "stop_window_us": SECOND // 2,
    },
    "tail window": lambda _: {
        "free_us": 2 * SECOND,
        "free_extension": Extension(by_us=SECOND, window_us=SECOND, hard_end_us=8 * SECOND),
    },
    "extended from the close": lambda _: {
        "free_us": 0,
        "limited_us": SECOND,
        "limited_extension": Extension(
            rule=ExtensionRule.EXTEND_FROM_CLOSE, by_us=SECOND // 2, hard_end_us=6 * SECOND
        ),
    },
    "hammer": lambda rng: _two_phases(rng) | {"calls_before_hammer": rng.randint(1, 2)},
}


def terms_of(kind: str, rng: Random, opens_at: int) -> Terms:
    """Return terms of a kind, their numbers drawn."""
    numbers = KINDS[kind](rng)
    calls = numbers.pop("calls_before_hammer", None)
    return Terms(
        format=TimedTerms(start=100, increments=fixed(STEP), **numbers),
        seller="seller",
        deposit=rng.choice((0, 1000)),
        opens_at=opens_at,
        calls_before_hammer=calls,
        resume_notice_us=rng.choice((0, SECOND // 2)),
        outage_tolerance_us=rng.choice((SECOND, 3 * SECOND)),
    )
