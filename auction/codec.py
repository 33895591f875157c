"""Commands, events and answers as JSON, in the journal and on the stream.

A body is the value's fields; its kind is the class name in snake case, of a move in the words of the lot's
format the name of the move. msgspec writes the commands, which are its structs, orjson the dataclasses of
the rules; msgspec reads them strictly (no floats). The terms of a format carry its `kind`; without one
they are those of timed bidding.
"""

from dataclasses import fields
from fractions import Fraction
from typing import Any, TypeAlias
from zlib import crc32

import msgspec
import orjson
from msgspec.structs import asdict

from auction.commands import (
    AdvanceClock,
    AnnounceLot,
    AskedCommand,
    Command,
    ConductMove,
    MakeMove,
)
from auction.events import AuctionEvent, Event, LotAnnounced
from auction.formats.live import Side
from auction.formats.registry import BY_KIND, EVENTS, MOVES, format_of, name_of
from auction.formats.timed import TIMED
from bidding_rules.format_terms import FormatTerms
from bidding_rules.rejections import Rejection

Kind: TypeAlias = str


def _kinds(union: Any) -> dict[type, Kind]:
    return {c: name_of(c) for c in union.__args__}


def _read_special(wanted: Any, plain: Any) -> Any:
    """Read what msgspec does not know: exact fractions, and terms by their kind."""
    if wanted is Fraction:
        return Fraction(plain)
    if wanted is FormatTerms:
        row = BY_KIND[plain.pop("kind", TIMED.kind)]
        return msgspec.convert(plain, row.terms, dec_hook=_read_special)
    raise NotImplementedError(wanted)  # What msgspec asks of a hook that does not know a type.


def _write_special(value: Any) -> Any:
    """Write what orjson does not know, and terms with their kind."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, AnnounceLot):
        return asdict(value)
    plain = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, FormatTerms) and format_of(value) is not TIMED:
        return {"kind": format_of(value).kind, **plain}
    return plain


class _Asked(msgspec.Struct, kw_only=True):
    """A command that carries a move."""

    lot_id: str
    command_id: str
    actor: str
    move: msgspec.Raw
    reason: str = ""


_COMMAND_KIND = {**_kinds(AskedCommand), AdvanceClock: "advance_clock"}
_MOVE_KIND = {move: name_of(move) for move in MOVES}
_MOVE_CLASS = {name: move for move, name in _MOVE_KIND.items()}
_EVENT_KIND = {**_kinds(AuctionEvent), **{e: name_of(e) for e in EVENTS}}
_COMMAND_READER: dict[Kind, msgspec.json.Decoder[Any]] = {
    k: msgspec.json.Decoder(c, dec_hook=_read_special) for c, k in _COMMAND_KIND.items()
}
_ASKED_READER = msgspec.json.Decoder(_Asked)
_EVENT_CLASS = {k: c for c, k in _EVENT_KIND.items()}
_REJECTION_READER = msgspec.json.Decoder(Rejection)
_WITH_TERMS = (AnnounceLot, LotAnnounced)


class CodecError(Exception):
    """These bytes are no command or event of ours."""


def command_kind(command: Command) -> Kind:
    """Return the kind of `command`, for example `place_bid`; with a move, the kind of the move."""
    if isinstance(command, MakeMove | ConductMove):
        move = type(command.move)
        wanted = Side.BIDDER if isinstance(command, MakeMove) else Side.STAFF
        if MOVES.get(move) is not wanted:
            raise CodecError(f"{move.__name__} is no move of a {wanted}")
        return _MOVE_KIND[move]
    return _COMMAND_KIND[type(command)]


def event_kind(event: Event) -> Kind:
    """Return the kind of `event`, for example `bid_accepted`."""
    return _EVENT_KIND[type(event)]


def encode_command(command: Command) -> bytes:
    """Return the body of `command`."""
    return _body(command)


def fingerprint(command: Command) -> int:
    """Return a number that is the same in every process for the same command, and hardly for another."""
    return fingerprint_of(command_kind(command), encode_command(command))


def fingerprint_of(kind: Kind, body: bytes) -> int:
    """Return the fingerprint of the command that was encoded so."""
    return crc32(body, crc32(kind.encode()))


def decode_command(kind: Kind, body: bytes | str) -> Command:
    """Return the command; raise `CodecError` for anything that is none."""
    try:
        reader = _COMMAND_READER.get(kind)
        command: Command = _read_move(kind, body) if reader is None else reader.decode(body)
    except (KeyError, ValueError) as error:
        raise CodecError(f"not a command: {kind}: {error}") from error
    return command


def read_move(kind: Kind, plain: dict[str, Any]) -> Any:
    """Return the move of this kind with the fields of `plain`; raise `CodecError` if there is none."""
    try:
        return msgspec.convert(plain, _MOVE_CLASS[kind], dec_hook=_read_special)
    except (KeyError, ValueError) as error:
        raise CodecError(f"not a move: {kind}: {error}") from error


def encode_events(happened: tuple[Event, ...]) -> str:
    """Return the events as a JSON array of `{"kind": ..., fields}` in order."""
    if not happened:
        return "[]"
    parts = [_with_kind(_EVENT_KIND[type(e)], _body(e)) for e in happened]
    return "[" + ",".join(parts) + "]"


def decode_events(body: bytes | str) -> tuple[Event, ...]:
    """Return the events that `encode_events` wrote."""
    try:
        rows: list[dict[str, Any]] = orjson.loads(body)
        return tuple(
            msgspec.convert(row, _EVENT_CLASS[row.pop("kind")], dec_hook=_read_special)
            for row in rows
        )
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


def _body(value: Any) -> bytes:
    if type(value) in _WITH_TERMS:
        return orjson.dumps(value, default=_write_special, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value, enc_hook=_write_special)
    return orjson.dumps(value)


def _read_move(kind: Kind, body: bytes | str) -> MakeMove | ConductMove:
    move_class = _MOVE_CLASS[kind]
    asked = _ASKED_READER.decode(body)
    move: Any = msgspec.json.decode(asked.move, type=move_class, dec_hook=_read_special)
    about = {"lot_id": asked.lot_id, "command_id": asked.command_id, "actor": asked.actor}
    if MOVES[move_class] is Side.BIDDER:
        return MakeMove(**about, move=move)
    return ConductMove(**about, move=move, reason=asked.reason)
