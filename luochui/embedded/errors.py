"""What can go wrong with the embedded servers; each message is for the person at the terminal."""

import os
from pathlib import Path

_TAIL_LINES = 12
_TAIL_BYTES = 8192


class DataFolderInUseError(Exception):
    """Another running process already uses the data folder; the message names both."""


class EmbeddedStartError(Exception):
    """A server did not start; the message has the path of its log and the log's last lines."""


class ServerDiedError(Exception):
    """A server ended while it was needed; the message is built as for `EmbeddedStartError`."""


def log_tail(log: Path) -> str:
    """Return the path of `log` and its last lines, for the end of a message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    except OSError as error:
        return f"日志 log: {log} ({error.strerror})"
    return "\n".join([f"日志 log: {log}", *(f"  {line}" for line in lines)])
