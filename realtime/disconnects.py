"""Why the feed ends a connection, and what the client had better do then."""

from dataclasses import dataclass
from enum import StrEnum


class Advice(StrEnum):
    """What a client does after a goodbye."""

    NOW = "now"
    """Come back at once, after a random part of `after_ms`."""
    LATER = "later"
    """Come back after `after_ms` at the earliest."""
    NEVER = "never"
    """Do not come back: the same would happen again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """A reason with its stable code, its WebSocket close code (4000 to 4999: private use) and advice."""

    code: str
    close_code: int
    advice: Advice
    after_ms: int


TOO_SLOW = Goodbye(code="too_slow", close_code=4001, advice=Advice.NOW, after_ms=1000)
SERVER_STOPPING = Goodbye(
    code="server_stopping", close_code=4002, advice=Advice.NOW, after_ms=3000
)
TOKEN_NOT_GOOD = Goodbye(code="token_not_good", close_code=4003, advice=Advice.NOW, after_ms=1000)
HANDSHAKE_TIMEOUT = Goodbye(
    code="handshake_timeout", close_code=4004, advice=Advice.LATER, after_ms=5000
)
TOO_MANY_MESSAGES = Goodbye(
    code="too_many_messages", close_code=4005, advice=Advice.LATER, after_ms=10_000
)
TOO_MANY_CONNECTIONS = Goodbye(
    code="too_many_connections", close_code=4006, advice=Advice.LATER, after_ms=30_000
)
FEED_FULL = Goodbye(code="feed_full", close_code=4007, advice=Advice.LATER, after_ms=10_000)
MESSAGE_TOO_BIG = Goodbye(code="message_too_big", close_code=1009, advice=Advice.NEVER, after_ms=0)

GOODBYES = (
    TOO_SLOW,
    SERVER_STOPPING,
    TOKEN_NOT_GOOD,
    HANDSHAKE_TIMEOUT,
    TOO_MANY_MESSAGES,
    TOO_MANY_CONNECTIONS,
    FEED_FULL,
    MESSAGE_TOO_BIG,
)
