"""Private channels: what concerns one person is told on all his connections, and to nobody else."""

from collections import defaultdict
from typing import Any

import orjson

from auction.commands import (
    AdmitBidder,
    AskedCommand,
    MakeMove,
    PlaceBid,
    RegisterBidder,
    chosen_id,
)
from auction.formats.registry import name_of
from auction.outbox import Reply
from auction.outbox_redis import account_channel
from auction.redis_channels import RedisChannels
from auction.redis_connection import RedisDownError
from auction.redis_link import RedisLink
from bidding_rules.proxies import SetMaximum
from realtime.frames import Frame, frame
from realtime.outlet import Outlet

_PREFIX = account_channel("")


class PrivateLine:
    """Tells every process what was answered to a person, after he has the answer himself."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    def __call__(self, command: AskedCommand, reply: Reply) -> None:
        """Tell what `reply` means to the person whom `command` concerns."""
        if reply.repeated or not reply.entry:
            return
        match command:
            case PlaceBid():
                self._tell(command.actor, _bid_answered(command, reply))
            case MakeMove():
                self._tell(command.actor, _move_answered(command, reply))
            case RegisterBidder() if reply.rejection is None:
                told = {"kind": "registered", "number": command.number}
                self._tell(command.bidder_id, {**told, "lot_id": reply.lot_id})
            case AdmitBidder() if reply.rejection is None:
                self._tell(command.bidder_id, {"kind": "admitted", "lot_id": reply.lot_id})
            case _:
                return

    def _tell(self, account_id: str, told: dict[str, Any]) -> None:
        try:
            channel = account_channel(account_id)
            self._link.post(_ignore, b"PUBLISH", channel, orjson.dumps(told))
        except RedisDownError:
            return


def _ignore(_reply: object) -> None:
    """Leave it: who was not told sees it when he asks."""


def _bid_answered(bid: PlaceBid, reply: Reply) -> dict[str, Any]:
    told = _named(bid, reply)
    told["amount_fen"] = bid.amount
    if reply.rejection is None:
        told["kind"], told["number"] = "accepted", reply.number
    else:
        told["kind"], told["code"] = "refused", str(reply.rejection.code)
    return told


def _move_answered(asked: MakeMove, reply: Reply) -> dict[str, Any]:
    """Tell what became of a move, and of its content only a maximum: what is sealed is not sent about."""
    told = {"move": name_of(type(asked.move)), **_named(asked, reply)}
    if reply.rejection is not None:
        return {"kind": "move_refused", **told, "code": str(reply.rejection.code)}
    if isinstance(asked.move, SetMaximum):
        told["maximum_fen"] = asked.move.maximum
    return {"kind": "move_accepted", **told}


def _named(asked: PlaceBid | MakeMove, reply: Reply) -> dict[str, Any]:
    return {"lot_id": asked.lot_id, "bid_id": chosen_id(asked), "at_us": reply.at_us}


class PrivateChannels:
    """Subscribes to a person's channel while a connection of his is here."""

    def __init__(self) -> None:
        self._channels: RedisChannels | None = None
        self._outlets: defaultdict[str, set[Outlet]] = defaultdict(set)
        self._accounts: dict[tuple[str, str], str] = {}
        """Who, of those here, holds a number in a lot."""

    def listen_on(self, channels: RedisChannels) -> None:
        """Use these channels from now on."""
        self._channels = channels

    def join(self, account_id: str, outlet: Outlet) -> None:
        """Tell this connection what concerns the account."""
        self._outlets[account_id].add(outlet)
        if self._channels is not None:
            self._channels.subscribe(account_channel(account_id))

    def leave(self, account_id: str, outlet: Outlet) -> None:
        """Tell it no more."""
        outlets = self._outlets[account_id]
        outlets.discard(outlet)
        if outlets:
            return
        del self._outlets[account_id]
        self._accounts = {k: who for k, who in self._accounts.items() if who != account_id}
        if self._channels is not None:
            self._channels.unsubscribe(account_channel(account_id))

    def know(self, account_id: str, lot_id: str, number: str) -> None:
        """Take note that the account, connected here, holds a number in a lot."""
        if account_id in self._outlets:
            self._accounts[lot_id, number] = account_id

    def hear(self, channel: str, payload: bytes) -> None:
        """Pass on a message of a person's channel."""
        account_id = channel.removeprefix(_PREFIX)
        told = orjson.loads(payload)
        if told["kind"] == "registered":
            self.know(account_id, told["lot_id"], told["number"])
        else:
            self._send(account_id, Frame("private", payload))

    def outbid(self, state: dict[str, Any], number: str) -> None:
        """Tell the holder of `number`, if he is here, that he leads no more."""
        account_id = self._accounts.get((state["lot_id"], number))
        if account_id is not None and state["result"] is None:
            told = {name: state[name] for name in ("lot_id", "seq", "price_fen")}
            self._send(account_id, frame("private", {"kind": "outbid", "number": number, **told}))

    def _send(self, account_id: str, sent: Frame) -> None:
        for outlet in self._outlets.get(account_id, ()):
            outlet.send(sent)
