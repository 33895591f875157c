"""Bidders in turn at a given rate, through the door that people use."""

import asyncio
import time
import uuid
from collections import Counter
from typing import Any

import aiohttp

from luochui.loadtest.place import Place

_OK, _CONFLICT = 200, 409


class Bidders:
    """Each of them bids what the lot asks for; who leads is followed by the next."""

    def __init__(self, http: aiohttp.ClientSession, place: Place, rate: float) -> None:
        self._http, self._place, self._rate = http, place, rate
        self._lot = f"{place.url}/api/lots/{place.lot_id}"
        self.answers: Counter[str] = Counter()
        """Answers by code; `accepted`, a refusal's code, or `lost` where there was none."""
        self.took_us: list[int] = []

    async def bid(self) -> None:
        """Bid until cancelled. Bids that come slowly back are not waited for."""
        tokens = [await self._sign_in(*account) for account in self._place.accounts]
        if not tokens or not self._rate:
            return
        lot, began = await self._ask(), time.monotonic()
        amount, step = lot["state"]["amount_min_fen"], lot["notice"]["increment_fen"]
        async with asyncio.TaskGroup() as bids:
            number = 0
            while True:
                token = tokens[number % len(tokens)]
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

    async def _bid(self, token: str, amount: int) -> None:
        body = {"bid_id": str(uuid.uuid4()), "amount_fen": amount}
        headers = {"Authorization": f"Bearer {token}"}
        began = time.perf_counter_ns()
        try:
            async with self._http.post(
                f"{self._lot}/bids", json=body, headers=headers
            ) as response:
                said = await response.json()
        except (aiohttp.ClientError, TimeoutError):
            self.answers["lost"] += 1
            return
        if response.status in (_OK, _CONFLICT):
            self.took_us.append((time.perf_counter_ns() - began) // 1000)
        self.answers["accepted" if response.status == _OK else said.get("code", "lost")] += 1

    async def _sign_in(self, login: str, password: str) -> str:
        body = {"login": login, "password": password}
        async with self._http.post(f"{self._place.url}/api/session", json=body) as response:
            response.raise_for_status()
            token: str = (await response.json())["token"]
            return token
