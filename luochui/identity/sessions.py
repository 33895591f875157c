"""Sessions: an opaque token; outside its owner's hands only its hash, the key, is written down."""

import hashlib
import secrets
from collections.abc import Callable

import asyncpg

from listing.sql import load
from luochui.identity.accounts import Identity, identity_of
from luochui.identity.roles import Role

_SQL = load("luochui.identity", "identity")
_MINUTE_US = 60_000_000
_STAFF_IDLE_US = 15 * _MINUTE_US
_BIDDER_IDLE_US = 60 * _MINUTE_US
_ABSOLUTE_US = 12 * 60 * _MINUTE_US
_CACHED_US = 1_000_000
_SPREAD_US = 2_000
_NOTED_US = 15_000_000
_CACHED_MAX = 20_000


class Sessions:
    """Opens, finds and closes sessions.

    A session found stays known to this process for half a second to a second, so that a burst of bids
    costs one query and not all bidders of a hot lot are looked up at the same moment; signing out here
    takes effect at once, elsewhere within that second. When a session was last seen is written down every
    15 s: going idle is that exact.
    """

    def __init__(self, pool: asyncpg.Pool, now_us: Callable[[], int]) -> None:
        self._pool, self._now_us = pool, now_us
        self._known: dict[bytes, tuple[int, Identity | None]] = {}

    async def open(self, identity: Identity) -> str:
        """Open a session and return its token."""
        token, now = secrets.token_urlsafe(32), self._now_us()
        staff = identity.roles - {Role.BIDDER, Role.OWNER}
        idle_us = _STAFF_IDLE_US if staff else _BIDDER_IDLE_US
        await self._pool.execute(
            _SQL["open_session"],
            session_key(token),
            identity.account_id,
            now,
            idle_us,
            now + _ABSOLUTE_US,
        )
        await self._pool.execute(_SQL["forget_sessions"], now)
        return token

    async def find(self, token: str) -> Identity | None:
        """Return who is behind a token, or None if it is not good (any more)."""
        return await self.find_by_key(session_key(token))

    async def find_by_key(self, key: bytes) -> Identity | None:
        """Return who is behind a session's key, or None if it is not good (any more)."""
        now = self._now_us()
        known = self._known.get(key)
        if known is not None and known[0] > now:
            return known[1]
        row = await self._pool.fetchrow(_SQL["find_session"], key, now, _NOTED_US)
        known = self._known.get(key)
        signed_out_meanwhile = known is not None and known[0] > now and known[1] is None
        if row is None or signed_out_meanwhile:
            return None
        identity = identity_of(row)
        self._remember(key, identity)
        return identity

    async def close(self, token: str) -> None:
        """Sign out."""
        key = session_key(token)
        self._remember(key, None)
        await self._pool.execute(_SQL["close_session"], key)

    def _remember(self, key: bytes, identity: Identity | None) -> None:
        """Know a session for a while, in the place of the one known longest when there are too many."""
        self._known.pop(key, None)
        if len(self._known) >= _CACHED_MAX:
            del self._known[next(iter(self._known))]
        self._known[key] = (self._now_us() + _CACHED_US - key[0] * _SPREAD_US, identity)


def session_key(token: str) -> bytes:
    """Return what stands for a session where its token may not: in databases and their logs."""
    # A header may hold bytes that are no UTF-8: such a token is nobody's, not an error.
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()
