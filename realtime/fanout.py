"""Sending one frame to many: a chunk a turn of the loop, and none while a bid waits for its answer."""

import asyncio
from collections import deque

from realtime.callers import Callers
from realtime.frames import Frame, Wire
from realtime.outlet import Outlet

CHUNK = 32
"""Connections written to in one turn: less than half a millisecond, for which a bid that arrives waits."""
LOOK_AGAIN_S = 0.001
"""So long a broadcast stands still before it looks whether somebody still waits for an answer."""
PATIENCE = 10
"""How often in a row it does so at most. Every chunk written earns it one time more."""


class _Batch:
    """Frames that go to the same members; those of one turn leave in one write."""

    __slots__ = ("at", "frames", "joined", "outlets")

    def __init__(self, outlets: tuple[Outlet, ...]) -> None:
        self.outlets, self.frames = outlets, list[Frame]()
        self.at = 0
        self.joined: dict[Wire, bytes] = {}


class Lane:
    """The members of one channel and what is on its way to them, in order.

    Who joins gets every frame put after that and none put before it.
    """

    def __init__(self, fanout: "Fanout") -> None:
        self._fanout = fanout
        self._outlets: dict[Outlet, None] = {}
        self._members: tuple[Outlet, ...] | None = None
        self._batches: deque[_Batch] = deque()

    def __len__(self) -> int:
        return len(self._outlets)

    def join(self, outlet: Outlet) -> None:
        """Add a member; harmless for one who is there."""
        if outlet not in self._outlets:
            self._outlets[outlet] = None
            self._members = None

    def leave(self, outlet: Outlet) -> None:
        """Remove a member; harmless for one who is not there."""
        if outlet in self._outlets:
            del self._outlets[outlet]
            self._members = None

    def put(self, sent: Frame) -> None:
        """Send a frame to everybody who is a member now."""
        if not self._outlets:
            return
        if self._members is None:
            self._members = tuple(self._outlets)
        last = self._batches[-1] if self._batches else None
        if last is None or last.at or last.outlets is not self._members:
            last = _Batch(self._members)
            self._batches.append(last)
            if len(self._batches) == 1:
                self._fanout.enter(self)
        last.frames.append(sent)

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._batches)

    def turn(self) -> None:
        """Write to the next chunk of members."""
        batch = self._batches[0]
        frames, joined = batch.frames, batch.joined
        chunk = batch.outlets[batch.at : batch.at + CHUNK]
        batch.at += CHUNK
        for outlet in chunk:
            blob = joined.get(outlet.wire)
            if blob is None:
                blob = b"".join([each.on(outlet.wire) for each in frames])
                joined[outlet.wire] = blob
            outlet.deliver(blob, frames)
        if batch.at >= len(batch.outlets):
            self._batches.popleft()


class Fanout:
    """Lets all lanes with something to send take turns: a small lot does not wait for a big one.

    A bid takes a dozen turns of the loop to be answered, and would wait for a chunk in each of them. So
    nothing is written while somebody waits for an answer, within bounds: a broadcast to n connections takes
    at most n / `CHUNK` + `PATIENCE` milliseconds longer, however many bids come.
    """

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._lanes: deque[Lane] = deque()
        self._patience = PATIENCE

    def enter(self, lane: Lane) -> None:
        """Give `lane` its turns until it has nothing to send."""
        if not self._lanes:
            asyncio.get_running_loop().call_soon(self._turn)
        self._lanes.append(lane)

    def _turn(self) -> None:
        if self._callers and self._patience:
            self._patience -= 1
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._turn)
            return
        self._patience = min(self._patience + 1, PATIENCE)
        lane = self._lanes.popleft()
        try:
            lane.turn()
        finally:  # Whatever one connection did, everybody else is sent what follows.
            if lane.is_busy:
                self._lanes.append(lane)
            if self._lanes:
                asyncio.get_running_loop().call_soon(self._turn)
