"""The log of all decisions: what anybody may check, a bidder's receipt, and what supervisors are shown."""

from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from auction.commands import own_id
from luochui.api.log_messages import (
    LEAVES_MAX,
    Checkpoint,
    Consistency,
    LeafCount,
    LeafPlace,
    Leaves,
    LogExtract,
    LoggedDecision,
    LoggedPart,
    TreeSize,
)
from luochui.api.lots import LotRoutes
from luochui.api.messages import PageSize, Position
from luochui.api.secrecy import hide_secrets
from luochui.http.api import Api
from luochui.http.problems import ProblemError
from luochui.identity.gate import IDENTITY
from luochui.identity.roles import Permission
from realtime.messages import CommandId, LotId
from transparency.leaves import Decision, commitment, decision_text
from transparency.reader import Logged, LogReader, SignedTree


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRoutes:
    """Registers its routes with `add_to`.

    Which leaf belongs to which lot is told only to those who are shown the decisions: how many there are,
    envelopes and applications among them, is nobody else's business.
    """

    lots: LotRoutes
    log: LogReader

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        unknown = ("checkpoint_unknown",)
        for path, handler in (
            ("checkpoint", self.latest_checkpoint),
            ("checkpoints/{size}", self.checkpoint_of_size),
            ("consistency", self.consistency),
            ("leaves", self.leaves),
        ):
            api.add("GET", f"/api/log/{path}", handler, tag="log", codes=unknown)
        api.add(
            *("GET", "/api/lots/{lot_id}/bids/{bid_id}/receipt", self.receipt),
            tag="bidding",
            permission=Permission.BID,
            codes=("decision_unknown", "not_logged_yet"),
        )
        api.add(
            *("GET", "/api/supervision/lots/{lot_id}/log", self.logged_decisions),
            tag="supervision",
            permission=Permission.SEE_JOURNAL,
            codes=("lot_unknown", *unknown),
        )

    async def latest_checkpoint(self) -> Checkpoint:
        """Tell what was signed last. Keep it: later the log must still begin with just that."""
        return _checkpoint(await self._latest())

    async def checkpoint_of_size(self, size: TreeSize) -> Checkpoint:
        """Tell what was signed when the log had so many leaves."""
        return _checkpoint(await self._of_size(size))

    async def consistency(self, old: TreeSize, size: TreeSize) -> Consistency:
        """Prove that the log of `size` leaves begins with the log of `old` leaves."""
        if not old <= size <= (await self._latest()).size:
            raise ProblemError("checkpoint_unknown")
        return Consistency(old=old, size=size, proof=await self.log.consistency(old, size))

    async def leaves(self, first: LeafPlace = 0, limit: LeafCount = LEAVES_MAX) -> Leaves:
        """List hashes of leaves, so that anybody can compute the root himself."""
        end = min(first + limit, (await self._latest()).size)
        return Leaves(first=first, hashes=await self.log.leaf_hashes(first, end))

    async def receipt(self, request: web.Request, lot_id: LotId, bid_id: CommandId) -> LogExtract:
        """Prove the signed-in bidder's own bid or move: asked, answered, and in the log.

        What happened in consequence is left out, since it may tell of others.
        """
        command_id = own_id(request[IDENTITY].account_id, bid_id)
        entry = await self.log.entry_of(lot_id, command_id)
        if entry is None:
            raise ProblemError("decision_unknown")
        signed = await self.log.latest()
        found = signed and await self.log.decisions(
            lot_id, after=entry - 1, size=signed.size, limit=1
        )
        if not signed or not found or found[0].entry != entry:
            raise ProblemError("not_logged_yet")
        shown = _shown(found[0], hides_decision=False, hides_events=True)
        return LogExtract(checkpoint=_checkpoint(signed), decisions=[shown])

    async def logged_decisions(
        self, lot_id: LotId, size: TreeSize, after: Position = 0, limit: PageSize = 200
    ) -> LogExtract:
        """List a lot's decisions with `entry` greater than `after`, proven for the checkpoint of `size`.

        What is secret until the lot has ended is kept back till then: of that only the commitment is shown.
        """
        card = await self.lots.card(lot_id)
        signed = await self._of_size(size)
        found = await self.log.decisions(lot_id, after=after, size=size, limit=limit)
        goes_on = card.state.result is None
        shown = [_shown(one, **_hides(one.decision, goes_on=goes_on)) for one in found]
        return LogExtract(checkpoint=_checkpoint(signed), decisions=shown)

    async def _latest(self) -> SignedTree:
        found = await self.log.latest()
        if found is None:
            raise ProblemError("checkpoint_unknown")
        return found

    async def _of_size(self, size: int) -> SignedTree:
        found = await self.log.of_size(size)
        if found is None:
            raise ProblemError("checkpoint_unknown")
        return found


def _hides(decision: Decision | None, *, goes_on: bool) -> dict[str, bool]:
    """Tell which parts of a decision have something that not even supervisors read before the end."""
    if decision is None or not goes_on:
        return {"hides_decision": False, "hides_events": False}
    before, after = _entry(decision), _entry(decision)
    hide_secrets(after)
    return {
        "hides_decision": any(before[part] != after[part] for part in ("command", "rejection")),
        "hides_events": before["events"] != after["events"],
    }


def _entry(decision: Decision) -> dict[str, Any]:
    """Return a decision as `hide_secrets` knows it."""
    rejection = decision.rejection
    return {
        "command": {"kind": decision.kind, **orjson.loads(decision.command)},
        "events": orjson.loads(decision.events),
        "rejection": None if rejection is None else orjson.loads(rejection),
    }


def _checkpoint(signed: SignedTree) -> Checkpoint:
    return Checkpoint(size=signed.size, root=signed.root, note=signed.note, public_key=signed.key)


def _shown(logged: Logged, *, hides_decision: bool, hides_events: bool) -> LoggedDecision:
    decision, salts = logged.decision, logged.salts
    return LoggedDecision(
        leaf=logged.leaf,
        lot_id=logged.lot_id,
        entry=logged.entry,
        hash=logged.hash,
        decision=None
        if decision is None
        else _part(decision_text(decision), salts.decision, hidden=hides_decision),
        events=None
        if decision is None
        else _part(decision.events, salts.events, hidden=hides_events),
        proof=logged.proof,
    )


def _part(text: str, salt: bytes, *, hidden: bool) -> LoggedPart:
    bound = commitment(salt, text)
    if hidden:
        return LoggedPart(commitment=bound)
    return LoggedPart(commitment=bound, salt=salt, text=text)
