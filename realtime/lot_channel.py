"""One lot's channel in this process: where it stands, what happened last, who follows it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import orjson

from auction.formats.registry import BID_KINDS
from realtime.fanout import Fanout, Lane
from realtime.frames import Frame, frame
from realtime.outlet import Outlet

RING = 512
"""Latest events kept ready for those who come back."""
HISTORY = 100
"""Latest accepted bids in a snapshot."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a client had got: the journal it read, and the last event it has of the lot."""

    epoch: str
    seq: int


class LotChannel:
    """Everything here is of one moment: who joins between two calls misses nothing and gets nothing twice.

    Two lanes: one with every event, one of prices only for those who want no more.
    """

    def __init__(self, lot_id: str, fanout: Fanout) -> None:
        self.lot_id = lot_id
        self.epoch, self.seq = "", 0
        self.state: dict[str, Any] = {}
        self.known = asyncio.Event()
        """Set once the lot was read from the journal, or was not found there."""
        self.exists = False
        self.users = 0
        self.waiting: list[dict[str, Any]] | None = []
        """News that waits until a gap is filled; None while there is no gap."""
        self.everything, self.prices = Lane(fanout), Lane(fanout)
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=RING)
        self._history: deque[bytes] = deque(maxlen=HISTORY)
        self._snapshot: bytes | None = None

    def begin(
        self,
        epoch: str,
        state: dict[str, Any],
        events: list[dict[str, Any]],
        bids: list[dict[str, Any]],
    ) -> None:
        """Stand where the journal stands: `events` are the latest, `bids` the latest accepted."""
        self.epoch, self.state, self.seq = epoch, state, state["seq"]
        shown = [event for event in events if event["seq"] <= self.seq]
        self._ring.clear()
        self._ring.extend((event["seq"], orjson.dumps(event)) for event in shown)
        self._history.clear()
        self._history.extend(orjson.dumps(bid) for bid in bids if bid["seq"] <= self.seq)
        self._snapshot, self.exists = None, True

    def take(self, events: list[dict[str, Any]], state: dict[str, Any]) -> bool:
        """Take in what follows and pass it on; False if something is missing before it."""
        fresh = [event for event in events if event["seq"] > self.seq]
        if fresh and fresh[0]["seq"] != self.seq + 1:
            return False
        for event in fresh:
            body = orjson.dumps(event)
            self._ring.append((event["seq"], body))
            if event["kind"] in BID_KINDS:
                self._history.append(body)
            self.seq = event["seq"]
            self.everything.put(Frame("event", body, place=f"{self.epoch}:{self.seq}"))
        if state["seq"] >= self.state["seq"] and (fresh or state != self.state):
            self.state, self._snapshot = state, None
            price = frame("price", state, key=("price", self.lot_id))
            self.everything.put(price)
            self.prices.put(price)
        return True

    def missed_since(self, place: Place) -> list[bytes] | None:
        """Return the events after `place` if the ring still has all of them."""
        if place.epoch != self.epoch or place.seq > self.seq:
            return None
        after = [body for seq, body in self._ring if seq > place.seq]
        return after if len(after) == self.seq - place.seq else None

    def snapshot(self, now_us: int) -> bytes:
        """Return the answer to somebody who knows nothing yet."""
        if self._snapshot is None:
            head = self._head(recovered=False)
            self._snapshot = b'%b,"history":[%b]' % (head, b",".join(self._history))
        return b'%b,"now_us":%d}' % (self._snapshot, now_us)

    def recovery(self, missed: list[bytes], now_us: int) -> bytes:
        """Return the answer to somebody who came back and has everything but `missed`."""
        head = self._head(recovered=True)
        return b'%b,"events":[%b],"now_us":%d}' % (head, b",".join(missed), now_us)

    def _head(self, *, recovered: bool) -> bytes:
        head = {"ok": True, "epoch": self.epoch, "recovered": recovered, "state": self.state}
        return orjson.dumps(head)[:-1]

    def beat(self, now_us: int) -> None:
        """Tell how far the lot is and what time it is: a lost tail and a wrong clock show."""
        told = {"lot_id": self.lot_id, "epoch": self.epoch, "seq": self.seq, "now_us": now_us}
        sent = frame("heartbeat", told, key=("heartbeat", self.lot_id))
        self.everything.put(sent)
        self.prices.put(sent)

    def join(self, outlet: Outlet, *, prices_only: bool) -> None:
        """Let `outlet` follow from now on; asked again, the later wish counts."""
        wanted, other = (
            (self.prices, self.everything) if prices_only else (self.everything, self.prices)
        )
        other.leave(outlet)
        wanted.join(outlet)

    def leave(self, outlet: Outlet) -> None:
        """Let `outlet` follow no more."""
        self.everything.leave(outlet)
        self.prices.leave(outlet)
