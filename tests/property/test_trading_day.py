"""Whatever is ordered on a trading day: nothing is lost, no limit is passed, replaying gives the same.

Each promise is shown to notice a planted fault.
"""

from collections import Counter
from itertools import count, starmap

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bidding_rules.formats import trading_offers
from bidding_rules.formats.trading import TradingDay
from bidding_rules.formats.trading_deals import DayDeals
from bidding_rules.formats.trading_terms import (
    CallTie,
    DealKind,
    Offer,
    TradingPhase,
    TradingTerms,
)
from bidding_rules.order_book import BUY, SELL
from bidding_rules.rejections import Rejection

ACCOUNTS = st.sampled_from(("ann", "bob", "cai"))
SIDES = st.sampled_from((BUY, SELL))
PRICES = st.integers(85, 115)
QUANTITIES = st.integers(0, 12)
NUMBERS = st.integers(0, 6)


class AnyDay(RuleBasedStateMachine):
    @initialize(tie=st.sampled_from(CallTie), opening=st.booleans(), closing=st.booleans())
    def begin(self, tie, opening, closing):
        self.terms = TradingTerms(
            previous_close=100,
            order_quantity_max=9,
            block_quantity_min=10,
            call_tie=tie,
            opening_call=opening,
            closing_call=closing,
        )
        self.day = TradingDay(self.terms)
        self.moves = []
        self.ordered = Counter()
        self.taken_back = Counter()
        self.side_of = []

    def move(self, name, *arguments):
        self.moves.append((name, arguments))
        return getattr(self.day, name)(*arguments)

    @rule(owner=ACCOUNTS, side=SIDES, price=PRICES, quantity=QUANTITIES)
    def somebody_orders(self, owner, side, price, quantity):
        if not isinstance(self.move("place", owner, side, price, quantity), Rejection):
            self.side_of.append(side)
            self.ordered[owner, side] += quantity

    @rule(owner=ACCOUNTS, number=NUMBERS)
    def somebody_withdraws(self, owner, number):
        taken_back = self.move("withdraw", owner, number)
        if not isinstance(taken_back, Rejection):
            assert taken_back > 0
            self.taken_back[owner, self.side_of[number]] += taken_back

    @rule(owner=ACCOUNTS, side=SIDES, price=PRICES, quantity=QUANTITIES)
    def somebody_lists(self, owner, side, price, quantity):
        self.move("list_offer", owner, side, price, quantity)

    @rule(taker=ACCOUNTS, number=NUMBERS, quantity=QUANTITIES)
    def somebody_picks(self, taker, number, quantity):
        self.move("pick", taker, number, quantity)

    @rule(owner=ACCOUNTS, other=ACCOUNTS, side=SIDES, price=st.integers(65, 135))
    def somebody_proposes_and_another_agrees(self, owner, other, side, price):
        block = {"owner": owner, "side": side, "price": price, "left": 10, "counterparty": other}
        self.moves.append(("propose", block))
        number = self.day.propose_block(Offer(**block))
        if not isinstance(number, Rejection):
            self.move("accept_block", other, number)

    @rule()
    def the_phase_ends(self):
        self.move("next_phase")

    @invariant()
    def the_book_is_not_crossed_and_holds_what_is_left_in_the_continuous_phase(self):
        buys, sells = self.day.depth(BUY, 99), self.day.depth(SELL, 99)
        assert not buys or not sells or buys[0][0] < sells[0][0]
        if self.day.phase is not TradingPhase.CONTINUOUS:
            assert buys == sells == []

    @invariant()
    def no_deal_passes_a_limit_or_has_one_account_on_both_sides(self):
        for deal in self.day.deals:
            block = deal.kind is DealKind.BLOCK
            low, high = self.terms.block_price_range if block else self.terms.price_range
            assert low <= deal.price <= high
            assert deal.quantity > 0
            assert deal.buyer != deal.seller

    @invariant()
    def what_was_ordered_was_traded_or_taken_back_or_rests(self):
        gone = Counter(self.taken_back)
        for deal in self.day.deals:
            if deal.kind in {DealKind.CALL, DealKind.CONTINUOUS}:
                gone[deal.buyer, BUY] += deal.quantity
                gone[deal.seller, SELL] += deal.quantity
        assert all(quantity <= self.ordered[key] for key, quantity in gone.items())
        if self.day.phase is TradingPhase.CONTINUOUS:
            for side in (BUY, SELL):
                rests = sum(quantity for _, quantity in self.day.depth(side, 99))
                own = (self.ordered[key] - gone[key] for key in self.ordered if key[1] == side)
                assert rests == sum(own)

    @invariant()
    def replaying_the_moves_gives_the_same_deals(self):
        replayed = TradingDay(self.terms)

        def repeat(name, arguments):
            if name == "propose":
                return replayed.propose_block(Offer(**arguments))
            return getattr(replayed, name)(*arguments)

        list(starmap(repeat, self.moves))
        assert replayed.deals == self.day.deals
        assert replayed.close_price == self.day.close_price


TestAnyDay = AnyDay.TestCase


def anything_goes(_terms, _price, _quantity):
    return None


def nobody_meets_himself(_day, _owner, _side, _price):
    return False


def a_unit_more_in_each_deal(deals, kind, offer, taker, quantity, _genuine=DayDeals.take):
    return _genuine(deals, kind, offer, taker, quantity + 1)


def a_unit_lost_with_each_cancellation(day, owner, number, _genuine=TradingDay.withdraw):
    taken_back = _genuine(day, owner, number)
    return taken_back if isinstance(taken_back, Rejection) else taken_back + 1


def the_other_side(day, side, levels, _genuine=TradingDay.depth):
    return _genuine(day, SELL if side == BUY else BUY, levels)


def closes_that_remember():
    """Return a fault that depends on what else ran before: replay cannot give the same."""
    asked = count(1)
    return lambda _deals: next(asked)


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (trading_offers, "check_order", anything_goes),
        (TradingDay, "_would_meet_itself", nobody_meets_himself),
        (DayDeals, "take", a_unit_more_in_each_deal),
        (TradingDay, "withdraw", a_unit_lost_with_each_cancellation),
        (TradingDay, "depth", the_other_side),
        (DayDeals, "close", closes_that_remember()),
    ],
)
def test_the_promises_notice_a_planted_fault(place, name, fault, monkeypatch):
    monkeypatch.setattr(place, name, fault)
    thorough = settings(
        max_examples=1_000, derandomize=True, database=None, phases=[Phase.generate], deadline=None
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(AnyDay, settings=thorough)
