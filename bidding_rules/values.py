"""How the values and enumerations of the path of a bid are made: as cheaply as Python can.

Every bid makes a handful of them, so what making one costs decides how many bids a second the rules can
judge, and how long a replay takes.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar, dataclass_transform

_Value = TypeVar("_Value")
_Members = TypeVar("_Members", bound=type[Enum])


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_Value]) -> type[_Value]:
    """Make `cls` a value: equal and hashed by content, frozen to the type checker.

    At run time nothing forbids to change one; that check would make every construction three times as
    dear, and the type checker does it for nothing. On the path of a bid fields are given by position, for
    keywords would make it twice as dear again. For values made once a bid; all others are
    `@dataclass(frozen=True, kw_only=True)`.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


def plain_members(cls: _Members) -> _Members:
    """Let the members of an enumeration be found like any attribute of a class.

    Python 3.12 does this by itself; before, each `Phase.FREE` in the code is a call of a descriptor. Even
    so it costs four times a global name, hence `_FREE = Phase.FREE` at the head of a module that every bid
    runs through.
    """
    for name, member in cls.__members__.items():
        type.__setattr__(cls, name, member)
    return cls
