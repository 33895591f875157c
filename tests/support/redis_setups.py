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
from urllib.parse import quote, urlencode

import redis
from redis.crc import key_slot

from auction.redis_connection import Tls
from luochui.embedded.binaries import binaries_for

SERVICE = "luochui"
PASSWORD = "p@ss/word"
SENTINEL_PASSWORD = "an&other"
WITH_TLS = Path("/usr/bin/redis-check-rdb")
"""Debian's Redis knows TLS, ours does not. It is a server when it is called by that name."""
_WITH_PASSWORD = ("--appendonly", "yes", "--requirepass", PASSWORD, "--masterauth", PASSWORD)
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
    tls: Tls | None = None

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
    options = ["--bind", "127.0.0.1", "--dir", str(home), "--save", ""]
    tls, program = (
        installation.tls,
        WITH_TLS if installation.tls else binaries_for(None).valkey_server,
    )
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            ["redis-server", *words, *options, *_listening(port, tls)],
            executable=program,
            stdout=log,
            stderr=log,
        )
    client = redis.Redis(
        host="127.0.0.1",
        port=port,
        password=password or None,
        socket_timeout=5,
        **({} if tls is None else _known_by(tls)),
    )
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


def _listening(port: int, tls: Tls | None) -> list[str]:
    if tls is None:
        return ["--port", str(port)]
    files = {"cert-file": tls.cert, "key-file": tls.key, "ca-cert-file": tls.ca}
    settings = {"port": str(port), "replication": "yes", "cluster": "yes", **files}
    return ["--port", "0", *(w for n, value in settings.items() for w in (f"--tls-{n}", value))]


def _known_by(tls: Tls) -> dict[str, Any]:
    files = {"ssl_ca_certs": tls.ca, "ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
    return {"ssl": True, **files}


def certificate(folder: Path) -> Tls:
    """Make one for this machine, its own authority."""
    tls = Tls(ca=f"{folder}/cert.pem", cert=f"{folder}/cert.pem", key=f"{folder}/key.pem")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    named = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    files = ("-keyout", tls.key, "-out", tls.cert)
    subprocess.run(["openssl", "req", *kind, *named, *files], check=True, capture_output=True)
    return tls


def url_of(kind: str, secret: str, nodes: list[Node], tls: Tls | None, **more: str) -> str:
    """Return the URL of an installation; `more` are its options, `service` its name."""
    service = more.pop("service", "")
    options = more if tls is None else more | {"ca": tls.ca, "cert": tls.cert, "key": tls.key}
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return (
        f"redis{'' if tls is None else 's'}{kind}://:{quote(secret, safe='')}@{hosts}"
        f"{service and '/' + service}?{urlencode(options)}"
    ).rstrip("?")


def until(holds: Any) -> None:
    """Wait until it holds."""
    give_up_at = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up_at, "the installation did not come together"
        time.sleep(0.05)


@asynccontextmanager
async def redis_cluster(
    folder: Path, *, replicas: int = 0, tls: Tls | None = None
) -> AsyncIterator[Installation]:
    """Three masters with a password, and so many replicas of the first."""
    installation = Installation(tls=tls)
    with servers_of(installation):
        await asyncio.to_thread(_make_cluster, folder, installation, replicas)
        installation.url = url_of("+cluster", PASSWORD, installation.nodes, tls)
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
async def redis_sentinel(folder: Path, *, tls: Tls | None = None) -> AsyncIterator[Installation]:
    """A master, a replica, and a sentinel with a password of its own.

    It promotes the replica after half a second.
    """
    installation = Installation(tls=tls)
    with servers_of(installation):
        await asyncio.to_thread(_make_sentinel, folder, installation)
        own = {"service": SERVICE, "sentinel_password": SENTINEL_PASSWORD}
        nodes = installation.nodes[2:]
        installation.url = url_of("+sentinel", PASSWORD, nodes, tls, **own)
        yield installation


def _make_sentinel(folder: Path, installation: Installation) -> None:
    master = start(folder, installation, free_port(), *_WITH_PASSWORD, password=PASSWORD)
    replica_of(master, folder, installation)
    sentinel = start(
        *(folder, installation, free_port(), "--sentinel", "--requirepass", SENTINEL_PASSWORD),
        password=SENTINEL_PASSWORD,
    )
    sentinel.call("SENTINEL", "MONITOR", SERVICE, "127.0.0.1", master.port, 1)
    settings = {"down-after-milliseconds": 500, "failover-timeout": 2000, "auth-pass": PASSWORD}
    for name, value in settings.items():
        sentinel.call("SENTINEL", "SET", SERVICE, name, value)
    until(lambda: len(sentinel.call("SENTINEL", "REPLICAS", SERVICE)) == 1)


def replica_of(master: Node, folder: Path, installation: Installation) -> Node:
    """Start a server that follows `master`, and wait until it does."""
    following = ("--replicaof", f"127.0.0.1 {master.port}")
    words = (*_WITH_PASSWORD, *following)
    replica = start(folder, installation, free_port(), *words, password=PASSWORD)
    until(lambda: replica.client.info("replication")["master_link_status"] == "up")
    return replica
