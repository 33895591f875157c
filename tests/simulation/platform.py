"""The platform under simulation: the real crews, engines and desk on simulated servers."""

from auction.crew import Crew
from auction.desk import Desk
from auction.engine import ShardEngine
from auction.rate import RateLimit
from tests.simulation.loop import Process
from tests.simulation.people import Room
from tests.simulation.postgres import Database, SimulatedJournal, SimulatedOwnership
from tests.simulation.redis import RedisServer, SimulatedInbox, SimulatedOutbox
from tests.simulation.snapshots import SimulatedSnapshots, SnapshotTable
from tests.simulation.world import Clock, Link, World

_KEEP_OVER_US = 300_000
"""So short that what bidders ask of a lot that is over is asked of one that was let go."""
_MANY = 2
"""Few bid here: two at once are many, so that batches are decided while others become durable."""


class EngineProcess:
    """One engine process: a crew, its links, its clock."""

    def __init__(self, platform: "Platform", name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.process = platform.process(name)
        self.redis = platform.link(self.process, platform.redis.links)
        self.postgres = platform.link(self.process, platform.database.links)
        inbox = SimulatedInbox(
            platform.world, platform.redis, self.redis, on_read=platform.note_service
        )
        journal = SimulatedJournal(platform.database, self.postgres)
        ownership = SimulatedOwnership(platform.database, self.postgres, owner=name)
        outbox = SimulatedOutbox(platform.redis, self.redis)
        snapshots = SimulatedSnapshots(platform.snapshots, platform.database, self.postgres)

        def engine_of(shard: int) -> ShardEngine:
            return ShardEngine(
                shard,
                inbox=inbox,
                journal=journal,
                ownership=ownership,
                outbox=outbox,
                now_us=clock.now_us,
                keep_over_us=_KEEP_OVER_US,
                many=_MANY,
                snapshots=snapshots if platform.has_snapshots else None,
            )

        self.crew = Crew(ownership, name=name, engine_of=engine_of)
        self.process.start(self.crew.run())
        if platform.has_snapshots:
            self.process.start(snapshots.keep_writing())


class Platform:
    """Servers, two engine processes and a web process."""

    def __init__(self, world: World, *, shards: int, has_snapshots: bool) -> None:
        self.world, self.has_snapshots = world, has_snapshots
        chance = world.chance
        self.redis = RedisServer(world, Clock(world, 0))
        self.database = Database(world, Clock(world, chance.randint(-20_000, 20_000)), shards)
        self.snapshots = SnapshotTable(world, self.database)
        self.served: dict[int, list[int]] = {}
        self._clocks = {n: Clock(world, chance.randint(-5_000, 5_000)) for n in ("a", "b")}
        self.engines = {name: self._engine(name) for name in self._clocks}
        web = self.process("web")
        self.web_redis = self.link(web, self.redis.links)
        self.web_postgres = self.link(web, self.database.links)
        self.web_inbox = SimulatedInbox(world, self.redis, self.web_redis)
        journal = SimulatedJournal(self.database, self.web_postgres)
        self.room = Room(world, self._desk("web", shards), self._desk("other", shards), journal)
        self.redis.subscribe("news", self.web_redis, self.room.hear)
        web.start(self.room.keep_whole())
        self.web = web

    def process(self, name: str) -> Process:
        """Begin a process."""
        return Process(name, self.world.loop)

    def link(self, process: Process, links: list[Link]) -> Link:
        """Connect a process to a server."""
        link = Link(self.world, process)
        links.append(link)
        return link

    def kill(self, name: str) -> None:
        """Kill an engine process as SIGKILL does; `start` begins it anew."""
        engine = self.engines[name]
        if not engine.process.is_dead:
            self.world.trace(f"{name} is killed")
            engine.process.kill()
            self.redis.links.remove(engine.redis)
            self.database.links.remove(engine.postgres)

    def start(self, name: str) -> None:
        """Begin a killed engine process anew."""
        if self.engines[name].process.is_dead:
            self.world.trace(f"{name} starts")
            self.engines[name] = self._engine(name)

    def note_service(self, shard: int) -> None:
        """Take note that the shard's inbox was read by its engine at this instant."""
        self.served.setdefault(shard, []).append(self.world.now_us() + self.redis.clock.off_us)

    def _desk(self, worker: str, shards: int) -> Desk:
        desk = Desk(
            self.web_inbox,
            worker=worker,
            shards=shards,
            waiting_max=1000,
            answer_timeout_s=1.0,
            bid_rate=RateLimit(per_second=5, burst=5, now_us=self.world.now_us),
        )
        self.redis.subscribe(f"answers:{worker}", self.web_redis, desk.hear)
        return desk

    def _engine(self, name: str) -> EngineProcess:
        return EngineProcess(self, name, self._clocks[name])
