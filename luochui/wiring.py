"""Wiring: which object is handed to which, in start order. Engine and web are roles of one program."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

import asyncpg
import redis.asyncio as redis
from aiohttp import web

from auction.archive import Archive
from auction.desk import Desk
from auction.engine import ShardEngine, keep_running
from auction.inbox_redis import RedisInbox
from auction.journal_postgres import PostgresJournal
from auction.outbox_redis import RedisOutbox, worker_channel
from auction.ownership import Ownership
from auction.rate import RateLimit
from auction.redis_channels import RedisChannels
from auction.redis_connection import RedisLink
from listing.applications import Applications
from listing.notices import NoticeBoard
from luochui.api.desks import ConsoleRoutes, SupervisionRoutes
from luochui.api.feed import add_documents
from luochui.api.lots import LotRoutes
from luochui.api.settlement import SettlementRoutes
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.database import open_pool, refuse_weak_database
from luochui.http.api import Api
from luochui.http.middleware import problems, request_log, same_origin, security_headers
from luochui.http.texts import text_of
from luochui.identity.accounts import Accounts
from luochui.identity.attempts import Attempts
from luochui.identity.gate import IdentityGate, SocketGuard
from luochui.identity.passwords import Passwords
from luochui.identity.routes import IdentityRoutes
from luochui.identity.sessions import Sessions
from luochui.identity.socket_tokens import SocketTokens
from luochui.metrics import Check, Metrics, add_routes
from luochui.tasks import running
from luochui.web.pages import add_pages, content_security_policy
from realtime.socketio_door import SocketDoor
from settlement.admissions import Admissions
from settlement.deposits import Deposits

_BODY_MAX = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    """What a web process offers to whoever wires it further (the demonstration does)."""

    base_url: str
    accounts: Accounts
    notices: NoticeBoard
    deposits: Deposits
    archive: Archive
    desk: Desk


@asynccontextmanager
async def engine_role(
    settings: Settings, clock: SystemClock, metrics: Metrics
) -> AsyncIterator[None]:
    """Own and serve all shards for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.postgres_url, name="engine", size_max=settings.engine_pool_max)
        )
        await refuse_weak_database(pool)
        ownership = Ownership(pool, owner=settings.engine_owner)
        await ownership.register(settings.shards)
        for shard in range(settings.shards):
            writing, reading = RedisLink(settings.redis_url), RedisLink(settings.redis_url)
            for link in (writing, reading):
                await stack.enter_async_context(running(link.keep_connected(), name="redis"))
                await link.up.wait()
            engine = ShardEngine(
                shard,
                inbox=RedisInbox(writing, reading),
                journal=PostgresJournal(pool),
                ownership=ownership,
                outbox=RedisOutbox(writing),
                now_us=clock.now_us,
                on_batch=metrics.batch_size.observe,
            )
            await stack.enter_async_context(running(keep_running(engine), name=f"engine-{shard}"))
        yield


@asynccontextmanager
async def web_role(
    settings: Settings, clock: SystemClock, metrics: Metrics, listening: socket.socket
) -> AsyncIterator[WebServices]:
    """Serve pages, HTTP and sockets on `listening` for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.postgres_url, name="web", size_max=settings.web_pool_max)
        )
        client = redis.Redis.from_url(settings.redis_url)
        stack.push_async_callback(client.aclose)
        link = RedisLink(settings.redis_url)
        await stack.enter_async_context(running(link.keep_connected(), name="redis"))
        await link.up.wait()
        services = _services(settings, clock, pool, link, base_url_of(listening))
        origins = _origins(settings, listening)
        sessions, tokens = Sessions(pool, clock.now_us), SocketTokens(client)
        door = SocketDoor(
            desk=services.desk,
            archive=services.archive,
            guard=SocketGuard(sessions, tokens),
            origins=sorted(origins),
            now_us=clock.now_us,
            texts=text_of,
        )
        metrics.connections.set_function(lambda: door.connections)
        await _start_listening(settings, stack, services.desk, door)
        admissions = Admissions(pool, services.desk, clock.now_us)
        await stack.enter_async_context(running(admissions.keep_admitting(), name="admissions"))
        identity = IdentityRoutes(
            accounts=services.accounts,
            sessions=sessions,
            tokens=tokens,
            attempts=Attempts(client),
            now_us=clock.now_us,
            secure_cookies=settings.secure_cookies,
        )
        api = _api(
            services,
            applications=Applications(pool),
            identity=identity,
            admissions=admissions,
            clock=clock,
            metrics=metrics,
        )
        app = _application(api, IdentityGate(sessions), door, origins)
        add_routes(
            app, metrics, {"database": _database_check(pool), "redis": _redis_check(client)}
        )
        add_documents(app, api)
        add_pages(app)
        await _serve(settings, stack, app, listening)
        stack.push_async_callback(door.server.shutdown)
        yield services


def bound_socket(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Return a socket bound to `host` and `port`; with `or_any` a free port if that one is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        if not or_any:
            listening.close()
            raise
        listening.bind((host, 0))
    return listening


def base_url_of(listening: socket.socket) -> str:
    """Return the address under which a bound socket is reached."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def _origins(settings: Settings, listening: socket.socket) -> frozenset[str]:
    if settings.public_origins:
        return frozenset(origin.strip() for origin in settings.public_origins.split(","))
    port = listening.getsockname()[1]
    return frozenset({base_url_of(listening), f"http://localhost:{port}"})


def _services(
    settings: Settings, clock: SystemClock, pool: asyncpg.Pool, link: RedisLink, base_url: str
) -> WebServices:
    desk = Desk(
        RedisInbox(link),
        worker=f"{settings.engine_owner}-{base_url}",
        shards=settings.shards,
        waiting_max=settings.waiting_commands_max,
        answer_timeout_s=settings.answer_timeout_s,
        bid_rate=RateLimit(
            per_second=settings.bids_per_second_max,
            burst=2 * settings.bids_per_second_max,
            now_us=clock.now_us,
        ),
    )
    return WebServices(
        base_url=base_url,
        accounts=Accounts(pool, Passwords(), clock.now_us),
        notices=NoticeBoard(pool),
        deposits=Deposits(pool, Applications(pool)),
        archive=Archive(pool),
        desk=desk,
    )


async def _start_listening(
    settings: Settings, stack: AsyncExitStack, desk: Desk, door: SocketDoor
) -> None:
    """Hear answers and news."""

    def hear(channel: str, payload: bytes) -> None:
        if channel == answers:
            desk.hear(payload)
        else:
            door.hub.hear(channel, payload)

    answers = worker_channel(desk.worker)
    channels = RedisChannels(settings.redis_url, on_message=hear, on_gap=door.hub.heal_all)
    channels.subscribe(answers)
    door.hub.listen_on(channels)
    for job, name in (
        (channels.keep_listening(), "channels"),
        (door.keep_emitting(), "feed"),
        (door.keep_healing(), "healing"),
    ):
        await stack.enter_async_context(running(job, name=name))


def _api(
    services: WebServices,
    *,
    applications: Applications,
    identity: IdentityRoutes,
    admissions: Admissions,
    clock: SystemClock,
    metrics: Metrics,
) -> Api:
    api = Api(title="Luochui 落槌", version=version("luochui"))
    identity.add_to(api)
    lots = LotRoutes(
        notices=services.notices,
        applications=applications,
        deposits=services.deposits,
        archive=services.archive,
        desk=services.desk,
        metrics=metrics,
        now_us=clock.now_us,
    )
    lots.add_to(api)
    ConsoleRoutes(
        lots=lots,
        desk=services.desk,
        archive=services.archive,
        applications=applications,
        deposits=services.deposits,
    ).add_to(api)
    SupervisionRoutes(lots=lots, archive=services.archive, accounts=services.accounts).add_to(api)
    SettlementRoutes(
        book=services.deposits,
        notices=services.notices,
        accounts=services.accounts,
        admissions=admissions,
        now_us=clock.now_us,
    ).add_to(api)
    return api


def _application(
    api: Api, gate: IdentityGate, door: SocketDoor, origins: frozenset[str]
) -> web.Application:
    app = web.Application(
        client_max_size=_BODY_MAX,
        middlewares=[request_log, problems, same_origin(origins)],
    )
    app.on_response_prepare.append(security_headers(content_security_policy()))
    door.server.attach(app)
    api.install(app, gate)
    return app


async def _serve(
    settings: Settings, stack: AsyncExitStack, app: web.Application, listening: socket.socket
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=settings.shutdown_timeout_s)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listening).start()


def _database_check(pool: asyncpg.Pool) -> Check:
    async def check() -> None:
        async with asyncio.timeout(2):
            await refuse_weak_database(pool)

    return check


def _redis_check(client: redis.Redis) -> Check:
    async def check() -> None:
        async with asyncio.timeout(2):
            _ = await client.ping()

    return check
