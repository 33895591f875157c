"""Redis as the engine needs it: streams that stamp, channels that forget; and what a crash takes from it."""

from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from auction.codec import command_kind, encode_command
from auction.commands import Command
from auction.inbox import Arrived, InboxDownError, InboxUnsureError, StreamId
from auction.outbox import News, Reply
from tests.simulation.world import Answering, Clock, DownError, Effect, Link, LostError, World

Hear = Callable[[Any], None]


class RedisServer:
    """Streams with Redis's rules for ids; what was appended in the last second may not be on its disk."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self.clock = world, clock
        self.links: list[Link] = []
        self._streams: dict[int, list[Arrived]] = {}
        self._blocked: list[tuple[int, StreamId, Callable[[], None]]] = []
        self._ears: dict[str, list[tuple[Link, Hear]]] = {}
        self._last_heard = 0.0
        self.loses_messages = self.doubles_messages = 0.0

    def crash(self, *, keep: str, for_s: float) -> None:
        """Stop and come back: with `all` there was, without the `tail` of a second, or with nothing."""
        self._world.trace(f"redis crashes, keeps {keep}")
        since = self.clock.now_us() // 1000 - 1000
        for stream in self._streams.values():
            if keep == "tail":
                lost = sum(entry.stream_id.ms >= since for entry in stream)
                keep_of_tail = self._world.chance.randint(0, lost)
                del stream[len(stream) - lost + keep_of_tail :]
            elif keep == "nothing":
                stream.clear()
        self._blocked.clear()
        for link in self.links:
            link.cut(for_s)

    def add(self, shard: int, kind: str, body: bytes, reply_to: str) -> StreamId:
        """XADD with `*`: the clock's stamp, or one after the last where the clock is behind."""
        last = self._last(shard)
        ms = self.clock.now_us() // 1000
        place = StreamId(ms, 0) if ms > last.ms else StreamId(last.ms, last.no + 1)
        self._append(shard, Arrived(stream_id=place, kind=kind, body=body, reply_to=reply_to))
        return place

    def add_at(self, shard: int, place: StreamId) -> None:
        """XADD with an id of one's own; refused unless it is newer than the last."""
        if place > self._last(shard):
            self._append(shard, Arrived(stream_id=place, kind="marker", body=b"{}", reply_to=""))

    def after(self, shard: int, place: StreamId, count_max: int) -> list[Arrived]:
        """XREAD."""
        stream = self._streams.get(shard, [])
        first = len(stream)
        while first and stream[first - 1].stream_id > place:
            first -= 1
        return stream[first : first + count_max]

    def wait(self, shard: int, place: StreamId, wake: Callable[[], None]) -> None:
        """Have `wake` called when something newer than `place` is there."""
        self._blocked.append((shard, place, wake))

    def trim(self, shard: int, before: StreamId) -> None:
        """XTRIM MINID."""
        stream = self._streams.get(shard, [])
        stream[:] = [entry for entry in stream if entry.stream_id >= before]

    def length(self, shard: int) -> int:
        """XLEN."""
        return len(self._streams.get(shard, []))

    def begin_anew(self, shard: int, after: StreamId) -> list[Arrived]:
        """MULTI, XRANGE, DEL, EXEC: what came after `after`, and an empty stream."""
        left = self.after(shard, after, 1_000_000)
        self._streams.pop(shard, None)
        return left

    def subscribe(self, channel: str, link: Link, hear: Hear) -> None:
        """Have `hear` called with what is published, as long as `link` is up."""
        self._ears.setdefault(channel, []).append((link, hear))

    def publish(self, channel: str, message: Any) -> None:
        """Tell whoever is there; nobody learns who was not. Order is kept, unless a message comes twice."""
        for link, hear in self._ears.get(channel, []):
            chance = self._world.wire.random
            if not link.is_up or chance() < self.loses_messages:
                continue
            now = self._world.loop.now
            self._last_heard = max(self._last_heard + 1e-6, now + 0.001 * chance())
            self._world.loop.later(self._last_heard, hear, message)
            if chance() < self.doubles_messages:
                self._world.loop.later(self._last_heard + chance(), hear, message)

    def _last(self, shard: int) -> StreamId:
        stream = self._streams.get(shard)
        return stream[-1].stream_id if stream else StreamId(0, 0)

    def _append(self, shard: int, entry: Arrived) -> None:
        self._streams.setdefault(shard, []).append(entry)
        woken = [b for b in self._blocked if b[0] == shard and entry.stream_id > b[1]]
        if woken:
            self._blocked = [b for b in self._blocked if b not in woken]
            for _, _, wake in woken:
                wake()


class SimulatedInbox:
    """The port `auction.inbox.Inbox`, for one process."""

    def __init__(
        self,
        world: World,
        server: RedisServer,
        link: Link,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._world, self._server, self._link, self._on_read = world, server, link, on_read
        self.doubles = 0.0

    async def append(self, shard: int, command: Command, reply_to: str) -> StreamId:
        try:
            return await self._link.send("xadd", self._adding(shard, command, reply_to))
        except DownError as error:
            raise InboxDownError(str(error)) from error
        except LostError as error:
            raise InboxUnsureError(str(error)) from error

    def send(
        self, shard: int, command: Command, reply_to: str, on_lost: Callable[[Exception], None]
    ) -> None:
        try:
            answer = self._link.send("xadd", self._adding(shard, command, reply_to))
        except DownError as error:
            raise InboxDownError(str(error)) from error

        def look(done: Any) -> None:
            if not done.cancelled() and done.exception() is not None:
                on_lost(InboxUnsureError(str(done.exception())))

        answer.add_done_callback(look)

    async def read(
        self, shard: int, after: StreamId, *, count_max: int, wait_ms: int
    ) -> list[Arrived]:
        def effect(reply: Answering) -> None:
            found = self._server.after(shard, after, count_max)
            if found:
                reply(found)
                return
            waiting = [True]

            def wake() -> None:
                if waiting.pop() if waiting else False:
                    reply(self._server.after(shard, after, count_max))

            self._server.wait(shard, after, wake)
            self._world.loop.later(self._world.loop.now + wait_ms / 1000, wake)

        found: list[Arrived] = await self._asked("xread", effect)
        self._on_read(shard)
        return found

    async def make_newer_than(self, shard: int, last: StreamId) -> None:
        place = StreamId(last.ms, last.no + 1)
        await self._link.up()
        await self._asked("marker", lambda reply: reply(self._server.add_at(shard, place)))

    async def clock_us(self, shard: int) -> int:
        del shard
        return await self._asked("time", lambda reply: reply(self._server.clock.now_us()))

    async def begin_anew(self, shard: int, after: StreamId) -> list[Arrived]:
        return await self._asked(
            "anew", lambda reply: reply(self._server.begin_anew(shard, after))
        )

    async def forget(self, shard: int, before: StreamId) -> None:
        await self._asked("xtrim", lambda reply: reply(self._server.trim(shard, before)))

    async def length(self, shard: int) -> int:
        found: int = await self._asked("xlen", lambda reply: reply(self._server.length(shard)))
        return found

    async def _asked(self, name: str, effect: Effect) -> Any:
        try:
            return await self._link.send(name, effect)
        except (DownError, LostError) as error:
            raise InboxDownError(str(error)) from error

    def _adding(self, shard: int, command: Command, reply_to: str) -> Effect:
        kind, body = command_kind(command), encode_command(command)

        def effect(reply: Answering) -> None:
            place = self._server.add(shard, kind, body, reply_to)
            self._world.trace(f"{place} {kind} {reply_to}")
            if self._world.wire.random() < self.doubles:
                self._server.add(shard, kind, body, reply_to)
            reply(place)

        return effect


class SimulatedOutbox:
    """The port `auction.outbox.Outbox`, for one process."""

    def __init__(self, server: RedisServer, link: Link) -> None:
        self._server, self._link = server, link

    def answer(self, worker: str, replies: list[Reply]) -> None:
        self._publish(f"answers:{worker}", msgspec.json.encode(replies))

    def tell(self, news: list[News]) -> None:
        for item in news:
            self._publish("news", (item.lot_id, item.events, orjson.loads(item.state)))

    def _publish(self, channel: str, message: Any) -> None:
        def effect(reply: Answering) -> None:
            self._server.publish(channel, message)
            reply(0)

        try:
            self._link.post("publish", effect)
        except DownError:
            return
