"""Invented bidders: they bid by themselves, through the same door as people, at a human pace."""

import asyncio
import random
import uuid
from dataclasses import dataclass, field

import aiohttp
import structlog

from luochui.demo.lots import DemoLot
from luochui.demo.people import Person

_PAUSE_MAX_US = 8_000_000
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Bots:
    """Bids for one lot: at each turn one of its bidders who does not lead may go one to three steps up.

    Each has a limit of his own, so that the lot ends; where a known course is given, they follow it.
    """

    base_url: str
    lot: DemoLot
    people: list[Person]
    _tokens: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)

    async def bid_until_over(self) -> None:
        """Bid until the lot has ended. Lost connections are tried again."""
        rng = random.Random(self.lot.notice.lot_id)  # noqa: S311 - a demonstration, not a draw
        limits = [self._limit(rng) for _ in self.people]
        plan = _course(self.lot)
        async with aiohttp.ClientSession(self.base_url) as http:
            while True:
                await asyncio.sleep(self._pause_s(rng))
                try:
                    state = await self._state(http)
                    if state["status"] in ("sold", "unsold", "withdrawn"):
                        return
                    if state["status"] == "open":
                        await self._take_a_turn(http, state, rng, limits, plan)
                except (aiohttp.ClientError, TimeoutError) as error:
                    _log.info("an invented bidder tries again", error=str(error))

    async def _take_a_turn(
        self,
        http: aiohttp.ClientSession,
        state: dict[str, object],
        rng: random.Random,
        limits: list[int],
        plan: list[int] | None,
    ) -> None:
        lowest, bids = state["amount_min_fen"], state["bids"]
        assert isinstance(lowest, int), "an open lot has a next bid"
        assert isinstance(bids, int), "bids are counted"
        increment = self.lot.notice.increment_fen
        if plan is not None:
            if not self.people or bids >= len(plan):
                return
            person, amount = self.people[bids % len(self.people)], max(lowest, plan[bids])
        else:
            able = [
                n
                for n, person in enumerate(self.people)
                if limits[n] >= lowest and not self._leads(person, state)
            ]
            if not able:
                return
            chosen = rng.choice(able)
            wish = lowest + increment * rng.choice((0, 0, 0, 1, 2))
            person, amount = self.people[chosen], min(wish, max(lowest, limits[chosen]))
        await self._bid(http, person, amount)

    def _leads(self, person: Person, state: dict[str, object]) -> bool:
        leader = state["leader"]
        return leader is not None and self._numbers.get(person.login) == leader

    async def _bid(self, http: aiohttp.ClientSession, person: Person, amount: int) -> None:
        if person.login not in self._tokens:
            self._tokens[person.login] = await _sign_in(http, person)
        async with http.post(
            f"/api/lots/{self.lot.notice.lot_id}/bids",
            json={"bid_id": str(uuid.uuid4()), "amount_fen": amount},
            headers={"Authorization": f"Bearer {self._tokens[person.login]}"},
        ) as response:
            if response.status == 401:  # noqa: PLR2004 - the session went idle
                del self._tokens[person.login]
            elif response.status == 200:  # noqa: PLR2004
                self._numbers[person.login] = (await response.json())["number"]

    async def _state(self, http: aiohttp.ClientSession) -> dict[str, object]:
        async with http.get(f"/api/lots/{self.lot.notice.lot_id}") as response:
            state: dict[str, object] = (await response.json())["state"]
            return state

    def _limit(self, rng: random.Random) -> int:
        notice = self.lot.notice
        return notice.start_fen + rng.randrange(6, 26) * notice.increment_fen

    def _pause_s(self, rng: random.Random) -> float:
        limited_us = self.lot.notice.limited_us or _PAUSE_MAX_US
        slowest_us = min(_PAUSE_MAX_US, limited_us // 3)
        if self.lot.known_end:
            slowest_us //= 4
        return rng.randrange(slowest_us // 4, slowest_us) / 1e6


def _course(lot: DemoLot) -> list[int] | None:
    """Return amounts that run from the start price to the known end in the known number of bids."""
    if lot.known_end is None:
        return None
    end, bids = lot.known_end
    start, increment = lot.notice.start_fen, lot.notice.increment_fen
    steps = (end - start) // increment
    return [start + steps * n // (bids - 1) * increment for n in range(bids)]


async def _sign_in(http: aiohttp.ClientSession, person: Person) -> str:
    body = {"login": person.login, "password": person.password}
    async with http.post("/api/session", json=body) as response:
        response.raise_for_status()
        token: str = (await response.json())["token"]
        return token
