"""The moves of all live formats over HTTP: one typed route each, made from the formats' rows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from auction.archive import Archive
from auction.commands import AskedCommand, ConductMove, MakeMove
from auction.desk import Desk
from auction.formats.live import Side
from luochui.api.asking import asked_by, command_answer, decided
from luochui.api.messages import CommandAnswer, OwnMove, OwnMoves
from luochui.http.api import Api
from luochui.identity.gate import IDENTITY
from luochui.identity.roles import Permission
from realtime.messages import LotId
from realtime.moves import BODIES, KINDS, move_of, side_of

_CODES = (
    *("lot_unknown", "lot_closed", "not_offered", "wrong_phase"),
    *("rate_limited", "engine_busy", "answer_unknown"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRoutes:
    """Registers its routes with `add_to`."""

    desk: Desk
    archive: Archive

    def add_to(self, api: Api) -> None:
        """Add a route for every kind of move, and one's own moves."""
        for kind in KINDS:
            bidders = side_of(kind) is Side.BIDDER
            api.add(
                *("POST", f"/api/lots/{{lot_id}}/moves/{kind.replace('_', '-')}"),
                self._handler(kind),
                tag="bidding" if bidders else "console",
                permission=Permission.BID if bidders else Permission.CONDUCT_LOT,
                codes=_CODES,
            )
        api.add(
            *("GET", "/api/lots/{lot_id}/moves", self.own_moves),
            tag="bidding",
            permission=Permission.BID,
        )

    async def own_moves(self, request: web.Request, lot_id: LotId) -> OwnMoves:
        """List the signed-in bidder's own accepted moves, newest first: nobody else reads them here."""
        actor = request[IDENTITY].account_id
        rows = await self.archive.own_moves(lot_id, actor)
        return OwnMoves(lot_id=lot_id, moves=[OwnMove(**row) for row in rows])

    def _handler(self, kind: str) -> Callable[..., Awaitable[CommandAnswer]]:
        desk = self.desk

        async def make_move(request: web.Request, lot_id: str, body: Any) -> CommandAnswer:
            asked = asked_by(request, lot_id, body.command_id)
            move = move_of(kind, body)
            command: AskedCommand
            if side_of(kind) is Side.BIDDER:
                command = MakeMove(**asked, move=move)
            else:
                command = ConductMove(**asked, move=move, reason=body.reason)
            return command_answer(await decided(desk, command), body.command_id)

        make_move.__name__, make_move.__doc__ = kind, KINDS[kind].__doc__
        make_move.__annotations__ = {
            "request": web.Request,
            "lot_id": LotId,
            "body": BODIES[kind],
            "return": CommandAnswer,
        }
        return make_move
