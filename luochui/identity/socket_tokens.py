"""One-time tokens for the socket's handshake: the cookie alone opens no socket."""

import secrets

import redis.asyncio as redis

LIFE_S = 30


class SocketTokens:
    """Tokens live for 30 seconds and die with their first use."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    async def issue(self, session_token: str) -> str:
        """Return a new token for the session."""
        token = secrets.token_urlsafe(24)
        await self._client.set(_key(token), session_token, ex=LIFE_S)
        return token

    async def redeem(self, token: str) -> str | None:
        """Return the session token behind a token, once."""
        found = await self._client.getdel(_key(token))
        return found.decode() if isinstance(found, bytes) else found


def _key(token: str) -> str:
    return f"luochui:socket-token:{token}"
