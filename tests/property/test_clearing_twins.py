"""The compiled twin of clearing says exactly what the reference says."""

from array import array
from dataclasses import replace
from itertools import cycle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding_rules.backend import backend
from bidding_rules.clearing import reference
from bidding_rules.clearing.margin_ties import TieRule
from tests.support.order_columns import fingerprint, random_case

native = pytest.importorskip("bidding_rules._native", reason="no compiler was there at build time")

TWINS = [pytest.param(reference, id="python"), pytest.param(native, id="c")]
SMALL_CASES = 4_000
LARGE_CASES = 40
SAMPLED_FROM = 256 * 64  # From so many orders on, the compiled twin draws a sample first.


def test_the_compiled_twin_serves_where_it_was_built():
    assert backend() == "c"


def test_thousands_of_small_cases():
    random = Random(20_260_101)
    for number in range(SMALL_CASES):
        case = random_case(random, random.choice((0, 1, 2, 5, 20, 100)))
        assert fingerprint(native, case) == fingerprint(reference, case), number


@pytest.mark.parametrize("seed", range(LARGE_CASES))
def test_cases_large_enough_to_be_sampled(seed):
    random = Random(seed)
    case = random_case(random, random.randrange(SAMPLED_FROM, 2 * SAMPLED_FROM))
    assert fingerprint(native, case) == fingerprint(reference, case)


@given(st.randoms(use_true_random=False), st.integers(0, 60))
def test_cases_that_hypothesis_writes(random, count):
    case = random_case(random, count)
    assert fingerprint(native, case) == fingerprint(reference, case)


def sampled_places(count):
    """Where the compiled twin looks first: one place in each stretch of 64."""
    return {k * 64 + (k * 0x9E3779B97F4A7C15 % 2**64 >> 32) % 64 for k in range(count // 64)}


@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("misled", [1, 5, 10])
def test_a_sample_that_misleads_changes_nothing(misled, extra):
    sampled = sampled_places(SAMPLED_FROM)
    unsampled = cycle((10, 5, 1))
    price = [misled if i in sampled else next(unsampled) for i in range(SAMPLED_FROM)]
    for last in (1, 5, 10):
        asked = sum(one >= last for one in price)
        case = replace(
            random_case(Random(1), SAMPLED_FROM),
            price=array("q", price),
            quantity=array("q", [1]) * SAMPLED_FROM,
            supply=asked + extra,
            reserve=0,
        )
        assert fingerprint(native, case) == fingerprint(reference, case)


def column(*numbers):
    return array("q", numbers)


FILL = (column(1, 2), column(3, 4), 5, 0, TieRule(0))


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("place", "wrong", "message"),
    [
        (0, column(1, -2), "price must lie from 0 to"),
        (1, column(3, -4), "quantity must lie from 0 to"),
        (1, column(3, 10**15 + 1), "quantity must lie from 0 to"),
        (1, column(3), "quantity must have one entry for each order"),
        (0, array("i", (1, 2)), "price must be a contiguous column"),
        (0, array("d", (1, 2)), "price must be a contiguous column"),
        (0, memoryview(column(1, 2, 3, 4))[::2], "price must be a contiguous column"),
        (0, memoryview(bytes(16)).cast("q", shape=(1, 2)), "price must have one dimension"),
        (4, TieRule(1, column(1)), "rank must have one entry for each order"),
        (4, TieRule(1, column(1, -1)), "rank must lie from 0 to"),
    ],
)
def test_columns_that_do_not_fit_are_refused(twin, place, wrong, message):
    arguments = [*FILL[:place], wrong, *FILL[place + 1 :]]
    with pytest.raises(ValueError, match=message):
        twin.fill(*arguments)


@pytest.mark.parametrize(("supply", "reserve"), [(-1, 0), (10**18 + 1, 0), (1, -1)])
def test_the_compiled_twin_never_searches_for_a_supply_that_cannot_be(supply, reserve):
    prices, quantities = column(1, 2), column(3, 4)
    with pytest.raises(ValueError, match="supply must lie from 0"):
        native.price_at(prices, quantities, supply, reserve)
    with pytest.raises(ValueError, match="supply must lie from 0"):
        native.fill(prices, quantities, supply, reserve, TieRule(0))


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("cut_to_limits", (column(1), column(1), column(1), column(5)), "bidder must be places"),
        ("cut_to_limits", (column(1), column(1), column(-1), column(5)), "bidder must be places"),
        ("cut_to_limits", (column(1), column(1), column(0), column(-5)), "limit must lie from"),
        ("cut_to_limits", (column(1), column(1), column(), column(5)), "bidder must have one"),
        ("cut_to_limits", (column(-1), column(1), column(0), column(5)), "price must lie from"),
        ("cut_to_limits", (column(1), column(-1), column(0), column(5)), "quantity must lie from"),
        ("count_bidders", (column(2), column(1), 2), "bidder must be places"),
        ("count_bidders", (column(0), column(1), 0), "bidder must be places"),
        ("count_bidders", (column(0), column(1), -1), "bidder must be places"),
        ("count_bidders", (column(), column(1), 2), "must have one entry for each order"),
        ("value", (column(-1), column(1)), "price must lie from"),
        ("value", (column(1), column(-1)), "must lie from 0 to"),
        ("value", (column(1), column()), "must have one entry for each order"),
        ("price_at", (column(-1), column(1), 1, 0), "price must lie from"),
        ("price_at", (column(1), "text", 1, 0), None),
    ],
)
def test_the_other_functions_refuse_what_does_not_fit_too(twin, function, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        getattr(twin, function)(*arguments)
