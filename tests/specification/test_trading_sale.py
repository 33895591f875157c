"""A live day of permit trading: anonymous, by the clock, and deal for deal the day of the rules."""

import pytest

from bidding_rules.formats.trading import TradingDay
from bidding_rules.formats.trading_sale_terms import (
    AcceptBlock,
    ListForPick,
    OfferKind,
    Order,
    PickListing,
    ProposeBlock,
    TakeBackOffer,
    TradingSaleTerms,
    TradingSide,
)
from bidding_rules.formats.trading_terms import Offer, TradingTerms
from bidding_rules.money import TermsError
from bidding_rules.order_book import BUY, SELL
from bidding_rules.rejections import RejectionCode as Code
from tests.support.any_format import course
from tests.support.scenario import MINUTE, Scenario

SIDES = {"buy": BUY, "sell": SELL}


def day(**changes) -> TradingSaleTerms:
    rules = TradingTerms(previous_close=1_000, opening_call=False, closing_call=False)
    return TradingSaleTerms(**{"rules": rules, "continuous_us": 60 * MINUTE, **changes})


def order(side: str, price: int, quantity: int) -> Order:
    return Order(bidder="", side=TradingSide(side), price=price, quantity=quantity)


def test_orders_meet_by_price_then_time_and_the_room_sees_no_names():
    scenario = Scenario(day())
    scenario.moves("ann", order("sell", 1_010, 10), at=0)
    scenario.moves("bob", order("sell", 1_000, 10), at=1)
    assert scenario.seen().details["sell"][0] == {"price_fen": 1_000, "quantity": 10}
    scenario.moves("cat", order("buy", 1_010, 15), at=2)
    deals = scenario.shown()[-1]["details"]["deals"]
    assert [(deal["price_fen"], deal["quantity"]) for deal in deals] == [(1_000, 10), (1_010, 5)]
    assert "N-ann" not in str(scenario.shown()) + str(scenario.seen())
    scenario.moves("ann", order("buy", 1_010, 1), at=3).then_refused(Code.OWN_ORDER)
    scenario.time_passes(to=61 * MINUTE).then_result("sold", price=1_003).then_recomputed()


def test_listings_are_picked_and_blocks_agreed_to():
    scenario = Scenario(day())
    offer = {"bidder": "", "side": TradingSide.SELL, "price": 990}
    scenario.moves("ann", ListForPick(**offer, quantity=100), at=0)
    scenario.moves("bob", PickListing(bidder="", listing=0, quantity=40), at=1).then_accepted()
    scenario.moves("ann", PickListing(bidder="", listing=0, quantity=1), at=2)
    scenario.then_refused(Code.OWN_ORDER)
    block = ProposeBlock(**{**offer, "price": 800}, quantity=200_000, counterparty="N-cat")
    scenario.moves("ann", block, at=3).then_accepted()
    scenario.moves("bob", AcceptBlock(bidder="", block=0), at=4).then_refused(Code.ORDER_UNKNOWN)
    scenario.moves("cat", AcceptBlock(bidder="", block=0), at=5).then_accepted()
    taken_back = TakeBackOffer(bidder="", offer=OfferKind.LISTING, place=0)
    scenario.moves("bob", taken_back, at=6).then_refused(Code.ORDER_UNKNOWN)
    scenario.moves("ann", taken_back, at=6).then_accepted()
    scenario.time_passes(to=61 * MINUTE).then_result("sold", price=990).then_recomputed()


def test_orders_of_a_call_are_shown_to_nobody_and_meet_at_one_price():
    rules = TradingTerms(previous_close=1_000, closing_call=False)
    scenario = Scenario(day(rules=rules, opening_call_us=5 * MINUTE))
    scenario.moves("ann", order("sell", 990, 30), at=0).moves("bob", order("buy", 1_010, 20), at=1)
    assert scenario.lot.seq == 2, "announced and opened, and nothing else to be counted"
    assert scenario.seen().details["buy"] == []
    scenario.time_passes(to=6 * MINUTE)
    assert scenario.seen().details["volume"] == 20
    assert scenario.seen().details["sell"] == [{"price_fen": 990, "quantity": 10}]
    scenario.time_passes(to=120 * MINUTE).then_recomputed()


def test_a_call_needs_its_time():
    with pytest.raises(TermsError):
        day(opening_call_us=MINUTE)


@pytest.mark.parametrize("seed", range(40))
def test_the_live_day_makes_the_deals_of_the_day_of_the_rules(seed):
    scenario = course("trading", seed)
    rules, numbers = scenario.terms.format.rules, scenario.lot.numbers
    oracle, deals = TradingDay(rules), []
    for row in scenario.journal():
        for event in row["events"]:
            deals += event.get("deals") or ([event["deal"]] if "deal" in event else [])
            if event["kind"] == "trading_phase_began":
                oracle.next_phase()
        if row["rejection"] is None and "move" in row["command"]:
            play(oracle, row, numbers[row["command"]["actor"]])
    assert [(d.kind, d.buyer, d.seller, d.price, d.quantity) for d in oracle.deals] == [
        (d["kind"], d["buyer"], d["seller"], d["price"], d["quantity"]) for d in deals
    ]


def play(oracle: TradingDay, row: dict, who: str) -> None:
    move = row["command"]["move"]
    match row["kind"]:
        case "order":
            oracle.place(who, SIDES[move["side"]], move["price"], move["quantity"])
        case "list_for_pick":
            oracle.list_offer(who, SIDES[move["side"]], move["price"], move["quantity"])
        case "pick_listing":
            oracle.pick(who, move["listing"], move["quantity"])
        case "propose_block":
            side, other = SIDES[move["side"]], move["counterparty"]
            oracle.propose_block(
                Offer(
                    owner=who,
                    side=side,
                    price=move["price"],
                    left=move["quantity"],
                    counterparty=other,
                )
            )
        case "accept_block":
            oracle.accept_block(who, move["block"])
        case "take_back_offer":
            take_back = {
                "order": oracle.withdraw,
                "listing": oracle.withdraw_listing,
                "block": oracle.withdraw_block,
            }[move["offer"]]
            take_back(who, move["place"])
