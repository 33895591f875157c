"""What clearing promises for any orders; and that each promise would notice a fault.

A sale is a list of orders, in order of arrival, and a supply. `uniform` is the product; the faulty
variants below stand for mistakes of other systems, and each must break the promise beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bidding_rules.clearing import Tie, fill, price_at
from bidding_rules.clearing.columns import as_column


@dataclass(frozen=True)
class Order:
    price: int
    quantity: int
    rank: int


@dataclass(frozen=True)
class Sale:
    orders: tuple[Order, ...]
    supply: int
    tie: Tie = Tie.TIME
    shuffled: tuple[int, ...] = ()
    raised: int = 0
    raised_to: int = 0


@dataclass(frozen=True)
class Result:
    shares: tuple[int, ...]
    price: int | None


Clear = Callable[[Sale], Result]


@st.composite
def sales(draw):
    count = draw(st.integers(1, 8))
    ranks = draw(st.permutations(range(count)))
    orders = tuple(Order(draw(st.integers(1, 6)), draw(st.integers(1, 9)), rank) for rank in ranks)
    return Sale(
        orders=orders,
        supply=draw(st.integers(0, 30)),
        tie=draw(st.sampled_from(Tie)),
        shuffled=tuple(draw(st.permutations(range(count)))),
        raised=draw(st.integers(0, count - 1)),
        raised_to=draw(st.integers(2, 8)),
    )


def uniform(sale: Sale) -> Result:
    price = as_column(order.price for order in sale.orders)
    quantity = as_column(order.quantity for order in sale.orders)
    rank = as_column(order.rank for order in sale.orders)
    filled = fill(price, quantity, supply=sale.supply, tie=sale.tie, rank=rank)
    return Result(
        tuple(filled.allocation), price_at(price, quantity, supply=sale.supply).lowest_accepted
    )


def supply_is_sold_and_no_more(clear: Clear, sale: Sale) -> None:
    """What is sold is the supply, or all that is asked for; only rounding up may exceed the supply."""
    shares = clear(sale).shares
    asked = [order.quantity for order in sale.orders]
    assert all(0 <= share <= most for share, most in zip(shares, asked, strict=True))
    if sale.tie is Tie.ROUND_UP:
        assert sum(shares) >= min(sale.supply, sum(asked))
    else:
        assert sum(shares) == min(sale.supply, sum(asked))


def nobody_pays_above_his_bid(clear: Clear, sale: Sale) -> None:
    result = clear(sale)
    for order, share in zip(sale.orders, result.shares, strict=True):
        assert share == 0 or (result.price is not None and result.price <= order.price)


def higher_bids_come_first(clear: Clear, sale: Sale) -> None:
    """An order gets something only when all orders at higher prices get all that they ask for."""
    served = sorted(zip(sale.orders, clear(sale).shares, strict=True), key=lambda s: s[0].price)
    for (low, low_share), (high, high_share) in pairwise(served):
        assert low.price == high.price or low_share == 0 or high_share == high.quantity


def raising_a_losing_bid_leaves_those_it_does_not_overtake(clear: Clear, sale: Sale) -> None:
    """Raising a bid that gets nothing takes nothing from orders that still beat it, and no price falls.

    Under price-time priority an order's share depends only on the orders that beat it: those at a higher
    price, and those at the same price that arrived earlier. Raising one bid adds nothing to what beats
    any order that beats the raised one. (Orders that it overtakes may lose, and must.)
    """
    sale = replace(sale, tie=Tie.TIME)
    before = clear(sale)
    own = sale.orders[sale.raised]
    assume(before.shares[sale.raised] == 0 and own.price < sale.raised_to)
    orders = list(sale.orders)
    orders[sale.raised] = replace(own, price=sale.raised_to)
    after = clear(replace(sale, orders=tuple(orders)))
    for i, order in enumerate(sale.orders):
        if (order.price, -i) > (sale.raised_to, -sale.raised):
            assert after.shares[i] == before.shares[i]
    assert before.price is None or (after.price is not None and after.price >= before.price)


def arrival_matters_only_where_the_rule_says_so(clear: Clear, sale: Sale) -> None:
    """With an order fixed beforehand, results follow the orders however these arrive."""
    sale = replace(sale, tie=Tie.RANDOM_ORDER if sale.tie is Tie.TIME else sale.tie)
    straight = clear(sale)
    mixed = clear(replace(sale, orders=tuple(sale.orders[i] for i in sale.shuffled)))
    assert mixed.shares == tuple(straight.shares[i] for i in sale.shuffled)
    assert mixed.price == straight.price


def fills_the_margin_in_full(sale: Sale) -> Result:
    price = uniform(sale).price
    shares = (o.quantity if price is not None and o.price >= price else 0 for o in sale.orders)
    return Result(tuple(shares), price)


def charges_the_best_bid(sale: Sale) -> Result:
    return replace(uniform(sale), price=max(order.price for order in sale.orders))


def serves_by_arrival_alone(sale: Sale) -> Result:
    flat = tuple(replace(order, price=1) for order in sale.orders)
    return uniform(replace(sale, orders=flat, tie=Tie.TIME))


def serves_the_latest_first(sale: Sale) -> Result:
    count = len(sale.orders)
    late = tuple(replace(o, rank=count - i) for i, o in enumerate(sale.orders))
    return uniform(replace(sale, orders=late, tie=Tie.RANDOM_ORDER))


def forgets_the_random_order(sale: Sale) -> Result:
    return uniform(replace(sale, tie=Tie.TIME))


PROMISES = [
    (supply_is_sold_and_no_more, fills_the_margin_in_full),
    (nobody_pays_above_his_bid, charges_the_best_bid),
    (higher_bids_come_first, serves_by_arrival_alone),
    (raising_a_losing_bid_leaves_those_it_does_not_overtake, serves_the_latest_first),
    (arrival_matters_only_where_the_rule_says_so, forgets_the_random_order),
]


@pytest.mark.parametrize("promise", [promise for promise, _ in PROMISES])
def test_clearing_keeps_its_promise(promise):
    given(sales())(lambda sale: promise(uniform, sale))()


@pytest.mark.parametrize(("promise", "faulty"), PROMISES)
def test_the_promise_notices_a_fault(promise, faulty):
    search = settings(max_examples=1_000, database=None, report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        search(given(sales())(lambda sale: promise(faulty, sale)))()
