"""Random streams of orders and cancellations for the order book."""

from array import array
from random import Random

from bidding_rules.order_book import BUY, CANCEL, SELL

PRICE_MIN, PRICE_MAX = 1_000, 9_000


def random_stream(random: Random, rows: int, spread: int, cancel_share: float):
    """Rows (kind, price, quantity) around a price that wanders; cancellations name earlier orders."""
    middle = random.randrange(PRICE_MIN + 100, PRICE_MAX - 100)
    taken = 0
    for _ in range(rows):
        if taken and random.random() < cancel_share:
            yield CANCEL, random.randrange(taken + 2), 0
            continue
        middle = min(max(middle + random.randrange(-2, 3), PRICE_MIN + 100), PRICE_MAX - 100)
        price = middle + random.randrange(-spread, spread + 1)
        yield (
            random.choice((BUY, SELL)),
            min(max(price, PRICE_MIN), PRICE_MAX),
            random.randrange(1, 100),
        )
        taken += 1


def columns(rows):
    """The rows as three columns."""
    listed = list(rows)
    return tuple(array("q", (row[i] for row in listed)) for i in range(3))
