"""P1: what a screen shows is a prefix of the journal."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from auction.codec import decode_events
from auction.view import public_event
from tests.history.records import Decision, Shown


def false_pictures(
    report: Callable[[str, str, str], None],
    lot_id: str,
    decisions: list[Decision],
    shown: Sequence[Shown],
) -> None:
    """Report every event of a lot on a screen that is missing, doubled, or not the journal's."""
    known = [_as_sent(event) for event in _public_events(decisions)] if shown else []
    at: dict[str, int] = {}
    for item in shown:
        event = item.event
        before = at.get(item.screen, event["seq"] - 1)
        if event["seq"] != before + 1:
            report("P1", lot_id, f"{item.screen} shows {event['seq']} after {before}")
        at[item.screen] = event["seq"]
        if event["seq"] > len(known):
            report("P1", lot_id, f"{item.screen} shows {event}, which never happened")
        elif known[event["seq"] - 1] != _as_sent(event):
            report("P1", lot_id, f"{item.screen} shows {event}, not {known[event['seq'] - 1]!r}")


def _as_sent(event: dict[str, Any]) -> bytes:
    """Return the event as it is on the wire: some screens had it from there, some from memory."""
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def _public_events(rows: list[Decision]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        for event in decode_events(row.events):
            view = public_event(event)
            if view is not None:
                found.append({"lot_id": row.lot_id, "seq": len(found) + 1, **view})
    return found
