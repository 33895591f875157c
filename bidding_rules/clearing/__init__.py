"""Multi-unit clearing: what price, who gets how much, ties at the margin, limits per bidder.

One interface over two twins that give the same results: `reference` (plain Python, the definition) and the
compiled `bidding_rules._native`. Orders stand in columns of 64-bit integers; an order's place is its time
priority (时间优先). Prices are in the lot's smallest money unit, quantities in its smallest unit. Columns
that do not fit together, or hold numbers out of range, raise `ValueError`.
"""

from dataclasses import dataclass
from enum import StrEnum

from bidding_rules.backend import backend
from bidding_rules.clearing.columns import PRICE_MAX, QUANTITY_MAX, SUPPLY_MAX, Column
from bidding_rules.clearing.margin_ties import (
    FLOOR_THEN_RANDOM,
    RANDOM_ORDER,
    ROUND_UP,
    TIME,
    TieRule,
)

if backend() == "c":
    from bidding_rules._native import count_bidders as _count_bidders
    from bidding_rules._native import cut_to_limits as _cut_to_limits
    from bidding_rules._native import fill as _fill
    from bidding_rules._native import price_at as _price_at
    from bidding_rules._native import value as _value
else:
    from bidding_rules.clearing.reference import count_bidders as _count_bidders
    from bidding_rules.clearing.reference import cut_to_limits as _cut_to_limits
    from bidding_rules.clearing.reference import fill as _fill
    from bidding_rules.clearing.reference import price_at as _price_at
    from bidding_rules.clearing.reference import value as _value


class Tie(StrEnum):
    """How orders at the same price share what is left at the margin (末位同价). Stable and public."""

    TIME = "time"
    """时间优先: the earlier order first (Shanghai, Guangdong)."""
    RANDOM_ORDER = "random_order"
    """An order fixed at random before the auction (EU Reg 1031/2010 art. 7; UK SI 2021/484)."""
    FLOOR_THEN_RANDOM = "floor_then_random"
    """Pro rata floored to whole units, the rest one unit each at random (Quebec Q-2 r. 46.1 s. 61.3)."""
    ROUND_UP = "round_up"
    """Pro rata rounded up to the multiple; may exceed the supply by a little (31 CFR 356.21)."""


_TIE_CODES = {
    Tie.TIME: TIME,
    Tie.RANDOM_ORDER: RANDOM_ORDER,
    Tie.FLOOR_THEN_RANDOM: FLOOR_THEN_RANDOM,
    Tie.ROUND_UP: ROUND_UP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Who gets how much. `allocation` is a column with one number for each order, in their order."""

    allocation: "memoryview[int]"
    demand: int
    """What was asked for at the reserve or above."""
    sold: int
    orders_filled: int
    """Number of orders with an allocation above zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginPrices:
    """The two prices at which the supply runs out, and what was asked for at the reserve or above."""

    demand: int
    lowest_accepted: int | None
    """Price of the last unit sold; None: nothing is sold."""
    highest_rejected: int | None
    """Price of the first unit asked for and not sold; None: everything fits."""


def fill(
    price: Column,
    quantity: Column,
    *,
    supply: int,
    reserve: int = 0,
    tie: Tie = Tie.TIME,
    rank: Column | None = None,
    unit: int = 1,
    minimum: int = 0,
) -> Fill:
    """Serve orders by price until the supply is used up; orders below the reserve get nothing.

    For the random rules, `rank` is each order's number in the order fixed beforehand, lowest first; equal
    numbers, and all orders when it is missing, go by arrival. For the pro rata rules, `unit` is the
    multiple in which quantities are awarded; for `ROUND_UP`, `minimum` is the least award.
    """
    _check_range("supply", supply, 0, SUPPLY_MAX)
    _check_range("reserve", reserve, 0, PRICE_MAX)
    _check_range("unit", unit, 1, QUANTITY_MAX)
    _check_range("minimum", minimum, 0, QUANTITY_MAX)
    rule = TieRule(_TIE_CODES[tie], rank, unit, minimum)
    allocation, demand, sold, filled = _fill(price, quantity, supply, reserve, rule)
    return Fill(allocation=allocation, demand=demand, sold=sold, orders_filled=filled)


def price_at(price: Column, quantity: Column, *, supply: int, reserve: int = 0) -> MarginPrices:
    """Return the prices at which a supply runs out, without allocating anything."""
    _check_range("supply", supply, 0, SUPPLY_MAX)
    _check_range("reserve", reserve, 0, PRICE_MAX)
    demand, lowest_accepted, highest_rejected = _price_at(price, quantity, supply, reserve)
    return MarginPrices(
        demand=demand, lowest_accepted=lowest_accepted, highest_rejected=highest_rejected
    )


def cut_to_limits(
    price: Column, quantity: Column, bidder: Column, limit: Column
) -> "memoryview[int]":
    """Return the quantities left when bidder `b` may have at most `limit[b]` in all (单一主体竞买上限).

    A bidder's lowest-priced lots are cut first, at one price the latest (Quebec Q-2 r. 46.1 s. 52).
    `bidder` holds places in `limit`.
    """
    return _cut_to_limits(price, quantity, bidder, limit)


def value(price: Column, allocation: Column) -> int:
    """Return the sum of price times allocation: the revenue when each pays his own price."""
    return _value(price, allocation)


def count_bidders(bidder: Column, allocation: Column, bidders: int) -> int:
    """Return how many of `bidders` bidders have an allocation above zero."""
    _check_range("bidders", bidders, 0, QUANTITY_MAX)
    return _count_bidders(bidder, allocation, bidders)


def _check_range(name: str, number: int, minimum: int, maximum: int) -> None:
    if not minimum <= number <= maximum:
        raise ValueError(f"{name} must lie from {minimum} to {maximum}, not {number}")
