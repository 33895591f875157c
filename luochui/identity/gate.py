"""The gate: who is behind a request, and whether he may."""

from typing import Any

from aiohttp import web

from luochui.http.middleware import SESSION_COOKIE
from luochui.http.problems import ProblemError
from luochui.identity.accounts import Identity
from luochui.identity.roles import Permission, Role, may
from luochui.identity.sessions import Sessions
from luochui.identity.socket_tokens import SocketTokens
from realtime.presence import OBSERVER

IDENTITY = web.RequestKey("identity", Identity)
TOKEN = web.RequestKey("token", str)
_PUBLIC = frozenset({Role.OBSERVER, Role.OWNER})


class IdentityGate:
    """Checks every request on the server, every time; the pages' buttons are only a courtesy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: web.Request, permission: Any) -> None:
        """Raise a problem unless the request may do what needs `permission` (None: public)."""
        if permission is None:
            return
        token = token_of(request)
        identity = None if token is None else await self._sessions.find(token)
        if identity is None or token is None:
            raise ProblemError("not_signed_in")
        if not may(identity.roles, permission):
            raise ProblemError("not_authorised")
        request[IDENTITY], request[TOKEN] = identity, token


class SocketGuard:
    """The same for sockets: a person is his session's key, looked up again at every bid."""

    def __init__(self, sessions: Sessions, tokens: SocketTokens) -> None:
        self._sessions, self._tokens = sessions, tokens

    async def admit(self, token: str) -> bytes | None:
        """Return the session's key behind a one-time token."""
        key = await self._tokens.redeem(token)
        if key is None or await self._sessions.find_by_key(key) is None:
            return None
        return key

    async def counted_as(self, person: bytes | None) -> str | None:
        """Return a bidder's account, `OBSERVER` for the public, None for staff."""
        identity = None if person is None else await self._sessions.find_by_key(person)
        if identity is None or identity.roles <= _PUBLIC:
            return OBSERVER
        return identity.account_id if may(identity.roles, Permission.BID) else None

    async def bidder(self, person: bytes | None) -> str | None:
        """Return the account that may bid now, or None."""
        identity = None if person is None else await self._sessions.find_by_key(person)
        if identity is None or not may(identity.roles, Permission.BID):
            return None
        return identity.account_id


def token_of(request: web.Request) -> str | None:
    """Return the session token of a request: a bearer token, else the cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.cookies.get(SESSION_COOKIE)
