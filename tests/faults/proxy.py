"""A bad network between two processes: a proxy on Unix sockets that delays, holds, swallows and resets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_CHUNK = 65_536


class Proxy:
    """Stands before the server that listens at `target`; listens at `path` itself."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path, self._target = path, target
        self.delay_s = 0.0
        self.swallows_answers = False
        """The next answer is lost, and its connection with it: what was asked has been done."""
        self.swallowed = 0
        self._open = asyncio.Event()
        self._open.set()
        self._transports: set[asyncio.WriteTransport] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Accept connections for as long as the block lasts."""
        server = await asyncio.start_unix_server(self._connected, self.path)
        try:
            yield
        finally:
            server.close()
            self.reset()

    def hold(self) -> None:
        """Let nothing through, in neither direction, until `release`: a black hole."""
        self._open.clear()

    def release(self) -> None:
        """Let through again what was held."""
        self._open.set()

    def reset(self) -> None:
        """Break all connections; what was on its way is lost."""
        for transport in list(self._transports):
            transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours = {writer.transport}
        try:
            there, back = await asyncio.open_unix_connection(self._target)
        except OSError:
            writer.transport.abort()
            return
        ours.add(back.transport)
        self._transports |= ours
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, back, ours, answers=False))
                group.create_task(self._pump(there, writer, ours, answers=True))
        finally:
            for transport in ours:
                transport.abort()
            self._transports -= ours

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        both: set[asyncio.WriteTransport],
        *,
        answers: bool,
    ) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._open.wait()
                if answers and self.swallows_answers:
                    self.swallows_answers = False
                    self.swallowed += 1
                    break
                sink.write(data)
                await sink.drain()
        for transport in both:
            transport.abort()
