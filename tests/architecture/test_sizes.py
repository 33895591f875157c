"""A reader can hold a file and a function in the head: neither grows without limit."""

import ast
from collections.abc import Iterator

from tests.support.sources import PROJECT, docstrings_of, parsed, product_files

MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40

# `file:function` and why it is easier to read in one piece. A row that is not needed fails.
LONGER_FUNCTIONS: dict[str, str] = {}


def functions() -> Iterator[tuple[str, int]]:
    """Yield each function's name and its lines without docstrings."""
    for path in product_files():
        tree = parsed(path)
        docstring_lines = {
            line
            for docstring in docstrings_of(tree)
            for line in range(docstring.lineno, (docstring.end_lineno or 0) + 1)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = set(range(node.lineno, (node.end_lineno or 0) + 1)) - docstring_lines
                yield f"{path.relative_to(PROJECT)}:{node.name}", len(lines)


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in product_files()
    }
    assert {name: n for name, n in lengths.items() if n > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen():
    longer = {name: lines for name, lines in functions() if lines > FUNCTION_LINES_MAX}
    assert {name: n for name, n in longer.items() if name not in LONGER_FUNCTIONS} == {}
    assert set(LONGER_FUNCTIONS) <= set(longer), "an exception is not needed any more"
