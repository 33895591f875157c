"""The deals of a trading day, and the close that follows from them."""

from fractions import Fraction

from bidding_rules.formats.trading_terms import Deal, DealKind, Offer, TradingTerms
from bidding_rules.order_book import BUY


class DayDeals:
    """Deals in the order in which they were made."""

    def __init__(self, terms: TradingTerms) -> None:
        self._terms = terms
        self.all: list[Deal] = []
        self._value = 0
        self._quantity = 0

    def add(self, kind: DealKind, buyer: str, seller: str, price: int, quantity: int) -> Deal:
        """Record a deal; blocks do not count for the close."""
        deal = Deal(
            number=len(self.all),
            kind=kind,
            buyer=buyer,
            seller=seller,
            price=price,
            quantity=quantity,
        )
        self.all.append(deal)
        if kind is not DealKind.BLOCK:
            self._value += price * quantity
            self._quantity += quantity
        return deal

    def take(self, kind: DealKind, offer: Offer, taker: str, quantity: int) -> Deal:
        """Record that `taker` took so much of an offer at its price."""
        offer.left -= quantity
        buyer, seller = (offer.owner, taker) if offer.side == BUY else (taker, offer.owner)
        return self.add(kind, buyer, seller, offer.price, quantity)

    def last_price(self) -> int:
        """Return the price of the last deal that counts for the close, else the previous close."""
        counting = (deal for deal in reversed(self.all) if deal.kind is not DealKind.BLOCK)
        return next((deal.price for deal in counting), self._terms.previous_close)

    def close(self) -> int:
        """Return the day's close (收盘价): the mean of the deals weighted by quantity, to the tick.

        Without a deal that counts it is the previous close.
        """
        if not self._quantity:
            return self._terms.previous_close
        return self._terms.to_tick(Fraction(self._value, self._quantity))
