"""Statements from `.sql` files by name: `-- name: find_lot`, a comment that says what it is for, the SQL.

Python never builds SQL. Parsed once, when the module that uses it is imported.
"""

import re
from importlib import resources


def load(package: str, name: str) -> dict[str, str]:
    """Return the statements of `<package>/queries/<name>.sql` by name."""
    text = resources.files(package).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
