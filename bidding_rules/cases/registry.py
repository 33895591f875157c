"""The kinds of cases that outsiders can run, and the function that runs one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bidding_rules.cases import (
    ascending,
    batch,
    clearing,
    descending,
    multi_unit,
    packages,
    scoring,
    sealed,
    timing,
)
from bidding_rules.cases.reading import CaseError, Fields, as_fields
from bidding_rules.money import TermsError

KINDS: Mapping[str, Callable[[Fields], object]] = MappingProxyType(
    {
        "second_price": sealed.second_price,
        "second_price_tie": sealed.second_price_tie,
        "english_or_second_price": sealed.english_or_second_price,
        "vcg": packages.vcg,
        "dutch_step": descending.dutch_step,
        "dutch_ladder": descending.dutch_ladder,
        "english_raise_agree_rounds": ascending.raise_agree_rounds,
        "ausubel_clock": ascending.ausubel_clock,
        "uniform_price": multi_unit.uniform_price,
        "uniform_price_aggregate": clearing.uniform_price_aggregate,
        "pro_rata_margin": clearing.pro_rata_margin,
        "pro_rata_floor_random": clearing.pro_rata_floor_random,
        "bid_guarantee": clearing.bid_guarantee,
        "extension_reset": timing.extension_reset,
        "extension_capped": timing.extension_capped,
        "extension_from_close": timing.extension_from_close,
        "free_then_limited_bidding": timing.free_then_limited_bidding,
        "increment_ladder": timing.increment_ladder,
        "money_bid_batch": batch.money_bid_batch,
        "meat_coefficient": scoring.coefficient,
        "meat_normalised_price": scoring.normalised_price,
        "meat_normalised_npv": scoring.normalised_npv,
        "lcc_max_allowed": scoring.lcc_max_allowed,
        "min_step_decimal_trap": scoring.min_step,
        "price_score_min_ratio": scoring.price_score,
    }
)


def run_case(document: object) -> object:
    """Run `{"kind": ..., "input": {...}}` and return the outcome: what JSON has, and `Decimal`.

    Keys beside these two (`id`, `source`, `expect`, ...) are ignored. Numbers are
    whole JSON numbers, `Decimal`, or decimal text; binary floats are refused where the rule is exact.
    Raises `CaseError` naming the field.
    """
    if not isinstance(document, dict):
        raise CaseError("case", "must be an object")
    kind = document.get("kind")
    if not isinstance(kind, str):
        raise CaseError("kind", "is missing" if kind is None else "must be a text")
    if kind not in KINDS:
        raise CaseError("kind", f"{kind} is unknown; known are {', '.join(sorted(KINDS))}")
    if "input" not in document:
        raise CaseError("input", "is missing")
    try:
        return as_fields("input", document["input"], KINDS[kind])
    except TermsError as error:
        raise CaseError(f"input.{error.field}", error.message) from error
    except (ValueError, OverflowError) as error:
        if isinstance(error, CaseError):
            raise
        raise CaseError("input", str(error)) from error
