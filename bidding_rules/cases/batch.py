"""Cases of a batch of money orders cleared at one price."""

from fractions import Fraction

from bidding_rules.cases.reading import Fields, as_pair
from bidding_rules.formats.money_batch import ClearedBy, MoneyOrder, batch_result


def money_bid_batch(case: Fields) -> object:
    """Kind `money_bid_batch`: orders of [money, least quantity]; prices as exact fractions."""
    result = batch_result(
        case.number("supply", above=0).value,
        case.number("min_total_money").value if case.has("min_total_money") else Fraction(0),
        case.items("orders", _order),
    )
    told: dict[str, object] = {"price": str(result.price), "by": result.by.value}
    if result.by is ClearedBy.ORDER:
        told["volume_filled_of_clearing_order"] = str(result.marginal_money)
    else:
        told["money_raised"] = str(result.money)
    return told


def _order(path: str, value: object) -> MoneyOrder:
    money, least = as_pair(path, value)
    return MoneyOrder(money=money.value, quantity_min=least.value)
