"""Identity numbers of the national data standard: 统一社会信用代码 and 统一交易标识码."""

import re
from dataclasses import dataclass

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: digits and capitals without I, O, S, V, Z."""
_CREDIT_STEM = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}\d{{6}}[{_CREDIT_ALPHABET}]{{9}}")
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_MOD_37_2_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_CLASS = re.compile(r"[A-Z]\d{2}")
_DEAL_CODE = re.compile(r"([A-Z]\d{2})([0-9A-Z]{18})(\d{8})(\d{6})([0-9A-Z*])")


def credit_code_check(stem: str) -> str:
    """Return the 18th character of a unified social credit code from its first 17 (GB 32100-2015).

    Raises `ValueError` when `stem` has not the form registrar, class, six digits of region, organisation.
    Registrars written as letters (rural collectives N2, foreign bodies Y1) are valid.
    """
    if not _CREDIT_STEM.fullmatch(stem):
        raise ValueError(f"not the first 17 characters of a credit code: {stem}")
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(stem, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[-total % len(_CREDIT_ALPHABET)]


def is_credit_code(code: str) -> bool:
    """Tell whether `code` is a well-formed unified social credit code with the right check character."""
    return bool(_CREDIT_STEM.fullmatch(code[:-1])) and credit_code_check(code[:-1]) == code[-1]


def mod_37_2_check(text: str) -> str:
    """Return the check character of `text` after ISO 7064 MOD 37-2 (GB/T 17710); it may be `*`."""
    remainder = 0
    for character in text:
        place = _MOD_37_2_ALPHABET.find(character)
        if place < 0 or character == "*":
            raise ValueError(f"not a digit or capital letter: {character}")
        remainder = (remainder + place) * 2 % 37
    return _MOD_37_2_ALPHABET[(38 - remainder) % 37]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealCode:
    """统一交易标识码: one number for a deal's whole life.

    `deal_class`: a letter and two digits (B01 land, D01 procurement, ...). `operator`: credit code of the
    trading system's operator. `day`: yyyyMMdd. `serial`: six digits. `check`: as printed.
    """

    deal_class: str
    operator: str
    day: str
    serial: int
    check: str

    @property
    def is_check_right(self) -> bool:
        """Whether the check character is that of MOD 37-2; many codes in use do not have it."""
        return self.check == mod_37_2_check(self._body())

    def printed(self) -> str:
        """Return the code with hyphens, as notices print it."""
        parts = (self.deal_class, self.operator, self.day, f"{self.serial:06}", self.check)
        return "-".join(parts)

    def compact(self) -> str:
        """Return the 36 characters, as data sets carry it."""
        return self._body() + self.check

    def _body(self) -> str:
        return f"{self.deal_class}{self.operator}{self.day}{self.serial:06}"


def new_deal_code(*, deal_class: str, operator: str, day: str, serial: int) -> DealCode:
    """Return a deal code with its check character; `ValueError` when a part has not the right form."""
    if not _CLASS.fullmatch(deal_class):
        raise ValueError(f"not a class of deals: {deal_class}")
    if not is_credit_code(operator):
        raise ValueError(f"not a credit code: {operator}")
    if not re.fullmatch(r"\d{8}", day):
        raise ValueError(f"not a day as yyyyMMdd: {day}")
    if not 1 <= serial <= 999_999:  # noqa: PLR2004
        raise ValueError(f"a serial number has six digits, not {serial}")
    body = f"{deal_class}{operator}{day}{serial:06}"
    return DealCode(
        deal_class=deal_class,
        operator=operator,
        day=day,
        serial=serial,
        check=mod_37_2_check(body),
    )


def parse_deal_code(text: str) -> DealCode:
    """Read a deal code, with or without hyphens; `ValueError` when it has not the form of one.

    A foreign code is never refused for its check character: codes printed in notices fail the test.
    """
    match = _DEAL_CODE.fullmatch(text.replace("-", ""))
    if match is None:
        raise ValueError(f"not a unified deal code: {text}")
    deal_class, operator, day, serial, check = match.groups()
    return DealCode(
        deal_class=deal_class, operator=operator, day=day, serial=int(serial), check=check
    )
