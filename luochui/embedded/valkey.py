"""The embedded Valkey: an append-only file, reachable by its socket only."""

import asyncio
import signal

from luochui.embedded import processes
from luochui.embedded.place import Place
from luochui.embedded.processes import Answer, ServerProcess

_ASK_TIMEOUT_S = 5.0


def start_valkey(place: Place) -> ServerProcess:
    """Start Valkey on its files. A crash of the machine loses about one second of writes."""
    settings = {
        "port": "0",
        "unixsocket": str(place.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(place.valkey_folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return processes.start(
        "Valkey",
        [place.binaries.valkey_server, *options],
        account=place.account,
        log=place.valkey_log,
        lock=place.lock.descriptor,
        stop_signal=signal.SIGTERM,
    )


async def ask_valkey(place: Place) -> Answer:
    """Ask whether Valkey takes commands, in the protocol's inline form: no client is loaded."""
    try:
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(place.valkey_socket)
            try:
                writer.write(b"PING\r\n")
                answer = await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
    except OSError:
        return Answer.NOTHING
    if answer.startswith(b"-LOADING"):
        return Answer.RECOVERING
    return Answer.READY if answer == b"+PONG\r\n" else Answer.NOTHING
