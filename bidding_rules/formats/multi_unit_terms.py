"""The vocabulary of a sealed multi-unit sale: terms, orders, outcome."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from bidding_rules.clearing import Tie
from bidding_rules.clearing.columns import QUANTITY_MAX, SUPPLY_MAX, Column
from bidding_rules.money import TermsError, check_amount


class Pricing(StrEnum):
    """What a winner pays for each unit. Stable and public."""

    LOWEST_ACCEPTED = "lowest_accepted"
    """统一价: all pay the price of the last unit sold (Shanghai, Guangdong, EU)."""
    HIGHEST_REJECTED = "highest_rejected"
    """统一价: all pay the price of the first unit asked for and not sold."""
    PAY_AS_BID = "pay_as_bid"
    """Each pays his own price (Shenzhen 2022)."""
    RANK = "rank"
    """The first share of bidders wins, each at his own price (Zhejiang: 70 %)."""


class UnderSubscription(StrEnum):
    """What happens when not more is asked for than offered. Three answers are in force somewhere."""

    CANCEL = "cancel"
    """Less asked for than offered: the auction is cancelled (EU Reg 1031/2010 art. 7(5))."""
    LOWEST_BID = "lowest_bid"
    """All are filled at the lowest bid (UK SI 2021/484 reg. 7; Guangdong 2014)."""
    RESERVE = "reserve"
    """All are filled at the reserve or start price, also when demand just equals supply."""


class PolicyReserveRule(StrEnum):
    """What the policy reserve (政策保留价) does."""

    EXCLUDE = "exclude"
    """Nothing trades below it: such orders get nothing (Guangdong 2015 to 2017)."""
    CANCEL = "cancel"
    """A clearing price below it cancels the auction (EU Reg 1031/2010 art. 7(6))."""


class LimitRule(StrEnum):
    """What happens to orders above a bidder's limit."""

    REFUSE = "refuse"
    """The order that would exceed the limit is refused when it is placed."""
    CUT = "cut"
    """Orders are taken, and the lowest-priced lots cut at clearing (Quebec Q-2 r. 46.1 s. 52)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentStep:
    """Cost containment: up to `quantity` more is offered when the price would exceed `trigger`."""

    trigger: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiUnitTerms:
    """What the notice fixed for a sealed sale of many like units (allowances, emission rights).

    Prices in the smallest money unit per priced unit; quantities in the lot's smallest unit, of which
    `quantity_scale` make one priced unit. Raises `TermsError`, naming the field.
    """

    supply: int
    """竞价总量."""
    pricing: Pricing
    floor: int = 1
    """底价: published; orders below it are refused."""
    policy_reserve: int | None = None
    """政策保留价: secret or published; what it does says `policy_reserve_rule`."""
    policy_reserve_rule: PolicyReserveRule = PolicyReserveRule.EXCLUDE
    undersubscribed: UnderSubscription = UnderSubscription.LOWEST_BID
    tie: Tie = Tie.TIME
    price_step: int = 1
    """价格最小变动单位: prices are multiples of it."""
    quantity_step: int = 1
    """Quantities, awards and the supply are multiples of it."""
    quantity_scale: int = 1
    """Smallest units in one priced unit: 10,000 where a tonne is sold in four decimals."""
    order_min: int = 1
    """最低申报量; also the least award under `Tie.ROUND_UP`."""
    orders_max: int | None = None
    """Most orders of one bidder; None: no limit."""
    last_order_counts: bool = False
    """A bidder's last order replaces his earlier ones, with its own time."""
    share_limit: Fraction | None = None
    """单一主体竞买上限: the share of the supply that one bidder may ask for in all; None: no limit."""
    share_rule: LimitRule = LimitRule.REFUSE
    guarantee_rule: LimitRule | None = None
    """What happens beyond the bid guarantee; None: none is asked for."""
    winners_share: Fraction | None = None
    """`Pricing.RANK`: the share of bidders that wins, rounded half up."""
    cost_containment: tuple[ContainmentStep, ...] = ()
    """Ascending by trigger."""
    bidders_min: int = 1
    """Fewer bidders with a valid order than this: no sale."""

    def __post_init__(self) -> None:
        self._check_prices()
        self._check_quantities()
        self._check_bidders()
        self._check_containment()

    @property
    def reserve(self) -> int:
        """The price below which an order gets nothing."""
        if self.policy_reserve is None or self.policy_reserve_rule is PolicyReserveRule.CANCEL:
            return self.floor
        return self.policy_reserve

    @property
    def order_total_max(self) -> int:
        """The most that one bidder may have in all, in whole quantity steps."""
        if self.share_limit is None:
            return self.supply
        return int(self.supply * self.share_limit) // self.quantity_step * self.quantity_step

    def _check_prices(self) -> None:
        check_amount("floor", self.floor)
        check_amount("price_step", self.price_step)
        if self.floor % self.price_step:
            raise TermsError("floor", "must be a multiple of price_step")
        if self.policy_reserve is not None:
            check_amount("policy_reserve", self.policy_reserve)
            if self.policy_reserve < self.floor:
                raise TermsError("policy_reserve", "must not be below the floor")
        own_price = self.pricing in {Pricing.PAY_AS_BID, Pricing.RANK}
        if own_price and self.undersubscribed is UnderSubscription.RESERVE:
            raise TermsError("undersubscribed", "there is no common price where each pays his own")
        if own_price and self.policy_reserve_rule is PolicyReserveRule.CANCEL:
            raise TermsError("policy_reserve_rule", "needs a common price")

    def _check_quantities(self) -> None:
        _check_quantity("supply", self.supply, maximum=SUPPLY_MAX)
        _check_quantity("quantity_step", self.quantity_step)
        _check_quantity("quantity_scale", self.quantity_scale)
        _check_quantity("order_min", self.order_min)
        if self.supply % self.quantity_step:
            raise TermsError("supply", "must be a multiple of quantity_step")
        if self.order_min > self.order_total_max:
            raise TermsError("order_min", "must not exceed what one bidder may have in all")

    def _check_bidders(self) -> None:
        if self.share_limit is not None and not 0 < self.share_limit <= 1:
            raise TermsError("share_limit", "must be above 0 and at most 1")
        if self.orders_max is not None and self.orders_max < 1:
            raise TermsError("orders_max", "must be at least 1, or absent")
        if self.bidders_min < 1:
            raise TermsError("bidders_min", "must be at least 1")
        if (self.winners_share is None) != (self.pricing is not Pricing.RANK):
            raise TermsError("winners_share", "belongs to the rank rule, and to it alone")
        if self.winners_share is not None and not 0 < self.winners_share <= 1:
            raise TermsError("winners_share", "must be above 0 and at most 1")
        if self.pricing is Pricing.RANK and not self.last_order_counts:
            raise TermsError("last_order_counts", "the rank rule ranks one order of each bidder")
        if self.pricing is Pricing.RANK and self.undersubscribed is UnderSubscription.CANCEL:
            raise TermsError("undersubscribed", "the rank rule counts bidders, not quantities")

    def _check_containment(self) -> None:
        own_price = self.pricing in {Pricing.PAY_AS_BID, Pricing.RANK}
        if own_price and self.cost_containment:
            raise TermsError("cost_containment", "needs a common price")
        trigger = self.floor - 1
        for step in self.cost_containment:
            check_amount("cost_containment", step.trigger)
            _check_quantity("cost_containment", step.quantity)
            if step.quantity % self.quantity_step:
                raise TermsError("cost_containment", "must be multiples of quantity_step")
            if step.trigger <= trigger:
                raise TermsError("cost_containment", "triggers must ascend, from the floor on")
            trigger = step.trigger


def _check_quantity(name: str, value: object, *, maximum: int = QUANTITY_MAX) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= maximum:
        raise TermsError(name, f"must be a whole number from 1 to {maximum}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The orders of a closed sale as columns, one entry for each order, in order of arrival.

    `bidder` holds places from 0 on, below `bidders`; without it each order is another bidder's. `rank` is
    each order's number in the random order fixed beforehand. `guarantee` has one amount for each bidder.
    """

    price: Column
    quantity: Column
    bidder: Column | None = None
    bidders: int = 0
    rank: Column | None = None
    guarantee: Column | None = None

    def __post_init__(self) -> None:
        if self.bidder is None and self.guarantee is not None:
            raise ValueError("guarantees are given by bidder: a bidder column is needed")
        if self.guarantee is not None and len(self.guarantee) != self.bidders:
            raise ValueError("guarantee must have one entry for each bidder")


class SaleStatus(StrEnum):
    """How a multi-unit sale ends. Stable and public."""

    SOLD = "sold"
    NO_ORDERS = "no_orders"
    """流拍: no valid order."""
    TOO_FEW_BIDDERS = "too_few_bidders"
    """流拍: fewer bidders than the notice asks for."""
    UNDERSUBSCRIBED = "undersubscribed"
    """Cancelled: less was asked for than offered."""
    RESERVE_NOT_MET = "reserve_not_met"
    """Cancelled: the clearing price lies below the policy reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiUnitOutcome:
    """The result of a multi-unit sale: figures as a result notice (成交公告) gives them."""

    status: SaleStatus
    price: int | None
    """The common price; None when cancelled, and where each pays his own price."""
    allocation: "memoryview[int]"
    """What each order gets, in order of arrival."""
    supply: int
    """What was on offer, with what cost containment released."""
    demand: int
    """What valid orders asked for."""
    sold: int
    winners: int
    """Number of bidders who get something."""
    lowest_accepted: int | None
    highest_rejected: int | None
    revenue: int
    own_price: Column = field(repr=False)
    quantity_scale: int = 1

    @property
    def unsold(self) -> int:
        """What is left of the supply; never negative, although rounding up may sell a little more."""
        return max(0, self.supply - self.sold)

    @property
    def mean_price(self) -> Fraction | None:
        """均价: revenue by priced units sold; None when nothing is sold."""
        return Fraction(self.revenue * self.quantity_scale, self.sold) if self.sold else None

    def payment(self, order: int) -> int:
        """Return what order number `order` costs, rounded half up to the smallest money unit."""
        unit_price = self.own_price[order] if self.price is None else self.price
        return amount_due(unit_price, self.allocation[order], self.quantity_scale)


def amount_due(unit_price: int, quantity: int, scale: int) -> int:
    """Return unit price times quantity / scale, rounded half up."""
    return (2 * unit_price * quantity + scale) // (2 * scale)
