"""What may be ordered on a trading day: price limits, ticks, quantities."""

from bidding_rules.clearing.columns import QUANTITY_MAX
from bidding_rules.formats.trading_terms import TradingTerms
from bidding_rules.rejections import Rejection, RejectionCode


def check_order(terms: TradingTerms, price: int, quantity: int) -> Rejection | None:
    """Return why an order or listing may not be placed, or None."""
    return _check_price(terms, terms.price_range, price) or _check_quantity(
        terms, quantity, terms.quantity_step, terms.order_quantity_max
    )


def check_block(terms: TradingTerms, price: int, quantity: int) -> Rejection | None:
    """Return why a block (大宗) may not be proposed, or None."""
    return _check_price(terms, terms.block_price_range, price) or _check_quantity(
        terms, quantity, terms.block_quantity_min, QUANTITY_MAX
    )


def check_pick(terms: TradingTerms, quantity: int, left: int) -> Rejection | None:
    """Return why so much of a listing may not be picked, or None."""
    return _check_quantity(terms, quantity, terms.quantity_step, left)


def _check_price(terms: TradingTerms, limits: tuple[int, int], price: int) -> Rejection | None:
    low, high = limits
    if price < low:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=low, amount_max=high)
    if price > high:
        return Rejection(code=RejectionCode.ABOVE_CAP, amount_min=low, amount_max=high)
    return Rejection(code=RejectionCode.OFF_GRID) if price % terms.tick else None


def _check_quantity(
    terms: TradingTerms, quantity: int, minimum: int, maximum: int
) -> Rejection | None:
    if minimum <= quantity <= maximum and quantity % terms.quantity_step == 0:
        return None
    return Rejection(code=RejectionCode.QUANTITY_OUT_OF_RANGE)
