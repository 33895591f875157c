"""What has arrived in an inbox, as commands in their order."""

from collections.abc import Iterable

import structlog

from auction.codec import CodecError, decode_command
from auction.commands import Command
from auction.inbox import Arrived, StreamId

_log = structlog.get_logger()


def understood(
    arrived: Iterable[Arrived], *, after: StreamId, poison: set[StreamId]
) -> list[tuple[Arrived, Command]]:
    """Return each entry with its command, without markers, garbage and what is in `poison`.

    Places only grow: an entry that does not come after those before it is passed over.
    """
    found = []
    for entry in arrived:
        if entry.stream_id <= after:
            _log.error("inbox went backwards", id=str(entry.stream_id))
            continue
        after = entry.stream_id
        if entry.kind == "marker" or entry.stream_id in poison:
            continue
        try:
            found.append((entry, decode_command(entry.kind, entry.body)))
        except CodecError as error:
            _log.error("unreadable command skipped", id=str(entry.stream_id), error=str(error))
    return found
