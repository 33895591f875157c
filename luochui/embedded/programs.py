"""A Python program of ours as a process of its own, for load tests and benchmarks."""

import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from luochui.embedded import processes
from luochui.embedded.processes import Answer, ServerProcess


@asynccontextmanager
async def program_running(
    name: str,
    words: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    ask: Callable[[], Awaitable[Answer]],
) -> AsyncIterator[ServerProcess]:
    """Run `python WORDS`, which dies with us, until the block ends; the block begins when it is ready.

    Raises `EmbeddedStartError` with the end of its log if it does not get ready.
    """
    server = processes.start(
        name,
        [sys.executable, *words],
        account=None,
        log=log,
        stop_signal=signal.SIGTERM,
        environment=dict(environment),
    )
    try:
        await processes.wait_until_ready(server, ask)
        yield server
    finally:
        await processes.stop(server)
