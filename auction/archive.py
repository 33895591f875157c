"""Reading the journal: states, events, answers, whole decisions. Changes nothing."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from auction.codec import decode_events, decode_rejection
from auction.conduct import WITHDRAW
from auction.events import ApprovalAsked
from auction.formats.live import Side
from auction.formats.registry import BID_KINDS, MOVES, TOUCH_RESULT, name_of
from auction.view import public_event
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.rejections import Rejection
from listing.sql import load

_SQL = load("auction", "journal")
_OWN_MAX = 200
_ASKED_MAX = 20
_NEED_APPROVAL = [WITHDRAW, *(name_of(move) for move in TOUCH_RESULT)]
_MOVES_OF_BIDDERS = [name_of(move) for move, side in MOVES.items() if side is Side.BIDDER]
_BIDDING = ["place_bid", *(name_of(move) for move in MOVES if move is not Bid)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """What was decided on a command, read back from the journal."""

    entry: int
    seq: int
    at_us: int
    command: dict[str, Any]
    rejection: Rejection | None


class Archive:
    """Reads what was decided on every lot."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return the public state (see `view.LotState`) of every lot."""
        rows = await self._pool.fetch(_SQL["lot_states"])
        return {row["lot_id"]: orjson.loads(row["state"]) for row in rows}

    async def state(self, lot_id: str) -> dict[str, Any] | None:
        """Return the public state of one lot, or None if there is no such lot."""
        body = await self._pool.fetchval(_SQL["lot_state"], lot_id)
        return None if body is None else orjson.loads(body)

    async def epoch(self) -> str:
        """Return the name of this journal; sequence numbers of another one mean nothing here."""
        epoch: str = await self._pool.fetchval(_SQL["journal_epoch"])
        return epoch

    async def seqs(self, lot_ids: list[str]) -> dict[str, int]:
        """Return how far the public events of each lot go."""
        rows = await self._pool.fetch(_SQL["lot_seqs"], lot_ids)
        return {row["lot_id"]: row["seq"] for row in rows}

    async def events(self, lot_id: str, *, after: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` public events with `seq` > `after`, in order."""
        rows = await self._pool.fetch(_SQL["events_after"], lot_id, after, limit)
        found = [e for row in rows for e in _public(lot_id, row["seq"], row["events"])]
        return [e for e in found if e["seq"] > after][:limit]

    async def latest_bids(self, lot_id: str, limit: int) -> list[dict[str, Any]]:
        """Return the latest accepted bids as public events, oldest first."""
        rows = await self._pool.fetch(_SQL["latest_accepted_bids"], lot_id, limit, _BIDDING)
        found = [e for row in reversed(rows) for e in _public(lot_id, row["seq"], row["events"])]
        return [e for e in found if e["kind"] in BID_KINDS]

    async def reserve(self, lot_id: str) -> int | None:
        """Return a lot's reserve, from the terms or as it was keyed in: for the auctioneer's light."""
        entered = await self._pool.fetchval(_SQL["events_of_kind"], lot_id, "enter_reserve")
        if entered is not None:
            reserve: int = orjson.loads(entered)[-1]["reserve"]
            return reserve
        announced = await self.decisions(lot_id, after=0, limit=1)
        rules = announced[0]["command"]["terms"]["format"]
        stated: int | None = rules.get("price", rules).get("reserve")
        return stated

    async def approvals_asked(self, lot_id: str) -> list[ApprovalAsked]:
        """Return what waits for a second person (四眼), newest first: nothing public happened since.

        Taking the lot back may be agreed to later as well, as long as the lot is not over.
        """
        state = await self.state(lot_id)
        if state is None or state["result"] is not None or state["status"] == "withdrawn":
            return []
        rows = await self._pool.fetch(
            _SQL["latest_events_of_kinds"], lot_id, _NEED_APPROVAL, _ASKED_MAX
        )
        return [
            event
            for row in rows
            for event in decode_events(row["events"])
            if isinstance(event, ApprovalAsked)
            and (row["seq"] == state["seq"] or event.action == WITHDRAW)
        ]

    async def own_moves(self, lot_id: str, actor: str) -> list[dict[str, Any]]:
        """Return an account's own latest accepted moves, newest first."""
        rows = await self._pool.fetch(
            _SQL["own_moves"], lot_id, _MOVES_OF_BIDDERS, actor, _OWN_MAX
        )
        return [
            {
                "entry": row["entry"],
                "at_us": row["arrived_us"],
                "kind": row["kind"],
                "move": orjson.loads(row["command"]).get("move", {}),
            }
            for row in rows
        ]

    async def latest_refusals(self, lot_id: str, limit: int) -> list[dict[str, Any]]:
        """Return the latest refused bids, newest first, with accounts: for the auctioneer's desk."""
        rows = await self._pool.fetch(_SQL["latest_refused_bids"], lot_id, limit)
        return [
            {
                "at_us": row["arrived_us"],
                "command": orjson.loads(row["command"]),
                "rejection": orjson.loads(row["rejection"]),
            }
            for row in rows
        ]

    async def first_answer(self, lot_id: str, command_id: str) -> FirstAnswer | None:
        """Return the decision on a command, or None if it was never seen."""
        row = await self._pool.fetchrow(_SQL["decision_by_command"], lot_id, command_id)
        if row is None:
            return None
        return FirstAnswer(
            entry=row["entry"],
            seq=row["seq"],
            at_us=row["arrived_us"],
            command=orjson.loads(row["command"]),
            rejection=decode_rejection(row["rejection"]),
        )

    async def goes_on(self, lot_id: str, account_id: str) -> bool:
        """Tell whether an account has confirmed in the inquiry (询问) that it goes on."""
        confirmed: bool = await self._pool.fetchval(_SQL["goes_on"], lot_id, account_id)
        return confirmed

    async def decisions(self, lot_id: str, *, after: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` whole decisions with `entry` > `after`, in order: for supervisors."""
        rows = await self._pool.fetch(_SQL["decisions_of_lot"], lot_id, after, limit)
        return [
            {
                "entry": row["entry"],
                "epoch": row["epoch"],
                "arrived_at_us": row["arrived_us"],
                "stream_id": row["stream_id"],
                "command": {"kind": row["kind"], **orjson.loads(row["command"])},
                "events": orjson.loads(row["events"]),
                "rejection": None if row["rejection"] is None else orjson.loads(row["rejection"]),
            }
            for row in rows
        ]


def _public(lot_id: str, last_seq: int, body: str) -> list[dict[str, Any]]:
    """Return a row's public events with their numbers; `last_seq` is that of the last one."""
    shown = [view for e in decode_events(body) if (view := public_event(e)) is not None]
    first = last_seq - len(shown) + 1
    return [{"lot_id": lot_id, "seq": seq, **view} for seq, view in enumerate(shown, first)]
