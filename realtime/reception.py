"""The reception: what a client may say, whichever door he came by, and what he is answered."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

import orjson
from aiohttp import web

from auction.rate import RateLimit
from listing.applications import Applications
from realtime.bidding import MOVES, Bidding, Guard, read
from realtime.callers import Callers
from realtime.disconnects import TOKEN_NOT_GOOD, TOO_MANY_MESSAGES, Goodbye
from realtime.hub import Hub
from realtime.limits import FeedLimits, Places
from realtime.lot_channel import LotChannel, Place
from realtime.messages import Unwatch, Watch
from realtime.outlet import Outlet
from realtime.presence import Presence

Answer = Any
"""A JSON value, or an `orjson.Fragment` of one."""


_serial = count()


class Visitor:
    """One connection, who is behind it, and what it follows."""

    __slots__ = ("account_id", "address", "gone", "name", "outlet", "person", "spoke", "watching")

    def __init__(self, outlet: Outlet, address: str) -> None:
        self.outlet, self.address = outlet, address
        self.name = str(next(_serial))
        self.person: Any = None
        self.account_id: str | None = None
        self.watching: dict[str, tuple[LotChannel, str | None]] = {}
        """By lot: its channel, and as whom the watcher is counted there."""
        self.gone = False
        self.spoke = False
        """Whether he has said anything yet."""


class Reception:
    """Lets visitors in and out, and answers them.

    Every message is answered: `{"ok": true, ...}` or `{"ok": false, "code": ...}`. What cannot be read is
    refused with `malformed_message`; the connection stays.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        callers: Callers,
        bidding: Bidding,
        guard: Guard,
        presence: Presence,
        applications: Applications,
        limits: FeedLimits,
        address_of: Callable[[web.BaseRequest], str],
        now_us: Callable[[], int],
    ) -> None:
        self._hub, self._callers, self._bidding, self._guard = hub, callers, bidding, guard
        self._presence, self._applications = presence, applications
        self._now_us, self.limits, self.address_of = now_us, limits, address_of
        self.refusal = bidding.refusal
        self._places = Places(limits)
        self._rate = RateLimit(
            per_second=limits.messages_per_second_max,
            burst=2 * limits.messages_per_second_max,
            now_us=now_us,
        )
        self._visitors: set[Visitor] = set()
        self._answers: dict[str, Callable[[Visitor, Any], Awaitable[Answer]]] = {
            "watch": self._watch,
            "unwatch": self._unwatch,
            "watch_catalogue": self._watch_catalogue,
            "clock": self._clock,
            "bid": self._bid,
            **{kind: partial(self._move, kind) for kind in MOVES},
        }

    @property
    def connections(self) -> int:
        """Return how many connections are open here."""
        return len(self._visitors)

    async def enter(self, visitor: Visitor, token: Any) -> Goodbye | None:
        """Let a visitor in, with his one-time token if he has one; or return why not."""
        if token is not None:
            visitor.person = await self._guard.admit(token) if isinstance(token, str) else None
            if visitor.person is None:
                return TOKEN_NOT_GOOD
            visitor.account_id = await self._guard.bidder(visitor.person)
        refused = self._places.enter(visitor.address, visitor.account_id)
        if refused is not None:
            return refused
        self._visitors.add(visitor)
        if visitor.account_id is not None:
            self._hub.private.join(visitor.account_id, visitor.outlet)
        return None

    def leave(self, visitor: Visitor) -> None:
        """Let a visitor out; harmless when he is out."""
        visitor.gone = True
        if visitor not in self._visitors:
            return
        self._visitors.discard(visitor)
        self._places.leave(visitor.address, visitor.account_id)
        for lot_id in list(visitor.watching):
            self._stop_watching(visitor, lot_id)
        self._hub.catalogue.leave(visitor.outlet)
        self._hub.unwatch_catalogue()
        if visitor.account_id is not None:
            self._hub.private.leave(visitor.account_id, visitor.outlet)

    def dismiss_all(self, goodbye: Goodbye) -> None:
        """Say goodbye to everybody."""
        for visitor in list(self._visitors):
            visitor.outlet.close(goodbye)

    async def answer(self, visitor: Visitor, name: str, said: Any) -> Answer:
        """Return the answer to one message."""
        visitor.spoke = True
        if not self._rate.allows(visitor.name):
            visitor.outlet.close(TOO_MANY_MESSAGES)
            return self.refusal(TOO_MANY_MESSAGES.code)
        reply = self._answers.get(name)
        return self.refusal("malformed_message") if reply is None else await reply(visitor, said)

    async def _watch(self, visitor: Visitor, said: Any) -> Answer:
        wish = read(said, Watch)
        if wish is None:
            return self.refusal("malformed_message")
        known = visitor.watching.get(wish.lot_id)
        channel = known[0] if known else await self._hub.open(wish.lot_id)
        if channel is None:
            return self.refusal("lot_unknown")
        counted = known[1] if known else await self._recognised(visitor, channel)
        missed = None
        if wish.epoch is not None and wish.seq is not None:
            missed = await self._hub.recover(channel, Place(wish.epoch, wish.seq))
        # From here on nothing is awaited: the answer and what follows it fit together.
        refused = None if known else self._begin_watching(visitor, channel, counted)
        if refused is not None:
            return self.refusal(refused)
        channel.join(visitor.outlet, prices_only=wish.prices_only)
        now_us = self._now_us()
        answer = channel.snapshot(now_us) if missed is None else channel.recovery(missed, now_us)
        return orjson.Fragment(answer)

    async def _recognised(self, visitor: Visitor, channel: LotChannel) -> str | None:
        """Return as whom the visitor counts; take note of his number if he is a bidder."""
        try:
            counted = await self._guard.counted_as(visitor.person)
            if visitor.account_id is not None:
                number = await self._applications.find(channel.lot_id, visitor.account_id)
                if number is not None:
                    self._hub.private.know(visitor.account_id, channel.lot_id, number)
        except BaseException:
            self._hub.close(channel)
            raise
        return counted

    def _begin_watching(
        self, visitor: Visitor, channel: LotChannel, counted: str | None
    ) -> str | None:
        """Keep an opened channel for the visitor; give it back and return a code if that cannot be."""
        lot_id = channel.lot_id
        if visitor.gone:  # Nobody hears this answer.
            code = "malformed_message"
        elif lot_id in visitor.watching:  # He asked twice at once.
            code = None
        elif len(visitor.watching) >= self.limits.lots_max:
            code = "too_many_subscriptions"
        else:
            visitor.watching[lot_id] = (channel, counted)
            if counted is not None:
                self._presence.arrive(lot_id, counted)
            return None
        self._hub.close(channel)
        return code

    async def _unwatch(self, visitor: Visitor, said: Any) -> Answer:
        wish = read(said, Unwatch)
        if wish is None:
            return self.refusal("malformed_message")
        if wish.lot_id in visitor.watching:
            self._stop_watching(visitor, wish.lot_id)
        return {"ok": True}

    def _stop_watching(self, visitor: Visitor, lot_id: str) -> None:
        channel, counted = visitor.watching.pop(lot_id)
        channel.leave(visitor.outlet)
        self._hub.close(channel)
        if counted is not None:
            self._presence.leave(lot_id, counted)

    async def _watch_catalogue(self, visitor: Visitor, _said: Any) -> Answer:
        if not visitor.gone:
            self._hub.watch_catalogue()
            self._hub.catalogue.join(visitor.outlet)
        return {"ok": True}

    async def _clock(self, _visitor: Visitor, _said: Any) -> Answer:
        return {"now_us": self._now_us()}

    async def _bid(self, visitor: Visitor, said: Any) -> Answer:
        with self._callers:
            return await self._bidding.bid(visitor.person, said)

    async def _move(self, kind: str, visitor: Visitor, said: Any) -> Answer:
        with self._callers:
            return await self._bidding.move(kind, visitor.person, said)
