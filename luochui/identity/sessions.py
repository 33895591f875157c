"""Sessions: an opaque token; outside its owner's hands only its hash, the key, is written down."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress

import asyncpg

from auction.database_errors import DATABASE_ERRORS
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
_RENEW_EVERY_S = 0.25
_TOGETHER_MAX = 500


class Sessions:
    """Opens, finds and closes sessions.

    A session found stays known to this process for half a second to a second, so that a burst of bids
    costs one query and not all bidders of a hot lot are looked up at the same moment; signing out here
    takes effect at once, elsewhere within that second. Those in use are looked up again together, before
    they are forgotten (`keep_renewing`). When a session was last seen is written down every 15 s: going idle
    is that exact.
    """

    def __init__(self, pool: asyncpg.Pool, now_us: Callable[[], int]) -> None:
        self._pool, self._now_us = pool, now_us
        self._known: dict[bytes, tuple[int, Identity | None]] = {}
        self._used: set[bytes] = set()

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
            self._used.add(key)
            return known[1]
        identity = (await self._look_up([key])).get(key)
        known = self._known.get(key)
        signed_out_meanwhile = known is not None and known[0] > now and known[1] is None
        if identity is None or signed_out_meanwhile:
            return None
        self._remember(key, identity)
        return identity

    async def keep_renewing(self) -> None:
        """Look up those in use, again and again, until cancelled.

        While the database is away they are forgotten, and whoever is looked up then learns why.
        """
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            used, self._used = list(self._used), set()
            with suppress(*DATABASE_ERRORS):
                for first in range(0, len(used), _TOGETHER_MAX):
                    await self.renew(used[first : first + _TOGETHER_MAX])

    async def renew(self, keys: Iterable[bytes]) -> None:
        """Look up those of the sessions that are known, in one query."""
        known = {key: it for key in keys if (it := self._known.get(key)) is not None and it[1]}
        found = await self._look_up(list(known))
        for key, before in known.items():
            if self._known.get(key) is not before:
                continue  # Signed out meanwhile, or looked up.
            identity = found.get(key)
            if identity is None:
                del self._known[key]
            else:
                self._remember(key, identity)

    async def _look_up(self, keys: list[bytes]) -> dict[bytes, Identity]:
        """Return who is behind those of the sessions that are good."""
        rows = await self._pool.fetch(_SQL["find_sessions"], keys, self._now_us(), _NOTED_US)
        return {row["token_sha256"]: identity_of(row) for row in rows}

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
