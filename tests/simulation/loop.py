"""An event loop without a computer: virtual time, an order drawn from a seed, processes that stop.

Time passes only when nothing can run; then it jumps to the next timer. Whatever is ready at the same
instant runs in an order that the seed decides. Every task belongs to a simulated process, by its context;
a process that is paused (SIGSTOP) or dead (SIGKILL) runs no further step, at whatever await it stands.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from random import Random
from typing import Any, TypeAlias


class DeadlockError(Exception):
    """Nothing can run and no timer is set."""


class Step:
    """What asyncio calls a handle, with nothing but what it is used for here."""

    __slots__ = ("args", "call", "context", "is_cancelled")

    def __init__(
        self, call: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> None:
        self.call, self.args = call, args
        self.context = copy_context() if context is None else context
        self.is_cancelled = False

    def cancel(self) -> None:
        """See to it that it is not run."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self.is_cancelled


class Process:
    """A simulated operating system process; its tasks run only while it does."""

    def __init__(self, name: str, loop: "SimulatedLoop") -> None:
        self.name = name
        self.is_dead = self.is_stopped = False
        """Dead processes and paused ones are stopped; only paused ones go on."""
        self._loop = loop
        self._held: list[Step] = []
        self._context = copy_context()
        self._context.run(_PROCESS.set, self)
        loop.processes.append(self)

    def start(self, job: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `job` in this process."""
        task = self._loop.create_task(job, context=self._context.copy())
        self._loop.jobs.append(task)
        return task

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

    def hold(self, step: Step) -> None:
        """Keep a step of a process that does not run."""
        self._held.append(step)


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class _Task(asyncio.Task[Any]):
    """A task that sets keep at its number, not at its address in memory, which no seed decides.

    So a `TaskGroup` cancels its tasks in the same order in every process.
    """

    def __init__(self, job: Coroutine[Any, Any, Any], number: int, **more: Any) -> None:
        self._number = number
        super().__init__(job, **more)

    def __hash__(self) -> int:
        return self._number


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs everything in virtual time; anything that touches the real world ends in `DeadlockError`."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.now = 0.0
        """Seconds since the simulation began."""
        self._ready: list[_Timer] = []  # type: ignore[assignment]
        self._shuffle = Random(f"order {seed}").shuffle
        self._timers: list[tuple[float, int, _Timer]] = []
        self._timer_no = 0
        self.processes: list[Process] = []
        self.jobs: list[asyncio.Task[None]] = []
        """What processes were started with: none of it may fail."""
        self.is_ending = False
        self._tasks_begun = 0

    def time(self) -> float:
        """Return `now`: so asyncio asks for it."""
        return self.now

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        """Run `callback` at this instant, within the process that asks."""
        step = Step(callback, args, context)
        self._ready.append(step)
        return step

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        """Run `callback` at an instant, within the process that asks."""
        step = Step(callback, args, context)
        self._timer_no += 1
        heappush(self._timers, (when, self._timer_no, step))
        return step

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        """Run `callback` after `delay` seconds, within the process that asks."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def create_task(  # type: ignore[override]
        self,
        job: Coroutine[Any, Any, Any],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> _Task:
        """Begin a task within the process that asks."""
        self._tasks_begun += 1
        return _Task(job, self._tasks_begun, loop=self, name=name, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future, as asyncio does."""
        return asyncio.Future(loop=self)

    def later(self, when: float, call: Callable[..., object], *args: object) -> None:
        """Call at an instant, outside of every process."""
        self._timer_no += 1
        heappush(self._timers, (when, self._timer_no, (call, args)))

    def ready_again(self, steps: list[Step]) -> None:
        """Let steps that were held run now."""
        self._ready.extend(steps)

    def run_in_executor(self, *_args: object) -> Any:
        """Refuse: threads know nothing of virtual time."""
        raise DeadlockError("a thread was asked for")

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        """Do what `call_soon` does; Python asks for this when it ends a generator nobody holds."""
        return self.call_soon(callback, *args, context=context)

    def _run_once(self) -> None:
        """Run what is ready, instant after instant, until the loop is to stop.

        When nothing is, time jumps to the next instant at which something is to be done.
        """
        timers = self._timers
        while not self._stopping:
            batch = self._ready
            if batch:
                self._ready = []
            else:
                batch = [self._next(timers)]
                while timers and timers[0][0] <= self.now:
                    batch.append(heappop(timers)[2])
            if len(batch) > 1:
                self._shuffle(batch)
            for item in batch:
                if type(item) is tuple:
                    item[0](*item[1])
                elif not item.is_cancelled:
                    process = item.context.get(_PROCESS)
                    if process is None or not process.is_stopped or self.is_ending:
                        item.context.run(item.call, *item.args)
                    else:
                        process.hold(item)

    def _next(self, timers: "list[tuple[float, int, _Timer]]") -> "_Timer":
        """Let time pass until the next timer."""
        if not timers:
            raise DeadlockError("nothing can run and no timer is set")
        when, _, item = heappop(timers)
        self.now = max(self.now, when)
        return item


_Timer: TypeAlias = Step | tuple[Callable[..., object], tuple[object, ...]]


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
        for ended in loop.jobs:
            if not ended.cancelled():
                ended.result()  # Raises what it failed with: nobody who takes part dies unseen.
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _ended(tasks: set["asyncio.Task[Any]"]) -> None:
    if tasks:
        await asyncio.wait(tasks)
