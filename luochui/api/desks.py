"""The staff's desks: the auctioneer's console, settlement, supervision."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from auction.archive import Archive
from auction.commands import (
    AskedCommand,
    CallWarning,
    ExtendClosing,
    HammerLot,
    ResumeLot,
    SuspendLot,
    WithdrawLot,
)
from auction.desk import Desk
from listing.applications import Applications
from luochui.api.asking import asked_by, command_answer, decided
from luochui.api.lots import LotRoutes
from luochui.api.messages import (
    AdmittedBidder,
    CommandAnswer,
    CommandBody,
    ConsoleView,
    ExtensionBody,
    JournalPage,
    Online,
    PageSize,
    PendingApproval,
    Position,
    ReasonedBody,
    RefusedBid,
    ResumptionBody,
    Verification,
)
from luochui.api.secrecy import hide_secrets
from luochui.http.api import Api
from luochui.identity.accounts import Accounts
from luochui.identity.gate import IDENTITY
from luochui.identity.roles import Permission
from realtime.messages import LotId
from realtime.presence import Presence, Present
from settlement.deposits import Deposits
from supervision.part import UnsupportedTermsError
from supervision.recompute import Verdict, recompute

AnyBody: TypeAlias = CommandBody | ReasonedBody | ResumptionBody | ExtensionBody

_REFUSALS_SHOWN = 20
_PART = 500
_CODES = ("lot_unknown", "lot_closed", "engine_busy", "answer_unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleRoutes:
    """The auctioneer's console. Every act is a command in the same order as the bids."""

    lots: LotRoutes
    desk: Desk
    archive: Archive
    applications: Applications
    deposits: Deposits
    presence: Presence
    accounts: Accounts

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        lot = "/api/lots/{lot_id}"
        for path, handler in (
            ("suspension", self.suspend),
            ("resumption", self.resume),
            ("extension", self.extend),
            ("warning", self.call_warning),
            ("hammer", self.hammer),
            ("withdrawal", self.withdraw),
        ):
            api.add(
                *("POST", f"{lot}/{path}", handler),
                tag="console",
                permission=Permission.CONDUCT_LOT,
                codes=_CODES,
            )
        api.add(
            *("GET", "/api/console/lots/{lot_id}", self.console),
            tag="console",
            permission=Permission.SEE_CONSOLE,
            codes=("lot_unknown",),
        )

    async def console(self, request: web.Request, lot_id: LotId) -> ConsoleView:
        """Show a lot as the auctioneer sees it: numbers only, the reserve as a light."""
        card = await self.lots.card(lot_id)
        reserve = await self.archive.reserve(lot_id)
        numbers = await self.applications.numbers(lot_id)
        refusals = await self.archive.latest_refusals(lot_id, _REFUSALS_SHOWN)
        price, admitted = card.state.price_fen, await self.deposits.admitted(lot_id)
        present = await self.presence.present(lot_id)
        return ConsoleView(
            card=card,
            admitted=[AdmittedBidder(number=number) for number in admitted],
            online=None if present is None else _online(present, numbers, admitted),
            refusals=[
                RefusedBid(
                    at_us=row["at_us"],
                    number=numbers.get(row["command"]["actor"]),
                    amount_fen=row["command"]["amount"],
                    code=row["rejection"]["code"],
                )
                for row in refusals
            ],
            approvals=await self._approvals(lot_id, request[IDENTITY].account_id),
            calls=card.state.calls,
            calls_needed=card.state.details.get("calls_needed", card.notice.calls_before_hammer),
            reserve_met=None if reserve is None else price is not None and price >= reserve,
        )

    async def _approvals(self, lot_id: str, reader: str) -> list[PendingApproval]:
        asked = await self.archive.approvals_asked(lot_id)
        names = await self.accounts.names([one.by for one in asked])
        return [
            PendingApproval(
                proposal_id=one.proposal,
                action=one.action,
                reason=one.reason,
                at_us=one.at,
                by=names.get(one.by, ""),
                own=one.by == reader,
            )
            for one in asked
        ]

    async def suspend(
        self, request: web.Request, lot_id: LotId, body: ReasonedBody
    ) -> CommandAnswer:
        """Suspend a lot (中止): the clock is kept, bids are refused."""
        return await self._ask(
            SuspendLot(
                **asked_by(request, lot_id, body.command_id),
                reason=body.reason,
            ),
            body,
        )

    async def resume(
        self, request: web.Request, lot_id: LotId, body: ResumptionBody
    ) -> CommandAnswer:
        """Announce that bidding goes on (恢复)."""
        return await self._ask(
            ResumeLot(
                **asked_by(request, lot_id, body.command_id),
                notice_us=body.notice_s * 1_000_000,
            ),
            body,
        )

    async def extend(
        self, request: web.Request, lot_id: LotId, body: ExtensionBody
    ) -> CommandAnswer:
        """Move the close."""
        return await self._ask(
            ExtendClosing(
                **asked_by(request, lot_id, body.command_id),
                by_us=body.seconds * 1_000_000,
                reason=body.reason,
            ),
            body,
        )

    async def call_warning(
        self, request: web.Request, lot_id: LotId, body: CommandBody
    ) -> CommandAnswer:
        """Give the next fair warning (第一次, 第二次, 最后一次)."""
        return await self._ask(CallWarning(**asked_by(request, lot_id, body.command_id)), body)

    async def hammer(
        self, request: web.Request, lot_id: LotId, body: CommandBody
    ) -> CommandAnswer:
        """Let the hammer fall (落槌), after the warnings that the terms ask for."""
        return await self._ask(HammerLot(**asked_by(request, lot_id, body.command_id)), body)

    async def withdraw(
        self, request: web.Request, lot_id: LotId, body: ReasonedBody
    ) -> CommandAnswer:
        """Take the lot back (撤牌), with a reason."""
        return await self._ask(
            WithdrawLot(
                **asked_by(request, lot_id, body.command_id),
                reason=body.reason,
            ),
            body,
        )

    async def _ask(self, command: AskedCommand, body: AnyBody) -> CommandAnswer:
        return command_answer(await decided(self.desk, command), body.command_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionRoutes:
    """Sees every decision, changes nothing. The reserve stays hidden until the lot has ended."""

    lots: LotRoutes
    archive: Archive
    accounts: Accounts

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        lot = "/api/supervision/lots/{lot_id}"
        for path, handler in (("journal", self.journal), ("verification", self.verification)):
            api.add(
                *("GET", f"{lot}/{path}", handler),
                tag="supervision",
                permission=Permission.SEE_JOURNAL,
                codes=("lot_unknown",),
            )

    async def journal(
        self, lot_id: LotId, after: Position = 0, limit: PageSize = 200
    ) -> JournalPage:
        """List a lot's decisions, refusals too, with `entry` greater than `after`."""
        card = await self.lots.card(lot_id)
        entries = await self.archive.decisions(lot_id, after=after, limit=limit)
        if card.state.result is None:
            for entry in entries:
                hide_secrets(entry)
        last = entries[-1]["entry"] if entries else after
        actors = {entry["command"].get("actor") or "" for entry in entries}
        people = await self.accounts.names(sorted(actors))
        return JournalPage(entries=entries, people=people, last_entry=last)

    async def verification(self, lot_id: LotId) -> Verification:
        """Recompute a lot from its journal by the independent program, and compare."""
        await self.lots.card(lot_id)
        rows = await self._whole_journal(lot_id)
        try:
            # In a thread: a long journal must not keep this process's bidders waiting.
            verdict = await asyncio.to_thread(recompute, rows)
        except UnsupportedTermsError as error:
            verdict = Verdict(lot_id=lot_id, differences=[f"not recomputed: {error}"])
        return Verification(
            agrees=verdict.agrees,
            recorded=verdict.recorded,
            recomputed=verdict.recomputed,
            entries=verdict.entries,
            differences=verdict.differences,
        )

    async def _whole_journal(self, lot_id: str) -> list[dict[str, Any]]:
        """Return a lot's decisions as the independent program reads them, fetched in parts."""
        rows: list[dict[str, Any]] = []
        last = 0
        while part := await self.archive.decisions(lot_id, after=last, limit=_PART):
            last = part[-1]["entry"]
            for row in part:
                row["lot_id"], row["arrived_us"] = lot_id, row["arrived_at_us"]
                row["kind"] = row["command"]["kind"]
            rows += part
        return rows


def _online(present: Present, numbers: dict[str, str], admitted: list[str]) -> Online:
    """Return how many of the admitted have the lot open, and how many others look on."""
    bidders = sum(numbers.get(account) in admitted for account in present.bidders)
    return Online(bidders=bidders, observers=present.observers + len(present.bidders) - bidders)
