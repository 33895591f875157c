"""Cases of many like units: uniform price, its totals, ties at the margin, bid guarantees."""

from fractions import Fraction

from bidding_rules.cases.reading import (
    CaseError,
    Fields,
    Number,
    as_fields,
    as_list,
    as_positive,
    as_text,
)
from bidding_rules.cases.writing import Style, decimal_text, style_of
from bidding_rules.clearing import Tie, fill
from bidding_rules.clearing.columns import PRICE_MAX, QUANTITY_MAX, SUPPLY_MAX, as_column
from bidding_rules.clearing.guarantees import bid_value_max
from bidding_rules.clearing.margin_ties import PERCENT_PARTS, award_at_percentage
from bidding_rules.formats.multi_unit import clear
from bidding_rules.formats.multi_unit_terms import (
    MultiUnitTerms,
    Orders,
    Pricing,
    UnderSubscription,
)
from bidding_rules.money import AMOUNT_MAX

_UNDERSUBSCRIBED = {
    "lowest": UnderSubscription.LOWEST_BID,
    "lowest_bid": UnderSubscription.LOWEST_BID,
    "reserve": UnderSubscription.RESERVE,
    "cancel": UnderSubscription.CANCEL,
}
_TIES = {
    **{tie.value: tie for tie in Tie},
    "random": Tie.RANDOM_ORDER,
    "pro_rata": Tie.FLOOR_THEN_RANDOM,
}
_PRICING = {p.value: p for p in (Pricing.LOWEST_ACCEPTED, Pricing.HIGHEST_REJECTED)}
_PAIR = 2
_HUNDREDTHS = 2
_Bid = tuple[str, Number, Number]


def uniform_price(case: Fields) -> object:
    """Kind `uniform_price`: one price for all; bids stand in order of arrival.

    `undersubscribed`: lowest (the default), reserve or cancel. `tie`: time (the default), random_order
    (or random), floor_then_random (or pro_rata) or round_up, with `random_order` naming bidders.
    `pricing`: lowest_accepted, or highest_rejected.
    """
    supply = case.number("supply", above=0)
    bids = case.items("bids", _bid)
    reserve = case.number("reserve") if case.has("reserve") else None
    under = _UNDERSUBSCRIBED[case.choice("undersubscribed", tuple(_UNDERSUBSCRIBED), "lowest")]
    if under is UnderSubscription.RESERVE and reserve is None:
        raise CaseError(case.at("reserve"), 'is missing; undersubscribed "reserve" needs it')
    money = style_of([*(price for _, price, _ in bids), *([reserve] if reserve else [])])
    goods = style_of([supply, *(quantity for _, _, quantity in bids)])
    terms = MultiUnitTerms(
        supply=goods.units(supply),
        pricing=_PRICING[case.choice("pricing", tuple(_PRICING), "lowest_accepted")],
        floor=1 if reserve is None else max(1, _reserve(case, money, reserve)),
        undersubscribed=under,
        tie=_TIES[case.choice("tie", tuple(_TIES), Tie.TIME.value)],
    )
    names = [bidder for bidder, _, _ in bids]
    outcome = clear(
        terms,
        Orders(
            price=as_column(_column(case, money, "price", [price for _, price, _ in bids])),
            quantity=as_column(_column(case, goods, "qty", [asked for _, _, asked in bids])),
            rank=as_column(_ranks(case, names)),
        ),
    )
    awarded: dict[str, int] = {}
    for bidder, quantity in zip(names, outcome.allocation, strict=True):
        awarded[bidder] = awarded.get(bidder, 0) + quantity
    return {
        "price": None if outcome.price is None else money.write(outcome.price),
        "alloc": {bidder: goods.write(units) for bidder, units in awarded.items() if units},
        "unsold": goods.write(outcome.unsold),
    }


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
        rank=as_column(_ranks(case, list(demand))),
        unit=10**goods.decimals,
    )
    return {b: goods.write(units) for b, units in zip(demand, filled.allocation, strict=True)}


def bid_guarantee(case: Fields) -> object:
    """Kind `bid_guarantee`: the most that bids of [price, quantity] can cost at any one price."""
    bids = case.items("bids", _pair)
    money = style_of([price for price, _ in bids])
    goods = style_of([quantity for _, quantity in bids])
    needed = bid_value_max([(money.units(p), goods.units(q)) for p, q in bids])
    places = money.decimals + goods.decimals
    return decimal_text(_scaled(needed, places), places)


def _ranks(case: Fields, names: list[str]) -> list[int]:
    """Return each name's place in `random_order`; those not named there come last, by arrival."""
    order = case.items("random_order", as_text) if case.has("random_order") else []
    for index, name in enumerate(order):
        if name not in names:
            raise CaseError(f"{case.at('random_order')}[{index}]", f"{name} is no bidder")
        if name in order[:index]:
            raise CaseError(f"{case.at('random_order')}[{index}]", f"{name} is named twice")
    places = {name: place for place, name in enumerate(order)}
    return [places.get(name, len(places)) for name in names]


def _reserve(case: Fields, money: Style, reserve: Number) -> int:
    return money.units_within(case.at("reserve"), reserve, AMOUNT_MAX)


def _column(case: Fields, style: Style, name: str, numbers: list[Number]) -> list[int]:
    limit = PRICE_MAX if name == "price" else QUANTITY_MAX
    return [
        style.units_within(f"{case.at('bids')}[{index}].{name}", number, limit)
        for index, number in enumerate(numbers)
    ]


def _bid(path: str, value: object) -> _Bid:
    bid = as_fields(path, value)
    return bid.text("bidder"), bid.number("price", above=0), bid.number("qty", above=0)


def _pair(path: str, value: object) -> tuple[Number, Number]:
    pair = as_list(path, value, as_positive)
    if len(pair) != _PAIR:
        raise CaseError(path, "must be [price, quantity]")
    return pair[0], pair[1]


def _scaled(units: int, decimals: int) -> Fraction:
    return Fraction(units, 10**decimals)
