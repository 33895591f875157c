"""Cases of one sealed bid: second price, its tie rule, and its equivalence with an ascending sale."""

from bidding_rules.cases.draws import tie_order
from bidding_rules.cases.reading import Fields, Number, as_amount, as_list
from bidding_rules.cases.writing import style_of
from bidding_rules.formats.sealed_results import Pricing, SealedBid, sealed_win


def second_price(case: Fields) -> object:
    """Kind `second_price`: many bids a bidder; the best of each counts."""
    return _second_price(case, "bids")


def second_price_tie(case: Fields) -> object:
    """Kind `second_price_tie`: equal best bids go to `tie_favours`."""
    return _second_price(case, "bids")


def english_or_second_price(case: Fields) -> object:
    """Kind `english_or_second_price`: `values` at which bidders leave an ascending sale."""
    return _second_price(case, "values")


def _second_price(case: Fields, name: str) -> object:
    """Run a second price sale over the table `name`.

    Without a `reserve` there must be two bidders, as in the sources; with one, a lone bidder pays it.
    """
    table = case.table(name, _one_or_many)
    reserve = case.number("reserve") if case.has("reserve") else None
    numbers = [number for each in table.values() for number in each]
    style = style_of([*numbers, *([] if reserve is None else [reserve])])
    bids = [
        SealedBid(bidder, style.units(number)) for bidder, each in table.items() for number in each
    ]
    order = tie_order(case, table)
    none = {"winner": None, "price": None}
    if reserve is None and len({bid.bidder for bid in bids}) < 2:  # noqa: PLR2004
        return none
    floor = 0 if reserve is None else style.units(reserve)
    win = sealed_win(bids, pricing=Pricing.SECOND, floor=floor, order=order)
    return none if win is None else {"winner": win.bidder, "price": style.write(win.price)}


def _one_or_many(path: str, value: object) -> list[Number]:
    if isinstance(value, list):
        return as_list(path, value, as_amount)
    return [as_amount(path, value)]
