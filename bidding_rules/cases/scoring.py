"""Cases of evaluated prices: MEAT, LCC, price scores, minimal steps."""

from decimal import Decimal
from fractions import Fraction

from bidding_rules.cases.reading import (
    DIGITS_MAX,
    CaseError,
    Fields,
    as_number,
    as_positive,
    as_ratio,
)
from bidding_rules.cases.writing import decimal_text, style_of
from bidding_rules.rounding import nearest_binary
from bidding_rules.scoring import (
    meat_coefficient,
    meat_price,
    next_bid_limit,
    price_scores_by_lowest,
)

_SCORE_DECIMALS = 1


def coefficient(case: Fields) -> object:
    """Kind `meat_coefficient`: of a bid's non-price scores.

    The source computes with binary floats, made exact; so a JSON number with a fraction means the binary
    float nearest to it, while text such as "0.15" means that decimal.
    """
    reached = case.items("bid_values", _as_binary)
    possible = case.items("max_values", _as_binary)
    return str(meat_coefficient(reached, possible))


def normalised_price(case: Fields) -> object:
    """Kind `meat_normalised_price`: price / coefficient."""
    return _normalised(case, higher_is_better=False)


def normalised_npv(case: Fields) -> object:
    """Kind `meat_normalised_npv`: net present value x coefficient."""
    return _normalised(case, higher_is_better=True)


def lcc_max_allowed(case: Fields) -> object:
    """Kind `lcc_max_allowed`: the highest price that beats the weighted price by one step."""
    standing = case.number("weighted")
    costs = case.number("non_price_cost")
    step = case.number("min_step")
    limit = next_bid_limit(standing.value, step.value, upwards=False, other_costs=costs.value)
    return decimal_text(limit, style_of([standing, costs, step]).decimals)


def min_step(case: Fields) -> object:
    """Kind `min_step_decimal_trap`: the next bid, one step from `current` in `direction`."""
    current, step = case.number("current"), case.number("min_step")
    direction = case.choice("direction", ("down", "up"), "down")
    limit = next_bid_limit(current.value, step.value, upwards=direction == "up")
    return decimal_text(limit, style_of([current, step]).decimals)


def price_score(case: Fields) -> object:
    """Kind `price_score_min_ratio`: 100 x lowest / price, to `decimals` places (1), half up."""
    prices = [price.value for price in case.items("prices", as_positive)]
    decimals = case.whole("decimals") if case.has("decimals") else _SCORE_DECIMALS
    if decimals > DIGITS_MAX:
        raise CaseError(case.at("decimals"), f"must not be above {DIGITS_MAX}")
    full = case.number("full", above=0).value if case.has("full") else Fraction(100)
    scores = price_scores_by_lowest(prices, full=full, decimals=decimals)
    return [decimal_text(score, decimals) for score in scores]


def _normalised(case: Fields, *, higher_is_better: bool) -> str:
    amount = case.number("amount").value
    ratio = as_ratio(case.at("coefficient"), case.raw("coefficient"))
    better = case.flag("higher_is_better", default=higher_is_better)
    return str(meat_price(amount, ratio, higher_is_better=better))


def _as_binary(path: str, value: object) -> Fraction:
    if isinstance(value, float):
        value = Decimal(repr(value))
    number = as_number(path, value)
    return nearest_binary(number.value) if isinstance(value, Decimal) else number.value
