"""The Python peer of `fanout` and its neighbours: stock python-socketio on aiohttp and uvloop.

Reads `K` lines from standard input and emits K messages to a room that everybody is in but those who came
with a token: they bid, and are answered at once.
"""

import asyncio
import sys
import time
from typing import Any

import socketio
import uvloop
from aiohttp import web

ROOM = "bench"


def message(seq: int) -> dict[str, Any]:
    """Return what every peer sends: the state of a lot, with the instant it was published."""
    return {
        "lot_id": ROOM,
        "seq": seq,
        "price_fen": 100_000_000 + seq * 100_000,
        "leader": "A03",
        "bids": seq,
        "closes_at_us": 1_790_000_000_000_000,
        "status": "open",
        "phase": "limited",
        "t": time.monotonic_ns() // 1000,
    }


async def asked_messages() -> Any:
    """Yield once for every message that the conductor asks for; end with standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        for _ in range(int(line)):
            yield None


async def serve(port: int) -> None:
    """Serve until standard input ends."""
    # More patient than by default: it must not take watchers for dead when it is late itself.
    server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*", ping_timeout=300)
    app = web.Application()
    server.attach(app)

    @server.event  # type: ignore[untyped-decorator]
    async def connect(sid: str, _environ: object, auth: object) -> None:
        if auth is None:
            await server.enter_room(sid, ROOM)

    @server.event  # type: ignore[untyped-decorator]
    async def bid(_sid: str, _said: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "at_us": time.time_ns() // 1000}

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    seq = 0
    async for _ in asked_messages():
        seq += 1
        await server.emit("price", message(seq), room=ROOM)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
