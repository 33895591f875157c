"""One-time tokens for the socket's handshake: the cookie alone opens no socket."""

import secrets

import redis.asyncio as redis

LIFE_S = 30


class SocketTokens:
    """Tokens live for 30 seconds and die with their first use.

    Redis writes what it is told to disk, so it is told the session's key and never its token.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    async def issue(self, session_key: bytes) -> str:
        """Return a new token for the session."""
        token = secrets.token_urlsafe(24)
        await self._client.set(_key(token), session_key.hex(), ex=LIFE_S)
        return token

    async def redeem(self, token: str) -> bytes | None:
        """Return the session's key behind a token, once."""
        found = await self._client.getdel(_key(token))
        if found is None:
            return None
        return bytes.fromhex(found.decode() if isinstance(found, bytes) else found)


def _key(token: str) -> str:
    return f"luochui:socket-token:{token}"
