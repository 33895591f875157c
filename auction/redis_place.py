"""Where Redis is: the forms of its URL, and which server is the master now.

unix:///path                                        one server
redis://[[user]:password@]host[:port][/database]    one server
redis+sentinel://[[user]:password@]host[:port],.../service
redis+cluster://[[user]:password@]host[:port],...

With `rediss` in place of `redis` everything goes over TLS. Behind a question mark stand, with an ampersand
between them: `ca=`, `cert=` and `key=`, files of TLS; `sentinel_user=` and `sentinel_password=`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

import hiredis
from redis.crc import key_slot

from auction.redis_connection import (
    Address,
    RedisConnection,
    RedisDownError,
    RedisLostError,
    Tls,
    connect,
)

_URL = re.compile(
    r"redis(?P<tls>s?)(?:\+(?P<kind>sentinel|cluster))?://"
    r"(?:(?P<user>[^:@/]*):(?P<password>[^@/]*)@)?(?P<nodes>[^/@?]+)(?:/(?P<name>[^?]*))?"
    r"(?:\?(?P<options>.*))?"
)
_NODE = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:,\[\]]+)(?::(?P<port>[0-9]+))?")
_TLS_FILES, _SENTINEL = ("ca", "cert", "key"), ("sentinel_user", "sentinel_password")
_PORT, _SENTINEL_PORT = 6379, 26379
_SLOT_MAX = 16383

_Wanted = TypeVar("_Wanted")


class Kind(StrEnum):
    """How a Redis installation keeps going when one of its servers dies."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class RedisUrlError(ValueError):
    """The URL has none of the forms."""


@dataclass(frozen=True, slots=True)
class Masters:
    """Which server takes writes to what, as one server told it: first slot, last slot, master."""

    ranges: tuple[tuple[int, int, Address], ...]

    def of(self, key: bytes) -> Address | None:
        """Return the server of a key, or of a channel that lives with its shard; None: nobody has it."""
        slot = key_slot(key)
        for first, last, master in self.ranges:
            if first <= slot <= last:
                return master
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisPlace:
    """A Redis installation. `nodes`: the server, the sentinels, or some servers of the cluster.

    `server`: how to sign in at the servers, without a host; sentinels have users of their own.
    """

    kind: Kind
    nodes: tuple[Address, ...]
    server: Address = field(default_factory=Address)
    service: str = ""

    @classmethod
    def of(cls, url: str) -> "RedisPlace":
        """Return the place that `url` names; raise `RedisUrlError`."""
        if url.startswith("unix://"):
            return cls(kind=Kind.SINGLE, nodes=(Address(path=unquote(url[len("unix://") :])),))
        found = _URL.fullmatch(url)
        if found is None:
            # The URL may hold a password, so it is not repeated.
            raise RedisUrlError("LUOCHUI_REDIS_URL has none of the known forms")
        kind, name = Kind(found["kind"] or "single"), found["name"] or ""
        options = _options(found["options"] or "", kind, is_tls=bool(found["tls"]))
        server = Address(
            user=unquote(found["user"] or ""),
            password=unquote(found["password"] or ""),
            database=_database(name) if kind is Kind.SINGLE else 0,
            tls=Tls(**{k: options.get(k, "") for k in _TLS_FILES}) if found["tls"] else None,
        )
        if kind is not Kind.SINGLE and (kind is Kind.SENTINEL) != bool(name):
            raise RedisUrlError(f"LUOCHUI_REDIS_URL: a {kind} is given with wrong service name")
        asked = server
        if kind is Kind.SENTINEL:
            user, password = (options.get(option, "") for option in _SENTINEL)
            asked = replace(server, user=user, password=password)
        nodes = tuple(_node(text, kind, asked) for text in found["nodes"].split(","))
        if kind is Kind.SINGLE and len(nodes) > 1:
            raise RedisUrlError("LUOCHUI_REDIS_URL names several servers; is it redis+cluster?")
        service = name if kind is Kind.SENTINEL else ""
        return cls(kind=kind, nodes=nodes, server=server, service=service)

    async def master_of(self, key: bytes) -> Address:
        """Return the server that takes writes to `key` now; raise `RedisDownError`."""
        return await self._first_told(lambda masters: masters.of(key))

    async def masters(self) -> Masters:
        """Return which server takes writes to what now; raise `RedisDownError`."""
        return await self._first_told(lambda masters: masters if masters.ranges else None)

    async def _first_told(self, wanted: Callable[[Masters], _Wanted | None]) -> _Wanted:
        """Ask one node after the other until one knows what is wanted."""
        for node in self.nodes:
            try:
                found = wanted(await self._ask(node))
            except (RedisDownError, RedisLostError, hiredis.ReplyError):
                continue
            if found is not None:
                return found
        raise RedisDownError(f"no {self.kind} node knows a master")

    async def _ask(self, node: Address) -> Masters:
        if self.kind is Kind.SINGLE:
            return Masters(((0, _SLOT_MAX, node),))
        is_sentinel = self.kind is Kind.SENTINEL
        connection = await connect(node)
        try:
            if is_sentinel:
                told = await _ask_sentinel(connection, self.service)
            else:
                told = await connection.call(b"CLUSTER", b"SLOTS")
        finally:
            connection.close()
        # A server that does not know its own name is where it was asked.
        return Masters(
            tuple(
                (first, last, replace(self.server, host=_host(master, node), port=int(master[1])))
                for first, last, master, *_ in told
            )
        )


async def _ask_sentinel(connection: RedisConnection, service: str) -> list[Any]:
    master = await connection.call(b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", service)
    return [] if master is None else [(0, _SLOT_MAX, master)]


def _host(master: Sequence[bytes | None], node: Address) -> str:
    return (master[0] or b"").decode() or node.host


def _options(text: str, kind: Kind, *, is_tls: bool) -> dict[str, str]:
    """Return what stands behind the question mark; raise `RedisUrlError` for what has no use there."""
    known = (*_TLS_FILES * is_tls, *_SENTINEL * (kind is Kind.SENTINEL))
    pairs = parse_qsl(text, keep_blank_values=True)
    if not {name for name, _ in pairs} <= set(known) or (text and not pairs):
        raise RedisUrlError(
            f"LUOCHUI_REDIS_URL: of use are here only {', '.join(known) or 'no options'}"
        )
    return dict(pairs)


def _node(text: str, kind: Kind, sign_in: Address) -> Address:
    found = _NODE.fullmatch(text)
    if found is None:
        raise RedisUrlError("LUOCHUI_REDIS_URL: a server is host or host:port")
    port = int(found["port"] or (_SENTINEL_PORT if kind is Kind.SENTINEL else _PORT))
    return replace(sign_in, host=found["host"].strip("[]"), port=port)


def _database(name: str) -> int:
    if name and not name.isdecimal():
        raise RedisUrlError("LUOCHUI_REDIS_URL: a database is a number")
    return int(name or 0)
