"""Configuration: read once from the environment, typed, and refusing what it does not know."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TypeAlias

import msgspec

_PREFIX = "LUOCHUI_"
_ORIGIN = re.compile(r"[^\s+]+")
_FORWARDED_HEADERS = frozenset({"x-forwarded-for", "forwarded"})
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_NOT_SETTINGS = frozenset({"LUOCHUI_HYPOTHESIS"})


class ConfigError(Exception):
    """A setting is missing, unknown or has the wrong form; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can change. `LUOCHUI_HTTP_PORT=8080` sets `http_port`."""

    postgres_url: str = field(repr=False)  # It may hold a password, as `redis_url` may.
    """PostgreSQL, for example `postgresql://luochui@db/luochui`."""

    redis_url: str = field(repr=False)
    """Redis or Valkey: the forms are those of `auction.redis_place`."""

    http_host: str = "127.0.0.1"
    """Address to listen on."""

    http_port: int = 8080
    """Port to listen on; 0 takes a free one."""

    public_origins: str = ""
    """Origins that browsers may come from, separated by commas; empty: the listening address."""

    engine_name: str = ""
    """Name of this engine; a new one of the same name takes over at once. Empty: host and pid."""

    shards: int = 1
    """Streams of lots, shared by the engines. Fixed for the life of an installation."""

    clock_skew_max_ms: int = 1000
    """How far the clocks of Redis and of an engine may differ; beyond it lots are suspended."""

    hand_over_timeout_s: float = 10.0
    """How long a stopping engine waits for the others to take its shards over."""

    engine_pool_max: int = 4
    """Database connections of the engine."""

    web_pool_max: int = 8
    """Database connections of the web process."""

    waiting_commands_max: int = 10_000
    """Commands of one web process that may wait for their answers; further ones are refused."""

    inbox_length_max: int = 300_000
    """Entries that a shard's stream may hold; further commands are refused. Engines keep 100,000 at most."""

    answer_timeout_s: float = 5.0
    """How long a bidder waits before the answer is "unknown, ask by id"."""

    bids_per_second_max: int = 20
    """Bids a second of one bidder in the long run; twice as many at once."""

    allowed_hosts: str = ""
    """Host headers to answer to, separated by commas; empty: those of the public origins."""

    trusted_proxies: str = ""
    """Networks of our own proxies, separated by commas: what they say of their peers is believed."""

    forwarded_header: str = "X-Forwarded-For"
    """The header that our proxies write: X-Forwarded-For or Forwarded."""

    body_timeout_s: float = 10.0
    """How long the head of a connection's first request may take to arrive, and any body."""

    log_key_file: str = ""
    """File with the Ed25519 key (PEM) that signs the log; empty: this process keeps no log."""

    log_origin: str = "luochui"
    """Name of the log in its checkpoints, such as `auctions.example.com/log`; never changed later."""

    metrics_token: str = field(default="", repr=False)
    """Bearer token for /metrics; empty: /metrics is not there."""

    feed_connections_max: int = 20_000
    """Live connections of one process; further ones are told to come back later."""

    feed_connections_of_address_max: int = 2_000
    """Live connections from one address; high, since offices and mobile networks share addresses."""

    feed_connections_of_account_max: int = 20
    """Live connections of one account."""

    feed_messages_per_second_max: int = 50
    """Messages a second on one live connection in the long run; twice as many at once."""

    feed_handshake_timeout_s: float = 10.0
    """How long a live connection may stay silent before it is ended."""

    feed_fast_path: bool = True
    """False keeps Socket.IO on the library's own, slower way of sending."""

    secure_cookies: bool = False
    """Set it behind HTTPS: session cookies get the `Secure` mark."""

    log_level: str = "info"
    """debug, info, warning or error."""

    shutdown_timeout_s: float = 5.0
    """How long open requests may take after a stop signal."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings of `environment`; raise `ConfigError` naming what is wrong."""
        given = {
            key.removeprefix(_PREFIX).lower(): value
            for key, value in environment.items()
            if key.startswith(_PREFIX) and key not in _NOT_SETTINGS
        }
        known = {field.name for field in fields(cls)}
        unknown = sorted(_PREFIX + name.upper() for name in given.keys() - known)
        if unknown:
            raise ConfigError(f"unknown settings: {', '.join(unknown)}")
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        missing = sorted(_PREFIX + name.upper() for name in needed - given.keys())
        if missing:
            raise ConfigError(f"missing settings: {', '.join(missing)}")
        try:
            settings = msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigError(f"wrong setting: {error}") from error
        settings.check()
        return settings

    def check(self) -> None:
        """Raise `ConfigError` where a setting's text is not what it should be."""
        if self.forwarded_header.lower() not in _FORWARDED_HEADERS:
            raise ConfigError(
                "wrong setting: LUOCHUI_FORWARDED_HEADER: X-Forwarded-For or Forwarded"
            )
        if not _ORIGIN.fullmatch(self.log_origin):
            raise ConfigError("wrong setting: LUOCHUI_LOG_ORIGIN: no white space and no plus sign")
        try:
            _ = self.proxies
        except ValueError as error:
            raise ConfigError(f"wrong setting: LUOCHUI_TRUSTED_PROXIES: {error}") from error

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Return the networks of our own proxies."""
        listed = (part.strip() for part in self.trusted_proxies.split(","))
        return tuple(ipaddress.ip_network(part) for part in listed if part)

    @property
    def engine_owner(self) -> str:
        """Return the name under which this process owns shards."""
        return self.engine_name or f"{socket.gethostname()}-{os.getpid()}"
