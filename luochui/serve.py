"""Runs the server against databases of an operator: `luochui serve --role web|feed|engine|log|all`."""

import asyncio
from contextlib import AsyncExitStack

import structlog
from aiohttp import web

from luochui.clock import SystemClock
from luochui.collector import settle_collector
from luochui.config import Settings
from luochui.logs import configure_logs
from luochui.metrics import Metrics, add_routes
from luochui.migrate import migrate
from luochui.tasks import stop_requested
from luochui.wiring.listening import base_url_of, bound_socket

_log = structlog.get_logger()


async def serve(settings: Settings, role: str) -> None:
    """Serve until stopped. An engine or a log alone serves /metrics, /healthz and /readyz on the same port.

    A process that has the log's key keeps the log, whatever else it does.
    """
    configure_logs(settings.log_level)
    clock, metrics = SystemClock(), Metrics()
    await migrate(settings.postgres_url)
    listening = bound_socket(settings.http_host, settings.http_port)
    async with AsyncExitStack() as stack:
        if role in ("engine", "all"):
            from luochui.wiring.engine import engine_role  # noqa: PLC0415 - see below

            await stack.enter_async_context(engine_role(settings, clock, metrics))
        if settings.log_key_file:
            from luochui.wiring.log import log_role  # noqa: PLC0415 - see below

            await stack.enter_async_context(log_role(settings))
        elif role in ("log", "all"):
            _log.warning("no log is kept: LUOCHUI_LOG_KEY_FILE is not set")
        if role in ("web", "feed", "all"):
            # An engine that was killed must be back at once: it does not load what it does not use.
            from luochui.wiring.web import web_role  # noqa: PLC0415

            web_side = web_role(settings, clock, metrics, listening, feed_only=role == "feed")
            await stack.enter_async_context(web_side)
        else:
            app = web.Application()
            add_routes(app, metrics, {}, token=settings.metrics_token)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listening).start()
        settle_collector()
        _log.info("serving", role=role, address=base_url_of(listening))
        await stop_requested()
        _log.info("stopping")
        await asyncio.sleep(0)
