"""Builders for multi-unit sales: orders in rows, results by name."""

from array import array

from bidding_rules.formats.multi_unit import clear
from bidding_rules.formats.multi_unit_terms import (
    MultiUnitOutcome,
    MultiUnitTerms,
    Orders,
    Pricing,
)


def column(numbers):
    return array("q", numbers)


def terms(**fields):
    """Terms of a plain uniform-price sale of 1,000, but for what the test is about."""
    return MultiUnitTerms(**{"supply": 1_000, "pricing": Pricing.LOWEST_ACCEPTED, **fields})


def orders(rows, *, rank=None, guarantee=None):
    """Orders from (bidder, price, quantity) rows, in order of arrival."""
    names = list(dict.fromkeys(bidder for bidder, _, _ in rows))
    return Orders(
        price=column(price for _, price, _ in rows),
        quantity=column(quantity for _, _, quantity in rows),
        bidder=column(names.index(bidder) for bidder, _, _ in rows),
        bidders=len(names),
        rank=None if rank is None else column(rank),
        guarantee=None if guarantee is None else column(guarantee[name] for name in names),
    )


def sell(rows, *, rank=None, guarantee=None, **fields) -> MultiUnitOutcome:
    return clear(terms(**fields), orders(rows, rank=rank, guarantee=guarantee))


def won(rows, outcome):
    """What each bidder got, those who got something."""
    shares = {}
    for (bidder, _, _), share in zip(rows, outcome.allocation, strict=True):
        shares[bidder] = shares.get(bidder, 0) + share
    return {bidder: share for bidder, share in shares.items() if share}
