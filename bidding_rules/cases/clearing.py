"""Cases of parts of a multi-unit sale: its totals, ties at the margin, bid guarantees."""

from fractions import Fraction

from bidding_rules.cases.draws import ranks_of
from bidding_rules.cases.reading import CaseError, Fields, as_pair, as_positive
from bidding_rules.cases.writing import decimal_text, style_of
from bidding_rules.clearing import Tie, fill
from bidding_rules.clearing.columns import PRICE_MAX, QUANTITY_MAX, SUPPLY_MAX, as_column
from bidding_rules.clearing.guarantees import bid_value_max
from bidding_rules.clearing.margin_ties import PERCENT_PARTS, award_at_percentage
from bidding_rules.formats.multi_unit import clear
from bidding_rules.formats.multi_unit_terms import (
    MultiUnitTerms,
    Orders,
    Pricing,
)

_HUNDREDTHS = 2


def uniform_price_aggregate(case: Fields) -> object:
    """Kind `uniform_price_aggregate`: the totals of a sale whose price and valid volume are known."""
    supply, volume = case.number("supply", above=0), case.number("valid_volume", above=0)
    price = case.number("uniform_price", above=0)
    money, goods = style_of([price]), style_of([supply, volume])
    outcome = clear(
        MultiUnitTerms(supply=goods.units(supply), pricing=Pricing.LOWEST_ACCEPTED),
        Orders(
            price=as_column([money.units_within(case.at("uniform_price"), price, PRICE_MAX)]),
            quantity=as_column(
                [goods.units_within(case.at("valid_volume"), volume, QUANTITY_MAX)]
            ),
        ),
    )
    places = money.decimals + goods.decimals
    return {
        "sold": goods.write(outcome.sold),
        "total": decimal_text(_scaled(outcome.revenue, places), places),
        "unsold": decimal_text(_scaled(outcome.unsold, goods.decimals), goods.decimals),
    }


def pro_rata_margin(case: Fields) -> object:
    """Kind `pro_rata_margin`: the award on one bid at the margin, by percentage (31 CFR 356.21)."""
    bid = case.whole("bid", minimum=1)
    percent = case.number("percent", above=0)
    if percent.value * 10**_HUNDREDTHS > PERCENT_PARTS:
        raise CaseError(case.at("percent"), "must not be above 100")
    parts = -int(-percent.value * 10**_HUNDREDTHS // 1)
    multiple = case.whole("multiple", minimum=1) if case.has("multiple") else 1
    minimum = case.whole("minimum") if case.has("minimum") else 0
    return str(award_at_percentage(bid, parts, multiple, minimum))


def pro_rata_floor_random(case: Fields) -> object:
    """Kind `pro_rata_floor_random`: own/total floored to whole units, the rest in `random_order`."""
    demand = case.table("demand", as_positive)
    available = case.number("available")
    goods = style_of([available, *demand.values()])
    filled = fill(
        as_column([1] * len(demand)),
        as_column(
            goods.units_within(f"{case.at('demand')}.{bidder}", asked, QUANTITY_MAX)
            for bidder, asked in demand.items()
        ),
        supply=goods.units_within(case.at("available"), available, SUPPLY_MAX),
        tie=Tie.FLOOR_THEN_RANDOM,
        rank=as_column(ranks_of(case, list(demand))),
        unit=10**goods.decimals,
    )
    return {b: goods.write(units) for b, units in zip(demand, filled.allocation, strict=True)}


def bid_guarantee(case: Fields) -> object:
    """Kind `bid_guarantee`: the most that bids of [price, quantity] can cost at any one price."""
    bids = case.items("bids", as_pair)
    money = style_of([price for price, _ in bids])
    goods = style_of([quantity for _, quantity in bids])
    needed = bid_value_max([(money.units(p), goods.units(q)) for p, q in bids])
    places = money.decimals + goods.decimals
    return decimal_text(_scaled(needed, places), places)


def _scaled(units: int, decimals: int) -> Fraction:
    return Fraction(units, 10**decimals)
