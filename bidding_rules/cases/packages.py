"""Cases of package auctions."""

from bidding_rules.cases.draws import tie_order
from bidding_rules.cases.reading import (
    Fields,
    Number,
    as_amount,
    as_fields,
    as_list,
    as_whole,
)
from bidding_rules.cases.writing import Style, style_of
from bidding_rules.formats.packages import PackageBid, PackagePricing, package_result

_Read = tuple[str, Number, dict[str, int]]


def vcg(case: Fields) -> object:
    """Kind `vcg`: exclusive groups of bids on bundles; the welfare and what each winner pays."""
    supply = case.table("supply", as_whole)
    groups = case.items("xor_groups", _group)
    reserve = case.table("reserve", as_amount) if case.has("reserve") else {}
    bidders = {bidder for group in groups for bidder, _, _ in group}
    values = [value for group in groups for _, value, _ in group]
    style = style_of([*values, *reserve.values()])
    result = package_result(
        supply,
        [[_bid(style, read) for read in group] for group in groups],
        pricing=PackagePricing(case.choice("pricing", ("vcg", "first"), "vcg")),
        order=tie_order(case, bidders),
        reserve={item: style.units(price) for item, price in reserve.items()},
    )
    return {
        "welfare": style.write(result.welfare),
        "payments": {who: style.write(price) for who, price in result.payments.items()},
    }


def _group(path: str, value: object) -> list[_Read]:
    return as_list(path, value, _read_bid)


def _read_bid(path: str, value: object) -> _Read:
    return as_fields(path, value, _read_fields)


def _read_fields(bid: Fields) -> _Read:
    return bid.name("bidder"), bid.number("value"), bid.table("bundle", as_whole)


def _bid(style: Style, read: _Read) -> PackageBid:
    bidder, value, bundle = read
    return PackageBid(bidder=bidder, value=style.units(value), bundle=bundle)
