"""Bidding over a live connection: the message becomes a command, the durable reply an answer."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from auction.commands import AskedCommand, ConfirmParticipation, MakeMove, PlaceBid, own_id
from auction.desk import AnswerUnknownError, Desk
from auction.outbox import Reply
from realtime.messages import BidMessage, ParticipationMessage
from realtime.moves import MESSAGES, move_of

MOVES = ("confirm_participation", *MESSAGES)
"""The messages that `Bidding.move` answers."""


class Guard(Protocol):
    """Knows people. The handshake's one-time token names a person; a bid asks again."""

    async def admit(self, token: str) -> Any | None:
        """Return the person of a one-time token, or None if it is not (or no longer) good."""
        ...

    async def counted_as(self, person: Any) -> str | None:
        """Return the account of a bidder, `OBSERVER` for the public, None for staff, who are not counted."""
        ...

    async def bidder(self, person: Any) -> str | None:
        """Return the account that may bid now, or None: session closed, role gone, never had it."""
        ...


class Bidding:
    """Asks the desk on behalf of whoever a connection belongs to."""

    def __init__(
        self,
        *,
        desk: Desk,
        guard: Guard,
        now_us: Callable[[], int],
        texts: Callable[[str], dict[str, str]],
        bid_answered: Callable[[str, int], None],
    ) -> None:
        self._desk, self._guard = desk, guard
        self._now_us, self._texts, self._bid_answered = now_us, texts, bid_answered

    async def bid(self, person: Any, said: Any) -> dict[str, Any]:
        """Place a bid; return the durable answer."""
        wish = read(said, BidMessage)
        if wish is None:
            return self.refusal("malformed_message")
        account_id = await self._guard.bidder(person)
        if account_id is None:
            return self.refusal("not_authorised")
        began_us = self._now_us()
        try:
            reply = await self._desk.ask(
                PlaceBid(
                    lot_id=wish.lot_id,
                    command_id=own_id(account_id, wish.bid_id),
                    actor=account_id,
                    amount=wish.amount_fen,
                )
            )
        except AnswerUnknownError:
            self._bid_answered("answer_unknown", self._now_us() - began_us)
            return self.refusal("answer_unknown")
        code = "accepted" if reply.rejection is None else reply.rejection.code
        self._bid_answered(code, self._now_us() - began_us)
        return self._answer(reply, bid_id=wish.bid_id, amount_fen=wish.amount_fen)

    async def move(self, kind: str, person: Any, said: Any) -> dict[str, Any]:
        """Go on in the inquiry, or make a move of this kind; return the durable answer."""
        wish = read(said, MESSAGES.get(kind, ParticipationMessage))
        if wish is None:
            return self.refusal("malformed_message")
        actor = await self._guard.bidder(person)
        if actor is None:
            return self.refusal("not_authorised")
        about = {"lot_id": wish.lot_id, "command_id": own_id(actor, wish.command_id)}
        command: AskedCommand = ConfirmParticipation(**about, actor=actor)
        if kind in MESSAGES:
            command = MakeMove(**about, actor=actor, move=move_of(kind, wish))
        try:
            reply = await self._desk.ask(command)
        except AnswerUnknownError:
            return self.refusal("answer_unknown")
        return self._answer(reply, command_id=wish.command_id)

    def _answer(self, reply: Reply, **wish: Any) -> dict[str, Any]:
        """Return what is told of a decision: with what was wished for if it was accepted."""
        told = {"at_us": reply.at_us, "repeated": reply.repeated}
        if reply.rejection is not None:
            return {
                **self.refusal(reply.rejection.code),
                "amount_min_fen": reply.rejection.amount_min,
                "amount_max_fen": reply.rejection.amount_max,
                **told,
            }
        accepted = {"ok": True, "lot_id": reply.lot_id, "seq": reply.seq, "entry": reply.entry}
        return {**accepted, **wish, **told, "number": reply.number}

    def refusal(self, code: str) -> dict[str, Any]:
        """Return the answer that refuses with a stable code."""
        return {"ok": False, "code": code, "text": self._texts(code)}


def read(said: Any, wanted: type[Any]) -> Any:
    """Return what was said as `wanted`, or None if it is nothing of the kind."""
    try:
        return msgspec.convert(said, wanted)
    except msgspec.ValidationError:
        return None
