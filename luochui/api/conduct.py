"""What those who run a sale tell and record: messages to the room, second persons' agreement, rights."""

from dataclasses import dataclass

from aiohttp import web

from auction.commands import ApproveAction, AskedCommand, RecordPriority, SendMessage
from auction.desk import Desk
from listing.applications import Applications
from luochui.api.asking import asked_by, command_answer, decided
from luochui.api.conduct_messages import ApprovalBody, MessageBody, PriorityBody
from luochui.api.messages import CommandAnswer
from luochui.http.api import Api
from luochui.http.problems import ProblemError
from luochui.identity.roles import Permission
from realtime.messages import LotId

_CODES = ("lot_unknown", "command_id_reused", "engine_busy", "answer_unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductRoutes:
    """Registers its routes with `add_to`. Every act is a command in the same order as the bids."""

    desk: Desk
    applications: Applications

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        for path, handler, codes in (
            ("messages", self.send_message, ()),
            ("approvals", self.approve, ("nothing_to_approve", "same_person")),
            ("priorities", self.record_priority, ("not_qualified", "wrong_phase")),
        ):
            api.add(
                *("POST", f"/api/lots/{{lot_id}}/{path}", handler),
                tag="console",
                permission=Permission.CONDUCT_LOT,
                codes=(*_CODES, *codes),
            )

    async def send_message(
        self, request: web.Request, lot_id: LotId, body: MessageBody
    ) -> CommandAnswer:
        """Tell the room something; whoever comes later reads it too."""
        command = SendMessage(
            **asked_by(request, lot_id, body.command_id),
            text=body.text,
        )
        return await self._ask(command, body.command_id)

    async def approve(
        self, request: web.Request, lot_id: LotId, body: ApprovalBody
    ) -> CommandAnswer:
        """Agree, as a second person (四眼), to what touches the result."""
        command = ApproveAction(
            **asked_by(request, lot_id, body.command_id),
            proposal=body.proposal_id,
        )
        return await self._ask(command, body.command_id)

    async def record_priority(
        self, request: web.Request, lot_id: LotId, body: PriorityBody
    ) -> CommandAnswer:
        """Record a right of first refusal (优先购买权) of a registered bidder, before the opening."""
        numbers = await self.applications.numbers(lot_id)
        holder = next((who for who, number in numbers.items() if number == body.number), None)
        if holder is None:
            raise ProblemError("not_qualified")
        command = RecordPriority(
            **asked_by(request, lot_id, body.command_id),
            bidder_id=holder,
            rank=body.rank,
            reason=body.reason,
        )
        return await self._ask(command, body.command_id)

    async def _ask(self, command: AskedCommand, command_id: str) -> CommandAnswer:
        return command_answer(await decided(self.desk, command), command_id)
