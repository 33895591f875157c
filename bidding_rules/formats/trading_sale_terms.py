"""The vocabulary of a trading day over time: terms, moves, events, state."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.formats.trading_terms import DealKind, TradingPhase, TradingTerms
from bidding_rules.money import TermsError, check_duration
from bidding_rules.outcome import Outcome


class TradingSide(StrEnum):
    """Stable and public."""

    BUY = "buy"
    SELL = "sell"


class OfferKind(StrEnum):
    """Stable and public; each is numbered by itself, from 0."""

    ORDER = "order"
    LISTING = "listing"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingSaleTerms(FormatTerms):
    """The rules of the day, and how long its phases last. Raises `TermsError`, naming the field."""

    rules: TradingTerms
    opening_call_us: int = 0
    continuous_us: int
    closing_call_us: int = 0

    def __post_init__(self) -> None:
        check_duration("continuous_us", self.continuous_us, minimum_us=1)
        for name in ("opening_call", "closing_call"):
            lasts = getattr(self, f"{name}_us")
            check_duration(f"{name}_us", lasts)
            if bool(lasts) != getattr(self.rules, name):
                raise TermsError(f"{name}_us", "belongs to the call, which needs it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """申报: buy or sell `quantity` at `price` or better."""

    bidder: str
    side: TradingSide
    price: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListForPick:
    """挂牌: put up a listing for others to pick."""

    bidder: str
    side: TradingSide
    price: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickListing:
    """点选: take so much of listing `listing` at its price."""

    bidder: str
    listing: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeBlock:
    """大宗协议: propose a block to the holder of number `counterparty`."""

    bidder: str
    side: TradingSide
    price: int
    quantity: int
    counterparty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptBlock:
    """Agree to block `block`; the deal is made."""

    bidder: str
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackOffer:
    """撤销: take back what is left of an order, a listing or a block."""

    bidder: str
    offer: OfferKind
    place: int


TradingMove: TypeAlias = (
    Order | ListForPick | PickListing | ProposeBlock | AcceptBlock | TakeBackOffer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealMade:
    """成交: of the offers `bought` and `sold` (places of their kind; None: somebody picked or agreed)."""

    kind: DealKind
    buyer: str
    seller: str
    price: int
    quantity: int
    bought: int | None
    sold: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferGathered:
    """An order waits for the call. Never published: a call's orders are shown to nobody."""

    bidder: str
    side: TradingSide
    price: int
    quantity: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """An order or a listing is in, with the deals that an order made at once. Published without names."""

    offer: OfferKind
    bidder: str
    side: TradingSide
    price: int
    quantity: int
    deals: tuple[DealMade, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockProposed:
    """A block waits for its counterparty. Never published."""

    bidder: str
    side: TradingSide
    price: int
    quantity: int
    counterparty: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken:
    """A listing was picked or a block agreed to."""

    offer: OfferKind
    deal: DealMade
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTakenBack:
    """What was left of an offer is gone."""

    offer: OfferKind
    place: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingPhaseBegan:
    """A phase began, with the deals of the call before it."""

    phase: TradingPhase
    deals: tuple[DealMade, ...]
    at: int
    closes_at: int


TradingEvent: TypeAlias = (
    OfferGathered
    | OfferMade
    | BlockProposed
    | OfferTaken
    | OfferTakenBack
    | TradingPhaseBegan
    | SaleEnded
)


@dataclass(slots=True)
class StandingOffer:
    """An order, a listing or a block, and what is left of it."""

    bidder: str
    side: TradingSide
    price: int
    left: int
    counterparty: str | None = None


@dataclass(slots=True)
class TradingState:
    """Where a trading day stands; changed by `trading_sale.apply` only."""

    phase: TradingPhase
    closes_at: int
    hard_end_at: int | None = None
    offers: dict[OfferKind, list[StandingOffer]] = field(
        default_factory=lambda: {kind: [] for kind in OfferKind}
    )
    book: dict[TradingSide, list[tuple[int, int]]] = field(
        default_factory=lambda: {side: [] for side in TradingSide}
    )
    """Orders that rest: (rank of the price, place), the best first."""
    deals: int = 0
    value: int = 0
    quantity: int = 0
    """Of the deals that count for the close: all but blocks."""
    last_price: int | None = None
    outcome: Outcome | None = None
