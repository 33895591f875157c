"""Bidders over HTTP, several a lot; they send again by the same id until they know."""

import asyncio
import random
import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from auction.commands import own_id
from luochui.tasks import running
from tests.history.records import ACCEPTED, LOOK_UP, NEVER_SEEN, Operation, Told

INCREMENT = 10
_PATIENCE = aiohttp.ClientTimeout(total=3)
_AGAIN_S = 0.02
_TURNED_AWAY = frozenset({"engine_busy", "rate_limited"})
"""Nothing was decided; the same id may be sent again."""
_NOBODY_KNOWS = frozenset({"answer_unknown", "not_ready", "internal_error"})
"""As no answer at all."""


def now_us() -> int:
    """Return an instant of the bidders' clock: one that nothing in a run sets off."""
    return time.monotonic_ns() // 1000


@dataclass(frozen=True, kw_only=True)
class Bid:
    """What a bidder wants."""

    lot_id: str
    account: str
    bid_id: str
    amount: int

    @property
    def command_id(self) -> str:
        """Return the id as the journal has it."""
        return own_id(self.account, self.bid_id)


@dataclass(kw_only=True)
class Bidders:
    """Everybody who bids in a run, and everything they were told.

    `doors`: addresses of web processes; each bidder keeps to one. `tokens`: session by account.
    """

    doors: list[str]
    tokens: dict[str, str]
    lots: list[str]
    pause_s: float = 0.02
    operations: list[Operation] = field(default_factory=list)
    unsettled: dict[str, Bid] = field(default_factory=dict)
    """Bids on their way, by command id."""
    acknowledged: dict[str, Bid] = field(default_factory=dict)
    """Accepted bids, by command id, in the order of their answers."""
    begins_us: dict[str, int] = field(default_factory=dict)
    """By lot, when bidding on it begins; 0 where it is not in here."""
    slowest_us: int = 0
    """Since it was last set to zero: the longest time a bid took from its first sending to its answer."""
    _floor: dict[str, int] = field(default_factory=dict)
    _latest_us: dict[str, int] = field(default_factory=dict)
    """By lot, when the latest of the decided bids was sent."""

    async def bid_for_ever(self) -> None:
        """Bid on all lots until cancelled."""
        async with AsyncExitStack() as stack:
            self.http = await stack.enter_async_context(aiohttp.ClientSession(timeout=_PATIENCE))
            await stack.enter_async_context(running(self.bid_on(self.lots), name="bidding"))
            await asyncio.Event().wait()

    async def bid_on(self, lots: list[str]) -> None:
        """Everybody bids on all of `lots` until they are closed."""
        async with asyncio.TaskGroup() as group:
            for number, account in enumerate(self.tokens):
                door = self.doors[number % len(self.doors)]
                for lot_id in lots:
                    group.create_task(self._bid_on(door, lot_id, account))

    async def _bid_on(self, door: str, lot_id: str, account: str) -> None:
        rng = random.Random(f"{lot_id} {account}")
        await asyncio.sleep(max(0, self.begins_us.get(lot_id, 0) - now_us()) / 1e6)
        while True:
            floor = self._floor.get(lot_id, 100)
            amount = floor if rng.random() < 0.8 else max(100, floor - INCREMENT)
            bid = Bid(lot_id=lot_id, account=account, bid_id=uuid.uuid4().hex, amount=amount)
            if await self.settle(door, bid, rng) == "lot_closed":
                return
            await asyncio.sleep(rng.uniform(0.5, 1.5) * self.pause_s)

    async def settle(self, door: str, bid: Bid, rng: random.Random) -> str:
        """Send `bid` until it is known what became of it, asking in between now and then; return that."""
        self.unsettled[bid.command_id] = bid
        began = now_us()
        while (code := await self._send(door, bid)) is None:
            await asyncio.sleep(_AGAIN_S)
            if rng.random() < 0.5:
                code = await self.look_up(door, bid)
                if code not in (None, NEVER_SEEN):
                    break
        del self.unsettled[bid.command_id]
        self.slowest_us = max(self.slowest_us, now_us() - began)
        return str(code)

    async def _send(self, door: str, bid: Bid) -> str | None:
        """Send it once; return what was decided, None if that is not known."""
        body = {"bid_id": bid.bid_id, "amount_fen": bid.amount}
        sent = now_us()
        answer = await self._call(door, bid, "POST", "bids", body)
        told = None if answer is None else _told(answer)
        if told is not None and told.code in _NOBODY_KNOWS:
            told = None
        self._record(bid, sent, told)
        if told is None or told.code in _TURNED_AWAY:
            return None
        self._heard(bid, sent, told)
        return told.code

    async def look_up(self, door: str, bid: Bid) -> str | None:
        """Ask what became of a bid; None if nobody could say."""
        sent = now_us()
        answer = await self._call(door, bid, "GET", f"bids/{bid.bid_id}", None)
        if answer is None or answer.get("status") not in (ACCEPTED, NEVER_SEEN, "refused"):
            return None
        told = _looked_up(answer)
        self._record(bid, sent, told, kind=LOOK_UP)
        if told.code == ACCEPTED:
            self.acknowledged[bid.command_id] = bid
        return told.code

    async def _call(
        self, door: str, bid: Bid, method: str, path: str, body: Any
    ) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.tokens[bid.account]}"}
        url = f"{door}/api/lots/{bid.lot_id}/{path}"
        try:
            async with self.http.request(method, url, headers=headers, json=body) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                return answer
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    def _record(self, bid: Bid, sent: int, told: Told | None, kind: str = "place_bid") -> None:
        self.operations.append(
            Operation(
                lot_id=bid.lot_id,
                command_id=bid.command_id,
                sent_us=sent,
                told=told,
                answered_us=None if told is None else now_us(),
                amount=bid.amount if kind != LOOK_UP else None,
                kind=kind,
            )
        )

    def _heard(self, bid: Bid, sent: int, told: Told) -> None:
        self._latest_us[bid.lot_id] = max(sent, self._latest_us.get(bid.lot_id, 0))
        floor = self._floor.get(bid.lot_id, 100)
        if told.code == ACCEPTED:
            self.acknowledged[bid.command_id] = bid
            floor = max(floor, bid.amount + INCREMENT)
        elif told.amount_min is not None:
            floor = max(floor, told.amount_min)
        self._floor[bid.lot_id] = floor

    async def decided_after(self, instant_us: int, *, within_s: float) -> bool:
        """Wait until some bid that was sent after `instant_us` has been decided."""
        until = instant_us + within_s * 1e6
        while max(self._latest_us.values(), default=0) <= instant_us:
            if now_us() > until:
                return False
            await asyncio.sleep(0.002)
        return True

    async def all_decided_after(self, instant_us: int, *, within_s: float) -> bool:
        """Wait until on every lot some bid that was sent after `instant_us` has been decided."""
        until = now_us() + within_s * 1e6
        while any(self._latest_us.get(lot, 0) <= instant_us for lot in self.lots):
            if now_us() > until:
                return False
            await asyncio.sleep(0.002)
        return True

    async def all_settled(self, bids: dict[str, Bid], *, within_s: float) -> list[Bid]:
        """Wait for definite answers to `bids`; return those that got none in time (I12)."""
        until = now_us() + within_s * 1e6
        while (open_ := [bid for key, bid in bids.items() if self.unsettled.get(key) is bid]) and (
            now_us() < until
        ):
            await asyncio.sleep(0.005)
        return open_


def _told(answer: dict[str, Any]) -> Told | None:
    if "entry" in answer:
        return Told(ACCEPTED, answer["entry"], answer["seq"], answer["at_us"])
    if "code" in answer:
        return Told(answer["code"], amount_min=answer.get("amount_min_fen"))
    return None


def _looked_up(answer: dict[str, Any]) -> Told:
    if answer["status"] == ACCEPTED:
        return _told(answer["answer"]) or Told(ACCEPTED)
    return Told(NEVER_SEEN if answer["status"] == NEVER_SEEN else answer["code"])
