"""The project's own source files, for the tests that read them."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["importlinter"]["root_packages"]


def product_files() -> list[Path]:
    """Return the Python files of all packages, but not of their tests."""
    files = [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]
    assert len(files) > len(PACKAGES), "the packages have moved"
    return files


def files_of(module: str) -> list[Path]:
    """Return the files of a module, or of a package and all below it."""
    path = PROJECT.joinpath(*module.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place_of(path: Path, line: int) -> str:
    """Return `path:line`, as an editor understands it."""
    return f"{path.relative_to(PROJECT)}:{line}"


def docstrings_of(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the docstrings of the module and of everything in it."""
    for node in ast.walk(tree):
        if not isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            yield first.value
