"""Runs the demonstration: embedded servers, real lots, invented bidders, until stopped or sold out."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.demo.bots import Bots
from luochui.demo.lots import DemoLot, as_published, demo_lots
from luochui.demo.people import Person, demo_people
from luochui.demo.report import (
    print_results,
    print_welcome,
    recomputed,
    wide_console,
    write_ready_file,
)
from luochui.demo.sale import admit, announce, invented_bidders
from luochui.embedded.servers import default_data_folder, embedded_servers
from luochui.metrics import Metrics
from luochui.migrate import migrate
from luochui.tasks import until_stopped
from luochui.wiring.engine import engine_role
from luochui.wiring.listening import bound_socket
from luochui.wiring.log import log_role
from luochui.wiring.services import WebServices
from luochui.wiring.web import web_role
from transparency.checkpoint import make_key

_FIRST_OPENING_US = 3_000_000
_INTERRUPTED = 130
"""What shells call a program that Ctrl-C ended; a headless run has then checked nothing."""
_OVER = frozenset({"sold", "unsold", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line says."""

    data: Path | None = None
    port: int = 8080
    bots: int = 5
    speed: int = 5
    headless: bool = False
    stagger_us: int | None = None
    ready_file: Path | None = None


class Demo:
    """One running demonstration."""

    def __init__(
        self,
        options: DemoOptions,
        services: WebServices,
        people: dict[str, Person],
        clock: SystemClock,
    ) -> None:
        self._options, self._services, self._people = options, services, people
        self._clock = clock
        self.lots: list[DemoLot] = []

    async def open_session(self) -> None:
        """Announce the lots of a new session, or take up the one that was interrupted."""
        states = await self._services.archive.states()
        session = 1
        while session_lots := [s for s in states.values() if _session_of(s["lot_id"]) == session]:
            if any(s["status"] not in _OVER for s in session_lots):
                break
            session += 1
        published = {notice.lot_id: notice for notice in await self._services.notices.all()}
        speeds = [n.speed for n in published.values() if _session_of(n.lot_id) == session]
        lots = demo_lots(
            seller_id=self._people["owner"].account_id,
            begins_at_us=self._clock.now_us() + _FIRST_OPENING_US,
            speed=speeds[0] if speeds else self._options.speed,  # A session keeps its speed.
            session=session,
            stagger_us=self._options.stagger_us,
        )
        self.lots = [as_published(lot, published.get(lot.notice.lot_id)) for lot in lots]
        for lot in self.lots:  # The last run may have ended in the middle of this.
            if lot.notice.lot_id not in states:
                await announce(self._services, lot, self._clock.now_us)

    async def admit_and_bid(self) -> None:
        """Admit each lot's bidders and let the invented ones bid, until every lot is over."""
        async with asyncio.TaskGroup() as group:
            for place, lot in enumerate(self.lots):
                logins = (
                    invented_bidders(lot, place, self._options.bots) if self._options.bots else []
                )
                await admit(self._services, lot, self._people, logins, self._clock.now_us)
                bots = Bots(
                    base_url=self._services.base_url,
                    lot=lot,
                    people=[self._people[login] for login in logins],
                )
                group.create_task(bots.bid_until_over(), name=f"bots {lot.notice.lot_id}")

    async def go_on(self) -> None:
        """Hold one session after the other, until cancelled."""
        while True:
            await self.admit_and_bid()
            await self.open_session()


async def run_demo(options: DemoOptions) -> int:
    """Run the demonstration and return the exit code of the program.

    Asked to stop, by Ctrl-C or SIGTERM and at whatever moment, it stops in order.
    """
    code = await until_stopped(_run(options))
    if code is None:
        return _INTERRUPTED if options.headless else 0
    return code


async def _run(options: DemoOptions) -> int:
    console = wide_console()
    async with AsyncExitStack() as stack:
        folder = _data_folder(options, stack)
        with console.status("落槌 Luochui") as status:
            demo, services, people = await stack.enter_async_context(
                _started(options, folder, status.update)
            )
            status.update("正在公告标的 (announcing the lots)")
            await demo.open_session()
        lot_ids = [lot.notice.lot_id for lot in demo.lots]
        if options.ready_file is not None:
            write_ready_file(options.ready_file, services.base_url, people, lot_ids)
        if options.headless:
            return await _run_headless(console, demo, services, lot_ids, options)
        print_welcome(console, services.base_url, people, lot_ids[0])
        console.print(f"数据目录 Data: {folder}    按 Ctrl-C 停止 (stop with Ctrl-C)")
        await demo.go_on()
    return 0


async def _run_headless(
    console: Console, demo: Demo, services: WebServices, lot_ids: list[str], options: DemoOptions
) -> int:
    console.print(f"{len(lot_ids)} 个标的 lots, 时间压缩 time compressed {options.speed}:1")
    with console.status("竞价进行中 (bidding)"):
        await demo.admit_and_bid()
    states = await services.archive.states()
    print_results(console, [lot.notice for lot in demo.lots], states)
    agrees, lines = await recomputed(services.archive, lot_ids)
    entries, agreeing = sum(v["entries"] for v in lines), sum(v["agrees"] for v in lines)
    console.print(
        f"独立复算 Recomputed independently: {agreeing}/{len(lot_ids)} 一致 agree, {entries} 条记录 decisions"
    )
    for line in lines:
        if not line["agrees"]:
            console.print(line)
    ended = all(states[lot_id]["status"] in _OVER for lot_id in lot_ids)
    return 0 if agrees and ended and len(lines) == len(lot_ids) else 1


@asynccontextmanager
async def _started(
    options: DemoOptions, folder: Path, progress: Callable[[str], None]
) -> AsyncIterator[tuple[Demo, WebServices, dict[str, Person]]]:
    """Run servers, engine and web as one process; yield the demonstration before its first lot."""
    clock, metrics = SystemClock(), Metrics()
    async with embedded_servers(folder, progress=progress) as servers:
        progress("正在更新数据表 (bringing the tables up to date)")
        await migrate(servers.postgres_url)
        key_file = folder / "log-key.pem"
        make_key(key_file)
        settings = Settings(
            postgres_url=servers.postgres_url,
            redis_url=servers.redis_url,
            engine_name="demonstration",
            log_key_file=str(key_file),
        )
        listening = bound_socket(settings.http_host, options.port, or_any=True)
        progress("正在启动服务 (starting the server)")
        async with (
            engine_role(settings, clock, metrics),
            log_role(settings),
            web_role(settings, clock, metrics, listening) as services,
        ):
            progress("正在准备账号 (making the accounts)")
            people = await demo_people(services.accounts, folder, invented=options.bots)
            yield Demo(options, services, people, clock), services, people


def _data_folder(options: DemoOptions, stack: AsyncExitStack) -> Path:
    """Return where data is kept; a headless run without `--data` keeps nothing."""
    if options.data is not None:
        return options.data
    if not options.headless:
        return default_data_folder()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luochui-")))
    folder.chmod(0o755)
    return folder / "data"


def _session_of(lot_id: str) -> int:
    """Return the session number in a lot's id; the first session's ids carry none."""
    _, _, number = lot_id.partition(".")
    return int(number) if number else 1
