"""Cases of descending sales: one step, and the whole ladder of prices."""

import re
from fractions import Fraction

from bidding_rules.cases.reading import CaseError, Fields
from bidding_rules.cases.writing import Style
from bidding_rules.formats.dutch import ladder_price, price_after

STAGES_MAX = 100_000
"""Most prices of a ladder."""
_PERCENT = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,20})?)\s*%\s*of the (initial|current) value", re.IGNORECASE
)
_DEFAULT_STEP = Fraction(1, 100)
_CENTS = Style(decimals=2, is_text=True)


def dutch_step(case: Fields) -> object:
    """Kind `dutch_step`: the price after `current`."""
    initial, current = _cents(case, "initial"), _cents(case, "current")
    share, of_current = _step(case, initial)
    price = price_after(current, share * (current if of_current else initial))
    return _CENTS.write(_not_negative(case, "step", price))


def dutch_ladder(case: Fields) -> object:
    """Kind `dutch_ladder`: first, second and last of `stages` prices."""
    initial = _cents(case, "initial")
    stages = case.whole("stages", minimum=1)
    if stages > STAGES_MAX:
        raise CaseError(case.at("stages"), f"must not be above {STAGES_MAX}")
    share, of_current = _step(case, initial)
    if of_current:
        prices = [initial]
        while len(prices) < stages:
            prices.append(price_after(prices[-1], share * prices[-1]))
    else:
        prices = [ladder_price(initial, share * initial, step) for step in range(stages)]
    _not_negative(case, "stages", prices[-1])
    return {
        "first": case.raw("initial"),
        "second": _CENTS.write(prices[1]) if stages > 1 else None,
        "last": _CENTS.write(prices[-1]),
        "stages": stages,
    }


def _step(case: Fields, initial: int) -> tuple[Fraction, bool]:
    """Read `step`: an amount, or "1% of the INITIAL value" (the default), or "... CURRENT ...".

    Return it as a share, and whether of the current price instead of the initial one.
    """
    if not case.has("step"):
        return _DEFAULT_STEP, False
    raw = case.raw("step")
    match = _PERCENT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None and isinstance(raw, str) and "%" in raw:
        raise CaseError(case.at("step"), 'must be like "1% of the INITIAL value" or an amount')
    if match is None:
        return Fraction(_cents(case, "step"), initial), False
    share = Fraction(match[1]) / 100
    if share <= 0:
        raise CaseError(case.at("step"), "must be above 0%")
    return share, match[2].lower() == "current"


def _cents(case: Fields, name: str) -> int:
    number = case.number(name, above=0)
    if number.decimals > _CENTS.decimals:
        raise CaseError(case.at(name), f"must not have more than {_CENTS.decimals} decimals")
    return _CENTS.units(number)


def _not_negative(case: Fields, name: str, price: int) -> int:
    if price < 0:
        raise CaseError(case.at(name), "takes the price below zero")
    return price
