"""Signing in and out, and tokens for sockets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

from luochui.http.addresses import ClientAddresses
from luochui.http.api import Api
from luochui.http.middleware import SESSION_COOKIE
from luochui.http.problems import ProblemError
from luochui.identity.accounts import Accounts, Identity
from luochui.identity.attempts import Attempts
from luochui.identity.gate import TOKEN, token_of
from luochui.identity.roles import Permission
from luochui.identity.sessions import Sessions, session_key
from luochui.identity.socket_tokens import LIFE_S, SocketTokens


class Credentials(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Login and password."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\u0000]*$")]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Session(msgspec.Struct, kw_only=True):
    """Who is signed in. `token` is for machines and is told once, at sign-in."""

    account_id: str
    login: str
    name: str
    roles: list[str]
    token: str | None = None


class SocketToken(msgspec.Struct, kw_only=True):
    """A one-time token for the Socket.IO handshake."""

    token: str
    expires_at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRoutes:
    """Registers its routes with `add_to`."""

    accounts: Accounts
    sessions: Sessions
    tokens: SocketTokens
    attempts: Attempts
    addresses: ClientAddresses
    now_us: Callable[[], int]
    secure_cookies: bool

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        add = api.add
        codes = ("bad_credentials", "too_many_attempts")
        add("POST", "/api/session", self.sign_in, tag="session", codes=codes)
        add("GET", "/api/session", self.who_am_i, tag="session")
        add("DELETE", "/api/session", self.sign_out, tag="session")
        add(
            *("POST", "/api/socket-tokens", self.socket_token),
            tag="session",
            permission=Permission.SIGNED_IN,
        )

    async def sign_in(self, request: web.Request, body: Credentials) -> Session:
        """Sign in: sets the session cookie and returns the token for machines."""
        address = self.addresses.of(request)
        if not await self.attempts.begin(body.login, address):
            raise ProblemError("too_many_attempts")
        identity = await self.accounts.authenticate(body.login, body.password)
        if identity is None:
            raise ProblemError("bad_credentials")
        await self.attempts.succeeded(body.login, address)
        token = await self.sessions.open(identity)
        session = msgspec.json.encode(_session(identity, token))
        response = web.Response(body=session, content_type="application/json")
        response.set_cookie(
            SESSION_COOKIE,
            token,
            httponly=True,
            samesite="Strict",
            secure=self.secure_cookies,
            path="/",
        )
        return response  # type: ignore[return-value]  # The annotation documents its content.

    async def who_am_i(self, request: web.Request) -> Session | None:
        """Tell who is signed in; null for nobody."""
        token = token_of(request)
        identity = None if token is None else await self.sessions.find(token)
        return None if identity is None else _session(identity, None)

    async def sign_out(self, request: web.Request) -> None:
        """Sign out; harmless when nobody is signed in."""
        token = token_of(request)
        if token is not None:
            await self.sessions.close(token)
        response = web.Response(status=204)
        response.del_cookie(SESSION_COOKIE, path="/")
        return response  # type: ignore[return-value]

    async def socket_token(self, request: web.Request) -> SocketToken:
        """Issue a one-time token, good for 30 seconds, for the socket's handshake."""
        token = await self.tokens.issue(session_key(request[TOKEN]))
        return SocketToken(token=token, expires_at_us=self.now_us() + LIFE_S * 1_000_000)


def _session(identity: Identity, token: str | None) -> Session:
    return Session(
        account_id=identity.account_id,
        login=identity.login,
        name=identity.name,
        roles=sorted(identity.roles),
        token=token,
    )
