"""Accounts: who can sign in, and in which roles."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from listing.sql import load
from luochui.identity.passwords import Passwords
from luochui.identity.roles import Role, check_family

_SQL = load("luochui.identity", "identity")


class LoginTakenError(Exception):
    """Another account has this login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person who is signed in."""

    account_id: str
    login: str
    name: str
    roles: frozenset[Role]
    invented: bool


class Accounts:
    """Makes accounts and checks passwords."""

    def __init__(
        self, pool: asyncpg.Pool, passwords: Passwords, now_us: Callable[[], int]
    ) -> None:
        self._pool, self._passwords, self._now_us = pool, passwords, now_us

    async def create(
        self, login: str, password: str, *, name: str, roles: frozenset[Role], invented: bool
    ) -> str:
        """Make an account and return its id. Raises `LoginTakenError` or `RolesError`."""
        check_family(roles)
        account_id = f"acc-{secrets.token_hex(8)}"
        made = await self._pool.fetchval(
            _SQL["create_account"],
            account_id,
            login.lower(),
            name,
            sorted(roles),
            await self._passwords.hash(password),
            invented,
            self._now_us(),
        )
        if made is None:
            raise LoginTakenError(login)
        return account_id

    async def find(self, login: str) -> Identity | None:
        """Return an open account by its login."""
        row = await self._pool.fetchrow(_SQL["account_by_login"], login.lower())
        return None if row is None else identity_of(row)

    async def authenticate(self, login: str, password: str) -> Identity | None:
        """Return who has this login and password, or None."""
        row = await self._pool.fetchrow(_SQL["account_by_login"], login.lower())
        stored = None if row is None else row["password_hash"]
        fits = await self._passwords.fits(password, stored)
        return identity_of(row) if fits and row is not None else None

    async def named(self, words: str) -> list[str]:
        """Return the accounts whose names have these words in them: for staff who may know them."""
        rows = await self._pool.fetch(_SQL["accounts_named"], words)
        return [row["account_id"] for row in rows]

    async def names(self, account_ids: list[str]) -> dict[str, str]:
        """Return the names behind accounts: for staff who may know them."""
        rows = await self._pool.fetch(_SQL["account_names"], account_ids)
        return {row["account_id"]: row["name"] for row in rows}


def identity_of(row: Any) -> Identity:
    """Return the identity in a row."""
    return Identity(
        account_id=row["account_id"],
        login=row["login"],
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"]),
        invented=row["invented"],
    )
