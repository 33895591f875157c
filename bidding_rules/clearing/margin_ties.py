"""How orders tied at the margin (末位同价) share what is left: four rules in force somewhere.

Codes are shared with the compiled twin.
"""

from collections.abc import Callable
from typing import NamedTuple

from bidding_rules.clearing.columns import Column

TIME, RANDOM_ORDER, FLOOR_THEN_RANDOM, ROUND_UP = range(4)
"""The codes of the tie rules."""

PERCENT_PARTS = 10_000
"""A percentage award is stated in hundredths of a percent (31 CFR 356.21)."""


class TieRule(NamedTuple):
    """A tie rule with its numbers; `rank` has one entry for each order, None: by arrival."""

    code: int
    rank: Column | None = None
    unit: int = 1
    minimum: int = 0


def share_margin(rule: TieRule, asked: list[int], rank: list[int], left: int) -> list[int]:
    """Return what each tied order gets of `left`, which is less than they ask for together.

    `asked` and `rank` stand in order of arrival; a lower rank comes first, equal ranks by arrival.
    """
    return _RULES[rule.code](asked, left, rank, rule.unit, rule.minimum)


def _by_time(
    asked: list[int], left: int, _rank: list[int], _unit: int, _minimum: int
) -> list[int]:
    """Serve the earlier order first, 时间优先 (Shanghai, Guangdong)."""
    return _serve(asked, left, range(len(asked)))


def _by_random_order(
    asked: list[int], left: int, rank: list[int], _unit: int, _minimum: int
) -> list[int]:
    """Serve in the order fixed at random before the auction (EU Reg 1031/2010 art. 7; UK SI 2021/484)."""
    return _serve(asked, left, sorted(range(len(asked)), key=rank.__getitem__))


def _serve(asked: list[int], left: int, order: "range | list[int]") -> list[int]:
    shares = [0] * len(asked)
    for i in order:
        shares[i] = min(asked[i], left)
        left -= shares[i]
    return shares


def _by_floor_then_random(
    asked: list[int], left: int, rank: list[int], unit: int, _minimum: int
) -> list[int]:
    """Give pro rata floored to whole units, then one unit each at random (Quebec Q-2 r. 46.1 s. 61.3).

    A unit that would exceed what an order asks for is not given; where all quantities are whole units
    that cannot happen.
    """
    total = sum(asked)
    shares = [quantity * left // (total * unit) * unit for quantity in asked]
    units_left = (left - sum(shares)) // unit
    may_get_one = [i for i in range(len(asked)) if shares[i] + unit <= asked[i]]
    for i in sorted(may_get_one, key=rank.__getitem__)[:units_left]:
        shares[i] += unit
    return shares


def _by_round_up(
    asked: list[int], left: int, _rank: list[int], unit: int, minimum: int
) -> list[int]:
    """Give each the percentage awarded, rounded up to 0.01 %, and its share rounded up (31 CFR 356.21).

    Up to the next multiple of `unit`, at least `minimum`, never more than asked for. Together this may
    exceed what is left by a little: so the rule says.
    """
    parts = -(-left * PERCENT_PARTS // sum(asked))
    return [award_at_percentage(quantity, parts, unit, minimum) for quantity in asked]


def award_at_percentage(quantity: int, parts: int, multiple: int, minimum: int) -> int:
    """Return the award of `parts` hundredths of a percent on an order (31 CFR 356.21).

    Rounded up to the next multiple to bid, at least the minimum to bid, at most the order itself.
    """
    share = -(-quantity * parts // (PERCENT_PARTS * multiple)) * multiple
    return min(quantity, max(minimum, share))


_RULES: dict[int, Callable[[list[int], int, list[int], int, int], list[int]]] = {
    TIME: _by_time,
    RANDOM_ORDER: _by_random_order,
    FLOOR_THEN_RANDOM: _by_floor_then_random,
    ROUND_UP: _by_round_up,
}
