"""One load test from its start to its judgement."""

import asyncio
import resource
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp

from luochui.loadtest.bidding import Bidders
from luochui.loadtest.crowd import Crowd
from luochui.loadtest.health import MEMORY_GROWTH_MAX, Health, Vitals
from luochui.loadtest.options import LoadOptions
from luochui.loadtest.place import Place, place_of
from luochui.tasks import running

_SETTLES_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Milliseconds."""

    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What was measured, and what was wrong with it."""

    watchers: int
    bidders: int
    seconds: float
    bids: dict[str, int]
    """Answers by code."""
    bid_answer_ms: Percentiles | None
    arrival_to_watcher_ms: Percentiles | None
    events_seen: int
    connections: int
    missed: int
    behind: int
    memory_growth: float | None = None
    before: Vitals = field(default_factory=dict)
    after: Vitals = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """In words; empty: everybody saw everything, every bid was answered, nothing leaked."""


async def run_load(options: LoadOptions, progress: Callable[[str], None]) -> LoadReport:
    """Put the load on, take it off, and judge."""
    options.check()
    _raise_file_limit(options.watchers)
    async with place_of(options, progress) as place:
        health = Health(place)
        if place.metrics_token:
            await health.look_before()
        progress("观察人入场 (watchers join)")
        crowd, bidders, behind = await _loaded(options, place, health, progress)
        if place.metrics_token:
            await health.look_after()
    return _judged(options, crowd, bidders, behind, health)


async def _loaded(
    options: LoadOptions, place: Place, health: Health, progress: Callable[[str], None]
) -> tuple[Crowd, Bidders, int]:
    """Return the crowd, the bidders, and how many watchers did not come to the end of the bids."""
    crowd = Crowd(place.url, place.lot_id, options.watchers, comes_and_goes=options.soak)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        bidders = Bidders(http, place, options.rate)
        await bidders.enter()
        await stack.enter_async_context(crowd.watching())
        if place.metrics_token:
            await stack.enter_async_context(running(health.keep_looking(), name="health"))
        progress(f"加载 {options.seconds:.0f} 秒 (under load)")
        async with running(bidders.bid(), name="bidders"):
            await asyncio.sleep(options.seconds)
        state = await bidders.state()
        behind = await crowd.behind(state["seq"], state["price_fen"], within_s=_SETTLES_S)
    return crowd, bidders, behind


def _judged(
    options: LoadOptions, crowd: Crowd, bidders: Bidders, behind: int, health: Health
) -> LoadReport:
    seen, growth = crowd.seen, health.growth() if options.soak else None
    return LoadReport(
        watchers=options.watchers,
        bidders=options.bidders,
        seconds=options.seconds,
        bids=dict(bidders.answers),
        bid_answer_ms=percentiles(bidders.took_us),
        arrival_to_watcher_ms=percentiles(seen.delays_us),
        events_seen=seen.events,
        connections=seen.connections,
        missed=seen.missed,
        behind=behind,
        memory_growth=growth,
        before=health.before,
        after=health.after,
        faults=tuple(_faults(options, crowd, bidders, behind, health, growth=growth)),
    )


def _faults(
    options: LoadOptions,
    crowd: Crowd,
    bidders: Bidders,
    behind: int,
    health: Health,
    *,
    growth: float | None,
) -> list[str]:
    found, answers = [], Counter(bidders.answers)
    if options.rate and options.bidders and not answers["accepted"]:
        found.append("no bid was accepted")
    if answers["lost"]:
        found.append(f"{answers['lost']} bids without an answer")
    if crowd.seen.missed:
        found.append(f"{crowd.seen.missed} events were missed")
    if behind:
        found.append(f"{behind} watchers did not see the end")
    found += [f"refused: {code} ({times})" for code, times in crowd.seen.refused.items()]
    if health.after:
        found += [f"left behind: {leak}" for leak in health.leaks()]
    if growth is not None and growth > MEMORY_GROWTH_MAX:
        found.append(f"memory grew by {growth:.1%}, more than {MEMORY_GROWTH_MAX:.0%}")
    return found


def percentiles(took_us: Sequence[int]) -> Percentiles | None:
    """Return p50, p99 and the maximum in milliseconds; None of nothing."""
    if not took_us:
        return None
    ordered = sorted(took_us)
    return Percentiles(
        p50=statistics.median(ordered) / 1000,
        p99=ordered[int((len(ordered) - 1) * 0.99)] / 1000,
        max=ordered[-1] / 1000,
    )


def _raise_file_limit(watchers: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * watchers + 1000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
