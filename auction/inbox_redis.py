"""The inbox on Redis Streams: XADD gives total order and arrival time in one step."""

from collections.abc import Callable
from typing import Any

import hiredis

from auction.codec import command_kind, encode_command
from auction.commands import Command
from auction.inbox import Arrived, InboxDownError, InboxUnsureError, StreamId
from auction.redis_connection import RedisDownError, RedisLostError
from auction.redis_link import RedisLink


class RedisInbox:
    """Streams `luochui:{n}:inbox`. Appending and blocking reads use links of their own."""

    def __init__(self, writing: RedisLink, reading: RedisLink | None = None) -> None:
        self._writing = writing
        self._reading = reading or writing

    async def append(self, shard: int, command: Command, reply_to: str) -> StreamId:
        """Append a command with XADD; its stamp is the server's clock."""
        try:
            return _stream_id(await self._writing.call(*_xadd(shard, command, reply_to)))
        except RedisDownError as error:
            raise InboxDownError(str(error)) from error
        except (RedisLostError, hiredis.ReplyError) as error:
            raise InboxUnsureError(str(error)) from error

    def send(
        self, shard: int, command: Command, reply_to: str, on_lost: Callable[[Exception], None]
    ) -> None:
        """Append as `append` does, without waiting for the stamp."""

        def look(reply: object) -> None:
            if isinstance(reply, Exception):
                on_lost(InboxUnsureError(str(reply)))

        try:
            self._writing.post(look, *_xadd(shard, command, reply_to))
        except RedisDownError as error:
            raise InboxDownError(str(error)) from error

    async def read(
        self, shard: int, after: StreamId, *, count_max: int, wait_ms: int
    ) -> list[Arrived]:
        """Read with XREAD, sent behind an XREAD BLOCK that waits.

        Who waits is woken by the first of the commands that a web worker sends together; what is sent
        behind the waiting is done after the last of them. So they come as one batch, not as one and the rest.
        """
        place = (b"STREAMS", inbox_key(shard), str(after))
        try:
            self._reading.post(_ignore, b"XREAD", b"COUNT", 1, b"BLOCK", wait_ms, *place)
            reply = await self._reading.call(b"XREAD", b"COUNT", count_max, *place)
        except (RedisDownError, RedisLostError, hiredis.ReplyError) as error:
            raise InboxDownError(str(error)) from error
        if reply is None:
            return []
        return [_arrived(entry) for entry in reply[0][1]]

    async def make_newer_than(self, shard: int, last: StreamId) -> None:
        """Add a marker after `last` if the stream's top is older (data lost, clock set back)."""
        await self._reading.up.wait()
        try:
            await self._reading.call(
                *(b"XADD", inbox_key(shard), str(StreamId(last.ms, last.no + 1))),
                *(b"k", b"marker", b"r", b"", b"b", b"{}"),
            )
        except hiredis.ReplyError as error:
            if "equal or smaller" not in str(error):
                raise InboxDownError(str(error)) from error
        except (RedisDownError, RedisLostError) as error:
            raise InboxDownError(str(error)) from error

    async def clock_us(self, shard: int) -> int:
        """Ask with TIME."""
        del shard
        try:
            seconds, micros = await self._reading.call(b"TIME")
        except (RedisDownError, RedisLostError, hiredis.ReplyError) as error:
            raise InboxDownError(str(error)) from error
        return int(seconds) * 1_000_000 + int(micros)

    async def length(self, shard: int) -> int:
        """Ask with XLEN."""
        try:
            return int(await self._writing.call(b"XLEN", inbox_key(shard)))
        except (RedisDownError, RedisLostError, hiredis.ReplyError) as error:
            raise InboxDownError(str(error)) from error

    async def begin_anew(self, shard: int, after: StreamId) -> list[Arrived]:
        """Read the rest and delete the stream in one transaction."""
        key = inbox_key(shard)
        try:
            self._reading.post(_ignore, b"MULTI")
            self._reading.post(_ignore, b"XRANGE", key, f"({after}", b"+")
            self._reading.post(_ignore, b"DEL", key)
            left, _ = await self._reading.call(b"EXEC")
        except (RedisDownError, RedisLostError, hiredis.ReplyError) as error:
            raise InboxDownError(str(error)) from error
        return [_arrived(entry) for entry in left]

    async def forget(self, shard: int, before: StreamId) -> None:
        """Trim with XTRIM MINID."""
        try:
            await self._writing.call(b"XTRIM", inbox_key(shard), b"MINID", b"~", str(before))
        except (RedisDownError, RedisLostError, hiredis.ReplyError) as error:
            raise InboxDownError(str(error)) from error


def inbox_key(shard: int) -> bytes:
    """Return the key of a shard's stream. The tag in braces keeps a shard on one server of a cluster."""
    return b"luochui:{%d}:inbox" % shard


def _xadd(shard: int, command: Command, reply_to: str) -> tuple[bytes | str, ...]:
    kind, body = command_kind(command), encode_command(command)
    return (b"XADD", inbox_key(shard), b"*", b"k", kind, b"r", reply_to, b"b", body)


def _ignore(_reply: object) -> None:
    """Leave it: what waited needs no answer, and what is wrong with it is wrong with the next one too."""


def _stream_id(text: bytes) -> StreamId:
    ms, _, no = text.partition(b"-")
    return StreamId(int(ms), int(no))


def _arrived(entry: list[Any]) -> Arrived:
    stream_id, (_, kind, _, reply_to, _, body) = entry
    return Arrived(
        stream_id=_stream_id(stream_id),
        kind=kind.decode(),
        body=body,
        reply_to=reply_to.decode(),
    )
