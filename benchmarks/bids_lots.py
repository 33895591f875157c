"""The lots and bidders of `bids`, ours and the peers', and what must hold of them afterwards."""

from contextlib import AsyncExitStack

import asyncpg
import orjson

from auction.commands import AnnounceLot, RegisterBidder
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from listing.sql import load
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.identity.accounts import identity_of
from luochui.identity.sessions import Sessions
from luochui.metrics import Metrics
from luochui.migrate import migrate
from luochui.wiring.engine import engine_role
from luochui.wiring.listening import bound_socket
from luochui.wiring.services import WebServices
from luochui.wiring.web import web_role
from supervision.recompute import recompute

INCREMENT = 1000
"""In fen; as in bids_load.c."""
OPEN_US = 6 * 3_600_000_000

_SQL = load("benchmarks", "bids")
_JSON = ("command", "events", "rejection")
_clock = SystemClock()


def settings_for(postgres_url: str, redis_url: str) -> Settings:
    """Return settings that let 64 connections bid as fast as they can."""
    return Settings(
        postgres_url=postgres_url,
        redis_url=redis_url,
        http_port=0,
        engine_name="bench",
        bids_per_second_max=100_000,
        feed_messages_per_second_max=100_000,
        log_level="warning",
    )


async def prepare(settings: Settings, pool: asyncpg.Pool, lots: int, bidders: int) -> list[str]:
    """Make open lots `bench-0`, ... of both kinds with bidders; return the bidders' session tokens."""
    await migrate(settings.postgres_url)
    await pool.execute(_SQL["make_peer_tables"])
    rows = await pool.fetch(_SQL["make_bidders"], bidders)
    sessions = Sessions(pool, _clock.now_us)
    tokens = [await sessions.open(identity_of(row)) for row in rows]
    accounts = [row["account_id"] for row in rows]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(engine_role(settings, _clock, Metrics()))
        listening = bound_socket("127.0.0.1", 0)
        services = await stack.enter_async_context(
            web_role(settings, _clock, Metrics(), listening)
        )
        for number in range(lots):
            await _announce(services, f"bench-{number}", accounts)
    await pool.execute(_SQL["make_peer_lots"], lots, INCREMENT, _clock.now_us() + OPEN_US)
    await pool.execute(_SQL["make_peer_bidders"], lots, bidders)
    return tokens


async def _announce(services: WebServices, lot_id: str, accounts: list[str]) -> None:
    # The servers are stopped and started between measurements: that is no outage here.
    terms = Terms(
        format=TimedTerms(
            start=INCREMENT, increments=fixed(INCREMENT), free_us=OPEN_US, limited_us=1_000_000
        ),
        seller="bench-seller",
        deposit=0,
        opens_at=_clock.now_us(),
        outage_tolerance_us=OPEN_US,
    )
    ask = services.desk.ask
    announcement = AnnounceLot(
        lot_id=lot_id, command_id="announce", actor="bench-seller", terms=terms
    )
    assert (await ask(announcement)).rejection is None
    for number, account in enumerate(accounts, 1):
        command = RegisterBidder(
            lot_id=lot_id,
            command_id=f"register-{number}",
            actor=account,
            bidder_id=account,
            number=f"A{number}",
        )
        assert (await ask(command)).rejection is None


async def standing(pool: asyncpg.Pool, *, ours: bool) -> asyncpg.Record:
    """Return how many decisions are durable and the highest price."""
    row = await pool.fetchrow(_SQL["our_standing" if ours else "peer_standing"])
    assert row is not None, "the query returns one row"
    assert row["decisions"] == row["rows"], "every decision is a row"
    return row


async def served_since(pool: asyncpg.Pool, started_us: int) -> bool:
    """Tell whether an engine serves that began after `started_us`."""
    alive_us: int = await pool.fetchval(_SQL["owner_alive"])
    return alive_us > started_us


async def faults(pool: asyncpg.Pool, lots: int) -> list[str]:
    """Decide all our bids again by the independent program; check the peers' journal by its numbers."""
    found = []
    for number in range(lots):
        rows = await pool.fetch(_SQL["our_journal"], f"bench-{number}")
        verdict = recompute([_parsed(row) for row in rows])
        found += verdict.differences
    of_peers = await pool.fetchval(_SQL["peer_faults"])
    return found + [f"peers: {of_peers} faulty rows"] * bool(of_peers)


def _parsed(row: asyncpg.Record) -> dict[str, object]:
    parsed = dict(row)
    for name in _JSON:
        parsed[name] = None if parsed[name] is None else orjson.loads(parsed[name])
    return parsed
