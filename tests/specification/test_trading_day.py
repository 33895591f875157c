"""A day of trading in permits: phases, price limits, listing-pick, blocks, and the close."""

from fractions import Fraction

import pytest

from bidding_rules.formats.trading import TradingDay
from bidding_rules.formats.trading_terms import Deal, DealKind, Offer, TradingPhase, TradingTerms
from bidding_rules.money import TermsError
from bidding_rules.order_book import BUY, SELL
from bidding_rules.rejections import Rejection, RejectionCode


def day(**fields):
    """A day in its continuous phase, after a close of 57.35 yuan."""
    return TradingDay(TradingTerms(**{"previous_close": 57_35, "opening_call": False, **fields}))


def code(result):
    assert isinstance(result, Rejection)
    return result.code


def deals(trading):
    return [(d.kind.value, d.buyer, d.seller, d.price, d.quantity) for d in trading.deals]


def test_limits_are_shares_of_the_previous_close_rounded_half_up():
    # Shanghai Environment and Energy Exchange, 2021: 10 % for listings, 30 % for blocks.
    terms = TradingTerms(previous_close=57_35)
    assert terms.price_range == (51_62, 63_09)
    assert terms.block_price_range == (40_15, 74_56)


@pytest.mark.parametrize(
    ("price", "quantity", "expected"),
    [
        (51_61, 0, RejectionCode.BELOW_MINIMUM),
        (63_10, 0, RejectionCode.ABOVE_CAP),
        (57_35, 0, RejectionCode.QUANTITY_OUT_OF_RANGE),
        (57_35, 100_000, RejectionCode.QUANTITY_OUT_OF_RANGE),
        (51_62, 99_999, None),
        (63_09, 1, None),
    ],
)
def test_what_may_be_ordered_and_listed(price, quantity, expected):
    trading = day()
    for move in (trading.place, trading.list_offer):
        result = move("ann", BUY, price, quantity)
        assert result == 0 if expected is None else code(result) == expected


def test_a_refusal_tells_the_price_limits():
    refused = day().place("ann", BUY, 1, 1)
    assert (refused.amount_min, refused.amount_max) == (51_62, 63_09)


def test_prices_and_quantities_go_in_steps():
    trading = day(previous_close=57_50, tick=5, quantity_step=10)
    assert code(trading.place("ann", BUY, 57_52, 10)) is RejectionCode.OFF_GRID
    assert code(trading.place("ann", BUY, 57_55, 15)) is RejectionCode.QUANTITY_OUT_OF_RANGE
    assert trading.place("ann", BUY, 57_55, 10) == 0
    assert trading.depth(BUY, 5) == [(57_55, 10)]


def test_orders_meet_as_they_come_in_the_continuous_phase():
    trading = day()
    trading.place("ann", SELL, 58_00, 100)
    trading.place("bob", BUY, 58_50, 60)
    assert trading.deals == [
        Deal(
            number=0,
            kind=DealKind.CONTINUOUS,
            buyer="bob",
            seller="ann",
            price=58_00,
            quantity=60,
        )
    ]
    assert trading.depth(SELL, 1) == [(58_00, 40)]
    assert trading.withdraw("ann", 0) == 40
    assert trading.depth(SELL, 1) == []


def test_only_the_owner_withdraws_and_only_what_is_left():
    trading = day()
    trading.place("ann", SELL, 58_00, 100)
    assert code(trading.withdraw("bob", 0)) is RejectionCode.ORDER_UNKNOWN
    trading.place("bob", BUY, 58_00, 100)
    assert code(trading.withdraw("ann", 0)) is RejectionCode.ORDER_UNKNOWN
    assert code(trading.withdraw("bob", 1)) is RejectionCode.ORDER_UNKNOWN


def test_the_opening_call_trades_at_one_price_and_the_rest_goes_on():
    trading = TradingDay(TradingTerms(previous_close=57_35))
    trading.place("ann", BUY, 58_00, 100)
    trading.place("bob", SELL, 57_00, 60)
    assert trading.deals == []
    assert trading.next_phase() is TradingPhase.CONTINUOUS
    assert deals(trading) == [("call", "ann", "bob", 58_00, 60)]
    assert trading.depth(BUY, 1) == [(58_00, 40)]
    trading.place("cai", SELL, 57_50, 10)
    assert deals(trading)[1:] == [("continuous", "ann", "cai", 58_00, 10)]


def test_orders_may_be_withdrawn_before_the_call_where_the_terms_say_so():
    for allowed in (True, False):
        trading = TradingDay(TradingTerms(previous_close=57_35, call_withdrawals=allowed))
        trading.place("ann", BUY, 58_00, 100)
        taken_back = trading.withdraw("ann", 0)
        assert taken_back == 100 if allowed else code(taken_back) is RejectionCode.WRONG_PHASE
        trading.place("bob", SELL, 57_00, 60)
        trading.next_phase()
        assert len(trading.deals) == (0 if allowed else 1)


def test_the_closing_call_takes_over_what_rests_and_what_is_left_lapses():
    trading = day()
    trading.place("ann", SELL, 58_00, 100)
    trading.list_offer("ann", SELL, 58_00, 100)
    trading.propose_block(block())
    assert trading.next_phase() is TradingPhase.CLOSING_CALL
    assert trading.listings(SELL) == []
    assert code(trading.withdraw_listing("ann", 0)) is RejectionCode.ORDER_UNKNOWN
    assert code(trading.withdraw_block("ann", 0)) is RejectionCode.ORDER_UNKNOWN
    trading.place("bob", BUY, 58_00, 30)
    assert trading.deals == []
    assert trading.next_phase() is TradingPhase.CLOSED
    assert deals(trading) == [("call", "bob", "ann", 58_00, 30)]
    for move in (
        lambda: trading.withdraw("ann", 0),
        lambda: trading.place("ann", SELL, 58_00, 1),
        lambda: trading.list_offer("ann", SELL, 58_00, 1),
        lambda: trading.pick("ann", 0, 1),
        lambda: trading.propose_block(block()),
        lambda: trading.accept_block("bob", 0),
        trading.next_phase,
    ):
        assert code(move()) is RejectionCode.WRONG_PHASE


def test_a_day_without_a_closing_call_ends_with_the_continuous_phase():
    trading = day(closing_call=False)
    trading.place("ann", SELL, 58_00, 100)
    assert trading.next_phase() is TradingPhase.CLOSED
    assert trading.depth(SELL, 1) == []


def test_whoever_picks_a_listing_first_has_it_in_whole_or_in_part():
    trading = day()
    number = trading.list_offer("ann", SELL, 58_00, 100)
    trading.pick("bob", number, 70)
    assert code(trading.pick("cai", number, 31)) is RejectionCode.QUANTITY_OUT_OF_RANGE
    trading.pick("cai", number, 30)
    assert deals(trading) == [
        ("listed", "bob", "ann", 58_00, 70),
        ("listed", "cai", "ann", 58_00, 30),
    ]
    assert code(trading.pick("dan", number, 1)) is RejectionCode.ORDER_UNKNOWN
    assert code(trading.pick("dan", 99, 1)) is RejectionCode.ORDER_UNKNOWN


def test_a_listing_to_buy_makes_its_owner_the_buyer():
    trading = day()
    trading.pick("bob", trading.list_offer("ann", BUY, 58_00, 100), 5)
    assert deals(trading) == [("listed", "ann", "bob", 58_00, 5)]


def test_listings_stand_by_price_then_by_time_and_can_be_picked_at_the_best_prices_only():
    trading = day(pick_levels=2)
    for price in (58_02, 58_00, 58_01, 58_00):
        trading.list_offer("ann", SELL, price, 10)
    assert [number for number, _ in trading.listings(SELL)] == [1, 3, 2]
    assert code(trading.pick("bob", 0, 10)) is RejectionCode.ORDER_UNKNOWN
    assert trading.withdraw_listing("ann", 2) == 10
    assert [number for number, _ in trading.listings(SELL)] == [1, 3, 0]
    assert isinstance(trading.pick("bob", 0, 10), Deal)
    assert trading.listings(BUY) == []


def test_only_the_owner_takes_a_listing_back():
    trading = day()
    number = trading.list_offer("ann", SELL, 58_00, 100)
    assert code(trading.withdraw_listing("bob", number)) is RejectionCode.ORDER_UNKNOWN


def block(price=74_56, quantity=100_000, counterparty="bob"):
    return Offer(owner="ann", side=SELL, price=price, left=quantity, counterparty=counterparty)


def test_a_block_is_made_by_the_second_ones_word():
    trading = day()
    number = trading.propose_block(block())
    assert code(trading.accept_block("cai", number)) is RejectionCode.ORDER_UNKNOWN
    trading.accept_block("bob", number)
    assert deals(trading) == [("block", "bob", "ann", 74_56, 100_000)]
    assert code(trading.accept_block("bob", number)) is RejectionCode.ORDER_UNKNOWN
    assert code(trading.withdraw_block("ann", number)) is RejectionCode.ORDER_UNKNOWN


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        (block(price=40_14), RejectionCode.BELOW_MINIMUM),
        (block(price=74_57), RejectionCode.ABOVE_CAP),
        (block(quantity=99_999), RejectionCode.QUANTITY_OUT_OF_RANGE),
        (block(counterparty="ann"), RejectionCode.OWN_ORDER),
    ],
)
def test_what_may_not_be_proposed_as_a_block(proposed, expected):
    assert code(day().propose_block(proposed)) is expected


def test_a_block_taken_back_cannot_be_agreed_to():
    trading = day()
    number = trading.propose_block(block())
    assert trading.withdraw_block("ann", number) == 100_000
    assert code(trading.accept_block("bob", number)) is RejectionCode.ORDER_UNKNOWN


def test_nobody_trades_with_himself():
    trading = day()
    trading.place("ann", SELL, 58_00, 10)
    trading.place("ann", BUY, 57_99, 10)
    assert code(trading.place("ann", BUY, 58_00, 5)) is RejectionCode.OWN_ORDER
    assert code(trading.place("ann", SELL, 57_99, 5)) is RejectionCode.OWN_ORDER
    number = trading.list_offer("ann", SELL, 58_00, 100)
    assert code(trading.pick("ann", number, 5)) is RejectionCode.OWN_ORDER


def test_where_the_terms_allow_it_own_orders_meet():
    trading = day(self_trade=True)
    trading.place("ann", SELL, 58_00, 10)
    trading.place("ann", BUY, 58_00, 10)
    trading.pick("ann", trading.list_offer("ann", SELL, 58_00, 100), 5)
    assert [deal.quantity for deal in trading.deals] == [10, 5]


def test_the_close_is_the_mean_of_the_deals_weighted_by_quantity_without_blocks():
    trading = day()
    assert trading.close_price == 57_35
    trading.pick("bob", trading.list_offer("ann", SELL, 58_00, 30), 30)
    trading.accept_block("bob", trading.propose_block(block()))
    trading.pick("bob", trading.list_offer("ann", SELL, 59_00, 10), 10)
    assert trading.close_price == 58_25


def test_the_nearest_price_of_the_closing_call_is_nearest_to_the_last_deal():
    trading = day(call_tie="nearest")
    trading.pick("bob", trading.list_offer("ann", SELL, 60_00, 1), 1)
    trading.accept_block("bob", trading.propose_block(block(price=50_00)))
    trading.next_phase()
    trading.place("ann", SELL, 58_00, 5)
    trading.place("bob", BUY, 59_00, 5)
    trading.next_phase()
    assert trading.deals[-1].price == 59_00


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("previous_close", {"previous_close": 0}),
        ("tick", {"tick": 0}),
        ("quantity_step", {"quantity_step": 0}),
        ("pick_levels", {"pick_levels": 0}),
        ("price_limit", {"price_limit": Fraction(1)}),
        ("price_limit", {"previous_close": 2, "tick": 5}),
        ("block_price_limit", {"block_price_limit": Fraction(-1, 10)}),
        ("tick", {"previous_close": 10**12}),
    ],
)
def test_terms_that_cannot_stand_name_the_field(field, fields):
    with pytest.raises(TermsError) as caught:
        TradingTerms(**{"previous_close": 57_35, **fields})
    assert caught.value.field == field
