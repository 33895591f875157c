"""Redis installations of several servers, for tests: real processes on ports of this machine."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from luochui.embedded.binaries import binaries_for

SERVICE = "luochui"
PASSWORD = "p@ss/word"
_SLOTS = 16384


@dataclass
class Node:
    """A server of an installation."""

    port: int
    process: subprocess.Popen[bytes]
    client: redis.Redis

    def call(self, *words: Any) -> Any:
        return self.client.execute_command(*words)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Installation:
    """Servers that belong together, and the URL that names them."""

    url: str = ""
    nodes: list[Node] = field(default_factory=list)

    def holder_of(self, key: bytes) -> Node:
        """Return the cluster's node that has the key's slot now."""
        for first, last, master, *_ in self.alive[0].call("CLUSTER SLOTS"):
            if first <= key_slot(key) <= last:
                return next(node for node in self.nodes if node.port == master[1])
        raise AssertionError("every slot has a master")

    @property
    def alive(self) -> list[Node]:
        return [node for node in self.nodes if node.process.poll() is None]


def free_port(*, bus: bool = False) -> int:
    """Return a free port; with `bus` one whose cluster port is free too."""
    while True:
        with socket.socket() as probe, socket.socket() as above:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            if not bus:
                return port
            if port < 55_000:
                try:
                    above.bind(("127.0.0.1", port + 10_000))
                except OSError:
                    continue
                return port


@contextmanager
def servers_of(installation: Installation) -> Iterator[None]:
    """End every server that is left after the block."""
    try:
        yield
    finally:
        for node in installation.nodes:
            node.client.close()
            node.kill()


def start(
    folder: Path, installation: Installation, port: int, *words: str, password: str = ""
) -> Node:
    """Start one server, and wait until it answers."""
    home = folder / str(port)
    home.mkdir()
    if "--sentinel" in words:
        (home / "server.conf").write_text("")
        words = (str(home / "server.conf"), *words)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", ""]
    program = binaries_for(None).valkey_server
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program, *words, *options], stdout=log, stderr=log)
    client = redis.Redis(port=port, password=password or None, socket_timeout=5)
    node = Node(port, process, client)
    installation.nodes.append(node)
    give_up_at = time.monotonic() + 10
    while True:
        try:
            client.ping()
        except redis.RedisError:
            assert time.monotonic() < give_up_at, (home / "log").read_text()
            time.sleep(0.02)
        else:
            return node


def until(holds: Any) -> None:
    """Wait until it holds."""
    give_up_at = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up_at, "the installation did not come together"
        time.sleep(0.05)


@asynccontextmanager
async def redis_cluster(folder: Path, *, replicas: int = 0) -> AsyncIterator[Installation]:
    """Three masters with a password, and so many replicas of the first."""
    installation = Installation()
    with servers_of(installation):
        await asyncio.to_thread(_make_cluster, folder, installation, replicas)
        nodes = ",".join(f"127.0.0.1:{node.port}" for node in installation.nodes)
        secret = PASSWORD.replace("@", "%40").replace("/", "%2F")
        installation.url = f"redis+cluster://:{secret}@{nodes}"
        yield installation


def _make_cluster(folder: Path, installation: Installation, replicas: int) -> None:
    settings = {
        "cluster-enabled": "yes",
        "cluster-node-timeout": "1000",
        "cluster-replica-validity-factor": "0",
        "appendonly": "yes",
        "requirepass": PASSWORD,
        "masterauth": PASSWORD,
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    for _ in range(3 + replicas):
        start(folder, installation, free_port(bus=True), *words, password=PASSWORD)
    first, *others = installation.nodes
    for number, node in enumerate(installation.nodes[:3]):
        bounds = (number * _SLOTS // 3, (number + 1) * _SLOTS // 3 - 1)
        node.call("CLUSTER", "ADDSLOTSRANGE", *bounds)
    for node in others:
        node.call("CLUSTER", "MEET", "127.0.0.1", first.port)
    count = len(installation.nodes)
    for node in installation.nodes:
        until(lambda node=node: _info(node, "cluster_known_nodes") == str(count))
    for node in installation.nodes[3:]:
        identity = first.call("CLUSTER", "MYID").decode()
        until(lambda node=node, identity=identity: _replicates(node, identity))
        until(lambda node=node: node.client.info("replication")["master_link_status"] == "up")
    for node in installation.nodes:
        until(lambda node=node: _info(node, "cluster_state") == "ok")


def _replicates(node: Node, identity: str) -> bool:
    try:
        return bool(node.call("CLUSTER", "REPLICATE", identity))
    except redis.RedisError:
        return False


def _info(node: Node, name: str) -> str:
    said = node.call("CLUSTER", "INFO")
    text = said.decode() if isinstance(said, bytes) else said
    rows = dict(row.split(":") for row in text.split()) if isinstance(text, str) else text
    return str(rows[name])


def move_slot(installation: Installation, key: bytes, target: Node, *, between: Any) -> None:
    """Move the key's slot to `target` as an operator does; call `between` before and after its keys move."""
    source, slot = installation.holder_of(key), key_slot(key)
    ids = {node.port: node.call("CLUSTER", "MYID").decode() for node in installation.nodes}
    target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source.port])
    source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target.port])
    between()
    for found in source.call("CLUSTER", "GETKEYSINSLOT", slot, 100):
        source.call(
            *("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "AUTH", PASSWORD, "KEYS", found)
        )
    between()
    for node in (target, source, *installation.nodes):
        node.call("CLUSTER", "SETSLOT", slot, "NODE", ids[target.port])


@asynccontextmanager
async def redis_sentinel(folder: Path) -> AsyncIterator[Installation]:
    """A master, a replica, and a sentinel that promotes the replica after half a second."""
    installation = Installation()
    with servers_of(installation):
        await asyncio.to_thread(_make_sentinel, folder, installation)
        installation.url = f"redis+sentinel://127.0.0.1:{installation.nodes[2].port}/{SERVICE}"
        yield installation


def _make_sentinel(folder: Path, installation: Installation) -> None:
    master = start(folder, installation, free_port(), "--appendonly", "yes")
    replica = start(
        *(folder, installation, free_port(), "--appendonly", "yes"),
        *("--replicaof", f"127.0.0.1 {master.port}"),
    )
    sentinel = start(folder, installation, free_port(), "--sentinel")
    sentinel.call("SENTINEL", "MONITOR", SERVICE, "127.0.0.1", master.port, 1)
    for name, value in (("down-after-milliseconds", 500), ("failover-timeout", 2000)):
        sentinel.call("SENTINEL", "SET", SERVICE, name, value)
    until(lambda: replica.client.info("replication")["master_link_status"] == "up")
    until(lambda: len(sentinel.call("SENTINEL", "REPLICAS", SERVICE)) == 1)
