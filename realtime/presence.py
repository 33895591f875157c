"""Who is looking at a lot now, counted over all web processes; told as numbers only."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

EVERY_S = 3.0
LIFE_S = 10
"""What a process says of itself holds for so long: one that died is forgotten by then."""

OBSERVER = ""
"""Stands for somebody of the public in place of an account."""
_PROCESSES = "luochui:presence"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Who looks at a lot: accounts of bidders, each once however many pages he has open, and observers."""

    bidders: frozenset[str]
    observers: int


class Presence:
    """Counts the connections of this process and tells Redis; asks Redis about all processes."""

    def __init__(self, client: Redis, *, process: str) -> None:
        self._client, self._process = client, process
        self._here: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def arrive(self, lot_id: str, account_id: str) -> None:
        """Count a connection of a bidder, or of an `OBSERVER`."""
        self._here[lot_id][account_id] += 1

    def leave(self, lot_id: str, account_id: str) -> None:
        """Count it no more."""
        here = self._here[lot_id]
        here[account_id] -= 1
        if here[account_id] <= 0:
            del here[account_id]
        if not here:
            del self._here[lot_id]

    async def keep_telling(self) -> None:
        """Tell Redis every few seconds who is here, until cancelled."""
        while True:
            try:
                await self._tell()
            except (OSError, RedisError) as error:
                _log.warning("presence not told", error=str(error))
            await asyncio.sleep(EVERY_S)

    async def present(self, lot_id: str) -> Present | None:
        """Return who looks at a lot, wherever connected, some seconds late; None while Redis is away."""
        try:
            return await self._present(lot_id)
        except (OSError, RedisError) as error:
            _log.warning("presence not known", error=str(error))
            return None

    async def _present(self, lot_id: str) -> Present:
        known = [_text(name) for name in await self._client.smembers(_PROCESSES)]
        async with self._client.pipeline(transaction=False) as pipe:
            for process in known:
                _ = pipe.hget(_key(process), lot_id)
                _ = pipe.exists(_key(process))
            answers = await pipe.execute()
        gone = [name for name, alive in zip(known, answers[1::2], strict=True) if not alive]
        if gone:
            await self._client.srem(_PROCESSES, *gone)
        told = [_text(said).split(",") for said in answers[::2] if said is not None]
        return Present(
            bidders=frozenset(account for _, *accounts in told for account in accounts),
            observers=sum(int(observers) for observers, *_ in told),
        )

    async def _tell(self) -> None:
        key = _key(self._process)
        said: dict[Any, Any] = {lot: _said(here) for lot, here in self._here.items()}
        async with self._client.pipeline(transaction=True) as pipe:
            _ = pipe.delete(key)
            if said:
                _ = pipe.hset(key, mapping=said)
                _ = pipe.expire(key, LIFE_S)
                _ = pipe.sadd(_PROCESSES, self._process)
            await pipe.execute()


def _said(here: Counter[str]) -> str:
    """Return the number of observers and the bidders' accounts, separated by commas."""
    return ",".join([str(here[OBSERVER]), *(account for account in here if account != OBSERVER)])


def _text(said: bytes | str) -> str:
    return said.decode() if isinstance(said, bytes) else said


def _key(process: str) -> str:
    return f"luochui:presence:{process}"
