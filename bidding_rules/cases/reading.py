"""Read a case's input field by field; every complaint names the field as a path: `input.bids[2].qty`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

DIGITS_MAX = 40
"""Longest number accepted, in digits before or after the point; no sale needs more."""
ITEMS_MAX = 100_000
"""Longest list or table accepted."""
REMARKS = frozenset(
    {"comment", "currency", "description", "formula", "id", "note"}
    | {"remark", "source", "status", "then", "title", "unit"}
)
"""Fields that only tell a reader something; any other field that no rule asks for is refused."""

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_FRACTION = re.compile(r"([+-]?[0-9]+)/([0-9]+)")
_FRACTION_DIGITS_MAX = 400
_PAIR = 2
_Item = TypeVar("_Item")


class CaseError(ValueError):
    """The case cannot be run as written; `field` names the place and `message` says what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number, and how it was written: with `decimals` places, as a JSON number or as text."""

    value: Fraction
    written: int | Decimal | str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object at `path`. Each method reads one field and raises `CaseError` when it is not right."""

    path: str
    values: Mapping[str, object]
    _asked_for: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Tell whether the field is there and not null."""
        self._asked_for.add(name)
        return self.values.get(name) is not None

    def refuse_others(self) -> None:
        """Raise `CaseError` for a field that nobody asked for: a misspelt setting must not be overlooked."""
        for name in self.values:
            if name not in self._asked_for and name not in REMARKS:
                known = ", ".join(sorted(self._asked_for))
                raise CaseError(self.at(name), f"is unknown here; known are {known}")

    def raw(self, name: str) -> object:
        """Return the field as parsed; it must be there and not null."""
        if not self.has(name):
            raise CaseError(self.at(name), "is missing" if name not in self.values else "is null")
        return self.values[name]

    def at(self, name: str) -> str:
        """Return the field's full path."""
        return f"{self.path}.{name}"

    def name(self, name: str) -> str:
        """Read a name: a text, or a whole number."""
        return as_name(self.at(name), self.raw(name))

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Read one of `allowed`; `default` when it is not there."""
        if not self.has(name):
            return default
        value = self.raw(name)
        if not isinstance(value, str) or value not in allowed:
            raise CaseError(self.at(name), f"must be one of {', '.join(allowed)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        if not self.has(name):
            return default
        value = self.raw(name)
        if not isinstance(value, bool):
            raise CaseError(self.at(name), "must be true or false")
        return value

    def number(self, name: str, *, minimum: int | None = 0, above: int | None = None) -> Number:
        """Read an exact number, not below `minimum` and, if given, above `above`."""
        return as_number(self.at(name), self.raw(name), minimum=minimum, above=above)

    def whole(self, name: str, *, minimum: int = 0) -> int:
        """Read a whole number, not below `minimum`."""
        return as_whole(self.at(name), self.raw(name), minimum=minimum)

    def items(self, name: str, read: Callable[[str, object], _Item]) -> list[_Item]:
        """Read a list, each item with `read(path, value)`."""
        return as_list(self.at(name), self.raw(name), read)

    def table(self, name: str, read: Callable[[str, object], _Item]) -> dict[str, _Item]:
        """Read an object as a table from names to what `read(path, value)` returns, in its order."""
        return as_table(self.at(name), self.raw(name), read)


def as_fields(path: str, value: object, read: Callable[[Fields], _Item]) -> _Item:
    """Read an object with `read(fields)`, which asks for all the fields it may have."""
    if not isinstance(value, dict):
        raise CaseError(path, "must be an object")
    fields = Fields(path, value)
    item = read(fields)
    fields.refuse_others()
    return item


def as_text(path: str, value: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise CaseError(path, "must be a text that is not empty")
    return value


def as_name(path: str, value: object) -> str:
    """Read a bidder's name: a text that is not empty, or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return as_text(path, value)


def as_list(path: str, value: object, read: Callable[[str, object], _Item]) -> list[_Item]:
    """Read a list, each item with `read(path, value)`."""
    if not isinstance(value, list):
        raise CaseError(path, "must be a list")
    if len(value) > ITEMS_MAX:
        raise CaseError(path, f"must not have more than {ITEMS_MAX} items")
    return [read(f"{path}[{index}]", item) for index, item in enumerate(value)]


def as_pair(
    path: str, value: object, read: Callable[[str, object], Number] | None = None
) -> tuple[Number, Number]:
    """Read a list of two numbers, above zero unless `read` says otherwise."""
    pair = as_list(path, value, read or as_positive)
    if len(pair) != _PAIR:
        raise CaseError(path, "must be a pair of numbers")
    return pair[0], pair[1]


def as_table(path: str, value: object, read: Callable[[str, object], _Item]) -> dict[str, _Item]:
    """Read an object from names to what `read(path, value)` returns."""
    if not isinstance(value, dict):
        raise CaseError(path, "must be an object")
    if len(value) > ITEMS_MAX:
        raise CaseError(path, f"must not have more than {ITEMS_MAX} items")
    return {name: read(f"{path}.{name}", item) for name, item in value.items()}


def as_whole(path: str, value: object, *, minimum: int = 0) -> int:
    """Read a whole number: 12, or "12"."""
    number = as_number(path, value, minimum=minimum)
    if number.value.denominator != 1:
        raise CaseError(path, "must be a whole number")
    return int(number.value)


def as_amount(path: str, value: object) -> Number:
    """Read a number that is not negative."""
    return as_number(path, value)


def as_positive(path: str, value: object) -> Number:
    """Read a number above zero."""
    return as_number(path, value, above=0)


def as_number(
    path: str, value: object, *, minimum: int | None = 0, above: int | None = None
) -> Number:
    """Read an exact number: a JSON whole number, a JSON decimal read as `Decimal`, or text like "39.76"."""
    number = _parsed(path, value)
    if above is not None and number.value <= above:
        raise CaseError(path, f"must be above {above}")
    if minimum is not None and number.value < minimum:
        raise CaseError(path, f"must not be below {minimum}")
    return number


def as_ratio(path: str, value: object) -> Fraction:
    """Read a ratio above zero: a number, or a text like "9/7"."""
    if isinstance(value, str):
        match = _FRACTION.fullmatch(value)
        if match and len(value) <= _FRACTION_DIGITS_MAX:
            numerator, denominator = int(match[1]), int(match[2])
            if numerator <= 0 or denominator == 0:
                raise CaseError(path, "must be above 0")
            return Fraction(numerator, denominator)
    return as_positive(path, value).value


def _parsed(path: str, value: object) -> Number:
    if isinstance(value, bool):
        raise CaseError(path, "must be a number")
    if isinstance(value, int):
        if abs(value) >= 10**DIGITS_MAX:
            raise CaseError(path, f"must not have more than {DIGITS_MAX} digits")
        return Number(Fraction(value), value)
    if isinstance(value, float):
        raise CaseError(path, 'is a binary float, which is not exact; write it as "..." text')
    if isinstance(value, Decimal):
        return _of_decimal(path, value)
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise CaseError(path, 'must be a number such as 12 or "39.76"')
    whole, _, places = value.lstrip("+-").partition(".")
    if max(len(whole), len(places)) > DIGITS_MAX:
        raise CaseError(path, f"must not have more than {DIGITS_MAX} digits")
    return Number(Fraction(value), value, decimals=len(places))


def _of_decimal(path: str, value: Decimal) -> Number:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise CaseError(path, "must be a finite number")
    if abs(exponent) > DIGITS_MAX or value.adjusted() >= DIGITS_MAX:
        raise CaseError(path, f"must not have more than {DIGITS_MAX} digits")
    return Number(Fraction(value), value, decimals=max(0, -exponent))
