"""Passwords: argon2id with OWASP's parameters, in a thread, two at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Hashes and checks. An unknown account takes as long as a wrong password."""

    def __init__(self) -> None:
        self._at_once = asyncio.Semaphore(2)
        self._nobody = _hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        async with self._at_once:
            return await asyncio.to_thread(_hasher.hash, password)

    async def fits(self, password: str, stored: str | None) -> bool:
        """Tell whether `password` fits the stored hash; None stands for an unknown account."""
        async with self._at_once:
            good = await asyncio.to_thread(_verify, stored or self._nobody, password)
        return good and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
