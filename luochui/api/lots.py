"""Lots, applications and bids."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from auction.archive import Archive
from auction.commands import ConfirmParticipation, PlaceBid, RegisterBidder, own_id
from auction.desk import AnswerUnknownError, Desk
from auction.view import LotState
from listing.applications import Applications
from listing.notices import LotNotice, NoticeBoard
from luochui.api.asking import asked_by, command_answer, decided
from luochui.api.messages import (
    Application,
    BidAnswer,
    BidBody,
    BidStatus,
    CommandAnswer,
    CommandBody,
    DepositView,
    LotCard,
    LotEvents,
    Lots,
    OwnLots,
    PageSize,
    Position,
    ServerTime,
)
from luochui.http.api import Api
from luochui.http.problems import ProblemError, refused
from luochui.identity.gate import IDENTITY
from luochui.identity.roles import Permission
from realtime.messages import CommandId, LotEvent, LotId
from settlement.deposits import Deposit, Deposits

_OVER = ("sold", "unsold", "withdrawn")
_APPLY_CODES = (
    *("lot_unknown", "lot_closed", "lot_withdrawn", "seller_may_not_bid"),
    *("engine_busy", "answer_unknown"),
)
_BID_CODES = (
    *("lot_unknown", "lot_closed", "below_minimum"),
    *("rate_limited", "engine_busy", "answer_unknown"),
)
_PARTICIPATION_CODES = (
    *("lot_unknown", "lot_closed", "wrong_phase", "not_confirmed"),
    *("rate_limited", "engine_busy", "answer_unknown"),
)
_STATUS_OF_DEPOSIT = {"awaiting": "awaiting_deposit", "recorded": "deposit_recorded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRoutes:
    """Registers its routes with `add_to`."""

    notices: NoticeBoard
    applications: Applications
    deposits: Deposits
    archive: Archive
    desk: Desk
    bid_answered: Callable[[str, int], None]
    now_us: Callable[[], int]

    def add_to(self, api: Api) -> None:
        """Add the routes. They are tried one after another: bids come first."""
        lot, tag, unknown = "/api/lots/{lot_id}", "lots", ("lot_unknown",)
        for method, path, handler, permission, codes in (
            ("POST", "bids", self.bid, Permission.BID, _BID_CODES),
            ("GET", "application", self.my_application, Permission.APPLY, unknown),
            ("POST", "application", self.apply, Permission.APPLY, _APPLY_CODES),
            (
                *("POST", "participation", self.confirm_participation),
                *(Permission.BID, _PARTICIPATION_CODES),
            ),
            ("GET", "bids/{bid_id}", self.my_bid, Permission.BID, ()),
        ):
            api.add(
                *(method, f"{lot}/{path}", handler),
                tag="bidding",
                permission=permission,
                codes=codes,
            )
        api.add("GET", "/api/time", self.server_time, tag=tag)
        api.add("GET", "/api/lots", self.all_lots, tag=tag)
        api.add("GET", lot, self.one_lot, tag=tag, codes=unknown)
        api.add("GET", f"{lot}/events", self.lot_events, tag=tag, codes=unknown)
        api.add(
            "GET", "/api/owner/lots", self.own_lots, tag=tag, permission=Permission.SEE_OWN_LOTS
        )

    async def server_time(self) -> ServerTime:
        """Tell the server's time, which alone decides."""
        return ServerTime(now_us=self.now_us())

    async def all_lots(self) -> Lots:
        """List all lots with their notices and how they stand."""
        states = await self.archive.states()
        cards = [
            _card(notice, states[notice.lot_id])
            for notice in await self.notices.all()
            if notice.lot_id in states
        ]
        return Lots(now_us=self.now_us(), lots=cards)

    async def one_lot(self, lot_id: LotId) -> LotCard:
        """Show a lot."""
        return await self.card(lot_id)

    async def lot_events(
        self, lot_id: LotId, after: Position = 0, limit: PageSize = 200
    ) -> LotEvents:
        """List a lot's public events with `seq` greater than `after`."""
        await self._notice(lot_id)
        rows = await self.archive.events(lot_id, after=after, limit=limit)
        events = [msgspec.convert(row, LotEvent) for row in rows]
        last = events[-1].seq if events else after
        return LotEvents(lot_id=lot_id, events=events, last_seq=last)

    async def own_lots(self, request: web.Request) -> OwnLots:
        """List the lots that the signed-in seller entrusted."""
        own = set(await self.notices.of_seller(request[IDENTITY].account_id))
        lots = (await self.all_lots()).lots
        return OwnLots(lots=[card for card in lots if card.notice.lot_id in own])

    async def my_application(self, request: web.Request, lot_id: LotId) -> Application:
        """Show the signed-in bidder's application for a lot."""
        await self._notice(lot_id)
        bidder_id = request[IDENTITY].account_id
        deposit = await self.deposits.find(lot_id, bidder_id)
        number = await self.applications.find(lot_id, bidder_id)
        goes_on = await self.archive.goes_on(lot_id, bidder_id)
        return msgspec.structs.replace(_application(lot_id, number, deposit), goes_on=goes_on)

    async def apply(self, request: web.Request, lot_id: LotId) -> Application:
        """Apply for a lot: draws the bidder number and opens the deposit account."""
        card, bidder_id = await self.card(lot_id), request[IDENTITY].account_id
        if card.state.status in _OVER:
            raise ProblemError(
                "lot_withdrawn" if card.state.status == "withdrawn" else "lot_closed"
            )
        notice = card.notice
        number = await self.deposits.apply(
            lot_id,
            bidder_id,
            due_fen=notice.deposit_fen,
            due_us=notice.opens_at_us,
            now_us=self.now_us(),
        )
        command = RegisterBidder(
            lot_id=lot_id,
            command_id=own_id(bidder_id, "register"),
            actor=bidder_id,
            bidder_id=bidder_id,
            number=number,
        )
        await decided(self.desk, command)
        return await self.my_application(request, lot_id)

    async def confirm_participation(
        self, request: web.Request, lot_id: LotId, body: CommandBody
    ) -> CommandAnswer:
        """Answer the inquiry (询问): go on to the limited phase. Without it one may not bid there."""
        command = ConfirmParticipation(**asked_by(request, lot_id, body.command_id))
        return command_answer(await decided(self.desk, command), body.command_id)

    async def bid(self, request: web.Request, lot_id: LotId, body: BidBody) -> BidAnswer:
        """Bid. The answer is given when the bid is durable; send the same id again after a failure."""
        asked = asked_by(request, lot_id, body.bid_id)
        command = PlaceBid(**asked, amount=body.amount_fen)
        began_us = self.now_us()
        try:
            reply = await self.desk.ask(command)
        except AnswerUnknownError as error:
            self.bid_answered("answer_unknown", self.now_us() - began_us)
            raise ProblemError("answer_unknown") from error
        code = "accepted" if reply.rejection is None else reply.rejection.code
        self.bid_answered(code, self.now_us() - began_us)
        if reply.rejection is not None:
            raise refused(reply.rejection)
        return BidAnswer(
            lot_id=lot_id,
            bid_id=body.bid_id,
            amount_fen=body.amount_fen,
            seq=reply.seq,
            entry=reply.entry,
            at_us=reply.at_us,
            number=reply.number,
            repeated=reply.repeated,
        )

    async def my_bid(self, request: web.Request, lot_id: LotId, bid_id: CommandId) -> BidStatus:
        """Tell what became of a bid: accepted, refused or never seen."""
        bidder_id = request[IDENTITY].account_id
        found = await self.archive.first_answer(lot_id, own_id(bidder_id, bid_id))
        if found is None or "amount" not in found.command:
            return BidStatus(status="never_seen")
        if found.rejection is not None:
            return BidStatus(status="refused", code=found.rejection.code)
        answer = BidAnswer(
            lot_id=lot_id,
            bid_id=bid_id,
            amount_fen=found.command["amount"],
            seq=found.seq,
            entry=found.entry,
            at_us=found.at_us,
            number=await self.applications.find(lot_id, bidder_id),
            repeated=True,
        )
        return BidStatus(status="accepted", answer=answer)

    async def card(self, lot_id: str) -> LotCard:
        """Return a lot's notice and state; raise the problem `lot_unknown`."""
        notice, state = await self._notice(lot_id), await self.archive.state(lot_id)
        if state is None:
            raise ProblemError("lot_unknown")
        return _card(notice, state)

    async def _notice(self, lot_id: str) -> LotNotice:
        notice = await self.notices.find(lot_id)
        if notice is None:
            raise ProblemError("lot_unknown")
        return notice


def _card(notice: LotNotice, state: dict[str, Any]) -> LotCard:
    return LotCard(notice=notice, state=msgspec.convert(state, LotState))


def _application(lot_id: str, number: str | None, deposit: Deposit | None) -> Application:
    if deposit is None:
        return Application(lot_id=lot_id, status="none", number=number)
    view = DepositView(
        deposit_id=deposit.deposit_id,
        account_no=deposit.account_no,
        due_fen=deposit.due_fen,
        received_fen=deposit.received_fen,
    )
    status = _STATUS_OF_DEPOSIT.get(deposit.status, "admitted")
    if status == "admitted" and not deposit.is_admitted:
        status = "deposit_recorded"
    return Application(lot_id=lot_id, status=status, number=number, deposit=view)
