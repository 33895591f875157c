"""A package auction over time: bids on bundles come in during one window, then the best set wins.

Each bidder's last list of bids counts; at most one bid of the list wins (XOR). The machine must know the
bids to tell whether an exact result stays possible, so their contents are secret, not sealed.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.packages import (
    PackageBid,
    PackagePricing,
    check_bids,
    package_result,
)
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.money import AMOUNT_MAX, TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode

UNITS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """So many units of an item."""

    item: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSaleTerms(FormatTerms):
    """What is on offer and the window. Raises `TermsError`, naming the field."""

    supply: tuple[Units, ...]
    window_us: int
    pricing: PackagePricing = PackagePricing.VCG
    unit_reserves: tuple[tuple[str, int], ...] = ()
    """The seller's published price of one unit by item, in fen."""
    bids_max: int = 20
    """Most bids of one bidder."""

    def __post_init__(self) -> None:
        names = [part.item for part in self.supply]
        if not names or len(set(names)) < len(names):
            raise TermsError("supply", "at least one item, each named once")
        if any(not 1 <= part.units <= UNITS_MAX for part in self.supply):
            raise TermsError("supply", f"from 1 to {UNITS_MAX} units of each item")
        for item, price in self.unit_reserves:
            check_amount("unit_reserves", price)
            if item not in names:
                raise TermsError("unit_reserves", f"{item} is not on offer")
        if self.bids_max < 1:
            raise TermsError("bids_max", "must be at least 1")
        check_duration("window_us", self.window_us, minimum_us=1)

    @property
    def units(self) -> dict[str, int]:
        """Return the units on offer by item."""
        return {part.item: part.units for part in self.supply}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A bundle, and what it is worth to the bidder, in fen."""

    amount: int
    bundle: tuple[Units, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BidPackages:
    """All of a bidder's packages, of which at most one wins; replaces his list before."""

    bidder: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesBid:
    """A bidder's list is in. Never published before the end."""

    bidder: str
    packages: tuple[Package, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageAward:
    """A winning bundle, what was bid for it and what it costs."""

    bidder: str
    amount: int
    payment: int
    bundle: tuple[Units, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesAwarded:
    """The most valuable set of packages that fits."""

    awards: tuple[PackageAward, ...]
    at: int


PackageEvent: TypeAlias = PackagesBid | PackagesAwarded | SaleEnded


@dataclass(slots=True)
class PackageState:
    """Where a package auction stands; changed by `apply` only."""

    closes_at: int
    hard_end_at: int | None = None
    lists: dict[str, tuple[Package, ...]] = field(default_factory=dict)
    """By bidder, in order of arrival; a new list arrives anew."""
    awards: tuple[PackageAward, ...] | None = None
    outcome: Outcome | None = None


def begin(terms: PackageSaleTerms, at: int) -> PackageState:
    """Return the state of a sale that opens at `at`."""
    return PackageState(closes_at=at + terms.window_us)


def judge(
    terms: PackageSaleTerms, state: PackageState, move: BidPackages, at: int
) -> tuple[PackageEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing."""
    if state.awards is not None or at >= state.closes_at:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if len(move.packages) > terms.bids_max:
        return Rejection(code=RejectionCode.TOO_MANY_ORDERS)
    for package in move.packages:
        if not 1 <= package.amount <= AMOUNT_MAX:
            return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, amount_min=1)
        names = [part.item for part in package.bundle]
        on_offer = all(0 < part.units <= terms.units.get(part.item, 0) for part in package.bundle)
        if not names or len(set(names)) < len(names) or not on_offer:
            return Rejection(code=RejectionCode.QUANTITY_OUT_OF_RANGE)
    others = {who: list_ for who, list_ in state.lists.items() if who != move.bidder}
    try:
        check_bids(terms.units, _groups({**others, move.bidder: move.packages}))
    except TermsError:  # More bids than an exact result can be found for.
        return Rejection(code=RejectionCode.TOO_MANY_ORDERS)
    return (PackagesBid(bidder=move.bidder, packages=move.packages, at=at),)


def apply(_terms: PackageSaleTerms, state: PackageState, event: PackageEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case PackagesBid():
            state.lists.pop(event.bidder, None)
            state.lists[event.bidder] = event.packages
        case PackagesAwarded():
            state.awards = event.awards
        case SaleEnded():
            state.outcome = event.outcome


def due_at(state: PackageState) -> int | None:
    """Return when something next happens by itself."""
    return None if state.outcome is not None else state.closes_at


def lapse(terms: PackageSaleTerms, state: PackageState, at: int) -> PackageEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    if state.outcome is not None or at < state.closes_at:
        return None
    if state.awards is None:
        return PackagesAwarded(awards=_awards(terms, state), at=state.closes_at)
    sold = bool(state.awards)
    price = sum(award.payment for award in state.awards) if sold else None
    kind = OutcomeKind.SOLD if sold else OutcomeKind.NO_BIDS
    return SaleEnded(outcome=Outcome(kind=kind, at=state.closes_at, price=price))


def _groups(lists: dict[str, tuple[Package, ...]]) -> list[list[PackageBid]]:
    return [
        [
            PackageBid(
                bidder=bidder,
                value=package.amount,
                bundle={part.item: part.units for part in package.bundle},
            )
            for package in packages
        ]
        for bidder, packages in lists.items()
    ]


def _awards(terms: PackageSaleTerms, state: PackageState) -> tuple[PackageAward, ...]:
    result = package_result(
        terms.units,
        _groups(state.lists),
        pricing=terms.pricing,
        reserve=dict(terms.unit_reserves),
    )
    return tuple(
        PackageAward(
            bidder=bid.bidder,
            amount=bid.value,
            payment=result.payments[bid.bidder],
            bundle=tuple(Units(item=item, units=units) for item, units in bid.bundle.items()),
        )
        for bid in result.winners
    )
