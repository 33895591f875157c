"""Servers of a price feed under watchers that check every message: shared by `fanout` and its neighbours.

The server runs on one core, the compiled watchers (`feed_load.c`) and the schedule on the other. Watchers and
publisher share a pipe: the watchers ask for messages, paced or as soon as everybody has the last ones.
"""

import asyncio
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
NODE_MODULES = {"socket.io": "4.8.1", "ws": "8.18.0"}
_START_S = 15.0
_RUN_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How to start one side, and how its watchers open the door.

    `{port}` in `command` becomes the port. `subscribe` is sent when the door is open; `subscribed` is text
    of the answer that tells that it took effect. Both may be empty. `instant` is the field of a message that
    tells when it was published: "t" of the monotonic clock, "at_us" of the clock on the wall.
    """

    name: str
    command: Sequence[str]
    door: str
    path: str
    subscribe: str = ""
    subscribed: str = ""
    instant: str = "t"
    unpaced_share: int = 1
    """A side that takes long gets this part of the messages where nothing paces them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one measurement saw; processor time in microseconds for each message and watcher."""

    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    slow_behind_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A running server; `publisher` is the pipe on which it, or whoever publishes, is asked for messages."""

    port: int
    pid: int
    publisher: int


class Watchers:
    """The running watchers of one server."""

    def __init__(self, process: asyncio.subprocess.Process, server_pid: int) -> None:
        self._process, self._server_pid = process, server_pid

    async def told(self) -> dict[str, Any]:
        """Return the next line they print."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _RUN_S)
        assert line, "the watchers ended"
        told: dict[str, Any] = orjson.loads(line)
        return told

    async def measure(self, messages: int, *, rate: float = 0.0, window: int = 1) -> Watched:
        """Let `messages` be sent, paced or `window` at a time; raise if one was lost or out of order."""
        assert self._process.stdin is not None
        before = cpu_ns(self._server_pid)
        self._process.stdin.write(f"{messages} {rate} {window}\n".encode())
        told = await self.told()
        spent = cpu_ns(self._server_pid) - before
        assert told["got"] == told["wanted"], f"lost: {told}"
        assert told["gaps"] == told["disorder"] == told["dead"] == 0, told
        return Watched(
            cpu_us=spent / 1000 / told["got"],
            per_second=told["got"] / told["seconds"],
            p50_ms=told["p50_ms"],
            p99_ms=told["p99_ms"],
            max_ms=told["max_ms"],
            slow_behind_ms=told.get("slow_behind_max_ms", 0.0),
        )


def cpu_ns(pid: int) -> int:
    """Return the processor time of a process and its threads so far."""
    return sum(
        int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")
    )


def resident_kb(pid: int) -> int:
    """Return the memory that a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def compiled(folder: Path) -> dict[str, Path]:
    """Compile watchers and the sending peer into `folder`."""
    sources = {"feed_load": ["feed_load.c", "feed_watchers.c"], "feed_send": ["feed_send.c"]}
    for name, files in sources.items():
        command = ["cc", "-O2", "-o", str(folder / name), *(str(HERE / f) for f in files)]
        subprocess.run(command, check=True)
    return {name: folder / name for name in sources}


def node_modules(folder: Path) -> Path | None:
    """Install the Node peers into `folder`; None where Node or its registry is not at hand."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    (folder / "package.json").write_text('{"private": true}')
    wanted = [f"{name}@{version}" for name, version in NODE_MODULES.items()]
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return folder if done.returncode == 0 else None


def peers(tools: dict[str, Path], node: Path | None) -> list[Server]:
    """Return the sides we are measured against."""
    socketio = {"door": "socketio", "path": "/socket.io/?EIO=4&transport=websocket"}
    found = [
        Server(
            name="python-socketio",
            command=[sys.executable, "-m", "benchmarks.feed_peer", "{port}"],
            unpaced_share=8,
            **socketio,
        ),
        Server(
            name="C send loop", command=[str(tools["feed_send"]), "{port}"], door="plain", path="/"
        ),
    ]
    if node is not None:
        script = ["node", str(HERE / "feed_peer.mjs")]
        found += [
            Server(
                name="Node socket.io",
                command=[*script, "socketio", "{port}", str(node)],
                **socketio,
            ),
            Server(
                name="Node ws",
                command=[*script, "ws", "{port}", str(node)],
                door="plain",
                path="/",
            ),
        ]
    return found


def allow_files(count: int) -> None:
    """Let this process and those it starts have `count` files open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, count), most))


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Run a server on the first core until the block ends; yield its process and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [word.format(port=port) for word in server.command]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    try:
        pin(process.pid, 0)
        await _until_listening(port)
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def watching(
    server: Server, tools: dict[str, Path], count: int, *, slow: int = 0, slow_bytes: int = 0
) -> AsyncIterator[tuple[Watchers, dict[str, Any], int]]:
    """Serve, and connect `count` watchers, `slow` of them slow; yield them, how it went, the server's pid."""
    async with serving(server) as (process, port):
        assert process.stdin is not None
        pipe = process.stdin.get_extra_info("pipe").fileno()
        at = At(port=port, pid=process.pid, publisher=pipe)
        crowd = connected(server, at, tools, count, slow=slow, slow_bytes=slow_bytes)
        async with crowd as (watchers, opened):
            yield watchers, opened, process.pid


@asynccontextmanager
async def connected(
    server: Server,
    at: At,
    tools: dict[str, Path],
    count: int,
    *,
    slow: int = 0,
    slow_bytes: int = 0,
    gives_way: bool = False,
) -> AsyncIterator[tuple[Watchers, dict[str, Any]]]:
    """Connect watchers to a running server; yield them and how it went.

    Watchers that give way run when nobody else wants the core.
    """
    words = [at.port, count, server.door, server.path, server.subscribe, server.subscribed]
    words += [server.instant, at.publisher, slow, slow_bytes]
    child = await asyncio.create_subprocess_exec(
        str(tools["feed_load"]),
        *(str(word) for word in words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=[at.publisher],
    )
    try:
        pin(child.pid, 1)
        if gives_way:
            os.setpriority(os.PRIO_PROCESS, child.pid, 19)
        watchers = Watchers(child, at.pid)
        before = cpu_ns(at.pid)
        opened = await watchers.told()
        assert opened["watching"] == count, opened
        opened["cpu_us"] = (cpu_ns(at.pid) - before) / 1000 / count
        yield watchers, opened
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def pin(pid: int, core: int) -> None:
    """Keep a process on one core."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[core % len(cores)]})


async def _until_listening(port: int) -> None:
    for _ in range(int(_START_S / 0.05)):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError(f"nothing listens on {port}")
