"""Package auction (组合竞价): bids for bundles, the most valuable feasible set wins, exact.

Every group of bids is exclusive (XOR): at most one of a group wins. With VCG prices a winner pays what
his bids cost the others: the best welfare without him, less what the others get with him (Vickrey 1961,
Clarke 1971, Groves 1973); for one item this is the second price. Winner determination is NP-hard, so a
sale above `WORK_MAX` is refused when its bids are checked rather than answered late or inexactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from bidding_rules.money import TermsError

WORK_MAX = 1_000_000
"""Largest product of reachable states and bids; less than a second of work per winner."""


class PackagePricing(StrEnum):
    """What winners pay."""

    VCG = "vcg"
    """What their bids cost the others."""
    FIRST = "first"
    """Their own bids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageBid:
    """`bidder` values `bundle` (units by item) at `value`, together."""

    bidder: str
    value: int
    bundle: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageResult:
    """The winning bids in the order of their groups, their total value, and what each winner pays."""

    winners: tuple[PackageBid, ...]
    welfare: int
    payments: Mapping[str, int]


_Groups = Sequence[Sequence[PackageBid]]
_Entry = tuple[int, tuple[int, ...]]
"""Surplus, negated, and the place of the bid granted in each group so far."""
_Table = dict[int, _Entry]


def package_result(
    supply: Mapping[str, int],
    xor_groups: _Groups,
    *,
    pricing: PackagePricing = PackagePricing.VCG,
    order: Sequence[str] = (),
    reserve: Mapping[str, int] | None = None,
) -> PackageResult:
    """Return the winners and payments.

    Among equally valuable sets the one with the earlier groups wins, and within a group the earlier
    bid; groups of bidders named in `order` (a draw) go first. `reserve` is the seller's price per unit
    of an item: a bid must be above what its bundle is worth to the seller, and pays at least that.

    Raises `TermsError` for a bid that cannot be judged, and when the sale is too large to be exact.
    """
    check_bids(supply, xor_groups)
    places = {bidder: place for place, bidder in enumerate(order)}
    ordered = sorted(xor_groups, key=lambda group: _place(group, places))
    floor = dict(reserve or {})
    winners = _best_set(supply, ordered, floor)
    payments: dict[str, int] = {}
    for bidder in sorted({bid.bidder for bid in winners}):
        own = [bid for bid in winners if bid.bidder == bidder]
        if pricing is PackagePricing.FIRST:
            payments[bidder] = sum(bid.value for bid in own)
            continue
        without = [[bid for bid in group if bid.bidder != bidder] for group in ordered]
        others = sum(_surplus(bid, floor) for bid in winners if bid.bidder != bidder)
        lost = sum(_surplus(bid, floor) for bid in _best_set(supply, without, floor)) - others
        payments[bidder] = lost + sum(bid.value - _surplus(bid, floor) for bid in own)
    return PackageResult(
        winners=winners,
        welfare=sum(bid.value for bid in winners),
        payments=payments,
    )


@dataclass(frozen=True, slots=True)
class _Stock:
    """Units left of every item in one whole number: a field of bits for each, with a guard bit on top.

    Taking more than is left clears a guard bit, so one subtraction and one test tell whether a bundle
    fits, however many items there are.
    """

    shifts: Mapping[str, int]
    guards: int
    full: int

    @classmethod
    def of(cls, supply: Mapping[str, int]) -> "_Stock":
        shifts, guards, full, shift = {}, 0, 0, 0
        for item, units in supply.items():
            width = units.bit_length()
            shifts[item] = shift
            full |= units << shift
            guards |= 1 << (shift + width)
            shift += width + 1
        return cls(shifts=shifts, guards=guards, full=full | guards)

    def taken_by(self, bid: PackageBid) -> int:
        """Return what to subtract for `bid`, whose bundle fits the whole supply."""
        return sum(units << self.shifts[item] for item, units in bid.bundle.items())


def _best_set(
    supply: Mapping[str, int], groups: _Groups, floor: Mapping[str, int]
) -> tuple[PackageBid, ...]:
    """Return the feasible set of highest surplus: a table from units left to the best set so far.

    Of two sets that leave the same units and have the same surplus the one that stands first is kept;
    sets are compared by the places of their bids, so the answer does not depend on the table's order.
    """
    stock = _Stock.of(supply)
    best: _Table = {stock.full: (0, ())}
    for group in groups:
        options = [
            (place, stock.taken_by(bid), _surplus(bid, floor))
            for place, bid in enumerate(group)
            if all(units <= supply[item] for item, units in bid.bundle.items())
        ]
        grown: _Table = {}
        for left, (negated, places) in best.items():
            _keep_better(grown, left, (negated, (*places, len(group))))
            for place, taken, surplus in options:
                after = left - taken
                if surplus > 0 and after & stock.guards == stock.guards:
                    _keep_better(grown, after, (negated - surplus, (*places, place)))
        best = grown
    _, chosen = min(best.values())
    return tuple(
        group[place] for group, place in zip(groups, chosen, strict=True) if place < len(group)
    )


def _keep_better(table: _Table, left: int, entry: _Entry) -> None:
    if left not in table or entry < table[left]:
        table[left] = entry


def _surplus(bid: PackageBid, floor: Mapping[str, int]) -> int:
    return bid.value - sum(floor.get(item, 0) * units for item, units in bid.bundle.items())


def _place(group: Sequence[PackageBid], places: Mapping[str, int]) -> int:
    return min((places.get(bid.bidder, len(places)) for bid in group), default=len(places))


def check_bids(supply: Mapping[str, int], groups: _Groups) -> None:
    """Raise `TermsError` for a bid that cannot be judged, or when the sale is too large to be exact."""
    for item, units in supply.items():
        if units < 0:
            raise TermsError(f"supply.{item}", "must not be negative")
    for index, group in enumerate(groups):
        for place, bid in enumerate(group):
            _check_bid(f"xor_groups[{index}][{place}]", supply, bid)
    states = min(
        prod(units + 1 for units in supply.values()),
        prod(len(group) + 1 for group in groups),
    )
    if states * sum(len(group) + 1 for group in groups) > WORK_MAX:
        raise TermsError(
            "xor_groups", f"too many bids for an exact result (limit {WORK_MAX} steps)"
        )


def _check_bid(field: str, supply: Mapping[str, int], bid: PackageBid) -> None:
    if bid.value < 0:
        raise TermsError(f"{field}.value", "must not be negative")
    for item, units in bid.bundle.items():
        if item not in supply:
            raise TermsError(f"{field}.bundle.{item}", "is not on offer")
        if units < 0:
            raise TermsError(f"{field}.bundle.{item}", "must not be negative")
