"""Write exact results in the style in which a case's numbers were written."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from bidding_rules.cases.reading import CaseError, Number
from bidding_rules.rounding import half_up


@dataclass(frozen=True, slots=True)
class Style:
    """How amounts of one case are written: with `decimals` places, as JSON numbers or as text.

    Text if any amount of the case is text. Formats count in whole units; `units` and `write` translate,
    so a case with prices to 0.000001 runs through the same code as one in yuan. An amount that stood in
    the case is written as it stood there.
    """

    decimals: int
    is_text: bool
    known: dict[int, int | Decimal | str] = field(default_factory=dict)

    def units(self, number: Number) -> int:
        """Return `number` in units of the last decimal place."""
        units = number.value * 10**self.decimals
        assert units.denominator == 1, "the style has as many places as the number"
        return int(units)

    def units_within(self, path: str, number: Number, limit: int) -> int:
        """Return `number` in units, of which there may be `limit`; `CaseError` names `path` beyond."""
        units = self.units(number)
        if units > limit:
            raise CaseError(path, f"is too large, counted in units of {self.decimals} decimals")
        return units

    def write(self, units: int) -> int | Decimal | str:
        """Write an amount that is counted in units of the last decimal place."""
        if units in self.known:
            return self.known[units]
        if not self.is_text and not self.decimals:
            return units
        text = decimal_text(Fraction(units, 10**self.decimals), self.decimals)
        return text if self.is_text else Decimal(text)


def style_of(numbers: Iterable[Number], *, decimals: int = 0) -> Style:
    """Return the style with as many places as any of `numbers` has, and at least `decimals`."""
    listed = list(numbers)
    places = max((number.decimals for number in listed), default=0)
    style = Style(
        decimals=max(places, decimals),
        is_text=decimals > 0 or any(isinstance(number.written, str) for number in listed),
    )
    if not decimals:
        for number in reversed(listed):
            style.known[style.units(number)] = number.written
    return style


def decimal_text(value: Fraction, decimals: int) -> str:
    """Write `value` with `decimals` places, rounding half up (四舍五入) where that is not exact."""
    units = half_up(abs(value) * 10**decimals)
    sign = "-" if value < 0 and units else ""
    digits = str(units).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def as_json(outcome: object, *, ascii_only: bool = False, margin: str = "") -> str:
    """Return the outcome of a case as JSON text, with decimals digit for digit: 0.10 stays 0.10."""
    if isinstance(outcome, Decimal):
        return f"{outcome:f}"
    inner = margin + " "
    if isinstance(outcome, dict) and outcome:
        opening, closing = "{", "}"
        items = [
            f"{as_json(name, ascii_only=ascii_only)}: "
            + as_json(item, ascii_only=ascii_only, margin=inner)
            for name, item in outcome.items()
        ]
    elif isinstance(outcome, list) and outcome:
        opening, closing = "[", "]"
        items = [as_json(item, ascii_only=ascii_only, margin=inner) for item in outcome]
    else:
        return json.dumps(outcome, ensure_ascii=ascii_only)
    return f"{opening}\n{inner}" + f",\n{inner}".join(items) + f"\n{margin}{closing}"
