"""Passwords: argon2id with OWASP's parameters, in a thread, two at a time."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

P = ParamSpec("P")
T = TypeVar("T")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Hashes and checks. An unknown account takes as long as a wrong password."""

    def __init__(self) -> None:
        self._at_once = asyncio.Semaphore(2)
        self._nobody = _hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        return await self._in_thread(_hasher.hash, password)

    async def fits(self, password: str, stored: str | None) -> bool:
        """Tell whether `password` fits the stored hash; None stands for an unknown account."""
        good = await self._in_thread(_verify, stored or self._nobody, password)
        return good and stored is not None

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **_: P.kwargs) -> T:
        """Return what `work` returns. A thread cannot be stopped: its place is taken until it has ended.

        So whoever gives up while waiting does not let a third one start.
        """
        await self._at_once.acquire()
        running = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
        running.add_done_callback(lambda _: self._at_once.release())
        return await asyncio.shield(running)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
