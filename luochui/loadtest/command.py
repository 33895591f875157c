"""`luochui loadtest`: reads the accounts, runs, prints."""

import sys
from dataclasses import replace
from pathlib import Path

import aiohttp
import orjson
import uvloop

from luochui.demo.report import wide_console
from luochui.embedded.errors import EmbeddedStartError, ServerDiedError
from luochui.loadtest.options import LoadOptions, LoadOptionsError
from luochui.loadtest.report import print_report
from luochui.loadtest.run import LoadReport, run_load
from luochui.logs import configure_logs
from luochui.tasks import until_stopped

_INTERRUPTED = 130


def main(options: LoadOptions, accounts: Path | None, *, as_json: bool) -> int:
    """Run a load test; return 0 if it was borne, 1 if not or not run, 130 if it was stopped."""
    try:
        if accounts is not None:
            options = replace(options, accounts=_accounts_in(accounts))
        options.check()
        report = _run(options, as_json=as_json)
    except (LoadOptionsError, EmbeddedStartError, ServerDiedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"the server cannot be reached or does not answer: {error!r}\n")
        return 1
    if report is None:
        return _INTERRUPTED
    if as_json:
        sys.stdout.write(orjson.dumps(report).decode() + "\n")
    else:
        print_report(wide_console(), report)
    return 1 if report.faults else 0


def _run(options: LoadOptions, *, as_json: bool) -> LoadReport | None:
    configure_logs("error")
    console = wide_console()
    if as_json:
        return uvloop.run(until_stopped(run_load(options, lambda _: None)))
    with console.status("落槌 Luochui") as status:
        return uvloop.run(until_stopped(run_load(options, status.update)))


def _accounts_in(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the logins and passwords of a file; raise `LoadOptionsError`."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadOptionsError(f"--accounts: {path} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, 1):
        login, comma, password = line.partition(",")
        if not line.strip():
            continue
        if not (login and comma and password):
            raise LoadOptionsError(f"--accounts: line {number} is not LOGIN,PASSWORD")
        found.append((login.strip(), password))
    return tuple(found)
