"""What is sold in simulations: a table of terms. A new format is a new row."""

from collections.abc import Callable
from random import Random
from typing import Any

from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.clock import ClockTerms
from bidding_rules.formats.clock_results import ClockPayment
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.english_terms import EnglishTerms
from bidding_rules.formats.multi_unit_sale import MultiUnitSaleTerms
from bidding_rules.formats.multi_unit_terms import MultiUnitTerms, UnderSubscription
from bidding_rules.formats.multi_unit_terms import Pricing as UnitPricing
from bidding_rules.formats.raise_agree import RaiseAgreeTerms
from bidding_rules.formats.sealed_results import Pricing
from bidding_rules.formats.sealed_terms import SealedTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.formats.trading_sale_terms import TradingSaleTerms
from bidding_rules.formats.trading_terms import TradingTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from tests.simulation.world import SECOND

START, STEP = 100, 10


def _timed(**numbers: int | Extension | None) -> TimedTerms:
    return TimedTerms(start=START, increments=fixed(STEP), **numbers)


def _two_phases(rng: Random, **more: int) -> TimedTerms:
    free_us, limited_us = rng.randint(1, 3) * SECOND, rng.randint(1, 2) * SECOND
    return _timed(free_us=free_us, limited_us=limited_us, **more)


def _span(rng: Random, least_s: int, most_s: int) -> int:
    return rng.randint(least_s, most_s) * SECOND


def _sealed(rng: Random, **more: Any) -> SealedTerms:
    return SealedTerms(
        start=START,
        increment=STEP,
        window_us=_span(rng, 1, 2),
        opening_us=_span(rng, 1, 2),
        replaceable=rng.random() < 0.5,
        withdrawable=rng.random() < 0.5,
        **more,
    )


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
    "english": lambda rng: EnglishTerms(
        start=START,
        increments=fixed(STEP),
        participants_min=2,
        calls=rng.choice((1, 2)),
        reopen_us=rng.choice((0, SECOND // 2)),
    ),
    "sealed": lambda rng: _sealed(rng, pricing=rng.choice((Pricing.FIRST, Pricing.SECOND))),
    "sealed in rounds": lambda rng: _sealed(rng, rounds_max=2, advance=rng.choice((None, 2))),
    "raise or agree": lambda rng: RaiseAgreeTerms(
        start=START, increment=STEP, round_us=SECOND, pause_us=rng.choice((0, SECOND // 4))
    ),
    "clock": lambda rng: ClockTerms(
        supply=5,
        start=START,
        increment=STEP,
        round_us=SECOND,
        payment=rng.choice(list(ClockPayment)),
        exit_bids=rng.random() < 0.5,
    ),
    "uniform price": lambda rng: MultiUnitSaleTerms(
        rules=MultiUnitTerms(
            supply=100,
            floor=START,
            quantity_step=10,
            pricing=UnitPricing.LOWEST_ACCEPTED,
            undersubscribed=UnderSubscription.RESERVE,
        ),
        window_us=_span(rng, 2, 4),
    ),
    "trading": lambda rng: TradingSaleTerms(
        rules=TradingTerms(
            previous_close=START, order_quantity_max=50, block_quantity_min=60, pick_levels=2
        ),
        opening_call_us=SECOND,
        continuous_us=_span(rng, 2, 4),
        closing_call_us=SECOND,
    ),
    "dutch": lambda rng: DutchTerms(
        start=30 * STEP, decrement=STEP, floor=START, step_us=rng.randint(1, 3) * SECOND // 10
    ),
}


def terms_of(kind: str, rng: Random, opens_at: int) -> Terms:
    """Return terms of a kind, their numbers drawn."""
    rules = KINDS[kind](rng)
    calls, timed = rng.choice((None, None, 1, 2)), isinstance(rules, TimedTerms)
    return Terms(
        format=rules,
        seller="seller",
        deposit=rng.choice((0, 1000)),
        opens_at=opens_at,
        calls_before_hammer=calls if timed else None,
        resume_notice_us=rng.choice((0, SECOND // 2)),
        outage_tolerance_us=rng.choice((SECOND, 3 * SECOND, 3 * SECOND)) if timed else SECOND,
    )
