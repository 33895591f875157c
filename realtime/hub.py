"""The hub of a process: hears the news of watched lots and hands it to their channels, whole and in order."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from auction.archive import Archive
from auction.outbox_redis import ALL_LOTS_CHANNEL, lot_channel
from auction.redis_channels import RedisChannels, is_sharded
from realtime.fanout import Fanout, Lane
from realtime.frames import Frame
from realtime.lot_channel import HISTORY, RING, LotChannel, Place
from realtime.private import PrivateChannels

_HEAL_MAX = 1000
_HEAL_AGAIN_S = 0.2
_RECOVERED_MAX = 5000
"""Who missed more events than this gets a snapshot instead."""
BEAT_EVERY_S = 5.0
AUDIT_EVERY_S = 1.0

_log = structlog.get_logger()


class Hub:
    """Subscribes to a lot's channel only while somebody here watches it.

    Channels may lose messages; the hub sees it by the sequence number and fills the gap from the
    journal, so what a watcher gets is a prefix of the journal, whole and in order. That the last
    message of all is missing shows when the watched lots are compared with the journal every second.
    """

    def __init__(
        self, *, archive: Archive, now_us: Callable[[], int], fanout: Fanout, shards: int
    ) -> None:
        self._archive, self._now_us, self._fanout = archive, now_us, fanout
        self._shards = shards
        self._channels: RedisChannels | None = None
        self._lots: dict[str, LotChannel] = {}
        self._to_heal: asyncio.Queue[str] = asyncio.Queue()
        self.catalogue = Lane(fanout)
        self.private = PrivateChannels()

    def listen_on(self, channels: RedisChannels) -> None:
        """Use these channels from now on."""
        self._channels = channels
        self.private.listen_on(channels)

    async def open(self, lot_id: str) -> LotChannel | None:
        """Return the lot's channel, read from the journal if need be; None if there is no such lot.

        Every channel returned is to be closed again.
        """
        channel = self._lots.get(lot_id)
        if channel is None:
            channel = self._lots[lot_id] = LotChannel(lot_id, self._fanout)
            if self._channels is not None:
                self._channels.subscribe(lot_channel(lot_id, self._shards))
            self._to_heal.put_nowait(lot_id)
        channel.users += 1
        try:
            await channel.known.wait()
        except BaseException:
            self.close(channel)
            raise
        if channel.exists:
            return channel
        self.close(channel)
        return None

    def close(self, channel: LotChannel) -> None:
        """Give a channel back; the last one ends the subscription."""
        channel.users -= 1
        if channel.users == 0 and self._lots.get(channel.lot_id) is channel:
            del self._lots[channel.lot_id]
            if self._channels is not None:
                self._channels.unsubscribe(lot_channel(channel.lot_id, self._shards))

    async def recover(self, channel: LotChannel, place: Place) -> list[bytes] | None:
        """Return all events after `place`: from the ring, else from the journal, else None.

        Nothing may be awaited between this and joining the channel.
        """
        missed = channel.missed_since(place)
        if missed is not None or place.epoch != channel.epoch or place.seq > channel.seq:
            return missed
        if channel.seq - place.seq > _RECOVERED_MAX:
            return None
        read = await self._archive.events(
            channel.lot_id, after=place.seq, limit=_RECOVERED_MAX + RING
        )
        if not read or place.epoch != channel.epoch:  # It was put back meanwhile.
            return None
        last = read[-1]["seq"]
        rest = [] if last >= channel.seq else channel.missed_since(Place(channel.epoch, last))
        known = [orjson.dumps(event) for event in read if event["seq"] <= channel.seq]
        return None if rest is None else known + rest

    def watch_catalogue(self) -> None:
        """Hear all lots' states, which costs something for every event of every lot."""
        if self._channels is not None:
            self._channels.subscribe(ALL_LOTS_CHANNEL)

    def unwatch_catalogue(self) -> None:
        """Hear them no more if nobody is left who wants to."""
        if self._channels is not None and not self.catalogue:
            self._channels.unsubscribe(ALL_LOTS_CHANNEL)

    def hear(self, channel: str, payload: bytes) -> None:
        """Take in a message of any channel."""
        if is_sharded(channel):
            self._hear_news(orjson.loads(payload))
        elif channel == ALL_LOTS_CHANNEL:
            for state in payload.split(b"\n"):
                lot_id = orjson.loads(state)["lot_id"]
                self.catalogue.put(Frame("catalogue", state, key=("catalogue", lot_id)))
        else:
            self.private.hear(channel, payload)

    def heal_all(self) -> None:
        """Look for gaps in every watched lot: the channels were away."""
        for channel in self._lots.values():
            self._start_healing(channel)

    async def keep_healing(self) -> None:
        """Fill gaps from the journal as they are seen, until cancelled."""
        while True:
            lot_id = await self._to_heal.get()
            try:
                await self.heal(lot_id)
            except Exception as error:  # noqa: BLE001 - whatever it was, the gap is still there
                _log.warning("gap not filled yet", lot=lot_id, error=str(error))
                await asyncio.sleep(_HEAL_AGAIN_S)
                self._to_heal.put_nowait(lot_id)

    async def heal(self, lot_id: str) -> None:
        """Fetch what is missing from the journal and pass it on, then what waited behind it.

        Raises what the archive raises; call again then, and nothing is lost.
        """
        channel = self._lots.get(lot_id)
        if channel is None:
            return
        if channel.exists and await self._archive.epoch() == channel.epoch:
            await self._fetch_missing(channel)
        else:
            await self._read(channel)
        channel.known.set()
        waited, channel.waiting = channel.waiting or [], None
        for news in waited if channel.exists else ():
            self._pass_on(channel, news)

    async def _read(self, channel: LotChannel) -> None:
        """Read the lot for the first time, or from another journal than before."""
        lot_id = channel.lot_id
        epoch, state = await self._archive.epoch(), await self._archive.state(lot_id)
        if state is None:
            return
        after = max(0, state["seq"] - RING)
        events = await self._archive.events(lot_id, after=after, limit=RING)
        bids = await self._archive.latest_bids(lot_id, HISTORY)
        again = channel.exists
        channel.begin(epoch, state, events, bids)
        if again:  # What watchers have is of another journal: this beat makes them ask again.
            _log.warning("another journal", lot=lot_id)
            channel.beat(self._now_us())

    async def _fetch_missing(self, channel: LotChannel) -> None:
        state = await self._archive.state(channel.lot_id)
        assert state is not None, "a lot never goes away"
        while channel.seq < state["seq"]:
            found = await self._archive.events(channel.lot_id, after=channel.seq, limit=_HEAL_MAX)
            events = [event for event in found if event["seq"] <= state["seq"]]
            last = events[-1]["seq"] == state["seq"]
            self._take(channel, events, state if last else channel.state)

    async def keep_beating(self) -> None:
        """Send heartbeats, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            now_us = self._now_us()
            for channel in self._lots.values():
                if channel.exists:
                    channel.beat(now_us)

    async def keep_auditing(self) -> None:
        """Compare the watched lots with the journal, until cancelled; heal those twice found behind."""
        behind: dict[str, int] = {}
        while True:
            await asyncio.sleep(AUDIT_EVERY_S)
            try:
                behind = await self.audit(behind)
            except Exception as error:  # noqa: BLE001 - the next audit is the cure
                _log.warning("feed not compared with the journal", error=str(error))

    async def audit(self, behind: dict[str, int]) -> dict[str, int]:
        """Heal each lot that stands where it stood in `behind`; return those behind now."""
        watched = [lot_id for lot_id, channel in self._lots.items() if channel.waiting is None]
        durable = await self._archive.seqs(watched) if watched else {}
        found = {}
        for lot_id, seq in durable.items():
            channel = self._lots.get(lot_id)
            if channel is None or channel.seq >= seq:
                continue
            if behind.get(lot_id) == channel.seq:
                self._start_healing(channel)
            else:
                found[lot_id] = channel.seq
        return found

    def _hear_news(self, news: dict[str, Any]) -> None:
        channel = self._lots.get(news["lot_id"])
        if channel is not None:
            self._pass_on(channel, news)

    def _pass_on(self, channel: LotChannel, news: dict[str, Any]) -> None:
        if channel.waiting is None and not self._take(channel, news["events"], news["state"]):
            _log.info("gap in the feed", lot=channel.lot_id, have=channel.seq)
            self._start_healing(channel)
        if channel.waiting is not None:
            channel.waiting.append(news)

    def _take(
        self, channel: LotChannel, events: list[dict[str, Any]], state: dict[str, Any]
    ) -> bool:
        leader = channel.state.get("leader")
        whole = channel.take(events, state)
        if leader is not None and leader != channel.state["leader"]:
            self.private.outbid(channel.state, leader)
        return whole

    def _start_healing(self, channel: LotChannel) -> None:
        if channel.waiting is None:
            channel.waiting = []
            self._to_heal.put_nowait(channel.lot_id)
