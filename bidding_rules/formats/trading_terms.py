"""The vocabulary of a trading day: terms, phases, deals."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from bidding_rules.clearing.columns import QUANTITY_MAX
from bidding_rules.money import TermsError, check_amount
from bidding_rules.order_book import SPAN_MAX
from bidding_rules.rounding import half_up


class TradingPhase(StrEnum):
    """Stable and public; they follow each other in this order."""

    OPENING_CALL = "opening_call"
    """开盘集合竞价: orders gather, and meet at one price when the phase ends."""
    CONTINUOUS = "continuous"
    """连续竞价: orders meet as they come; listings and blocks."""
    CLOSING_CALL = "closing_call"
    """收盘集合竞价."""
    CLOSED = "closed"
    """收市: what was not traded has lapsed."""


class DealKind(StrEnum):
    """Stable and public."""

    CALL = "call"
    CONTINUOUS = "continuous"
    LISTED = "listed"
    """挂牌点选."""
    BLOCK = "block"
    """大宗协议; does not count for the close."""


class CallTie(StrEnum):
    """Which of several equally good prices a call auction takes. Both are in force."""

    MIDDLE = "middle"
    """中间价 (rule of the Shanghai Stock Exchange)."""
    NEAREST = "nearest"
    """The one nearest to the last price, before the first deal the previous close (Shenzhen's rule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingTerms:
    """What is fixed for a day's trading in one kind of permit. Raises `TermsError`, naming the field.

    Prices in the smallest money unit per unit traded. Price limits (涨跌幅) are shares of the previous
    close, rounded half up to the tick.
    """

    previous_close: int
    """上一交易日收盘价."""
    tick: int = 1
    """最小价格变动: a fen."""
    quantity_step: int = 1
    price_limit: Fraction = Fraction(1, 10)
    """For orders, listings and picks."""
    order_quantity_max: int = 99_999
    """单笔最大申报数量: of one order or listing; blocks begin above it."""
    block_price_limit: Fraction = Fraction(3, 10)
    block_quantity_min: int = 100_000
    pick_levels: int = 5
    """A pick may take a listing at one of so many best prices of its side."""
    opening_call: bool = True
    closing_call: bool = True
    call_tie: CallTie = CallTie.MIDDLE
    call_withdrawals: bool = True
    """Whether orders may be withdrawn while they gather for a call."""
    self_trade: bool = False
    """Whether one account's orders may meet each other; 自买自卖 is commonly forbidden."""

    def __post_init__(self) -> None:
        check_amount("previous_close", self.previous_close)
        check_amount("tick", self.tick)
        for name in ("quantity_step", "order_quantity_max", "block_quantity_min", "pick_levels"):
            if not 1 <= getattr(self, name) <= QUANTITY_MAX:
                raise TermsError(name, f"must lie from 1 to {QUANTITY_MAX}")
        for name in ("price_limit", "block_price_limit"):
            if not 0 <= getattr(self, name) < 1:
                raise TermsError(name, "must be a share from 0 to below 1")
        low, high = self.price_range
        if low < self.tick:
            raise TermsError("price_limit", "the lowest price must be at least a tick")
        if (high - low) // self.tick >= SPAN_MAX:
            raise TermsError("tick", f"the price range must have fewer than {SPAN_MAX} ticks")

    @property
    def price_range(self) -> tuple[int, int]:
        """The lowest and the highest price of orders and listings."""
        return self._range(self.price_limit)

    @property
    def block_price_range(self) -> tuple[int, int]:
        """The lowest and the highest price of a block."""
        return self._range(self.block_price_limit)

    def to_tick(self, price: Fraction) -> int:
        """Return a price rounded half up to the tick."""
        return half_up(price / self.tick) * self.tick

    def _range(self, limit: Fraction) -> tuple[int, int]:
        return (
            self.to_tick(self.previous_close * (1 - limit)),
            self.to_tick(self.previous_close * (1 + limit)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """成交: numbered from 0 as they are made."""

    number: int
    kind: DealKind
    buyer: str
    seller: str
    price: int
    quantity: int


@dataclass(slots=True, kw_only=True)
class Offer:
    """An order, a listing, or a block waiting for its counterparty; `left` is what is not yet traded."""

    owner: str
    side: int
    price: int
    left: int
    counterparty: str | None = None
