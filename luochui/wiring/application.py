"""The application of a web process: every route, behind the gate and the middlewares."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import asyncpg
import redis.asyncio as redis
from aiohttp import web

from luochui.api.conduct import ConductRoutes
from luochui.api.desks import ConsoleRoutes, SupervisionRoutes
from luochui.api.feed import add_documents
from luochui.api.log import LogRoutes
from luochui.api.lots import LotRoutes
from luochui.api.moves import MoveRoutes
from luochui.api.settlement import SettlementRoutes
from luochui.config import Settings
from luochui.database import refuse_weak_database
from luochui.http.addresses import hosts_of
from luochui.http.api import Api
from luochui.http.middleware import BODY_MAX, around, security_headers
from luochui.identity.gate import IdentityGate
from luochui.identity.routes import IdentityRoutes
from luochui.metrics import Check, Metrics, add_routes
from luochui.web.pages import add_pages, content_security_policy
from luochui.wiring.services import WebServices
from realtime.feed import LiveFeed
from realtime.presence import Presence
from settlement.admissions import Admissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything the routes stand on."""

    services: WebServices
    identity: IdentityRoutes
    admissions: Admissions
    presence: Presence
    feed: LiveFeed
    metrics: Metrics
    origins: frozenset[str]
    pool: asyncpg.Pool
    client: redis.Redis
    now_us: Callable[[], int]


def application(parts: Parts, settings: Settings, *, feed_only: bool = False) -> web.Application:
    """Return the application: API, feed, health, documents and pages; or feed and health only."""
    guards = around(
        origins=parts.origins,
        hosts=hosts_of(parts.origins, settings.allowed_hosts),
        body_timeout_s=settings.body_timeout_s,
    )
    app = web.Application(client_max_size=BODY_MAX, middlewares=[guards])
    app.on_response_prepare.append(security_headers(content_security_policy()))
    parts.feed.add_to(app)
    checks = {"database": _database_check(parts.pool), "redis": _redis_check(parts.client)}
    add_routes(app, parts.metrics, checks, token=settings.metrics_token)
    if not feed_only:
        api = _api(parts)
        api.install(app, IdentityGate(parts.identity.sessions), parts.feed.callers)
        add_documents(app, api)
        add_pages(app)
    return app


def _api(parts: Parts) -> Api:
    api, services = Api(title="Luochui 落槌", version=version("luochui")), parts.services
    parts.identity.add_to(api)
    lots = LotRoutes(
        notices=services.notices,
        applications=services.applications,
        deposits=services.deposits,
        archive=services.archive,
        desk=services.desk,
        bid_answered=parts.metrics.bid_answered,
        now_us=parts.now_us,
    )
    lots.add_to(api)
    ConsoleRoutes(
        lots=lots,
        desk=services.desk,
        archive=services.archive,
        applications=services.applications,
        deposits=services.deposits,
        presence=parts.presence,
        accounts=services.accounts,
    ).add_to(api)
    MoveRoutes(desk=services.desk, archive=services.archive).add_to(api)
    ConductRoutes(desk=services.desk, applications=services.applications).add_to(api)
    SupervisionRoutes(lots=lots, archive=services.archive, accounts=services.accounts).add_to(api)
    LogRoutes(lots=lots, log=services.log).add_to(api)
    SettlementRoutes(
        book=services.deposits,
        pages=services.deposit_pages,
        notices=services.notices,
        accounts=services.accounts,
        admissions=parts.admissions,
        now_us=parts.now_us,
    ).add_to(api)
    return api


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
