"""Tasks that have an owner: a job runs as long as a block does, and no task dies unseen."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def running(job: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Run `job` for as long as the block lasts.

    Leaving the block cancels the job and waits for it. If the job fails first, the block
    is cancelled and the job's error is raised here: no task dies unseen. A job that ends by
    itself lets the block go on. An error of job or block arrives as it was raised; only if
    both failed do they come together in an `ExceptionGroup`.
    """
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(job, name=name)
            yield
            task.cancel()
    except BaseExceptionGroup as failures:
        if len(failures.exceptions) > 1:
            raise
        failure = failures.exceptions[0]
    # Raised outside the handler, so that the error keeps the cause it was raised with.
    if failure is not None:
        raise failure


async def stop_requested() -> None:
    """Wait until the process is asked to stop, by SIGINT or SIGTERM.

    The signal handlers found at the call are put back at the end, so a second Ctrl-C during
    an orderly stop does what it did before. Call it from the main thread only.
    """
    with _stop_signals() as stop:
        await stop.wait()


async def until_stopped(job: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Run `job` and return its result; None if the process was asked to stop before it ended.

    Asked to stop, as for `stop_requested`, the job is cancelled and waited for. Its error
    arrives as it was raised.
    """
    results: list[_Result] = []
    with _stop_signals() as stop:

        async def work() -> None:
            try:
                results.append(await job)
            finally:
                stop.set()

        async with running(work(), name="until stopped"):
            await stop.wait()
    return results[0] if results else None


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Yield an event that a stop signal sets."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    handlers_before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number, handler in handlers_before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
