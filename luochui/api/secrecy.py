"""What even supervisors do not read before a sale has ended: reserves, maxima, sealed and secret moves."""

from typing import Any

from auction.formats.live import Side
from auction.formats.registry import FORMATS, MOVES, SECRET_MOVES, name_of

_RESERVES = ("reserve", "policy_reserve")
_SECRET = {name_of(move): MOVES[move] for move in SECRET_MOVES}
_PRIVATE = frozenset(name_of(event) for row in FORMATS for event in row.private)


def hide_secrets(entry: dict[str, Any]) -> None:
    """Take out of a journal entry what is secret until the end: contents, and where they tell, who.

    When it happened and what kind of act it was stays.
    """
    command = entry["command"]
    _hide_reserves(command)
    side = _SECRET.get(command["kind"])
    if side is not None:
        command.pop("move", None)
        command["secret"] = True
        if side is Side.BIDDER:
            command["actor"] = command["command_id"] = ""
        if entry["rejection"] is not None:
            entry["rejection"] = {"code": entry["rejection"]["code"]}
    entry["events"] = [_hidden(event) for event in entry["events"]]


def _hidden(event: dict[str, Any]) -> dict[str, Any]:
    if event["kind"] in _PRIVATE:
        return {"kind": event["kind"], "secret": True}
    _hide_reserves(event)
    return event


def _hide_reserves(holder: dict[str, Any]) -> None:
    """Blank every reserve in the terms that an announcement carries, wherever the format keeps it."""
    terms = holder.get("terms")
    if terms is None:
        return
    parts: list[dict[str, Any]] = [terms]
    while parts:
        part = parts.pop()
        for name, value in part.items():
            if name in _RESERVES:
                part[name] = None
            elif isinstance(value, dict):
                parts.append(value)
