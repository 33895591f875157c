"""Columns of orders: what clearing takes in and gives back, and the checks that both twins make."""

from array import array
from collections.abc import Iterable
from typing import TypeAlias, Union

Column: TypeAlias = Union["array[int]", "memoryview[int]"]  # Neither has [] in Python 3.11.
"""64-bit integers side by side (`array("q")`, a memoryview of one, any such buffer)."""

PRICE_MAX = 2**63 - 1
"""The largest price of one order."""
QUANTITY_MAX = 10**15
"""The largest quantity of one order, in the lot's smallest unit."""
SUPPLY_MAX = 10**18
"""The largest quantity on offer."""
COLUMN_ITEM_BYTES = 8


def column_values(name: str, column: Column) -> list[int]:
    """Return the numbers of a column; `ValueError` unless it is a plain row of 64-bit integers."""
    view = memoryview(column)
    if (
        view.format not in {"q", "l"}
        or view.itemsize != COLUMN_ITEM_BYTES
        or not view.c_contiguous
    ):
        raise ValueError(f"{name} must be a contiguous column of 64-bit integers")
    if view.ndim != 1:
        raise ValueError(f"{name} must have one dimension")
    return view.tolist()


def check_orders(price: list[int], quantity: list[int]) -> None:
    """Raise `ValueError` unless prices are from 0 on and quantities lie from 0 to `QUANTITY_MAX`."""
    check_same_length("quantity", quantity, price)
    check_range("price", price, PRICE_MAX)
    check_range("quantity", quantity, QUANTITY_MAX)


def check_range(name: str, column: list[int], maximum: int) -> None:
    """Raise `ValueError` unless all numbers lie from 0 to `maximum`."""
    if min(column, default=0) < 0 or max(column, default=0) > maximum:
        raise ValueError(f"{name} must lie from 0 to {maximum}")


def check_same_length(name: str, column: list[int], other: list[int]) -> None:
    """Raise `ValueError` unless both columns speak of the same orders."""
    if len(column) != len(other):
        raise ValueError(f"{name} must have one entry for each order")


def check_places(bidder: list[int], bidders: int) -> None:
    """Raise `ValueError` unless each bidder is a place from 0 to `bidders` - 1."""
    if bidder and not 0 <= min(bidder) <= max(bidder) < bidders:
        raise ValueError("bidder must be places from 0 on, below the number of bidders")


def as_column(values: Iterable[int]) -> "memoryview[int]":
    """Return a column of these numbers."""
    return memoryview(array("q", values))
