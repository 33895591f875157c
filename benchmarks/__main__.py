"""`python -m benchmarks NAME [--quick] [--json] [options of the benchmark]`.

A benchmark is a module here with `main(arguments: Arguments) -> Report`. Peers come with
`uv sync --group bench`.
"""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks.report import Arguments, Report

HERE = Path(__file__).parent


def available() -> list[str]:
    """Return the names of modules that define `main`."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE)]))
    return [
        name
        for name in sorted(names)
        if not name.startswith("_")
        and "\ndef main(" in (HERE / f"{name}.py").read_text(encoding="utf-8")
    ]


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=available())
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="less work, rougher figures")
    given, options = parser.parse_known_args()
    module = importlib.import_module(f"benchmarks.{given.name}")
    report: Report = module.main(Arguments(quick=given.quick, options=tuple(options)))
    print(report.as_json() if given.json else report.as_text())
    return 0 if report.checked else 1


if __name__ == "__main__":
    sys.exit(run())
