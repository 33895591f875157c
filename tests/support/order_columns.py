"""Random columns of orders, of all the kinds that clearing meets, and a fingerprint of what it returns."""

import hashlib
from array import array
from dataclasses import dataclass
from random import Random

from bidding_rules.clearing.margin_ties import TieRule


@dataclass(frozen=True, kw_only=True)
class Case:
    price: array
    quantity: array
    bidder: array
    limit: array
    supply: int
    reserve: int
    tie: TieRule


def _ladder(random, count):
    return (random.randrange(90, 110) for _ in range(count))


def _wide(random, count):
    return (random.randrange(10**15) for _ in range(count))


def _one_price(random, count):
    return [random.randrange(10**6)] * count


def _two_far_prices(random, count):
    return (random.choice((0, 2**62)) for _ in range(count))


def _clusters(random, count):
    return (int(10 ** random.uniform(0, 18)) for _ in range(count))


def _rising(_random, count):
    return range(count)


def _falling(_random, count):
    return range(count, 0, -1)


PRICES = (_ladder, _wide, _one_price, _two_far_prices, _clusters, _rising, _falling)


def _few_units(random, count):
    return (random.randrange(10) for _ in range(count))


def _whole_steps(random, count):
    return (random.randrange(1, 50) * 10 for _ in range(count))


def _one_giant(random, count):
    quantities = [1] * count
    if count:
        quantities[random.randrange(count)] = 10**15
    return quantities


def _giants(random, count):
    return (random.randrange(10**15 + 1) for _ in range(count))


QUANTITIES = (_few_units, _whole_steps, _one_giant, _giants)


def random_case(random: Random, count: int) -> Case:
    price = array("q", random.choice(PRICES)(random, count))
    quantity = array("q", random.choice(QUANTITIES)(random, count))
    bidders = random.choice((1, 3, max(1, count // 5)))
    total = sum(quantity)
    share = random.choice((0, 1, random.random(), random.random(), random.random(), 2))
    supply = int(total * share)
    if count and random.random() < 0.3:  # Just what is asked for at some price and above.
        last = random.choice(price)
        supply = sum(q for p, q in zip(price, quantity, strict=True) if p >= last)
    rank = list(range(count))
    random.shuffle(rank)
    return Case(
        price=price,
        quantity=quantity,
        bidder=array("q", (random.randrange(bidders) for _ in range(count))),
        limit=array("q", (min(10**18, int(total * random.random())) for _ in range(bidders))),
        supply=min(10**18, supply),
        reserve=random.choice((0, 0, min(price, default=0), 100, 10**14)),
        tie=TieRule(
            random.randrange(4),
            random.choice((None, array("q", rank), array("q", (r // 3 for r in rank)))),
            random.choice((1, 1, 10, 1_000)),
            random.choice((0, 1, 7, 100)),
        ),
    )


def fingerprint(twin, case: Case) -> str:
    """Everything that a twin says about a case, as one hash."""
    said = hashlib.sha256()
    remaining = twin.cut_to_limits(case.price, case.quantity, case.bidder, case.limit)
    for quantity in (case.quantity, remaining):
        allocation, *figures = twin.fill(case.price, quantity, case.supply, case.reserve, case.tie)
        prices = twin.price_at(case.price, quantity, case.supply, case.reserve)
        value = twin.value(case.price, allocation)
        winners = twin.count_bidders(case.bidder, allocation, len(case.limit))
        said.update(allocation.tobytes())
        said.update(repr((figures, prices, value, winners)).encode())
    said.update(remaining.tobytes())
    return said.hexdigest()
