"""Following a lot in the terminal: `luochui watch LOT`."""

import asyncio
from collections import deque
from datetime import UTC, datetime
from typing import Any

import aiohttp
from rich.console import Console
from rich.live import Live
from rich.table import Table

from luochui.tasks import running, until_stopped
from realtime.client import FeedClient

_SHOWN = 15
_REFRESH_S = 0.5
_SECOND_US = 1_000_000


class LotWatch:
    """A lot's state and its latest events, as a table."""

    def __init__(self, session: aiohttp.ClientSession, url: str, lot_id: str) -> None:
        self._events: deque[dict[str, Any]] = deque(maxlen=_SHOWN)
        self.client = FeedClient(
            session, url, on_event=lambda _, event: self._events.append(event)
        )
        self.following = self.client.follow(lot_id)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen, or there is nothing to be seen."""
        state = self.following.state
        over = state.get("result") is not None or state.get("status") == "withdrawn"
        return over or self.following.refused is not None

    def picture(self) -> Table:
        """Return what is known now."""
        table = Table(title=self._title(), show_header=True)
        for heading in ("时间 time (UTC)", "序号 seq", "事件 event", "竞买号 number", "金额 yuan"):
            table.add_column(heading, justify="right" if heading.startswith("金额") else "left")
        for event in list(self.following.history)[-_SHOWN:] if not self._events else self._events:
            amount = event.get("amount_fen") or event.get("price_fen")
            table.add_row(
                _instant(event["at_us"]),
                str(event["seq"]),
                event["kind"],
                event.get("number") or event.get("winner") or "",
                "" if amount is None else _yuan(amount),
            )
        return table

    def _title(self) -> str:
        state = self.following.state
        if self.following.refused is not None or not state:
            return f"{self.following.lot_id}: {self.following.refused or 'connecting'}"
        price = "-" if state["price_fen"] is None else _yuan(state["price_fen"])
        return "  ".join(
            (
                self.following.lot_id,
                state["status"],
                f"{price} ({state['leader'] or '-'})",
                self._left(state["closes_at_us"]),
            )
        )

    def _left(self, closes_at_us: int | None) -> str:
        if closes_at_us is None:
            return ""
        seconds = max(0, -(-(closes_at_us - self.client.now_us()) // _SECOND_US))
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


async def watch(lot_id: str, url: str, console: Console) -> int:
    """Show a lot until it is over or the reader stops; return the exit code."""
    async with aiohttp.ClientSession() as session:
        seen = LotWatch(session, url, lot_id)
        with Live(console=console, auto_refresh=False) as live:

            async def keep_showing() -> None:
                while not seen.is_over:
                    live.update(seen.picture(), refresh=True)
                    await asyncio.sleep(_REFRESH_S)

            async with running(seen.client.run(), name="feed"):
                await until_stopped(keep_showing())
            live.update(seen.picture(), refresh=True)
    return 0 if seen.following.refused is None else 1


def _instant(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / _SECOND_US, tz=UTC).strftime("%H:%M:%S.%f")[:-3]


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
