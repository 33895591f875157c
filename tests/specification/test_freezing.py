"""What a snapshot holds comes back equal and of its own type, or is not written at all."""

from collections import deque
from dataclasses import dataclass, field, replace
from fractions import Fraction

import msgspec
import pytest

from auction.commands import SuspendLot
from auction.freezing import frozen, thawed
from auction.snapshots import SnapshotError, decode_lot, encode_lot
from auction.state import Lot, Status
from auction.steps import take
from tests.support.engine import simple_terms
from tests.support.history import commands_of


def back(value):
    return thawed(msgspec.msgpack.decode(msgspec.msgpack.encode(frozen(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**62),
        "竞买号",
        b"\x00\xff",
        Fraction(1, 3),
        Status.OPEN,
        [1, [2]],
        (1, (2,)),
        {1, 2},
        frozenset({"a"}),
        deque([1, 2]),
        {("a", 1): [{"b": None}], Status.OPEN: set()},
        simple_terms(opens_at=1),
    ],
)
def test_a_value_comes_back_as_it_was(value):
    assert back(value) == value
    assert type(back(value)) is type(value)


def test_a_lot_in_the_middle_of_its_sale_comes_back_as_it_was():
    lot = Lot("L")
    for n, command in enumerate(commands_of("L", simple_terms(opens_at=1), 100), 1):
        take(lot, command, n)
    take(lot, SuspendLot(lot_id="L", command_id="s", actor="hall", reason="雨"), 1000)
    assert lot.sale.bids > 0
    assert decode_lot(encode_lot(lot)) == replace(lot, answers={})


@dataclass
class Foreign:
    parts: list[int] = field(default_factory=list)


class Named(dict):
    pass


SHARED = [1]


@pytest.mark.parametrize("value", [Foreign(), Named(), object(), [SHARED, SHARED], 1.5, len])
def test_what_would_not_come_back_as_it_was_is_refused(value):
    with pytest.raises(TypeError):
        frozen(value)


@pytest.mark.parametrize(
    "plain", [["os:system", 1], ["auction.state:os"], ["auction.state:NoSuchThing", 1]]
)
def test_nothing_but_values_of_the_core_is_ever_made(plain):
    with pytest.raises(TypeError):
        thawed(plain)


@pytest.mark.parametrize("body", [b"", b"\x93\x01", msgspec.msgpack.encode([1, 2, 3])])
def test_bytes_that_are_no_lot_are_refused(body):
    with pytest.raises(SnapshotError):
        decode_lot(body)
