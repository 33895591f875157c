"""Bidders in turn at a given rate, through the door that people use."""

import asyncio
import time
import uuid
from collections import Counter
from typing import Any

import aiohttp

from luochui.loadtest.options import LoadOptionsError
from luochui.loadtest.place import Place

_OK, _CONFLICT = 200, 409
_OPENS_WITHIN_S, _ASK_AGAIN_S = 60.0, 0.2
_OPEN = frozenset({"accepted", "already_leading", "below_minimum"})
_WILL_OPEN = frozenset({"lot_resuming", "lot_suspended", "lot_not_open", "engine_busy"})


class Bidders:
    """Each of them bids what the lot asks for; who leads is followed by the next."""

    def __init__(self, http: aiohttp.ClientSession, place: Place, rate: float) -> None:
        self._http, self._place, self._rate = http, place, rate
        self._lot = f"{place.url}/api/lots/{place.lot_id}"
        self.answers: Counter[str] = Counter()
        """Answers by code; `accepted`, a refusal's code, or `lost` where there was none."""
        self.took_us: list[int] = []
        self._tokens: list[str] = []

    async def enter(self) -> None:
        """Sign in, and bid until the lot takes bids: a server that has just started may resume it first.

        The first bidder leads then; those bids are not counted. Raises `LoadOptionsError` where the lot
        takes none within a minute.
        """
        self._tokens = [await self._sign_in(*account) for account in self._place.accounts]
        if not self._tokens or not self._rate:
            return
        gives_up = time.monotonic() + _OPENS_WITHIN_S
        while (said := await self._first_bid()) not in _OPEN:
            if said not in _WILL_OPEN or time.monotonic() > gives_up:
                raise LoadOptionsError(f"--lot: {self._place.lot_id} takes no bids: {said}")
            await asyncio.sleep(_ASK_AGAIN_S)

    async def bid(self) -> None:
        """Bid until cancelled. Bids that come slowly back are not waited for."""
        tokens = self._tokens
        if not tokens or not self._rate:
            return
        lot, began = await self._ask(), time.monotonic()
        amount, step = lot["state"]["amount_min_fen"], lot["notice"]["increment_fen"]
        async with asyncio.TaskGroup() as bids:
            number = 0
            while True:
                token = tokens[(number + 1) % len(tokens)]
                bids.create_task(self._bid(token, amount + number * step))
                number += 1
                await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))

    async def state(self) -> dict[str, Any]:
        """Return the lot's public state."""
        state: dict[str, Any] = (await self._ask())["state"]
        return state

    async def _ask(self) -> dict[str, Any]:
        async with self._http.get(self._lot) as response:
            response.raise_for_status()
            lot: dict[str, Any] = await response.json()
            return lot

    async def _first_bid(self) -> str:
        amount = (await self.state())["amount_min_fen"]
        return (await self._answer(self._tokens[0], amount or 1))[0]

    async def _bid(self, token: str, amount: int) -> None:
        began = time.perf_counter_ns()
        code, decided = await self._answer(token, amount)
        if decided:
            self.took_us.append((time.perf_counter_ns() - began) // 1000)
        self.answers[code] += 1

    async def _answer(self, token: str, amount: int) -> tuple[str, bool]:
        """Return the answer's code, and whether the lot decided."""
        body = {"bid_id": str(uuid.uuid4()), "amount_fen": amount}
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._http.post(
                f"{self._lot}/bids", json=body, headers=headers
            ) as response:
                said = await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return "lost", False
        if response.status == _OK:
            return "accepted", True
        return said.get("code", "lost"), response.status == _CONFLICT

    async def _sign_in(self, login: str, password: str) -> str:
        body = {"login": login, "password": password}
        async with self._http.post(f"{self._place.url}/api/session", json=body) as response:
            response.raise_for_status()
            token: str = (await response.json())["token"]
            return token
