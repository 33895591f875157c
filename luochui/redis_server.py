"""The ordinary Redis client for every kind of installation, and the refusal to run on one that is unfit."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import redis.asyncio as redis
import structlog
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.sentinel import Sentinel

from auction.redis_connection import Address
from auction.redis_place import Kind, RedisPlace

_VERSION_MIN = (7, 0)

_log = structlog.get_logger()


class UnfitRedisError(Exception):
    """The Redis server is too old, or set so that it may drop commands that nobody has decided yet."""


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[redis.Redis]:
    """Open a client for everything that is not hot: single keys, on whatever `url` names.

    Raises what `refuse_unfit_redis` raises.
    """
    async with AsyncExitStack() as stack:
        client = _client(RedisPlace.of(url), stack)
        await refuse_unfit_redis(client)
        yield client


def _client(place: RedisPlace, stack: AsyncExitStack) -> redis.Redis:
    node, sign_in = place.nodes[0], _sign_in(place.server)
    # It has the commands that we use.
    client: Any
    if place.kind is Kind.CLUSTER:
        nodes = [ClusterNode(host, port) for host, port in _hosts(place.nodes)]
        client = RedisCluster(startup_nodes=nodes, **sign_in)
    elif place.kind is Kind.SENTINEL:
        asking = {"socket_timeout": 2, **_sign_in(node)}
        sentinel: Any = Sentinel(_hosts(place.nodes), sentinel_kwargs=asking, socket_timeout=2)  # type: ignore[no-untyped-call]
        for asked in sentinel.sentinels:
            stack.push_async_callback(asked.aclose)
        client = sentinel.master_for(place.service, **sign_in)
    elif node.path:
        client = redis.Redis(unix_socket_path=node.path)
    else:
        client = redis.Redis(host=node.host, port=node.port, db=node.database, **sign_in)
    stack.push_async_callback(client.aclose)
    return client  # type: ignore[no-any-return]


def _sign_in(address: Address) -> dict[str, Any]:
    """Return how to sign in at a server, and how to know it, in the words of the client."""
    user = {"username": address.user or None, "password": address.password or None}
    if address.tls is None:
        return user
    return user | {
        "ssl": True,
        "ssl_ca_certs": address.tls.ca or None,
        "ssl_certfile": address.tls.cert or None,
        "ssl_keyfile": address.tls.key or None,
        "ssl_check_hostname": True,
    }


def _hosts(nodes: tuple[Address, ...]) -> list[tuple[str, int]]:
    return [(node.host, node.port) for node in nodes]


async def refuse_unfit_redis(client: redis.Redis) -> None:
    """Raise `UnfitRedisError` unless every server keeps what it was given; warn where a crash may lose it.

    What Redis loses was never acknowledged, so a lost second is only bids to be sent again. A server that
    throws keys away when memory runs out would lose them all the time.
    """
    found: dict[str, Any] = await client.info()
    # A cluster answers with one report for each of its servers.
    reports = found if all(isinstance(report, dict) for report in found.values()) else {"": found}
    for report in reports.values():
        _judge(report)


def _judge(report: dict[str, Any]) -> None:
    version = str(report["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < _VERSION_MIN:
        raise UnfitRedisError(f"Redis 7 or Valkey 8 or later is needed, not {version}")
    policy = report.get("maxmemory_policy", "noeviction")
    if str(policy).startswith("allkeys"):
        raise UnfitRedisError(
            f"maxmemory-policy is {policy!r}; it must be 'noeviction', or undecided bids may be dropped"
        )
    if not report.get("aof_enabled"):
        _log.warning(
            "Redis keeps no append-only file: when it stops, bids not yet decided must be sent again"
        )
