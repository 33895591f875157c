"""A day of continuous trading in permits: call auctions, order book, listing-pick, blocks, price limits.

Deterministic: the same moves in the same order give the same deals, so a day is recovered by replaying
its moves. There is no clock here; whoever has one moves the day from phase to phase.
"""

from collections import defaultdict

from bidding_rules.formats.call_auction import call_pairs, call_price
from bidding_rules.formats.trading_deals import DayDeals
from bidding_rules.formats.trading_offers import Blocks, Listings
from bidding_rules.formats.trading_rules import check_order
from bidding_rules.formats.trading_terms import (
    Deal,
    DealKind,
    Offer,
    TradingPhase,
    TradingTerms,
)
from bidding_rules.order_book import BUY, OrderBook
from bidding_rules.rejections import Rejection, RejectionCode

_WRONG_PHASE = Rejection(code=RejectionCode.WRONG_PHASE)
_UNKNOWN = Rejection(code=RejectionCode.ORDER_UNKNOWN)


class TradingDay:
    """One day's trading in one kind of permit.

    Moves return their result or a `Rejection`, which changes nothing. Orders, listings and blocks are
    numbered from 0, each by itself; `deals` grows with every deal.
    """

    def __init__(self, terms: TradingTerms) -> None:
        self.terms = terms
        self.phase = TradingPhase.OPENING_CALL if terms.opening_call else TradingPhase.CONTINUOUS
        self._deals = DayDeals(terms)
        self._listings = Listings(terms, self._deals)
        self._blocks = Blocks(terms, self._deals)
        self._orders: list[Offer] = []
        self._open: defaultdict[str, set[int]] = defaultdict(set)
        low, high = terms.price_range
        self._book = OrderBook(low // terms.tick, high // terms.tick)
        self._number_of: list[int] = []
        self._in_book: dict[int, int] = {}

    @property
    def deals(self) -> list[Deal]:
        """All deals of the day so far."""
        return self._deals.all

    @property
    def close_price(self) -> int:
        """收盘价 so far: the mean of all deals but blocks weighted by quantity, else the previous close."""
        return self._deals.close()

    def place(self, owner: str, side: int, price: int, quantity: int) -> int | Rejection:
        """Place an order; return its number. In the continuous phase it meets what rests at once."""
        if self.phase is TradingPhase.CLOSED:
            return _WRONG_PHASE
        refused = check_order(self.terms, price, quantity)
        if refused is not None:
            return refused
        if not self.terms.self_trade and self._would_meet_itself(owner, side, price):
            return Rejection(code=RejectionCode.OWN_ORDER)
        number = len(self._orders)
        self._orders.append(Offer(owner=owner, side=side, price=price, left=quantity))
        self._open[owner].add(number)
        if self.phase is TradingPhase.CONTINUOUS:
            self._enter_book(number)
        return number

    def withdraw(self, owner: str, number: int) -> int | Rejection:
        """Take back what is left of an order; return how much."""
        if self.phase is TradingPhase.CLOSED:
            return _WRONG_PHASE
        if self.phase is not TradingPhase.CONTINUOUS and not self.terms.call_withdrawals:
            return _WRONG_PHASE
        if number not in self._open[owner]:
            return _UNKNOWN
        if number in self._in_book:
            self._book.cancel(self._in_book.pop(number))
        return self._end_order(number)

    def list_offer(self, owner: str, side: int, price: int, quantity: int) -> int | Rejection:
        """挂牌: put up a listing for others to pick; return its number."""
        if self.phase is not TradingPhase.CONTINUOUS:
            return _WRONG_PHASE
        return self._listings.list_offer(owner, side, price, quantity)

    def pick(self, taker: str, number: int, quantity: int) -> Deal | Rejection:
        """点选: take so much of a listing at its price."""
        if self.phase is not TradingPhase.CONTINUOUS:
            return _WRONG_PHASE
        return self._listings.pick(taker, number, quantity)

    def withdraw_listing(self, owner: str, number: int) -> int | Rejection:
        """撤销挂牌: take back what is left of a listing; return how much."""
        return self._listings.withdraw(owner, number)

    def listings(self, side: int) -> list[tuple[int, Offer]]:
        """Return the listings that can be picked, with their numbers, in the order of price and time."""
        return self._listings.standing(side)

    def propose_block(self, block: Offer) -> int | Rejection:
        """大宗协议: propose a block to `block.counterparty`; return its number."""
        if self.phase is not TradingPhase.CONTINUOUS:
            return _WRONG_PHASE
        return self._blocks.propose(block)

    def accept_block(self, account: str, number: int) -> Deal | Rejection:
        """Agree to a block; the deal is made."""
        if self.phase is not TradingPhase.CONTINUOUS:
            return _WRONG_PHASE
        return self._blocks.accept(account, number)

    def withdraw_block(self, owner: str, number: int) -> int | Rejection:
        """Take a block back that was not yet agreed to; return its quantity."""
        return self._blocks.withdraw(owner, number)

    def depth(self, side: int, levels: int) -> list[tuple[int, int]]:
        """Return up to `levels` best prices of the order book with what rests at each."""
        return [
            (place * self.terms.tick, quantity)
            for place, quantity in self._book.depth(side, levels)
        ]

    def next_phase(self) -> TradingPhase | Rejection:
        """End the phase: a call's orders meet, then the next phase begins."""
        match self.phase:
            case TradingPhase.OPENING_CALL:
                self._hold_call()
                self.phase = TradingPhase.CONTINUOUS
                for number in self._open_orders():
                    self._enter_book(number)
            case TradingPhase.CONTINUOUS if self.terms.closing_call:
                self._leave_book()
                self.phase = TradingPhase.CLOSING_CALL
            case TradingPhase.CLOSING_CALL:
                self._hold_call()
                self._close()
            case TradingPhase.CONTINUOUS:
                self._leave_book()
                self._close()
            case TradingPhase.CLOSED:
                return _WRONG_PHASE
        return self.phase

    def _hold_call(self) -> None:
        offers = [self._orders[number] for number in self._open_orders()]
        price = call_price(self.terms, offers, self._deals.last_price())
        if price is None:
            return
        for buyer, seller, quantity in call_pairs(offers, price):
            self._deals.add(DealKind.CALL, buyer.owner, seller.owner, price.price, quantity)
        for number in self._open_orders():
            self._drop_if_done(number)

    def _enter_book(self, number: int) -> None:
        order = self._orders[number]
        self._number_of.append(number)
        self._in_book[number] = self._book.submit(
            order.side, order.price // self.terms.tick, order.left
        )
        for trade in self._book.take_trades():
            resting = self._orders[self._number_of[trade.maker]]
            self._deals.take(DealKind.CONTINUOUS, resting, order.owner, trade.quantity)
            order.left -= trade.quantity
            self._drop_if_done(self._number_of[trade.maker])
        self._drop_if_done(number)

    def _leave_book(self) -> None:
        for in_book in self._in_book.values():
            self._book.cancel(in_book)
        self._in_book.clear()
        self._listings.lapse()
        self._blocks.lapse()

    def _close(self) -> None:
        self.phase = TradingPhase.CLOSED
        for number in self._open_orders():
            self._end_order(number)

    def _open_orders(self) -> list[int]:
        """Return the numbers of orders of which something is left, in order of arrival."""
        return sorted(number for own in self._open.values() for number in own)

    def _would_meet_itself(self, owner: str, side: int, price: int) -> bool:
        for own in (self._orders[number] for number in self._open[owner]):
            if own.side == side:
                continue
            if (price >= own.price) if side == BUY else (price <= own.price):
                return True
        return False

    def _drop_if_done(self, number: int) -> None:
        if not self._orders[number].left:
            self._end_order(number)

    def _end_order(self, number: int) -> int:
        order = self._orders[number]
        self._open[order.owner].discard(number)
        self._in_book.pop(number, None)
        left, order.left = order.left, 0
        return left
