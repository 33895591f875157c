"""Commands, events and answers as JSON, in the journal and on the stream.

A body is the value's fields; its kind is the class name in snake case. orjson writes the dataclasses as
they stand, msgspec reads them strictly (no floats, no unknown fields).
"""

import re
from typing import Any, TypeAlias

import msgspec
import orjson

from auction.commands import AdvanceClock, AskedCommand, Command
from auction.events import AuctionEvent, Event
from bidding_rules.formats.timed_terms import TimedEvent
from bidding_rules.rejections import Rejection

Kind: TypeAlias = str


def _kinds(union: Any) -> dict[type, Kind]:
    return {c: re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower() for c in union.__args__}


_COMMAND_KIND = {**_kinds(AskedCommand), AdvanceClock: "advance_clock"}
_EVENT_KIND = {**_kinds(AuctionEvent), **_kinds(TimedEvent)}
_COMMAND_READER: dict[Kind, msgspec.json.Decoder[Any]] = {
    k: msgspec.json.Decoder(c) for c, k in _COMMAND_KIND.items()
}
_EVENT_CLASS = {k: c for c, k in _EVENT_KIND.items()}
_REJECTION_READER = msgspec.json.Decoder(Rejection)


class CodecError(Exception):
    """These bytes are no command or event of ours."""


def command_kind(command: Command) -> Kind:
    """Return the kind of `command`, for example `place_bid`."""
    return _COMMAND_KIND[type(command)]


def event_kind(event: Event) -> Kind:
    """Return the kind of `event`, for example `bid_accepted`."""
    return _EVENT_KIND[type(event)]


def encode_command(command: Command) -> bytes:
    """Return the body of `command`."""
    return orjson.dumps(command)


def decode_command(kind: Kind, body: bytes | str) -> Command:
    """Return the command; raise `CodecError` for anything that is none."""
    try:
        command: Command = _COMMAND_READER[kind].decode(body)
    except (KeyError, ValueError) as error:
        raise CodecError(f"not a command: {kind}: {error}") from error
    return command


def encode_events(happened: tuple[Event, ...]) -> str:
    """Return the events as a JSON array of `{"kind": ..., fields}` in order."""
    if not happened:
        return "[]"
    parts = [_with_kind(_EVENT_KIND[type(e)], orjson.dumps(e)) for e in happened]
    return "[" + ",".join(parts) + "]"


def decode_events(body: bytes | str) -> tuple[Event, ...]:
    """Return the events that `encode_events` wrote."""
    try:
        rows: list[dict[str, Any]] = orjson.loads(body)
        return tuple(msgspec.convert(row, _EVENT_CLASS[row.pop("kind")]) for row in rows)
    except (KeyError, ValueError) as error:
        raise CodecError(f"not events: {error}") from error


def encode_rejection(rejection: Rejection | None) -> str | None:
    """Return the refusal as JSON, or None."""
    return None if rejection is None else orjson.dumps(rejection).decode()


def decode_rejection(body: bytes | str | None) -> Rejection | None:
    """Return the refusal that `encode_rejection` wrote."""
    return None if body is None else _REJECTION_READER.decode(body)


def _with_kind(kind: Kind, body: bytes) -> str:
    """Splice the kind into an encoded object that has at least one field."""
    return f'{{"kind":"{kind}",' + body[1:].decode()
