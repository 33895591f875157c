"""What an ascending clock sale comes to: uniform price, or clinching after Ausubel. Pure functions.

    others(i)      = what all bidders but i still ask for at the price on the clock
    clinched(i)    = max(0, supply - others(i)), never more than i asks for
    each unit newly clinched at price p costs p                      (Ausubel, AER 94(5), 2004)

When demand falls below the supply at the last price, the missing units go back to those who gave them up
there: the highest exit price first, then the earlier bidder; each costs the exit price he named. With one
price for all, that price is then the lowest exit price so awarded, at which everybody still wants to buy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class ClockPayment(StrEnum):
    """What units cost."""

    UNIFORM = "uniform"
    """The final price, each unit."""
    CLINCHING = "clinching"
    """The price at which each unit was clinched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """A price that was on the clock and what each bidder, in order of arrival, asked for at it.

    `exits`: for whoever asks for less than at the reading before, the price at which each unit given up
    was last wanted; not below the price before and not above this one.
    """

    price: int
    demand: Mapping[str, int]
    exits: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResult:
    """The final price, and the price of each unit by bidder in the order of clinching."""

    price: int
    units: Mapping[str, tuple[int, ...]]
    unsold: int


def is_over(supply: int, demand: Mapping[str, int]) -> bool:
    """Tell whether the clock stops: nobody is refused anything any more."""
    return sum(demand.values()) <= supply


def clock_result(
    supply: int,
    readings: Sequence[ClockReading],
    *,
    payment: ClockPayment,
    exit_bids: bool = False,
) -> ClockResult:
    """Return what the sale comes to; the clock stops at the last reading and not before.

    Every reading names the same bidders; prices rise and demands do not. With `exit_bids` every exit
    price counts as a price of the clock, so the result is exact however coarse the increment is; without
    them exit prices matter only for units that go back at the end.
    """
    stops = list(_between(supply, readings) if exit_bids else readings)
    clinched: dict[str, list[int]] = {bidder: [] for bidder in stops[-1].demand}
    for reading in stops:
        total = sum(reading.demand.values())
        for bidder, asked in reading.demand.items():
            sure = min(asked, max(0, supply - (total - asked)))
            clinched[bidder].extend([reading.price] * (sure - len(clinched[bidder])))
    last = stops[-1]
    missing = supply - sum(len(prices) for prices in clinched.values())
    back = _given_up(last, clinched)[:missing]
    for price, bidder in back:
        clinched[bidder].append(price)
    final = last.price
    if back and (payment is ClockPayment.UNIFORM or not any(last.demand.values())):
        final = back[-1][0]
    if payment is ClockPayment.UNIFORM:
        clinched = {bidder: [final] * len(prices) for bidder, prices in clinched.items()}
    return ClockResult(
        price=final,
        units={bidder: tuple(prices) for bidder, prices in clinched.items() if prices},
        unsold=missing - len(back),
    )


def _given_up(
    reading: ClockReading, clinched: Mapping[str, Sequence[int]]
) -> list[tuple[int, str]]:
    """Return the units given up at the last reading: highest exit price first, then arrival.

    Units that a bidder has clinched before stay his whatever he asks for; they are his dearest ones.
    """
    units: list[tuple[int, str]] = []
    for bidder, asked in reading.demand.items():
        exits = sorted(reading.exits.get(bidder, ()), reverse=True)
        kept = max(0, len(clinched[bidder]) - asked)
        units += [(price, bidder) for price in exits[kept:]]
    return sorted(units, key=lambda unit: -unit[0])


def _between(supply: int, readings: Sequence[ClockReading]) -> Iterator[ClockReading]:
    """Yield the first reading, then one at every exit price, until the clock stops.

    Between exit prices nobody asks for anything else, so nothing can be clinched there.
    """
    yield readings[0]
    for before, after in pairwise(readings):
        prices = sorted({price for exits in after.exits.values() for price in exits})
        for price in prices:
            reading = ClockReading(
                price=price,
                demand={
                    bidder: asked
                    - sum(exit_price <= price for exit_price in after.exits.get(bidder, ()))
                    for bidder, asked in before.demand.items()
                },
                exits={
                    bidder: tuple(exit_price for exit_price in exits if exit_price == price)
                    for bidder, exits in after.exits.items()
                },
            )
            yield reading
            if is_over(supply, reading.demand):
                return
