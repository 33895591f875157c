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


class Lane:
    """The members of one channel and what is on its way to them, in order.

    Who joins gets every frame put after that and none put before it. Members are gone through in rounds, and
    each is sent all that there is for him by then in one write; so what waits never grows beyond one round,
    however many join meanwhile.
    """

    def __init__(self, fanout: "Fanout") -> None:
        self._fanout = fanout
        self._next: dict[Outlet, int] = {}
        """Every member, and the number of the frame that he is to be sent next."""
        self._frames: list[Frame] = []
        """Those on their way; the first has the number `_first`."""
        self._first = 0
        self._joined: dict[tuple[Wire, int], tuple[bytes, list[Frame]]] = {}
        """By wire and number: all from that number on."""
        self._round: tuple[Outlet, ...] = ()
        self._at = 0
        self._covered = 0
        """How many of the frames everybody has once the round is over."""

    def __len__(self) -> int:
        return len(self._next)

    def join(self, outlet: Outlet) -> None:
        """Add a member; harmless for one who is there."""
        self._next.setdefault(outlet, self._first + len(self._frames))

    def leave(self, outlet: Outlet) -> None:
        """Remove a member; harmless for one who is not there."""
        self._next.pop(outlet, None)

    def put(self, sent: Frame) -> None:
        """Send a frame to everybody who is a member now."""
        if not self._next:
            return
        self._frames.append(sent)
        self._joined.clear()
        if len(self._frames) == 1:
            self._fanout.enter(self)

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._frames)

    def turn(self) -> None:
        """Write to the next chunk of members."""
        if not self._at:
            self._round, self._covered = tuple(self._next), len(self._frames)
        following, end = self._next, self._first + len(self._frames)
        last: tuple[Wire, int] | None = None
        joined, frames = b"", list[Frame]()
        for outlet in self._round[self._at : self._at + CHUNK]:
            number = following.get(outlet, end)
            if number == end:
                continue
            # First: if this one fails, the chunk is gone through again without him.
            following[outlet] = end
            wanted = outlet.wire, number
            if wanted != last:
                joined, frames = self._from(*wanted)
                last = wanted
            outlet.deliver(joined, frames)
        self._at += CHUNK
        if self._at >= len(self._round):
            del self._frames[: self._covered]
            self._first += self._covered
            self._joined.clear()
            self._round, self._at = (), 0

    def _from(self, wire: Wire, number: int) -> tuple[bytes, list[Frame]]:
        """Return the bytes on this wire of all frames from this number on, and the frames."""
        found = self._joined.get((wire, number))
        if found is None:
            frames = self._frames[number - self._first :]
            found = b"".join([each.on(wire) for each in frames]), frames
            self._joined[wire, number] = found
        return found


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
