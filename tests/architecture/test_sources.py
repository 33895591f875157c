"""Rules about the source that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import (
    PACKAGES,
    PROJECT,
    PYPROJECT,
    docstrings_of,
    files_of,
    parsed,
    place_of,
    product_files,
)

SQL = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|MERGE INTO)\s"
)
# The brackets keep this line, which is searched too, from being found.
UNFINISHED = re.compile(r"\b(T[O]DO|FIXM[E])\b")
TEXT = {".py", ".sql", ".js", ".mjs", ".css", ".html", ".md", ".c", ".h", ".toml", ".sh", ""}


def text_files() -> Iterator[Path]:
    """Yield what people write here; other projects' files in `vendor` are theirs."""
    yield from (path for path in PROJECT.iterdir() if path.is_file() and path.suffix in TEXT)
    for folder in (*PACKAGES, "benchmarks", "docs", "examples", "tests", ".ci"):
        for path in (PROJECT / folder).rglob("*"):
            if path.is_file() and path.suffix in TEXT and "vendor" not in path.parts:
                yield path


def pure_files() -> list[Path]:
    """Return the files of the modules that the import contracts call pure, as far as they exist."""
    (pure,) = (
        contract["source_modules"]
        for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
        if contract["name"].startswith("The core is pure")
    )
    return [path for module in pure for path in files_of(module) if path.exists()]


def test_nothing_is_left_to_be_done():
    found = [
        place_of(path, number)
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_sql_stands_in_sql_files_only():
    found = []
    for path in product_files():
        tree = parsed(path)
        docstrings = {id(docstring) for docstring in docstrings_of(tree)}
        found += [
            place_of(path, node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and SQL.match(node.value)
        ]
    assert found == []


def floats_in(tree: ast.Module) -> list[int]:
    """Return the lines with a float, except where `isinstance` finds one to refuse it."""
    refusing = {
        id(name)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "isinstance"
        for name in ast.walk(call.args[1])
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id == "float" and id(node) not in refusing)
    ]


def test_the_pure_core_computes_with_whole_numbers_and_fractions_only():
    """A price in binary floating point is not the price in the notice.

    Fractions may be divided; that whole numbers are not, the type checker sees.
    """
    assert pure_files()
    found = [place_of(path, line) for path in pure_files() for line in floats_in(parsed(path))]
    assert found == []
