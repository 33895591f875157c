"""The hub of a web process: hears the news of watched lots and hands it to their rooms, in order."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog

from auction.archive import Archive
from auction.outbox_redis import ALL_LOTS_CHANNEL, lot_channel
from auction.redis_channels import RedisChannels

_LOT_PREFIX = lot_channel("")
_HEAL_MAX = 1000

_log = structlog.get_logger()

Deliver = Callable[[str, list[dict[str, Any]], dict[str, Any]], None]
"""Called with lot id, events in order, state after them."""


class Hub:
    """Subscribes to a lot's channel only while somebody here watches it.

    Channels may lose messages; the hub sees it by the sequence number and fills the gap from the
    journal, so what a room gets is a prefix of the journal, whole and in order. That the last message of
    all is missing shows in the lot's state for the catalogue, which every process hears.
    """

    def __init__(
        self,
        *,
        archive: Archive,
        deliver: Deliver,
        deliver_catalogue: Callable[[dict[str, Any]], None],
        run_later: Callable[[str], None],
    ) -> None:
        self._archive = archive
        self._deliver, self._deliver_catalogue = deliver, deliver_catalogue
        self._run_later = run_later
        self._channels: RedisChannels | None = None
        self._seq: dict[str, int] = {}
        """By watched lot: number of the last event that its room has."""
        self._told: dict[str, int] = {}
        """By watched lot: number of the last event that was heard of, in whatever message."""
        self._watchers: dict[str, int] = {}
        self._healing: dict[str, list[dict[str, Any]]] = {}

    def listen_on(self, channels: RedisChannels) -> None:
        """Use these channels from now on, and hear all states for the catalogue."""
        self._channels = channels
        channels.subscribe(ALL_LOTS_CHANNEL)

    def watch(self, lot_id: str) -> None:
        """Count one more watcher of the lot."""
        self._watchers[lot_id] = self._watchers.get(lot_id, 0) + 1
        if self._channels is not None:
            self._channels.subscribe(lot_channel(lot_id))

    def unwatch(self, lot_id: str) -> None:
        """Count one watcher less; the last one ends the subscription."""
        left = self._watchers.get(lot_id, 0) - 1
        if left > 0:
            self._watchers[lot_id] = left
            return
        for known in (self._watchers, self._seq, self._told):
            known.pop(lot_id, None)
        if self._channels is not None:
            self._channels.unsubscribe(lot_channel(lot_id))

    def watchers(self, lot_id: str) -> int:
        """Return how many connections here watch the lot."""
        return self._watchers.get(lot_id, 0)

    def seen(self, lot_id: str, seq: int) -> None:
        """Take note that the room has everything up to `seq` (from a snapshot)."""
        if lot_id in self._watchers:
            self._seq.setdefault(lot_id, seq)
            self._heal_unless_whole(lot_id)

    def hear(self, channel: str, payload: bytes) -> None:
        """Take in a message of any channel."""
        if channel == ALL_LOTS_CHANNEL:
            state = orjson.loads(payload)
            self._deliver_catalogue(state)
            self._hear_of(state["lot_id"], state["seq"])
        elif channel.startswith(_LOT_PREFIX):
            self._hear_news(orjson.loads(payload))

    def heal_all(self) -> None:
        """Look for gaps in every watched lot: the channels were away."""
        for lot_id in self._watchers:
            self._start_healing(lot_id)

    async def heal(self, lot_id: str) -> None:
        """Fetch what is missing from the journal and deliver it, then what waited behind it.

        Raises what the archive raises; call again then, and nothing is lost.
        """
        missing = True
        while missing and lot_id in self._seq:
            after = self._seq[lot_id]
            events = await self._archive.events(lot_id, after=after, limit=_HEAL_MAX)
            state = await self._archive.state(lot_id)
            if events and lot_id in self._watchers:
                self._pass_on({"lot_id": lot_id, "events": events, "state": state})
            missing = len(events) == _HEAL_MAX
        for news in self._healing.pop(lot_id, []):
            self._hear_news(news)

    def _hear_of(self, lot_id: str, seq: int) -> None:
        """Take note that event `seq` exists. The lot's own message is published before its state."""
        if lot_id in self._watchers:
            self._told[lot_id] = max(seq, self._told.get(lot_id, 0))
            self._heal_unless_whole(lot_id)

    def _heal_unless_whole(self, lot_id: str) -> None:
        known = self._seq.get(lot_id)
        if known is not None and known < self._told.get(lot_id, 0):
            self._start_healing(lot_id)

    def _hear_news(self, news: dict[str, Any]) -> None:
        lot_id = news["lot_id"]
        if lot_id not in self._watchers:
            return
        if lot_id in self._healing:
            self._healing[lot_id].append(news)
            return
        first = news["events"][0]["seq"]
        if first > self._seq.get(lot_id, first - 1) + 1:
            _log.info("gap in the feed", lot=lot_id, have=self._seq.get(lot_id), got=first)
            self._start_healing(lot_id)
            self._healing[lot_id].append(news)
            return
        self._pass_on(news)

    def _start_healing(self, lot_id: str) -> None:
        if lot_id not in self._healing:
            self._healing[lot_id] = []
            self._run_later(lot_id)

    def _pass_on(self, news: dict[str, Any]) -> None:
        lot_id, known = news["lot_id"], self._seq.get(news["lot_id"], 0)
        events = [event for event in news["events"] if event["seq"] > known]
        if not events:
            return
        self._seq[lot_id] = events[-1]["seq"]
        self._deliver(lot_id, events, news["state"])
