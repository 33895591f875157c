"""Cases of a batch of money orders cleared at one price."""

from fractions import Fraction

from bidding_rules.cases.reading import CaseError, Fields, as_list, as_positive
from bidding_rules.formats.money_batch import ClearedBy, MoneyOrder, batch_result

_PAIR = 2


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
    pair = as_list(path, value, as_positive)
    if len(pair) != _PAIR:
        raise CaseError(path, "must be [money, least quantity]")
    return MoneyOrder(money=pair[0].value, quantity_min=pair[1].value)
