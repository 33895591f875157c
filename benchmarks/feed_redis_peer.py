"""The peer of `python -m benchmarks idle_channel`: a worker of stock python-socketio on its Redis manager.

`python -m benchmarks.feed_redis_peer PORT REDIS_URL`; a client says `join` with the room that it wants.
"""

import sys

import socketio
import uvloop
from aiohttp import web

from luochui.collector import settle_collector
from luochui.tasks import stop_requested


async def serve(port: int, redis_url: str) -> None:
    """Serve until stopped."""
    manager = socketio.AsyncRedisManager(redis_url)
    server = socketio.AsyncServer(
        async_mode="aiohttp", cors_allowed_origins="*", client_manager=manager
    )
    app = web.Application()
    server.attach(app)

    @server.event  # type: ignore[untyped-decorator]
    async def join(sid: str, room: str) -> str:
        await server.enter_room(sid, room)
        return "joined"

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    settle_collector()
    await stop_requested()
    await server.shutdown()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
