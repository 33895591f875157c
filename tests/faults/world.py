"""What every fault run stands on: servers, processes of the program, lots, bidders; and how it is judged."""

import asyncio
import os
import shutil
import statistics
import tempfile
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from bidding_rules.terms import Terms
from luochui.clock import SystemClock
from luochui.identity.accounts import Accounts
from luochui.identity.passwords import Passwords
from luochui.identity.roles import Role
from luochui.identity.sessions import Sessions
from luochui.tasks import running
from luochui.wiring.listening import free_port
from tests.faults.bidders import Bid, Bidders, now_us
from tests.faults.servers import Postgres, Valkey
from tests.faults.serving import Serving
from tests.support.engine import announced, desk_running, simple_terms
from transparency.checkpoint import make_key

clock = SystemClock()
RECOVERS_WITHIN_S = 60.0
"""L2: without a decision for so long after a fault the run is a failure, whatever the machine."""
ANSWERS_WITHIN_S = 5.0
"""I12: so long after the first decision everybody who waits has a definite answer."""
SELLER = "hall"
_PATIENT_US = 120_000_000
_AT_THE_DOOR = (
    "engine_busy",
    "rate_limited",
    "lot_unknown",
    "command_id_reused",
    "answer_unknown",
)
_TAKEOVERS = """
CREATE TABLE takeover (shard integer, epoch bigint);
CREATE FUNCTION note_takeover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO takeover VALUES (NEW.shard, NEW.epoch);
    RETURN NEW;
END $$;
CREATE TRIGGER note_takeover AFTER UPDATE ON shard FOR EACH ROW WHEN (OLD.epoch <> NEW.epoch)
    EXECUTE FUNCTION note_takeover();
CREATE FUNCTION committed(transaction xid) RETURNS bigint LANGUAGE sql AS
    'SELECT (extract(epoch FROM pg_xact_commit_timestamp(transaction)) * 1000000)::bigint';
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is made of. `without` names the guard that a control removes."""

    lots: int = 3
    bidders: int = 4
    shards: int = 1
    pause_s: float = 0.02
    without: str | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    """Of all lots; but the first one alone is suspended by any outage that it does not tolerate."""
    engines: Sequence[str] = ("engine",)
    weaken: Sequence[str] = ()
    """Statements that take the database's own part of the guard away."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the servers are, and what differs for the processes: settings by name."""

    postgres: Postgres
    valkey: Valkey | None = None
    """None: `redis_elsewhere` is the URL of an installation that runs already."""
    redis_elsewhere: str = ""
    for_engines: dict[str, str] = field(default_factory=dict)
    for_web: dict[str, str] = field(default_factory=dict)
    clock: Path | None = None
    """The file that sets the engines' clocks off."""

    @property
    def redis_url(self) -> str:
        """Where Redis is reached."""
        return self.valkey.url if self.valkey else self.redis_elsewhere


@dataclass(kw_only=True)
class World:
    """A running installation under load."""

    folder: Path
    places: Places
    postgres: Postgres
    """The one that is written to now."""
    options: Options
    environment: dict[str, str]
    bidders: Bidders
    engines: dict[str, Serving]
    web: Serving
    next_ack_us: list[int] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    """Violations that a history cannot show: I12, L2."""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def valkey(self) -> Valkey:
        """The one Redis of the run."""
        assert self.places.valkey is not None, "it is not elsewhere"
        return self.places.valkey

    def engine(self, name: str) -> Serving:
        """Return an engine process that is not started yet."""
        changes = {"LUOCHUI_ENGINE_NAME": name, "LUOCHUI_HTTP_PORT": "0"}
        environment = self.environment | changes | self.places.for_engines
        return Serving(
            role="engine",
            environment=environment,
            log=self.folder / f"{name}.log",
            without=self.options.without,
            clock=self.places.clock,
        )

    async def recovers(self, since_us: int, *, on_all_lots: bool = False) -> None:
        """After a fault at `since_us`: wait for the next decision, then for everybody's answer."""
        waited, latest = (
            self.bidders.unsettled.copy(),
            list(self.bidders.acknowledged.values())[-5:],
        )
        wait = self.bidders.all_decided_after if on_all_lots else self.bidders.decided_after
        if not await wait(since_us, within_s=RECOVERS_WITHIN_S):
            self.found["L2"] += 1
            self.next_ack_us.append(int(RECOVERS_WITHIN_S * 1e6))
            return
        self.next_ack_us.append(now_us() - since_us)
        self.found["I12"] += len(await self.bidders.all_settled(waited, within_s=ANSWERS_WITHIN_S))
        for bid in latest:
            await self._is_told_again(bid)

    async def _is_told_again(self, bid: Bid) -> None:
        """Ask about a bid that was acknowledged; what is said is judged with all the rest."""
        until = now_us() + ANSWERS_WITHIN_S * 1e6
        while await self.bidders.look_up(self.bidders.doors[0], bid) is None:
            if now_us() > until:
                self.found["I12"] += 1
                return
            await asyncio.sleep(0.05)

    def report(self, fault: str, count: int) -> dict[str, Any]:
        """Return the one JSON object of a run, without its violations."""
        waits = sorted(wait / 1000 for wait in self.next_ack_us) or [0.0]
        return {
            "fault": fault,
            "count": count,
            "acknowledged": len(self.bidders.acknowledged),
            "next_ack_ms": {
                "p50": round(statistics.median(waits), 1),
                "p99": round(waits[min(len(waits) - 1, int(len(waits) * 0.99))], 1),
                "max": round(waits[-1], 1),
            },
            **self.notes,
        }


@asynccontextmanager
async def folder_for(kind: str) -> AsyncIterator[Path]:
    """Return a new folder with a short path that every account can pass through."""
    folder = Path(tempfile.mkdtemp(prefix=f"l{kind}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def world(options: Options, places: Places | None = None) -> AsyncIterator[World]:
    """Start servers, engines and a web process, announce lots, and let everybody bid."""
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(folder_for("f"))
        if places is None:
            places = Places(postgres=Postgres(folder / "pg"), valkey=Valkey(folder / "vk"))
        await _start_servers(stack, places)
        here = _assemble(folder, places, options, await _prepare(places, options))
        stack.callback(_end, here)
        for process in (*here.engines.values(), here.web):
            process.start()
        await _answers(here.bidders.doors[0])
        await _served(places.postgres, options)
        await _announce(here)
        await stack.enter_async_context(running(here.bidders.bid_for_ever(), name="bidders"))
        assert await here.bidders.all_decided_after(0, within_s=60), "somebody cannot bid"
        yield here


async def _start_servers(stack: AsyncExitStack, places: Places) -> None:
    for server in (places.postgres, places.valkey):
        if server is None:
            continue
        if server.process is None:
            server.make()
            server.start()
        stack.push_async_callback(server.stop)
        await server.ready()


async def _prepare(places: Places, options: Options) -> dict[str, str]:
    """Make tables and bidders; return a session by account."""
    postgres = places.postgres
    async with desk_running(postgres.url, places.redis_url):
        await postgres.execute(_TAKEOVERS, *options.weaken)
    async with asyncpg.create_pool(postgres.url, min_size=1, max_size=2) as pool:
        book, sessions = Accounts(pool, Passwords(), clock.now_us), Sessions(pool, clock.now_us)
        tokens = {}
        for number in range(options.bidders):
            login = f"bidder{number}"
            account = await book.create(
                login, "correct horse", name=login, roles=frozenset({Role.BIDDER}), invented=True
            )
            identity = await book.find(login)
            assert identity is not None, "it was just created"
            tokens[account] = await sessions.open(identity)
        return tokens


def _assemble(folder: Path, places: Places, options: Options, tokens: dict[str, str]) -> World:
    port, key = free_port(), folder / "log-key.pem"
    make_key(key)
    environment = {
        "LUOCHUI_LOG_KEY_FILE": str(key),
        "LUOCHUI_POSTGRES_URL": places.postgres.url,
        "LUOCHUI_REDIS_URL": places.redis_url,
        "LUOCHUI_SHARDS": str(options.shards),
        "LUOCHUI_ANSWER_TIMEOUT_S": "2",
        "LUOCHUI_BIDS_PER_SECOND_MAX": "1000",
    }
    here = World(
        folder=folder,
        places=places,
        postgres=places.postgres,
        options=options,
        environment=environment,
        bidders=Bidders(
            doors=[f"http://127.0.0.1:{port}"],
            tokens=tokens,
            lots=[f"LOT-{n}" for n in range(options.lots)],
            pause_s=options.pause_s,
        ),
        engines={},
        web=Serving(
            role="web",
            environment=environment | {"LUOCHUI_HTTP_PORT": str(port)} | places.for_web,
            log=folder / "web.log",
            without="forgetful_database" if options.without == "forgetful_database" else None,
        ),
    )
    here.engines |= {name: here.engine(name) for name in options.engines}
    return here


def _end(here: World) -> None:
    for process in (*here.engines.values(), here.web):
        process.end()
    if "FAULTS_SHOW_LOGS" in os.environ:
        for log in sorted(here.folder.glob("*.log")):
            shutil.copy(log, os.environ["FAULTS_SHOW_LOGS"])


async def _announce(here: World) -> None:
    terms = {}
    for lot_id in here.bidders.lots:
        patient = {} if lot_id == "LOT-0" else {"outage_tolerance_us": _PATIENT_US}
        terms[lot_id] = simple_terms(**{"seller": SELLER, **patient, **here.options.terms})
    await announce(here, terms)


async def announce(here: World, terms: dict[str, Terms]) -> None:
    """Announce lots, by id, and admit everybody to them."""
    desk = desk_running(here.postgres.url, here.places.redis_url, shards=here.options.shards)
    async with asyncio.timeout(60), desk as hall, asyncio.TaskGroup() as group:
        for lot_id, of_lot in terms.items():
            group.create_task(announced(hall.desk, lot_id, of_lot, *here.bidders.tokens))


async def _answers(door: str) -> None:
    """Wait until a web process answers."""

    def asked() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{door}/healthz", timeout=5):  # noqa: S310
            return True
        return False

    async with asyncio.timeout(60):
        while not await asyncio.to_thread(asked):
            await asyncio.sleep(0.02)


async def _served(postgres: Postgres, options: Options) -> None:
    """Wait until every shard has an owner."""
    async with asyncio.timeout(60):
        while await postgres.value("SELECT count(owner) FROM shard") != options.shards:
            await asyncio.sleep(0.05)
