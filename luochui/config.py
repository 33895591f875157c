"""Configuration: read once from the environment, typed, and refusing what it does not know."""

import os
import socket
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields

import msgspec

_PREFIX = "LUOCHUI_"
_NOT_SETTINGS = frozenset({"LUOCHUI_HYPOTHESIS"})


class ConfigError(Exception):
    """A setting is missing, unknown or has the wrong form; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can change. `LUOCHUI_HTTP_PORT=8080` sets `http_port`."""

    postgres_url: str
    """PostgreSQL, for example `postgresql://luochui@db/luochui`."""

    redis_url: str
    """Redis or Valkey: `redis://host:6379` or `unix:///path`."""

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

    answer_timeout_s: float = 5.0
    """How long a bidder waits before the answer is "unknown, ask by id"."""

    bids_per_second_max: int = 20
    """Bids a second of one bidder in the long run; twice as many at once."""

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
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigError(f"wrong setting: {error}") from error

    @property
    def engine_owner(self) -> str:
        """Return the name under which this process owns shards."""
        return self.engine_name or f"{socket.gethostname()}-{os.getpid()}"
