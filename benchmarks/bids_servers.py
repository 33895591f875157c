"""Starting the servers of `bids`, loading them, and counting the processor time they take."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import redis.asyncio as redis

from luochui.config import Settings
from luochui.embedded import processes
from luochui.embedded.errors import log_tail
from luochui.embedded.processes import Answer, ServerProcess
from luochui.embedded.programs import program_running
from luochui.identity.sessions import session_key
from luochui.identity.socket_tokens import SocketTokens
from luochui.wiring.listening import free_port

HERE = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")


class Load(msgspec.Struct, kw_only=True):
    """What bids_load measured."""

    requests: int
    accepted: int
    refused: int
    errors: int
    seconds: float
    highest: int
    cpu_us: int
    p50_us: int
    p99_us: int
    max_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything of one run lies."""

    folder: Path
    tokens: Path
    settings: Settings
    databases: dict[str, int]
    """Process ids of PostgreSQL and Valkey by name."""

    @property
    def loader(self) -> Path:
        return self.folder / "bids_load"


def _compile(source: str, target: Path, *options: str) -> None:
    command = ["cc", "-O2", "-D_GNU_SOURCE", *options, "-o", str(target), str(HERE / source)]
    subprocess.run(command, check=True)


def compile_loader(place: Place) -> None:
    _compile("bids_load.c", place.loader)


@contextmanager
def slower_disk(folder: Path, sync_ms: float) -> Iterator[None]:
    """Let the servers started in this block wait so much longer for the disk, whenever they wait for it."""
    library = folder / "slow_sync.so"
    _compile("slow_sync.c", library, "-shared", "-fPIC")
    environment = processes._ENVIRONMENT  # noqa: SLF001 - nothing else may set a server's environment.
    slower = {"LD_PRELOAD": str(library), "SLOW_SYNC_US": str(round(sync_ms * 1000))}
    environment.update(slower)
    try:
        yield
    finally:
        for name in slower:
            del environment[name]


async def load(
    place: Place,
    port: int,
    *,
    door: str,
    seconds: float,
    lots: int,
    price: int,
    per_second: int = 0,
) -> Load:
    """Bid at a door for `seconds`, from `price` upwards: everybody at once, or so many a second."""
    tokens = await _handshake_tokens(place) if door == "socket" else place.tokens
    command = [place.loader, door, "127.0.0.1", port, seconds, lots, price, tokens, per_second]
    child = await asyncio.create_subprocess_exec(
        *(str(word) for word in command), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    logs = [f"{log}: {log_tail(log)}" for log in place.folder.glob("*.log")]
    assert child.returncode == 0, "\n".join(["the load generator failed", said.decode(), *logs])
    return msgspec.json.decode(said, type=Load)


async def _handshake_tokens(place: Place) -> Path:
    """Issue a one-time token for the socket to every bidder."""
    sessions = place.tokens.read_text().split()
    async with redis.Redis.from_url(place.settings.redis_url) as client:
        tokens = [await SocketTokens(client).issue(session_key(session)) for session in sessions]
    file = place.folder / "handshake-tokens"
    file.write_text("\n".join(tokens))
    return file


@asynccontextmanager
async def process(
    place: Place, name: str, words: list[str], port: int, environment: dict[str, str]
) -> AsyncIterator[ServerProcess]:
    """Run a Python server that dies with us, until the block ends; wait until its port answers."""
    async with program_running(
        name,
        words,
        log=place.folder / f"{name}.log",
        environment={"PYTHONPATH": str(HERE.parent), **environment},
        ask=lambda: _asked(port),
    ) as server:
        yield server


async def _asked(port: int) -> Answer:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return Answer.NOTHING
    writer.close()
    return Answer.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A running server: where it listens and which processes it is."""

    port: int
    pids: dict[str, int]


@asynccontextmanager
async def ours(
    place: Place, roles: tuple[str, ...], ready: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Side]:
    """Run our server as one process for each role; the last one listens."""
    async with AsyncExitStack() as stack:
        pids, port = {}, 0
        for role in roles:
            port = free_port()
            words = ["-m", "luochui", "serve", "--role", role]
            environment = {
                f"LUOCHUI_{name.upper()}": str(value)
                for name, value in asdict(place.settings).items()
            }
            environment["LUOCHUI_HTTP_PORT"] = str(port)
            name = f"ours-{role}"
            server = await stack.enter_async_context(
                process(place, name, words, port, environment)
            )
            pids[role] = server.child.pid
        while not await ready():  # noqa: ASYNC110 - another process gets ready.
            await asyncio.sleep(0.05)
        yield Side(port=port, pids=pids)


@asynccontextmanager
async def peer(place: Place, kind: str, pool: int) -> AsyncIterator[Side]:
    """Run a peer with so many database connections."""
    port = free_port()
    url = place.settings.postgres_url
    words = ["-m", "benchmarks.bids_peer", url, str(port), kind, str(pool)]
    async with process(place, f"{kind}-{pool}", words, port, {}) as server:
        yield Side(port=port, pids={"server": server.child.pid})


def processor_us(pid: int) -> int:
    """Return the processor time that a process and its children have taken."""
    own = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(words[1])):
            # Children that have ended count with their parent.
            own += sum(int(word) for word in words[11:15])
    return own * 1_000_000 // _TICKS


def busy_us() -> int:
    """Return the processor time that everything on this machine has taken."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, *_ = (int(word) for word in words)
    return (user + nice + system + irq + softirq) * 1_000_000 // _TICKS
