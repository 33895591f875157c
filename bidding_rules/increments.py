"""The increment grid (加价幅度): which amounts are valid next bids."""

from dataclasses import dataclass
from itertools import pairwise

from bidding_rules.money import TermsError, check_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From a price of `price_min` fen on, bids rise by `increment` fen."""

    price_min: int
    increment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """An increment ladder (加价阶梯); most notices have one step.

    `steps` ascend by `price_min`; the first starts at zero. With `on_grid` a bid must lie a whole
    number of increments above the price (加价幅度的整数倍); without it any amount from the next minimum on
    will do.
    """

    steps: tuple[Step, ...]
    on_grid: bool = True

    def __post_init__(self) -> None:
        if not self.steps:
            raise TermsError("increments", "at least one step is needed")
        if self.steps[0].price_min != 0:
            raise TermsError("increments", "the first step must start at zero")
        for step in self.steps:
            check_amount("increments", step.increment)
        lows = [step.price_min for step in self.steps]
        if any(low >= high for low, high in pairwise(lows)):
            raise TermsError("increments", "steps must ascend by price_min")

    def at(self, price: int) -> int:
        """Return the increment in force at `price`."""
        steps = self.steps
        found = steps[0].increment
        if len(steps) == 1:
            return found
        for step in steps:
            if step.price_min > price:
                break
            found = step.increment
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustIncrement:
    """From now on bids rise by `increment` fen; asked by the host of a listing or the auctioneer."""

    increment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementAdjusted:
    """From `at` on bids rise by `increment` fen."""

    increment: int
    at: int


def fixed(increment: int) -> Increments:
    """Return the usual ladder of one step."""
    return Increments(steps=(Step(price_min=0, increment=increment),))


def is_on_grid(increments: Increments, base: int, amount: int) -> bool:
    """Tell whether `amount` lies a whole number (>= 0) of increments above `base`.

    The increment is the one in force at `base`, so within a ladder a large jump counts in steps of the
    price it starts from.
    """
    return not increments.on_grid or (amount - base) % increments.at(base) == 0


def next_minimum(increments: Increments, price: int | None, start: int) -> int:
    """Return the lowest valid bid: `start` for the first one, then `price` and one increment.

    The definition of the accept test: base = the highest price, or (start - increment) before the
    first bid; n = (bid - base) / increment must be a whole number >= 1.
    """
    return start if price is None else price + increments.at(price)
