"""Every move of every live format as a message: made from the formats' own moves, nothing is written twice.

A message says what the move says, except who makes it: that is whoever is signed in. Where those who run
the sale speak for a bidder, it names his `number`. Amounts in fen carry `_fen` in their names.
"""

import dataclasses
import typing
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from auction.codec import read_move
from auction.formats.live import Side
from auction.formats.registry import MOVES, name_of
from bidding_rules.formats.timed_terms import Bid, ConfirmParticipation
from bidding_rules.money import AMOUNT_MAX
from realtime.messages import CommandId, LotId

_OWN_MESSAGES = (Bid, ConfirmParticipation)
"""Moves with a command and a message of their own."""
_FEN = ("amount", "maximum", "values", "increment", "price", "exits")
_NO_NUL = r"^[^\u0000]*$"
_Whole = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
_Words = Annotated[str, msgspec.Meta(max_length=4096, pattern=_NO_NUL)]
Why = Annotated[str, msgspec.Meta(max_length=500, pattern=_NO_NUL)]
_Why = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=_NO_NUL)]
_Number = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_NO_NUL)]
_MOST = 200

KINDS: dict[str, type] = {name_of(m): m for m in MOVES if m not in _OWN_MESSAGES}
"""Move by kind, for example `set_maximum`."""


def side_of(kind: str) -> Side:
    """Return who may make a move of this kind."""
    return MOVES[KINDS[kind]]


def move_of(kind: str, message: msgspec.Struct) -> Any:
    """Return the move that `message`, one of this kind, asks for; its bidder is blank or as named."""
    names = {_public_name(f.name): f.name for f in dataclasses.fields(KINDS[kind])}
    plain = {
        names[name]: _plain(getattr(message, name))
        for name in message.__struct_fields__
        if name in names
    }
    if "bidder" in names.values():
        plain["bidder"] = getattr(message, "number", "")
    return read_move(kind, plain)


def _fields_of(kind: str) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    fields = _described(KINDS[kind])
    if side_of(kind) is Side.STAFF:
        if any(f.name == "bidder" for f in dataclasses.fields(KINDS[kind])):
            fields.insert(0, ("number", _Number))
        if all(field[0] != "reason" for field in fields):
            fields.append(("reason", Why, ""))
    return fields


def _described(move: type) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    hints = typing.get_type_hints(move)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in dataclasses.fields(move):
        if field.name in ("bidder", "rank"):
            continue
        bounded = _Why if field.name == "reason" else _bounded(hints[field.name])
        name = _public_name(field.name)
        if field.default is dataclasses.MISSING:
            fields.append((name, bounded))
        else:
            fields.append((name, bounded, field.default))
    return fields


def _bounded(hint: Any) -> Any:
    if hint is int:
        return _Whole
    if hint is str:
        return _Words
    if dataclasses.is_dataclass(hint):
        return msgspec.defstruct(
            hint.__name__,  # type: ignore[union-attr]
            _described(hint),  # type: ignore[arg-type]
            forbid_unknown_fields=True,
            kw_only=True,
            namespace={"__doc__": hint.__doc__},
        )
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    inner = typing.get_args(hint)[0]
    return Annotated[tuple[_bounded(inner), ...], msgspec.Meta(max_length=_MOST)]  # type: ignore[misc]


def _public_name(name: str) -> str:
    return f"{name}_fen" if name in _FEN else name


def _plain(value: Any) -> Any:
    """Return a message's value in the words of the moves."""
    if isinstance(value, msgspec.Struct):
        return {
            name.removesuffix("_fen"): _plain(getattr(value, name))
            for name in value.__struct_fields__
        }
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _struct(kind: str, suffix: str, *about: tuple[str, Any]) -> type[msgspec.Struct]:
    move = KINDS[kind]
    return msgspec.defstruct(
        f"{move.__name__}{suffix}",
        [*about, *_fields_of(kind)],
        forbid_unknown_fields=True,
        kw_only=True,
        namespace={"__doc__": move.__doc__},
    )


BODIES: dict[str, type[msgspec.Struct]] = {
    kind: _struct(kind, "Body", ("command_id", CommandId)) for kind in KINDS
}
"""What an HTTP request says."""
MESSAGES: dict[str, type[msgspec.Struct]] = {
    kind: _struct(kind, "Message", ("lot_id", LotId), ("command_id", CommandId))
    for kind in KINDS
    if side_of(kind) is Side.BIDDER
}
"""What a bidder's socket says; the event's name is the kind."""
