"""Where the load goes: a server that runs already, or one of our own with an invented lot and bidders."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.demo.lots import DemoLot, demo_lots
from luochui.demo.people import demo_people, invented_login
from luochui.demo.sale import admit, announce
from luochui.embedded.processes import Answer
from luochui.embedded.programs import program_running
from luochui.embedded.servers import EmbeddedServers, embedded_servers
from luochui.loadtest.options import RATE_MAX, WATCHERS_MAX, LoadOptions
from luochui.metrics import Metrics
from luochui.migrate import migrate
from luochui.wiring.engine import engine_role
from luochui.wiring.listening import bound_socket, free_port
from luochui.wiring.web import web_role

_LOT = "LOADTEST"
_START, _INCREMENT = 1_000_000, 1_000
_OPEN_US = 24 * 3600 * 1_000_000
_RESUME_NOTICE_US = 2_000_000
_ADMITTED_WITHIN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server, a lot that is open there, and bidders who are admitted to it."""

    url: str
    lot_id: str
    accounts: tuple[tuple[str, str], ...]
    metrics_token: str


@asynccontextmanager
async def place_of(options: LoadOptions, progress: Callable[[str], None]) -> AsyncIterator[Place]:
    """Yield where the load goes; what was started for it is stopped after the block."""
    if options.url:
        yield Place(
            url=options.url.rstrip("/"),
            lot_id=options.lot_id,
            accounts=options.accounts[: options.bidders],
            metrics_token=options.metrics_token,
        )
        return
    with _folder() as folder:
        async with embedded_servers(folder / "data", progress=progress) as servers:
            progress("正在准备标的和竞买人 (preparing lot and bidders)")
            await migrate(servers.postgres_url)
            accounts = await _prepared(servers, options, folder)
            progress("正在启动服务 (starting the server)")
            async with _serving(servers, folder) as (url, token):
                yield Place(url=url, lot_id=_LOT, accounts=accounts, metrics_token=token)


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a folder for the servers, which may run as another account; remove it after the block."""
    with tempfile.TemporaryDirectory(prefix="luochui-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


async def _prepared(
    servers: EmbeddedServers, options: LoadOptions, folder: Path
) -> tuple[tuple[str, str], ...]:
    """Announce the lot and admit the bidders, by the steps of a real sale; return logins, passwords."""
    clock, metrics = SystemClock(), Metrics()
    settings = Settings(
        postgres_url=servers.postgres_url, redis_url=servers.redis_url, engine_name="loadtest"
    )
    listening = bound_socket("127.0.0.1", 0)
    async with (
        engine_role(settings, clock, metrics),
        web_role(settings, clock, metrics, listening) as services,
    ):
        people = await demo_people(services.accounts, folder, invented=options.bidders)
        lot = _lot(people["owner"].account_id, clock.now_us())
        await announce(services, lot, clock.now_us)
        logins = [invented_login(n + 1) for n in range(options.bidders)]
        await admit(services, lot, people, logins, clock.now_us)
        async with asyncio.timeout(_ADMITTED_WITHIN_S):
            while len(await services.deposits.admitted(_LOT)) < len(logins):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return tuple((login, people[login].password) for login in logins)


def _lot(seller_id: str, now_us: int) -> DemoLot:
    """Return a lot that is open now and for a day, without a reserve."""
    lot = demo_lots(seller_id=seller_id, begins_at_us=now_us, speed=1)[0]
    timed = TimedTerms(
        start=_START, increments=fixed(_INCREMENT), free_us=_OPEN_US, limited_us=60_000_000
    )
    notice = replace(
        lot.notice,
        lot_id=_LOT,
        start_fen=_START,
        increment_fen=_INCREMENT,
        has_reserve=False,
        free_us=_OPEN_US,
        limited_us=timed.limited_us,
    )
    terms = replace(lot.terms, format=timed, resume_notice_us=_RESUME_NOTICE_US)
    return replace(lot, notice=notice, terms=terms, known_end=None)


@asynccontextmanager
async def _serving(servers: EmbeddedServers, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Run `luochui serve` as a process of its own; yield its address and the token of /metrics."""
    port, token = free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}"
    settings = {
        "LUOCHUI_POSTGRES_URL": servers.postgres_url,
        "LUOCHUI_REDIS_URL": servers.redis_url,
        "LUOCHUI_ENGINE_NAME": "loadtest",
        "LUOCHUI_HTTP_PORT": str(port),
        "LUOCHUI_METRICS_TOKEN": token,
        "LUOCHUI_FEED_CONNECTIONS_OF_ADDRESS_MAX": str(WATCHERS_MAX),
        "LUOCHUI_BIDS_PER_SECOND_MAX": str(2 * RATE_MAX),
    }
    async with (
        aiohttp.ClientSession() as http,
        program_running(
            "luochui serve",
            ("-m", "luochui", "serve", "--role", "all"),
            log=folder / "serve.log",
            environment=settings,
            ask=lambda: _asked(http, url),
        ),
    ):
        yield url, token


async def _asked(http: aiohttp.ClientSession, url: str) -> Answer:
    try:
        async with http.get(f"{url}/readyz") as response:
            return Answer.READY if response.ok else Answer.NOTHING
    except aiohttp.ClientError:
        return Answer.NOTHING
