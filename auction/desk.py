"""The desk: the side of the engine that web workers see. Ask a command, get the durable answer."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from auction.codec import fingerprint
from auction.commands import AskedCommand, ConfirmParticipation, MakeMove, PlaceBid
from auction.inbox import Inbox, InboxDownError, InboxUnsureError
from auction.outbox import Reply
from auction.ownership import shard_of
from auction.rate import RateLimit
from bidding_rules.rejections import Rejection, RejectionCode

_BY_BIDDERS = (MakeMove, PlaceBid, ConfirmParticipation)
"""What bidders may send as often as they like: each leaves a row in the journal, refused or not."""


class AnswerUnknownError(Exception):
    """No answer in time: it may have been accepted or not. Ask for it by its id."""


class Desk:
    """Puts commands into the inbox and hands out answers as they come back.

    Waiting commands are bounded, and so is one bidder's rate: both are refusals, never a queue. Commands
    of one shard take up half of the room at most, so one that nobody serves keeps no other waiting. A
    caller that goes away does not undo its command. `is_too_long` tells whether a shard's inbox is.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        worker: str,
        shards: int,
        waiting_max: int,
        answer_timeout_s: float,
        bid_rate: RateLimit,
        answered: Callable[[AskedCommand, Reply], None] = lambda _command, _reply: None,
        is_too_long: Callable[[int], bool] = lambda _shard: False,
    ) -> None:
        self.worker, self._answered = worker, answered
        self._inbox, self._shards = inbox, shards
        self._waiting_max, self._timeout_s, self._bid_rate = (
            waiting_max,
            answer_timeout_s,
            bid_rate,
        )
        self._waiting_of = [0] * shards
        self._of_shard_max = waiting_max if shards == 1 else waiting_max // 2
        self._is_too_long = is_too_long
        self._waiting: dict[tuple[str, str, int], list[asyncio.Future[Reply]]] = {}
        self._asked: deque[tuple[float, asyncio.Future[Reply]]] = deque()
        """When patience with each ends; all are given the same time, so the first is the next."""
        self._patience: asyncio.TimerHandle | None = None
        self._reader = msgspec.json.Decoder(list[Reply])

    async def ask(self, command: AskedCommand) -> Reply:
        """Return the answer to `command` once it is durable.

        A refusal at the door (busy, too fast) is a reply with `entry` 0 and leaves no trace. Raises
        `AnswerUnknownError` when the answer does not come in time.
        """
        shard = shard_of(command.lot_id, self._shards)
        if self._is_full(shard):
            return _refused_at_door(command, RejectionCode.ENGINE_BUSY)
        if isinstance(command, _BY_BIDDERS) and not self._bid_rate.allows(command.actor):
            return _refused_at_door(command, RejectionCode.RATE_LIMITED)
        key = (command.lot_id, command.command_id, fingerprint(command))
        future = self._expect(key)
        self._waiting_of[shard] += 1
        try:
            self._inbox.send(shard, command, self.worker, on_lost=partial(_fail, future))
            reply = await future
        except InboxDownError:
            return _refused_at_door(command, RejectionCode.ENGINE_BUSY)
        except (InboxUnsureError, TimeoutError) as error:
            raise AnswerUnknownError(command.command_id) from error
        finally:
            self._waiting_of[shard] -= 1
            self._forget(key, future)
        future.get_loop().call_soon(self._answered, command, reply)  # Whoever asked comes first.
        return reply

    def hear(self, payload: bytes) -> None:
        """Hand the replies of one batch to whoever waits for them."""
        for reply in self._reader.decode(payload):
            key = (reply.lot_id, reply.command_id, reply.fingerprint)
            waiting = self._waiting.get(key)
            # Two callers may wait for one id; each appended it, so each gets an answer of its own. Who asks
            # something else by the same id does not hear it: his own answer is that the id was used before.
            if waiting:
                for future in waiting:
                    if not future.done():
                        future.set_result(reply)
                        break

    def _is_full(self, shard: int) -> bool:
        return (
            len(self._waiting) >= self._waiting_max
            or self._waiting_of[shard] >= self._of_shard_max
            or self._is_too_long(shard)
        )

    def _expect(self, key: tuple[str, str, int]) -> asyncio.Future[Reply]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.setdefault(key, []).append(future)
        while self._asked and self._asked[0][1].done():
            self._asked.popleft()
        self._asked.append((loop.time() + self._timeout_s, future))
        if self._patience is None:  # One timer for all of them.
            self._patience = loop.call_later(self._timeout_s, self._lose_patience)
        return future

    def _lose_patience(self) -> None:
        """Give up whoever has waited too long, and look again when the next one has."""
        loop, self._patience = asyncio.get_running_loop(), None
        while self._asked:
            until, future = self._asked[0]
            if not future.done() and until > loop.time():
                self._patience = loop.call_at(until, self._lose_patience)
                return
            self._asked.popleft()
            _fail(future, TimeoutError("no answer in time"))

    def _forget(self, key: tuple[str, str, int], future: asyncio.Future[Reply]) -> None:
        future.cancel()  # Nobody waits for it any more, however that came; then it cannot fail unheard.
        waiting = self._waiting[key]
        waiting.remove(future)
        if not waiting:
            del self._waiting[key]


def _fail(future: asyncio.Future[Reply], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _refused_at_door(command: AskedCommand, code: RejectionCode) -> Reply:
    return Reply(
        lot_id=command.lot_id,
        command_id=command.command_id,
        entry=0,
        seq=0,
        at_us=0,
        number=None,
        rejection=Rejection(code=code),
        repeated=False,
        fingerprint=fingerprint(command),
    )
