"""Offers that others take by choosing them: listings (挂牌点选) and blocks (大宗协议)."""

from bidding_rules.formats.trading_deals import DayDeals
from bidding_rules.formats.trading_rules import check_block, check_order, check_pick
from bidding_rules.formats.trading_terms import Deal, DealKind, Offer, TradingTerms
from bidding_rules.order_book import BUY
from bidding_rules.rejections import Rejection, RejectionCode

_UNKNOWN = Rejection(code=RejectionCode.ORDER_UNKNOWN)
_OWN = Rejection(code=RejectionCode.OWN_ORDER)


class Listings:
    """挂牌点选: a listing stands at its price; whoever picks it first has it, in whole or in part."""

    def __init__(self, terms: TradingTerms, deals: DayDeals) -> None:
        self._terms = terms
        self._deals = deals
        self._listings: list[Offer] = []

    def list_offer(self, owner: str, side: int, price: int, quantity: int) -> int | Rejection:
        """Put up a listing; return its number."""
        refused = check_order(self._terms, price, quantity)
        if refused is not None:
            return refused
        self._listings.append(Offer(owner=owner, side=side, price=price, left=quantity))
        return len(self._listings) - 1

    def pick(self, taker: str, number: int, quantity: int) -> Deal | Rejection:
        """Take so much of a listing, which must stand at one of the best prices of its side."""
        listing = _standing(self._listings, number)
        if listing is None or listing.price not in self._best_prices(listing.side):
            return _UNKNOWN
        if listing.owner == taker and not self._terms.self_trade:
            return _OWN
        refused = check_pick(self._terms, quantity, listing.left)
        if refused is not None:
            return refused
        return self._deals.take(DealKind.LISTED, listing, taker, quantity)

    def withdraw(self, owner: str, number: int) -> int | Rejection:
        """Take back what is left of a listing; return how much."""
        return _withdraw(self._listings, owner, number)

    def standing(self, side: int) -> list[tuple[int, Offer]]:
        """Return the listings that can be picked with their numbers: the best price, then the earliest."""
        best = self._best_prices(side)
        listings = [
            (number, listing)
            for number, listing in enumerate(self._listings)
            if listing.left and listing.side == side and listing.price in best
        ]
        return sorted(listings, key=lambda entry: best.index(entry[1].price))

    def _best_prices(self, side: int) -> list[int]:
        """Return the prices at which listings can be picked, the best first."""
        prices = {
            listing.price for listing in self._listings if listing.left and listing.side == side
        }
        return sorted(prices, reverse=side == BUY)[: self._terms.pick_levels]

    def lapse(self) -> None:
        """Nothing can be picked any more."""
        self._listings.clear()


class Blocks:
    """大宗协议: two accounts agree on price and quantity; the second one's word makes the deal."""

    def __init__(self, terms: TradingTerms, deals: DayDeals) -> None:
        self._terms = terms
        self._deals = deals
        self._blocks: list[Offer] = []

    def propose(self, block: Offer) -> int | Rejection:
        """Propose a block to `block.counterparty`; return its number."""
        refused = check_block(self._terms, block.price, block.left)
        if refused is not None:
            return refused
        if block.owner == block.counterparty:
            return _OWN
        self._blocks.append(block)
        return len(self._blocks) - 1

    def accept(self, account: str, number: int) -> Deal | Rejection:
        """Agree to a block that was proposed to this account."""
        block = _standing(self._blocks, number)
        if block is None or block.counterparty != account:
            return _UNKNOWN
        return self._deals.take(DealKind.BLOCK, block, account, block.left)

    def withdraw(self, owner: str, number: int) -> int | Rejection:
        """Take a block back that was not yet agreed to."""
        return _withdraw(self._blocks, owner, number)

    def lapse(self) -> None:
        """Nothing can be agreed to any more."""
        self._blocks.clear()


def _standing(offers: list[Offer], number: int) -> Offer | None:
    if not 0 <= number < len(offers) or not offers[number].left:
        return None
    return offers[number]


def _withdraw(offers: list[Offer], owner: str, number: int) -> int | Rejection:
    offer = _standing(offers, number)
    if offer is None or offer.owner != owner:
        return _UNKNOWN
    taken_back, offer.left = offer.left, 0
    return taken_back
