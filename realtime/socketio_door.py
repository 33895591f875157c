"""The Socket.IO door: watching lots and bidding over one connection."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import msgspec
import orjson
import socketio
import structlog

from auction.archive import Archive
from auction.commands import AskedCommand, ConfirmParticipation, MakeMove, PlaceBid, own_id
from auction.desk import AnswerUnknownError, Desk
from auction.outbox import Reply
from realtime.hub import Hub
from realtime.messages import BidMessage, ParticipationMessage, Watch
from realtime.moves import MESSAGES, move_of
from realtime.presence import Presence

_log = structlog.get_logger()
_HISTORY = 100
_MESSAGE_MAX = 16_384
_WATCHED_MAX = 64
_REMEMBERED_S = 30
_HEAL_AGAIN_S = 0.2
_CATALOGUE = "catalogue"
_GOES_ON = "confirm_participation"


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


class OrjsonCodec:
    """python-socketio's `json=` hook."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Encode."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        """Decode."""
        return orjson.loads(text)


class SocketDoor:
    """The handlers of one Socket.IO server, and the rooms behind them.

    Every message is answered: `{"ok": true, ...}` or `{"ok": false, "code": ...}`. What cannot be read is
    refused with `malformed_message`; the connection stays.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        archive: Archive,
        guard: Guard,
        presence: Presence,
        origins: list[str],
        now_us: Callable[[], int],
        texts: Callable[[str], dict[str, str]],
        bid_answered: Callable[[str, int], None],
    ) -> None:
        self._desk, self._archive, self._guard = desk, archive, guard
        self._now_us, self._texts, self._bid_answered = now_us, texts, bid_answered
        self._presence = presence
        self._watching: dict[str, dict[str, str | None]] = {}
        """By connection: each watched lot, and as whom its watcher is counted there."""
        self._people: dict[str, Any] = {}
        self._to_heal: asyncio.Queue[str] = asyncio.Queue()
        self._to_emit: asyncio.Queue[tuple[str, Any, str]] = asyncio.Queue()
        self.hub = Hub(
            archive=archive,
            deliver=self._deliver,
            deliver_catalogue=self._deliver_catalogue,
            run_later=self._to_heal.put_nowait,
        )
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            json=OrjsonCodec,
            cors_allowed_origins=origins,
            max_http_buffer_size=_MESSAGE_MAX,
        )
        self._hear_messages()

    def _hear_messages(self) -> None:
        self.server.on("connect", self._on_connect)
        self.server.on("disconnect", self._on_disconnect)
        for name, handler in (
            ("watch", self._on_watch),
            ("unwatch", self._on_unwatch),
            ("watch_catalogue", self._on_watch_catalogue),
            ("bid", self._on_bid),
            ("clock", self._on_clock),
            *((kind, partial(self._on_move, kind)) for kind in (_GOES_ON, *MESSAGES)),
            ("*", self._on_anything_else),
        ):
            self.server.on(name, handler)

    @property
    def connections(self) -> int:
        """Return how many sockets are open here."""
        return len(self._watching)

    async def keep_emitting(self) -> None:
        """Send what the hub hands out, in order, until cancelled."""
        while True:
            event, data, room = await self._to_emit.get()
            await self.server.emit(event, data, room=room)

    async def keep_healing(self) -> None:
        """Fill gaps from the journal as the hub sees them, until cancelled."""
        while True:
            lot_id = await self._to_heal.get()
            try:
                await self.hub.heal(lot_id)
            except Exception as error:  # noqa: BLE001 - whatever it was, the gap is still there
                _log.warning("gap not filled yet", lot=lot_id, error=str(error))
                await asyncio.sleep(_HEAL_AGAIN_S)
                self._to_heal.put_nowait(lot_id)

    async def _on_connect(self, sid: str, _environ: Any = None, auth: Any = None, *_: Any) -> None:
        if sid in self._watching:  # A client's own message that is called "connect".
            return
        person = None
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            person = await self._guard.admit(token) if isinstance(token, str) else None
            if person is None:
                raise socketio.exceptions.ConnectionRefusedError("token_not_good")
        self._watching[sid] = {}
        self._people[sid] = person

    async def _on_disconnect(self, sid: str, *_: Any) -> None:
        if self.server.manager.is_connected(sid, "/"):  # A client's message of this name.
            return
        for lot_id, counted in self._watching.pop(sid, {}).items():
            self._stop_watching(lot_id, counted)
        self._let_go_of_long_poll(sid)
        # A bid that arrived before the connection closed is still decided, so its bidder stays known.
        asyncio.get_running_loop().call_later(_REMEMBERED_S, self._people.pop, sid, None)

    def _let_go_of_long_poll(self, sid: str) -> None:
        """End the request that waits for news: the library would leave it open for 45 s."""
        connection_id = self.server.manager.eio_sid_from_sid(sid, "/")
        connection = self.server.eio.sockets.get(connection_id)
        if connection is not None:
            connection.queue.put_nowait(None)

    async def _on_watch(self, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        wish = _read(data, Watch)
        if wish is None:
            return self._refusal("malformed_message")
        lot_id = wish.lot_id
        if await self._archive.state(lot_id) is None:
            return self._refusal("lot_unknown")
        counted = await self._guard.counted_as(self._people.get(sid))
        if sid not in self._watching:  # Gone meanwhile; nobody hears this answer.
            return self._refusal("malformed_message")
        watching = self._watching[sid]
        if lot_id not in watching:
            if len(watching) >= _WATCHED_MAX:
                return self._refusal("too_many_subscriptions")
            watching[lot_id] = counted
            self.hub.watch(lot_id)
            if counted is not None:
                self._presence.arrive(lot_id, counted)
            await self.server.enter_room(sid, f"lot:{lot_id}")
        # In the room before the snapshot: what happens in between comes twice rather than never.
        state = await self._archive.state(lot_id)
        assert state is not None, "a lot never goes away"
        latest = await self._archive.latest_bids(lot_id, _HISTORY)
        history = [bid for bid in latest if bid["seq"] <= state["seq"]]
        self.hub.seen(lot_id, state["seq"])
        return {"ok": True, "state": state, "history": history, "now_us": self._now_us()}

    async def _on_unwatch(self, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        wish = _read(data, Watch)
        if wish is None:
            return self._refusal("malformed_message")
        watching = self._watching.get(sid, {})
        if wish.lot_id in watching:
            counted = watching.pop(wish.lot_id)
            await self.server.leave_room(sid, f"lot:{wish.lot_id}")
            self._stop_watching(wish.lot_id, counted)
        return {"ok": True}

    def _stop_watching(self, lot_id: str, counted: str | None) -> None:
        self.hub.unwatch(lot_id)
        if counted is not None:
            self._presence.leave(lot_id, counted)

    async def _on_watch_catalogue(self, sid: str, *_: Any) -> dict[str, Any]:
        await self.server.enter_room(sid, _CATALOGUE)
        return {"ok": True}

    async def _on_clock(self, _sid: str, *_: Any) -> dict[str, Any]:
        return {"now_us": self._now_us()}

    async def _on_anything_else(self, _event: str, _sid: str, *_: Any) -> dict[str, Any]:
        return self._refusal("malformed_message")

    async def _on_bid(self, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        wish = _read(data, BidMessage)
        if wish is None:
            return self._refusal("malformed_message")
        account_id = await self._guard.bidder(self._people.get(sid))
        if account_id is None:
            return self._refusal("not_authorised")
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
            return self._refusal("answer_unknown")
        code = "accepted" if reply.rejection is None else reply.rejection.code
        self._bid_answered(code, self._now_us() - began_us)
        return self._answer(reply, bid_id=wish.bid_id, amount_fen=wish.amount_fen)

    async def _on_move(self, kind: str, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        return await self._ask(sid, _read(data, MESSAGES.get(kind, ParticipationMessage)), kind)

    async def _ask(self, sid: str, wish: Any, kind: str) -> dict[str, Any]:
        """Ask what a bidder wishes: to go on, or a move of this kind."""
        if wish is None:
            return self._refusal("malformed_message")
        actor = await self._guard.bidder(self._people.get(sid))
        if actor is None:
            return self._refusal("not_authorised")
        about = {"lot_id": wish.lot_id, "command_id": own_id(actor, wish.command_id)}
        command: AskedCommand = ConfirmParticipation(**about, actor=actor)
        if kind in MESSAGES:
            command = MakeMove(**about, actor=actor, move=move_of(kind, wish))
        try:
            reply = await self._desk.ask(command)
        except AnswerUnknownError:
            return self._refusal("answer_unknown")
        return self._answer(reply, command_id=wish.command_id)

    def _answer(self, reply: Reply, **wish: Any) -> dict[str, Any]:
        """Return what is told of a decision: with what was wished for if it was accepted."""
        told = {"at_us": reply.at_us, "repeated": reply.repeated}
        if reply.rejection is not None:
            return {
                **self._refusal(reply.rejection.code),
                "amount_min_fen": reply.rejection.amount_min,
                "amount_max_fen": reply.rejection.amount_max,
                **told,
            }
        accepted = {"ok": True, "lot_id": reply.lot_id, "seq": reply.seq, "entry": reply.entry}
        return {**accepted, **wish, **told, "number": reply.number}

    def _refusal(self, code: str) -> dict[str, Any]:
        return {"ok": False, "code": code, "text": self._texts(code)}

    def _deliver(self, lot_id: str, events: list[dict[str, Any]], state: dict[str, Any]) -> None:
        room = f"lot:{lot_id}"
        for event in events:
            self._to_emit.put_nowait(("event", event, room))
        self._to_emit.put_nowait(("price", state, room))

    def _deliver_catalogue(self, state: dict[str, Any]) -> None:
        if _CATALOGUE in self.server.manager.rooms.get(
            "/", ()
        ):  # Most of the time nobody is there.
            self._to_emit.put_nowait(("catalogue", state, _CATALOGUE))


def _read(data: Any, wanted: type[Any]) -> Any:
    """Return `data` as `wanted`, or None if it is nothing of the kind."""
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError:
        return None
