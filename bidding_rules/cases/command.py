"""The door for outsiders: run one case file and print the outcome."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from bidding_rules.cases.reading import CaseError
from bidding_rules.cases.registry import run_case
from bidding_rules.cases.writing import as_json

FILE_BYTES_MAX = 16 * 1024 * 1024
"""Largest case file read."""


def main(path: str) -> int:
    """Run the case in the file at `path`, print its outcome as JSON, and return the exit code.

    0: the outcome is on standard output. 2: the case is not right; standard error names the field.
    """
    try:
        outcome = run_case(_read(path))
    except CaseError as error:
        print(f"{path}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        print(as_json(outcome))  # noqa: T201
    except UnicodeEncodeError:  # A name that this terminal cannot show, or half a surrogate pair.
        print(as_json(outcome, ascii_only=True))  # noqa: T201
    return 0


def _read(path: str) -> object:
    """Return the file's JSON, with every number exact and no key given twice."""
    try:
        with Path(path).open("rb") as file:
            body = file.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise CaseError("file", f"cannot be read: {error}") from error
    if len(body) > FILE_BYTES_MAX:
        raise CaseError("file", f"is larger than {FILE_BYTES_MAX} bytes")
    try:
        document: object = json.loads(
            body.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise CaseError("file", f"is not JSON: {error}") from error
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object; a key given twice would silently lose a bidder."""
    built = dict(pairs)
    if len(built) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice} stands twice in one object")
    return built
