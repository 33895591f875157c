"""Values of the core as plain data and back: dataclasses, enumerations, containers. For snapshots only.

Every value comes back equal and of its own type. What cannot be promised that is refused: classes from
elsewhere, subclasses of containers, and a mutable value that is reached on two ways (it would come back
as two).
"""

import sys
from collections import deque
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import msgspec

_OURS = ("bidding_rules.", "auction.")
_CONTAINERS = {kind.__name__: kind for kind in (list, tuple, set, frozenset, deque)}


def frozen(value: Any) -> Any:
    """Return `value` as None, booleans, integers, texts, bytes and lists; raise `TypeError`."""
    return _frozen(value, set())


def thawed(plain: Any) -> Any:
    """Return the value that `frozen` was given; raise `TypeError`, `ValueError` or `KeyError`."""
    if not isinstance(plain, list):
        return plain
    kind, *rest = plain
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](thawed(item) for item in rest)
    if kind == "dict":
        return {thawed(key): thawed(item) for key, item in zip(rest[::2], rest[1::2], strict=True)}
    if kind == "Fraction":
        return Fraction(*rest)
    return _object(_class(kind), rest)


def _frozen(value: Any, seen: set[int]) -> Any:
    if value is None or type(value) in (bool, int, str, bytes):
        return value
    kind = type(value)
    if kind is Fraction:
        return ["Fraction", value.numerator, value.denominator]
    if isinstance(value, Enum):
        return [_name(kind), value.value]
    if id(value) in seen and not _is_immutable(value):
        raise TypeError(f"reached on two ways: {kind.__name__}")
    seen.add(id(value))
    if kind is dict:
        return ["dict", *(_frozen(part, seen) for item in value.items() for part in item)]
    if kind in (set, frozenset):
        # In an order that does not hang on this process: the same set is always written alike.
        return [kind.__name__, *sorted((_frozen(item, seen) for item in value), key=repr)]
    if kind in _CONTAINERS.values():
        return [kind.__name__, *(_frozen(item, seen) for item in value)]
    return [_name(kind), *(_frozen(getattr(value, name), seen) for name in _fields(kind))]


def _is_immutable(value: Any) -> bool:
    """Tell whether two copies of `value` can never be told apart by changing one."""
    parameters = getattr(value, "__dataclass_params__", None)
    if parameters is not None:
        return bool(parameters.frozen)
    if isinstance(value, msgspec.Struct):
        return value.__struct_config__.frozen
    return isinstance(value, tuple | frozenset)


def _fields(kind: type) -> tuple[str, ...]:
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    raise TypeError(f"not plain data: {kind.__name__}")


def _name(kind: type) -> str:
    name = f"{kind.__module__}:{kind.__qualname__}"
    if _class(name) is not kind:
        raise TypeError(f"not a class of the core: {name}")
    return name


def _class(name: str) -> type:
    module, _, qualified = name.partition(":")
    if not module.startswith(_OURS):
        raise TypeError(f"not a class of the core: {name}")
    found = getattr(sys.modules.get(module), qualified, None)
    if not isinstance(found, type):
        raise TypeError(f"unknown class: {name}")
    return found


def _object(kind: type, rest: list[Any]) -> Any:
    """Return the object as it was: what it was checked for when built is not checked again."""
    if issubclass(kind, Enum):
        return kind(*rest)
    if issubclass(kind, msgspec.Struct):
        return kind(**dict(zip(_fields(kind), map(thawed, rest), strict=True)))
    made = object.__new__(kind)
    for name, item in zip(_fields(kind), rest, strict=True):
        object.__setattr__(made, name, thawed(item))
    return made
