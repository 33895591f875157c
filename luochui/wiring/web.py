"""The web role: pages, HTTP and sockets."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import redis.asyncio as redis
from aiohttp import web

from auction.desk import Desk
from auction.outbox_redis import worker_channel
from auction.ownership_postgres import check_shards
from auction.redis_channels import RedisChannels
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.database import open_pool
from luochui.http.addresses import ClientAddresses
from luochui.http.serving import ProblemRunner
from luochui.identity.attempts import Attempts
from luochui.identity.routes import IdentityRoutes
from luochui.identity.sessions import Sessions
from luochui.identity.socket_tokens import SocketTokens
from luochui.metrics import Metrics
from luochui.redis_server import open_redis
from luochui.tasks import running
from luochui.wiring.application import Parts, application
from luochui.wiring.feed import live_feed
from luochui.wiring.listening import base_url_of
from luochui.wiring.services import WebServices, web_services
from realtime.feed import LiveFeed
from realtime.presence import Presence
from settlement.admissions import Admissions


@asynccontextmanager
async def web_role(
    settings: Settings,
    clock: SystemClock,
    metrics: Metrics,
    listening: socket.socket,
    *,
    feed_only: bool = False,
) -> AsyncIterator[WebServices]:
    """Serve pages, HTTP and sockets on `listening` for as long as the block lasts; or sockets only."""
    async with AsyncExitStack() as stack:
        parts = await _parts(settings, clock, metrics, listening, stack)
        await _start_listening(settings, stack, parts.services.desk, parts.feed)
        renewing = running(parts.identity.sessions.keep_renewing(), name="sessions")
        await stack.enter_async_context(renewing)
        if not feed_only:
            job = running(parts.admissions.keep_admitting(), name="admissions")
            await stack.enter_async_context(job)
        app = application(parts, settings, feed_only=feed_only)
        await _serve(settings, stack, app, listening)
        stack.push_async_callback(parts.feed.socketio.server.shutdown)
        yield parts.services


async def _parts(
    settings: Settings,
    clock: SystemClock,
    metrics: Metrics,
    listening: socket.socket,
    stack: AsyncExitStack,
) -> Parts:
    """Connect to the databases and make everything the routes stand on."""
    pool = await stack.enter_async_context(
        open_pool(settings.postgres_url, name="web", size_max=settings.web_pool_max)
    )
    await check_shards(pool, settings.shards)
    client = await stack.enter_async_context(open_redis(settings.redis_url))
    services = await web_services(settings, clock, pool, stack, base_url_of(listening))
    identity = _identity(settings, clock, services, client, Sessions(pool, clock.now_us))
    origins = _origins(settings, listening)
    presence = Presence(client, process=services.desk.worker)
    return Parts(
        services=services,
        identity=identity,
        admissions=Admissions(pool, services.desk, clock.now_us),
        presence=presence,
        feed=live_feed(
            settings,
            clock,
            metrics,
            services,
            identity=identity,
            presence=presence,
            origins=origins,
        ),
        metrics=metrics,
        origins=origins,
        pool=pool,
        client=client,
        now_us=clock.now_us,
    )


def _identity(
    settings: Settings,
    clock: SystemClock,
    services: WebServices,
    client: redis.Redis,
    sessions: Sessions,
) -> IdentityRoutes:
    return IdentityRoutes(
        accounts=services.accounts,
        sessions=sessions,
        tokens=SocketTokens(client),
        attempts=Attempts(client),
        addresses=ClientAddresses(proxies=settings.proxies, header=settings.forwarded_header),
        now_us=clock.now_us,
        secure_cookies=settings.secure_cookies,
    )


def _origins(settings: Settings, listening: socket.socket) -> frozenset[str]:
    if settings.public_origins:
        return frozenset(origin.strip() for origin in settings.public_origins.split(","))
    port = listening.getsockname()[1]
    return frozenset({base_url_of(listening), f"http://localhost:{port}"})


async def _start_listening(
    settings: Settings, stack: AsyncExitStack, desk: Desk, feed: LiveFeed
) -> None:
    """Hear answers and news."""

    def hear(channel: str, payload: bytes) -> None:
        if channel == answers:
            desk.hear(payload)
        else:
            feed.hub.hear(channel, payload)

    answers = worker_channel(desk.worker)
    channels = RedisChannels(settings.redis_url, on_message=hear, on_gap=feed.hub.heal_all)
    channels.subscribe(answers)
    feed.listen_on(channels)
    for job, name in ((channels.keep_listening(), "channels"), *feed.jobs()):
        await stack.enter_async_context(running(job, name=name))


async def _serve(
    settings: Settings, stack: AsyncExitStack, app: web.Application, listening: socket.socket
) -> None:
    runner = ProblemRunner(
        app,
        head_timeout_s=settings.body_timeout_s,
        shutdown_timeout=settings.shutdown_timeout_s,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listening).start()
