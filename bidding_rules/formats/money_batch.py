"""Batch sale by budget (定额资金集合竞价): each order brings an amount of money and the least it must buy.

    limit price of an order = money / least quantity
    price                   = the lowest at which the accepted money buys the whole supply

Three cases, in this order:

    order    an order is bought only in part, or not at all: its limit price is the price
    demand   the money before an order buys the supply strictly between two limits: money / supply
    reserve  the money does not exceed the seller's minimum: minimum / supply, and the rest is unsold

Orders stand by limit price, then the smaller one, then arrival. Whoever takes orders refuses those whose
limit price is not above the seller's, minimum / supply; one that was let in counts. Exact fractions;
nothing is rounded. Source: the EasyAuction contract of Gnosis (`settleAuction`, `placeSellOrders`,
`IterableOrderedOrderSet.smallerThan`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from bidding_rules.money import TermsError


class ClearedBy(StrEnum):
    """What set the price."""

    ORDER = "order"
    DEMAND = "demand"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOrder:
    """`money` is offered for `quantity_min` at least."""

    money: Fraction
    quantity_min: Fraction

    @property
    def limit(self) -> Fraction:
        """The highest price of a unit at which `money` buys `quantity_min`."""
        return self.money / self.quantity_min


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The price; what of the price-setting order's money is used; all money taken; what stays unsold."""

    price: Fraction
    by: ClearedBy
    marginal_money: Fraction
    money: Fraction
    unsold: Fraction


def batch_result(
    supply: Fraction, money_min: Fraction, orders: Sequence[MoneyOrder]
) -> BatchResult:
    """Return how the batch clears. Raises `TermsError` for amounts that are not above zero."""
    if supply <= 0:
        raise TermsError("supply", "must be above 0")
    for order in orders:
        if order.money <= 0 or order.quantity_min <= 0:
            raise TermsError("orders", "money and quantity must be above 0")
    before = Fraction(0)
    for order in sorted(orders, key=lambda order: (-order.limit, order.money)):
        costs = supply * order.limit
        if before > costs:
            return _by_demand(supply, before)
        if before + order.money >= costs:
            return BatchResult(
                price=order.limit,
                by=ClearedBy.ORDER,
                marginal_money=costs - before,
                money=costs,
                unsold=Fraction(0),
            )
        before += order.money
    if before > money_min:
        return _by_demand(supply, before)
    price = money_min / supply
    unsold = supply if price == 0 else supply - before / price
    return BatchResult(
        price=price,
        by=ClearedBy.RESERVE,
        marginal_money=Fraction(0),
        money=before,
        unsold=unsold,
    )


def _by_demand(supply: Fraction, money: Fraction) -> BatchResult:
    return BatchResult(
        price=money / supply,
        by=ClearedBy.DEMAND,
        marginal_money=Fraction(0),
        money=money,
        unsold=Fraction(0),
    )
