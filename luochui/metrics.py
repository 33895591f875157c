"""Prometheus metrics, and the routes that machines look at: /metrics, /healthz, /readyz."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from functools import cache

import structlog
from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_log = structlog.get_logger()


class Metrics:
    """One registry a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        tasks = Gauge("luochui_tasks", "Tasks of the event loop", registry=self.registry)
        tasks.set_function(lambda: len(asyncio.all_tasks()))
        self.answers = Counter(
            "luochui_bid_answers",
            "Answers to bids by code; accepted ones have the code accepted",
            ["code"],
            registry=self.registry,
        )
        self.answer_seconds = Histogram(
            "luochui_bid_answer_seconds",
            "Time from a bid's arrival at the door to its durable answer",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=self.registry,
        )
        self.batch_size = Histogram(
            "luochui_engine_batch_decisions",
            "Decisions made durable by one statement",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
            registry=self.registry,
        )
        self.connections = Gauge(
            "luochui_socket_connections", "Open live connections", registry=self.registry
        )
        self.behind = Gauge(
            "luochui_feed_slow_readers",
            "Live connections that read slower than the feed",
            registry=self.registry,
        )
        self._answers_of = cache(self.answers.labels)

    def bid_answered(self, code: str, took_us: int) -> None:
        """Count an answer to a bid, at whichever door: `accepted`, a refusal's code or answer_unknown."""
        self._answers_of(code).inc()
        self.answer_seconds.observe(took_us / 1e6)


Check = Callable[[], Awaitable[None]]
"""Returns when a thing is well, raises when it is not."""


def add_routes(
    app: web.Application, metrics: Metrics, checks: dict[str, Check], *, token: str
) -> None:
    """Add /healthz (the process lives), /readyz (what it needs is well) and, with a token, /metrics."""
    wanted = f"Bearer {token}".encode()

    async def show_metrics(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, wanted):
            return web.Response(
                text="/metrics needs its token\n",
                status=401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        failed = []
        for name, check in checks.items():
            try:
                await check()
            except Exception as error:  # noqa: BLE001 - whatever it is, this part is not ready
                _log.warning("not ready", part=name, error=str(error))
                failed.append(name)
        lines = "".join(f"{name} {'failed' if name in failed else 'ok'}\n" for name in checks)
        return web.Response(text=lines, status=503 if failed else 200)

    if token:
        app.router.add_get("/metrics", show_metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
