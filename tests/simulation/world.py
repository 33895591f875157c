"""What everything in a simulation shares: time, chance, clocks that disagree, the wire, the trace."""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from math import log
from random import Random
from typing import Any

from tests.simulation.loop import Process, SimulatedLoop

BEGAN_US = 1_700_000_000_000_000
SECOND = 1_000_000


class LostError(ConnectionError):
    """The connection broke while an answer was due."""


class DownError(ConnectionError):
    """There is no connection; nothing was sent."""


class World:
    """One simulation's time, chance and trace. The wire's chance is its own."""

    def __init__(self, seed: int, loop: SimulatedLoop) -> None:
        self.seed, self.loop = seed, loop
        self.chance = Random(f"chance {seed}")
        self.wire = Random(f"wire {seed}")
        self.is_over = False
        self.lines: list[str] = []

    def now_us(self) -> int:
        """Return the true instant, which no server knows exactly."""
        return BEGAN_US + int(self.loop.now * 1e6)

    def trace(self, what: str) -> None:
        """Write down what happened; two runs of one seed write the same."""
        self.lines.append(f"{self.loop.now:.6f} {what}")

    def digest(self) -> str:
        """Return a hash of everything that was written down."""
        return blake2b("\n".join(self.lines).encode(), digest_size=16).hexdigest()


class Clock:
    """A computer's clock: off by a little, and sometimes it jumps."""

    def __init__(self, world: World, off_us: int) -> None:
        self._world = world
        self.off_us = off_us

    def now_us(self) -> int:
        """Return the instant as this computer has it."""
        return self._world.now_us() + self.off_us


Answering = Callable[[Any], None]
"""Where a server sends the answer to a request."""
Effect = Callable[[Answering], None]
"""What a server does with a request; it is given where to send the answer, now or later."""


class Link:
    """A connection between a process and a server: in order, slow, and sometimes cut.

    Cut, it loses what has not arrived, except what was on its way and arrives all the same; answers that
    are due are lost. A frozen link delays everything until it thaws.
    """

    def __init__(self, world: World, process: Process, *, slow_s: float = 0.002) -> None:
        self._world, self.process, self._slow_s = world, process, slow_s
        self._loop, self._chance = world.loop, world.wire.random
        self.is_up = True
        self._pending: dict[_Call, None] = {}
        self._last_sent = self._last_back = self._thaws_at = 0.0
        self.calls = 0
        self.trap: tuple[int, str, Callable[[], None]] | None = None
        """At this call, before or after its effect, something happens."""

    def send(self, name: str, effect: Effect) -> "asyncio.Future[Any]":
        """Send a request now; the future gets its answer, or `LostError`. Raises `DownError`."""
        answer: asyncio.Future[Any] = asyncio.Future(loop=self._loop)
        self._begin(_Call(self, name, answer), effect)
        return answer

    def post(self, name: str, effect: Effect) -> None:
        """Send a request whose answer nobody waits for. Raises `DownError`."""
        self._begin(_Call(self, name, None), effect)

    def _begin(self, call: "_Call", effect: Effect) -> None:
        if not self.is_up or self._world.is_over:
            raise DownError(f"{self.process.name}: not connected")
        self._pending[call] = None
        self.calls += 1
        if self.trap is not None:
            self._springs("before")
        self._last_sent = self._delayed(self._last_sent)
        self._loop.later(self._last_sent, self._arrive, call, effect)

    async def up(self) -> None:
        """Wait until there is a connection."""
        while not self.is_up:
            await asyncio.sleep(0.02)

    def cut(self, for_s: float) -> None:
        """Break the connection; it is made again after `for_s`."""
        if not self.is_up:
            return
        self.is_up = False
        for call in self._pending:
            if not call.has_arrived and self._world.wire.random() < 0.5:
                call.is_dropped = True
            _settle(call.answer, LostError(f"{self.process.name}: lost {call.name}"))
        self._pending.clear()
        self._world.loop.later(self._world.loop.time() + for_s, self._reconnect)

    def freeze(self, for_s: float) -> None:
        """Let nothing through for `for_s`: what is sent comes later, in order."""
        self._thaws_at = max(self._thaws_at, self._world.loop.time() + for_s)

    def _reconnect(self) -> None:
        self.is_up = True

    def _delayed(self, before: float) -> float:
        """Return when what is sent now comes to the other end: after what was sent before it."""
        now, thaws_at = self._loop.now, self._thaws_at
        at = (max(thaws_at, now)) - log(1.0 - self._chance()) * self._slow_s
        return at if at > before else before + 1e-6

    def _arrive(self, call: "_Call", effect: Effect) -> None:
        call.has_arrived = True
        if not call.is_dropped and not self._world.is_over:
            effect(call.reply)

    def answer(self, call: "_Call", value: Any) -> None:
        """Send the answer to a call back."""
        if self.trap is not None:
            self._springs("after")
        if call.answer is None:
            self._pending.pop(call, None)
        elif call in self._pending:
            self._last_back = self._delayed(self._last_back)
            self._loop.later(self._last_back, self._deliver, call, value)

    def _deliver(self, call: "_Call", value: Any) -> None:
        if call in self._pending:
            del self._pending[call]
            _settle(call.answer, value)

    def _springs(self, when: str) -> None:
        if self.trap is not None and self.trap[1] == when and self.calls >= self.trap[0]:
            act, self.trap = self.trap[2], None
            act()


class _Call:
    """A request under way, and where its answer belongs."""

    __slots__ = ("_link", "answer", "has_arrived", "is_dropped", "name")

    def __init__(self, link: Link, name: str, answer: "asyncio.Future[Any] | None") -> None:
        self._link, self.name, self.answer = link, name, answer
        self.has_arrived = self.is_dropped = False

    def reply(self, value: Any) -> None:
        """Send the answer back, if there is still somebody who waits for it."""
        self._link.answer(self, value)


def _settle(answer: "asyncio.Future[Any] | None", value: Any) -> None:
    if answer is None or answer.done():
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
        answer.exception()
    else:
        answer.set_result(value)
