"""An event loop without a computer: virtual time, an order drawn from a seed, processes that stop.

Time passes only when nothing can run; then it jumps to the next timer. Whatever is ready at the same
instant runs in an order that the seed decides. Every task belongs to a simulated process, by its context;
a process that is paused (SIGSTOP) or dead (SIGKILL) runs no further step, at whatever await it stands.
"""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any, TypeAlias


class DeadlockError(Exception):
    """Nothing can run and no timer is set."""


class Process:
    """A simulated operating system process; its tasks run only while it does."""

    def __init__(self, name: str, loop: "SimulatedLoop") -> None:
        self.name = name
        self.is_dead = self.is_stopped = False
        """Dead processes and paused ones are stopped; only paused ones go on."""
        self._loop = loop
        self._held: list[asyncio.Handle] = []
        self._context = copy_context()
        self._context.run(_PROCESS.set, self)
        loop.processes.append(self)

    def start(self, job: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `job` in this process."""
        return self._loop.create_task(job, context=self._context.copy())

    def kill(self) -> None:
        """End it as SIGKILL does: no `finally`, no farewell."""
        self.is_dead = self.is_stopped = True

    def pause(self) -> None:
        """Stop it as SIGSTOP does."""
        self.is_stopped = True

    def go_on(self) -> None:
        """Let it run again, unaware of the time that has passed."""
        if not self.is_dead:
            self.is_stopped = False
            self.let_go()

    def let_go(self) -> None:
        """Give back the steps that were held."""
        held, self._held = self._held, []
        self._loop.ready_again(held)

    def hold(self, handle: asyncio.Handle) -> None:
        """Keep a step of a process that does not run."""
        self._held.append(handle)


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs everything in virtual time; anything that touches the real world ends in `DeadlockError`."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._now = 0.0
        self._shuffle = Random(f"order {seed}").shuffle
        self._timers: list[tuple[float, int, _Timer]] = []
        self._timer_no = 0
        self.processes: list[Process] = []
        self.is_ending = False

    def time(self) -> float:
        """Return the seconds since the simulation began."""
        return self._now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run `callback` at an instant, within the process that asks."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._push(when, timer)
        return timer

    def later(self, when: float, call: Callable[..., object], *args: object) -> None:
        """Call at an instant, outside of every process."""
        self._push(when, (call, args))

    def ready_again(self, handles: list[asyncio.Handle]) -> None:
        """Let steps that were held run now."""
        self._ready.extend(handles)

    def run_in_executor(self, *_args: object) -> Any:
        """Refuse: threads know nothing of virtual time."""
        raise DeadlockError("a thread was asked for")

    def _push(self, when: float, timer: "_Timer") -> None:
        self._timer_no += 1
        heapq.heappush(self._timers, (when, self._timer_no, timer))

    def _run_once(self) -> None:
        if not self._ready:
            self._jump()
        batch = list(self._ready)
        self._ready.clear()
        if len(batch) > 1:
            self._shuffle(batch)
        for item in batch:
            if type(item) is tuple:
                call, args = item
                call(*args)
            elif not item._cancelled:
                process = item._context.get(_PROCESS)
                if process is None or self.is_ending or not process.is_stopped:
                    item._run()
                else:
                    process.hold(item)

    def _jump(self) -> None:
        """Pass over to the next instant at which something is to be done."""
        timers = self._timers
        if not timers:
            raise DeadlockError("nothing can run and no timer is set")
        when = timers[0][0]
        self._now = max(self._now, when)
        while timers and timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(timers)[2])

    def _write_to_self(self) -> None:
        """Leave it: nothing sleeps. Python asks for this when it ends a generator nobody holds."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Leave it: it is passed over when its time comes."""


_Timer: TypeAlias = "asyncio.TimerHandle | tuple[Callable[..., object], tuple[object, ...]]"


def run_simulated(loop: SimulatedLoop, job: Coroutine[Any, Any, None]) -> None:
    """Run `job` to its end, then everything else to its own, and close the loop."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(job)
        loop.is_ending = True
        for process in loop.processes:
            process.let_go()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(_ended(tasks))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _ended(tasks: set["asyncio.Task[Any]"]) -> None:
    if tasks:
        await asyncio.wait(tasks)
