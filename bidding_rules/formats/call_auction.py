"""Call auction (集合竞价): the one price at which most is traded, and who trades with whom."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from bidding_rules.formats.trading_terms import CallTie, Offer, TradingTerms
from bidding_rules.order_book import BUY


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPrice:
    """The price of a call, and the quantity traded at it."""

    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class _Totals:
    """Quantities of one side up to each price, and from each price on."""

    prices: list[int]
    upto: list[int]

    def at_or_below(self, price: int) -> int:
        return self.upto[bisect_right(self.prices, price)]

    def below(self, price: int) -> int:
        return self.upto[bisect_left(self.prices, price)]

    def at_or_above(self, price: int) -> int:
        return self.upto[-1] - self.below(price)

    def above(self, price: int) -> int:
        return self.upto[-1] - self.at_or_below(price)


def _totals(offers: Sequence[Offer]) -> _Totals:
    ordered = sorted(offers, key=lambda offer: offer.price)
    upto = list(accumulate((offer.left for offer in ordered), initial=0))
    return _Totals([offer.price for offer in ordered], upto)


def call_price(terms: TradingTerms, offers: Sequence[Offer], last_price: int) -> CallPrice | None:
    """Return the price of a call, or None when no two offers meet.

    Of the prices offered: the most is traded; all buyers above and all sellers below are served in full,
    and at the price at least one side. Of several such the one with the least left over; of several still,
    what `terms.call_tie` says: their middle, or the nearest to `last_price` (the lower of two as near).
    """
    buys = _totals([offer for offer in offers if offer.side == BUY])
    sells = _totals([offer for offer in offers if offer.side != BUY])

    def traded(price: int) -> int:
        return min(buys.at_or_above(price), sells.at_or_below(price))

    def left_over(price: int) -> int:
        return abs(buys.at_or_above(price) - sells.at_or_below(price))

    prices = sorted({offer.price for offer in offers})
    most = max(map(traded, prices), default=0)
    if most == 0:
        return None
    fair = [
        price
        for price in prices
        if traded(price) == most and max(buys.above(price), sells.below(price)) <= most
    ]
    least = min(map(left_over, fair))
    best = [price for price in fair if left_over(price) == least]
    if terms.call_tie is CallTie.MIDDLE:
        return CallPrice(price=terms.to_tick(Fraction(best[0] + best[-1], 2)), quantity=most)
    nearest = min(best, key=lambda price: (abs(price - last_price), price))
    return CallPrice(price=nearest, quantity=most)


def call_pairs(offers: Sequence[Offer], at: CallPrice) -> Iterator[tuple[Offer, Offer, int]]:
    """Yield buyer, seller and quantity of each deal, and take them off what is left of the offers.

    Offers stand in order of arrival. Both sides go by price, then by time.
    """
    buys = sorted((o for o in offers if o.side == BUY), key=lambda o: -o.price)
    sells = sorted((o for o in offers if o.side != BUY), key=lambda o: o.price)
    left = at.quantity
    buy, sell = iter(buys), iter(sells)
    buyer, seller = next(buy), next(sell)
    while True:
        quantity = min(buyer.left, seller.left, left)
        buyer.left -= quantity
        seller.left -= quantity
        left -= quantity
        yield buyer, seller, quantity
        if left == 0:
            return
        buyer = buyer if buyer.left else next(buy)
        seller = seller if seller.left else next(sell)
