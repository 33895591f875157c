"""What the process of `servers_process` does: run the servers until its standard input closes.

Prints one line of JSON, an `EmbeddedServers`, when they are ready. A test run that is killed
closes the pipe, so it leaves nothing running either.
"""

import asyncio
import sys
from pathlib import Path

import orjson

from luochui.embedded.servers import embedded_servers


async def main() -> None:
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)
    async with embedded_servers(Path(sys.argv[-1])) as servers:
        sys.stdout.write(orjson.dumps(servers).decode() + "\n")
        sys.stdout.flush()
        await closed.wait()
        loop.remove_reader(sys.stdin.fileno())
