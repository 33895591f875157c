"""The command line: `luochui demo`, `serve`, `watch`, `verify`, `loadtest`, `migrate`, `rules run`."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import uvloop
from cyclopts import App, Parameter

from bidding_rules.backend import backend

app = App(
    name="luochui",
    help="落槌 Luochui: an online auction and listing engine for rights and property transfers.",
    version=lambda: f"luochui {version('luochui')} (clearing and order book: {backend()})",
)
rules = App(name="rules", help="The rules of every sale format, on cases from outside.")
app.command(rules)

_FAST_SPEED, _USUAL_SPEED = 240, 5
_FAST_STAGGER_US = 250_000


@app.command
def demo(
    *,
    data: Path | None = None,
    port: int = 8080,
    bots: int | None = None,
    speed: int | None = None,
    headless: bool = False,
    fast: bool = False,
    ready_file: Annotated[Path | None, Parameter(show=False)] = None,
) -> int:
    """Run the demonstration: embedded servers, real lots, invented bidders.

    Args:
        data: Folder of the data; kept between runs.
        port: Port on 127.0.0.1; a free one is taken if it is busy.
        bots: Invented bidders; 0 for none.
        speed: Time compression; 1 is real time.
        headless: Run every lot to its end without a browser, check all results, and stop.
        fast: Compress time strongly.
        ready_file: Written, for other programs, when the demonstration runs.

    """
    from luochui.demo.people import INVENTED_MAX  # noqa: PLC0415 - heavy imports only where needed
    from luochui.demo.run import DemoOptions, run_demo  # noqa: PLC0415
    from luochui.embedded.errors import (  # noqa: PLC0415
        DataFolderInUseError,
        EmbeddedStartError,
        ServerDiedError,
    )
    from luochui.logs import configure_logs  # noqa: PLC0415
    from luochui.migrate import MigrationError  # noqa: PLC0415

    configure_logs("error" if headless else "warning")
    options = DemoOptions(
        data=data,
        port=port,
        bots=min(INVENTED_MAX, (INVENTED_MAX if headless else 5) if bots is None else bots),
        speed=speed or (_FAST_SPEED if fast else _USUAL_SPEED),
        headless=headless,
        stagger_us=_FAST_STAGGER_US if fast else None,
        ready_file=ready_file,
    )
    try:
        return uvloop.run(run_demo(options))
    except (DataFolderInUseError, EmbeddedStartError, ServerDiedError, MigrationError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


@app.command
def serve(*, role: Literal["web", "feed", "engine", "log", "all"] = "all") -> int:
    """Serve against your own PostgreSQL and Redis; settings come from LUOCHUI_* variables.

    Args:
        role: web (pages, HTTP, sockets), feed (sockets only), engine (decides), log (keeps and signs the log
            of all decisions), or all in one process.

    """
    from redis.exceptions import RedisError  # noqa: PLC0415

    from auction.ownership_postgres import ShardCountError  # noqa: PLC0415
    from auction.redis_place import RedisUrlError  # noqa: PLC0415
    from luochui.config import ConfigError, Settings  # noqa: PLC0415
    from luochui.database import WeakDatabaseError  # noqa: PLC0415
    from luochui.migrate import MigrationError  # noqa: PLC0415
    from luochui.redis_server import UnfitRedisError  # noqa: PLC0415
    from luochui.serve import serve as run  # noqa: PLC0415

    unfit = (RedisUrlError, UnfitRedisError, WeakDatabaseError, ShardCountError, MigrationError)
    try:
        uvloop.run(run(Settings.from_env(os.environ), role))
    except (ConfigError, *unfit, RedisError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


@app.command
def watch(lot: str, *, url: str = "http://127.0.0.1:8080") -> int:
    """Follow a lot in the terminal until it is over.

    Args:
        lot: Id of the lot.
        url: Address of a web or feed process.

    """
    from rich.console import Console  # noqa: PLC0415

    from luochui.watch import watch as run  # noqa: PLC0415

    return int(uvloop.run(run(lot, url, Console())))


@app.command
def verify(
    file: Path | None = None,
    *,
    url: str = "",
    lot: list[str] | None = None,
    token_file: Path | None = None,
    key: str = "",
    checkpoint: list[Path] | None = None,
    save: Path | None = None,
) -> int:
    """Check decisions against the log, offline from a file or as fetched from a server; exit 0: all is well.

    Args:
        file: A receipt, or what was saved before.
        url: Fetch from this server instead.
        lot: Whole lots to fetch, as a supervisor.
        token_file: File with the session token of a supervisor.
        key: The log's public key, NAME+ID+KEY, from a source other than the server.
        checkpoint: Files with checkpoints that were kept earlier.
        save: Keep what was fetched in this file.

    """
    from luochui.verify import VerifyOptions  # noqa: PLC0415 - heavy imports only here
    from luochui.verify import main as run  # noqa: PLC0415

    options = VerifyOptions(
        file=file,
        url=url,
        lots=tuple(lot or ()),
        token_file=token_file,
        key=key,
        checkpoints=tuple(checkpoint or ()),
        save=save,
    )
    return run(options)


@app.command
def loadtest(
    *,
    watchers: int = 200,
    bidders: int = 5,
    rate: float = 5.0,
    seconds: float = 30.0,
    soak: bool = False,
    url: str = "",
    lot: str = "",
    accounts: Path | None = None,
    json: bool = False,
) -> int:
    """Put a bounded load on one lot of a server on this machine, and tell how it was borne.

    Args:
        watchers: People who follow the lot.
        bidders: People who bid on it in turn.
        rate: Bids a second, of all of them together.
        seconds: How long.
        soak: Let watchers come and go all the time, and look for leaks of the server.
        url: A server that runs already; without it one is started, with an invented lot.
        lot: Id of a lot that is open there.
        accounts: File with a line LOGIN,PASSWORD for each bidder who is admitted to it.
        json: Print one JSON object instead of a table.

    """
    from luochui.loadtest.command import main as run  # noqa: PLC0415 - heavy imports only here
    from luochui.loadtest.options import LoadOptions  # noqa: PLC0415

    options = LoadOptions(
        watchers=watchers,
        bidders=bidders,
        rate=rate,
        seconds=seconds,
        soak=soak,
        url=url,
        lot_id=lot,
        metrics_token=os.environ.get("LUOCHUI_METRICS_TOKEN", ""),
    )
    return run(options, accounts, as_json=json)


@app.command
def migrate() -> int:
    """Bring the tables of the database in LUOCHUI_POSTGRES_URL up to date."""
    from luochui.migrate import MigrationError  # noqa: PLC0415
    from luochui.migrate import migrate as run  # noqa: PLC0415

    url = os.environ.get("LUOCHUI_POSTGRES_URL")
    if not url:
        sys.stderr.write("missing settings: LUOCHUI_POSTGRES_URL\n")
        return 1
    try:
        uvloop.run(run(url))
    except (MigrationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


@rules.command(name="run")
def run_rules(case: str) -> int:
    """Compute a case {"kind": ..., "input": ...} from a JSON file and print its outcome.

    Args:
        case: Path of the JSON file.

    """
    from bidding_rules.cases.command import main as run  # noqa: PLC0415

    return run(case)


def main() -> None:
    """Run the command line; its value is the exit code."""
    sys.exit(app())
