"""Tasks that have an owner: a job runs as long as a block does, and no task dies unseen."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

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
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    handlers_before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number, handler in handlers_before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
