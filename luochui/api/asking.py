"""Asking the engine on behalf of a request: its durable answer, or the problem that says why not."""

from typing import Any

from aiohttp import web

from auction.commands import AskedCommand, own_id
from auction.desk import AnswerUnknownError, Desk
from auction.outbox import Reply
from luochui.api.messages import CommandAnswer
from luochui.http.problems import ProblemError, refused
from luochui.identity.gate import IDENTITY


def asked_by(request: web.Request, lot_id: str, chosen_id: str) -> dict[str, Any]:
    """Return what every command says of itself: lot, id (as its sender chose it) and who asks."""
    actor = request[IDENTITY].account_id
    return {"lot_id": lot_id, "command_id": own_id(actor, chosen_id), "actor": actor}


async def decided(desk: Desk, command: AskedCommand) -> Reply:
    """Return the answer to an accepted command; raise the problem of a refused or unanswered one."""
    try:
        reply = await desk.ask(command)
    except AnswerUnknownError as error:
        raise ProblemError("answer_unknown") from error
    if reply.rejection is not None:
        raise refused(reply.rejection)
    return reply


def command_answer(reply: Reply, command_id: str) -> CommandAnswer:
    """Return what is told of an accepted command, under the id that its sender chose."""
    return CommandAnswer(
        lot_id=reply.lot_id,
        command_id=command_id,
        seq=reply.seq,
        entry=reply.entry,
        at_us=reply.at_us,
        repeated=reply.repeated,
    )
