"""What the demonstration prints: where to go with which account, and how every lot ended."""

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from auction.archive import Archive
from listing.notices import LotNotice
from luochui.demo.people import Person

_PAGES = (
    ("/", "观察员 observer", None),
    ("/board", "观察员 observer", None),
    ("/watch/{lot}", "观察员 observer", None),
    ("/lots/{lot}", "竞买人 bidder", "bidder"),
    ("/lots/{lot}", "竞买人 bidder (保证金待确认)", "bidder2"),
    ("/console/{lot}", "拍卖师 auctioneer", "auctioneer"),
    ("/settlement", "结算 settlement (复核)", "settlement"),
    ("/settlement", "结算 settlement (登记)", "cashier"),
    ("/supervision", "监督 supervisor", "supervisor"),
    ("/owner", "转让方 owner", "owner"),
    ("/docs", "接口文档 API documentation", None),
)
_PAGE = 1000
_PIPE_WIDTH = 130


def wide_console() -> Console:
    """Return the console to print to; where there is no terminal, wide enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPE_WIDTH)


def print_welcome(
    console: Console, base_url: str, people: dict[str, Person], first_lot: str
) -> None:
    """Print the table of pages, roles, accounts and passwords."""
    table = Table(title="落槌 Luochui", title_justify="left")
    for heading in ("页面 Page", "角色 Role", "账号 Account", "密码 Password"):
        table.add_column(heading, no_wrap=True)
    for path, role, login in _PAGES:
        person = people.get(login) if login else None
        account = (person.login, person.password) if person else ("—", "—")
        table.add_row(base_url + path.format(lot=first_lot), role, *account)
    console.print(table)


def print_results(
    console: Console, notices: list[LotNotice], states: dict[str, dict[str, Any]]
) -> None:
    """Print how every lot ended."""
    table = Table(title="成交结果 Results", title_justify="left")
    table.add_column("标的 Lot", no_wrap=True)
    for heading in ("起始价 Start", "成交价 Price", "报价 Bids", "延时 Ext.", "溢价 Premium"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("竞得人 Winner")
    for notice in notices:
        state = states[notice.lot_id]
        result = state["result"] or {"outcome": state["status"], "price_fen": None, "winner": None}
        price = result["price_fen"]
        table.add_row(
            notice.lot_id,
            yuan(notice.start_fen),
            yuan(price) if price is not None else result["outcome"],
            str(state["bids"]),
            str(state["extensions"]),
            premium(notice.start_fen, price) if price is not None else "—",
            result["winner"] or "—",
        )
    console.print(table)


def yuan(fen: int) -> str:
    """Return an amount in yuan with thousands separators."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def premium(start: int, price: int) -> str:
    """Return the premium rate (溢价率) in percent with two places, half up."""
    hundredths = ((price - start) * 20_000 + start) // (2 * start)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def write_ready_file(
    path: Path, base_url: str, people: dict[str, Person], lots: list[str]
) -> None:
    """Tell another program where the demonstration runs and who may sign in."""
    content = {
        "base_url": base_url,
        "lots": lots,
        "people": {login: asdict(person) for login, person in people.items()},
    }
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content))
    partial.rename(path)


async def recomputed(archive: Archive, lot_ids: list[str]) -> tuple[bool, list[dict[str, Any]]]:
    """Run the independent program over the lots' journals; return whether all agree, and its lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        with path.open("w", encoding="utf-8") as file:
            async for row in _journal_rows(archive, lot_ids):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        done = subprocess.run(  # noqa: S603, ASYNC221 - our own module; nothing else runs by now
            [sys.executable, "-m", "supervision.recompute", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.stderr:
        sys.stderr.write(done.stderr)
    return done.returncode == 0, [json.loads(line) for line in done.stdout.splitlines()]


async def _journal_rows(archive: Archive, lot_ids: list[str]) -> AsyncIterator[dict[str, Any]]:
    for lot_id in lot_ids:
        after = 0
        while page := await archive.decisions(lot_id, after=after, limit=_PAGE):
            for row in page:
                row |= {"lot_id": lot_id, "arrived_us": row["arrived_at_us"]}
                row["kind"] = row["command"]["kind"]
                yield row
            after = page[-1]["entry"]
