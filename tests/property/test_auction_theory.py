"""What theory promises of the formats, searched for counter-examples; and each promise broken on purpose.

Every property takes the implementation it is about, so that a planted fault shows it would be noticed.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bidding_rules.formats import dutch, sealed_results
from bidding_rules.formats.clock_results import (
    ClockPayment,
    ClockReading,
    clock_result,
    is_over,
)
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.money_batch import MoneyOrder, batch_result
from bidding_rules.formats.packages import PackageBid, PackagePricing, package_result
from bidding_rules.formats.sealed_results import Pricing, SealedBid
from bidding_rules.formats.timed_terms import Bid
from tests.support.machine import Machine

amounts = st.integers(1, 30)
bid_lists = st.lists(st.tuples(st.sampled_from("abcd"), amounts), min_size=1, max_size=8)


def searched(property_, *strategies):
    """Search for a counter-example of `property_`; `AssertionError` when there is one."""
    search = settings(max_examples=150, database=None, derandomize=True, phases=[Phase.generate])
    search(given(*strategies)(property_))()


def sealed_bids(rows):
    return [SealedBid(bidder, amount) for bidder, amount in rows]


def second_price_equals_vcg_of_one_item(win):
    def check(rows):
        best = sealed_results.best_of_each(sealed_bids(rows))
        groups = [[PackageBid(bidder=b.bidder, value=b.amount, bundle={"lot": 1})] for b in best]
        vcg = package_result({"lot": 1}, groups)
        won = win(sealed_bids(rows), pricing=Pricing.SECOND)
        assert dict(vcg.payments) == {won.bidder: won.price}

    searched(check, bid_lists)


def the_order_of_bids_matters_only_among_equals(win):
    def check(rows, shuffled, draw):
        mixed = [rows[i] for i in shuffled if i < len(rows)]
        for pricing in (Pricing.FIRST, Pricing.SECOND):
            one = win(sealed_bids(rows), pricing=pricing, order=draw)
            other = win(sealed_bids(mixed), pricing=pricing, order=draw)
            assert one == other, "a draw among all leaves nothing to arrival"
            by_arrival = win(sealed_bids(mixed), pricing=pricing)
            assert (by_arrival.bid, by_arrival.price) == (one.bid, one.price)

    searched(check, bid_lists, st.permutations(range(8)), st.permutations("abcd"))


def win_of_the_last_bid(bids, **_settings):
    last = bids[-1]
    return sealed_results.SealedWin(bidder=last.bidder, bid=last.amount, price=last.amount)


def win_at_the_own_price(bids, *, pricing, **rest):
    del pricing
    return sealed_results.sealed_win(bids, pricing=Pricing.FIRST, **rest)


def win_by_arrival_always(bids, *, order=(), **rest):
    del order
    return sealed_results.sealed_win(bids, **rest)


def no_other_feasible_set_is_worth_more(result_of):
    bundle = st.fixed_dictionaries({"x": st.integers(0, 2), "y": st.integers(0, 3)})
    group = st.lists(st.tuples(amounts, bundle), max_size=3)

    def check(menus, supply):
        groups = [
            [PackageBid(bidder=b, value=v, bundle=each) for v, each in menu]
            for b, menu in zip("abcd", menus, strict=True)
        ]
        sets = [
            [bid for bid in chosen if bid is not None]
            for chosen in product(*([None, *each] for each in groups))
        ]
        feasible = [
            bids
            for bids in sets
            if all(sum(bid.bundle[item] for bid in bids) <= supply[item] for item in supply)
        ]
        most = max(sum(bid.value for bid in bids) for bids in feasible)
        result = result_of(supply, groups)
        assert result.welfare == most
        assert list(result.winners) in feasible

    supply = st.fixed_dictionaries({"x": st.integers(0, 3), "y": st.integers(0, 4)})
    searched(check, st.tuples(group, group, group, group), supply)


def greedy_by_value(supply, groups):
    left, won = dict(supply), []
    for bid in sorted((b for group in groups for b in group), key=lambda b: -b.value):
        fits = all(units <= left[item] for item, units in bid.bundle.items())
        if fits and bid.bidder not in {w.bidder for w in won}:
            won.append(bid)
            left = {item: left[item] - bid.bundle[item] for item in left}
    result = package_result(supply, [[bid] for bid in won])
    return replace(result, winners=tuple(won))


def nobody_gains_by_lying(result_of):
    bundles = st.fixed_dictionaries({"x": st.integers(0, 1), "y": st.integers(0, 2)})
    menu = st.lists(st.tuples(amounts, bundles), min_size=1, max_size=2)

    def utility(truth, result, bidder):
        won = [bid for bid in result.winners if bid.bidder == bidder]
        value = sum(truth[tuple(sorted(bid.bundle.items()))] for bid in won)
        return value - result.payments.get(bidder, 0)

    def check(menus, lie):
        groups = [
            [PackageBid(bidder=b, value=v, bundle=bundle) for v, bundle in each]
            for b, each in zip("abc", menus, strict=True)
        ]
        truth = {}
        for bid in groups[0]:
            key = tuple(sorted(bid.bundle.items()))
            truth[key] = max(bid.value, truth.get(key, 0))
        lying = [replace(bid, value=value) for bid, value in zip(groups[0], lie, strict=False)]
        supply = {"x": 1, "y": 2}
        honest = utility(truth, result_of(supply, groups), "a")
        assert honest >= 0, "a truthful bidder never pays more than his value"
        assert utility(truth, result_of(supply, [lying, *groups[1:]]), "a") <= honest

    searched(check, st.tuples(menu, menu, menu), st.tuples(amounts, amounts))


def pay_as_bid(supply, groups):
    return package_result(supply, groups, pricing=PackagePricing.FIRST)


def readings_of(values, increment, supply):
    """Return what truthful bidders say to a clock that starts at zero."""
    held = {bidder: len(each) for bidder, each in values.items()}
    readings = [ClockReading(price=0, demand=held, exits={})]
    while not is_over(supply, held):
        price = readings[-1].price + increment
        demand = {b: sum(v > price for v in each) for b, each in values.items()}
        gone = {b: tuple(values[b][demand[b] : held[b]]) for b in values}
        exits = {bidder: given_up for bidder, given_up in gone.items() if given_up}
        readings.append(ClockReading(price=price, demand=demand, exits=exits))
        held = demand
    return readings


marginal_values = st.fixed_dictionaries(
    {b: st.lists(amounts, max_size=3).map(lambda v: sorted(v, reverse=True)) for b in "abc"}
)


def clinching_equals_multi_unit_vickrey(result_of):
    def check(values, supply, increment):
        groups = [
            [
                PackageBid(bidder=b, value=sum(each[: n + 1]), bundle={"unit": n + 1})
                for n in range(len(each))
            ]
            for b, each in values.items()
        ]
        vickrey = package_result({"unit": supply}, groups)
        result = result_of(supply, readings_of(values, increment, supply))
        welfare = sum(sum(values[b][: len(prices)]) for b, prices in result.units.items())
        paid = {bidder: sum(prices) for bidder, prices in result.units.items()}
        assert welfare == vickrey.welfare, "the units go to those who value them most"
        listed = [value for each in values.values() for value in each]
        if len(set(listed)) == len(listed):
            assert paid == dict(vickrey.payments)
        assert sum(paid.values()) == sum(vickrey.payments.values())

    searched(check, marginal_values, st.integers(1, 5), st.integers(1, 7))


def clinching(supply, readings):
    return clock_result(supply, readings, payment=ClockPayment.CLINCHING, exit_bids=True)


def uniform(supply, readings):
    return clock_result(supply, readings, payment=ClockPayment.UNIFORM, exit_bids=True)


def clinching_on_the_grid(supply, readings):
    return clock_result(supply, readings, payment=ClockPayment.CLINCHING)


def the_clock_sells_all_that_is_wanted_at_a_price_that_each_accepts(result_of):
    def check(values, supply, increment):
        result = result_of(supply, readings_of(values, increment, supply))
        wanted = sum(len(each) for each in values.values())
        sold = sum(len(prices) for prices in result.units.values())
        assert (sold, result.unsold) == (min(supply, wanted), supply - min(supply, wanted))
        for bidder, prices in result.units.items():
            assert max(prices) <= result.price <= values[bidder][len(prices) - 1]

    searched(check, marginal_values, st.integers(1, 5), st.integers(1, 7))


def one_unit_kept_back(supply, readings):
    result = clinching(supply, readings)
    units = {bidder: prices[1:] for bidder, prices in result.units.items()}
    return replace(result, units={b: prices for b, prices in units.items() if prices})


def a_step_too_dear(supply, readings):
    result = clinching(supply, readings)
    return replace(result, price=result.price + 1)


def a_dutch_sale_is_a_first_price_sale(price_at):
    """Who would pay most takes it first, at the price on the clock that he would still pay."""

    def check(start, decrement, step_count, limits):
        floor = max(1, start - decrement * step_count)
        terms = DutchTerms(start=start, decrement=decrement, floor=floor, step_us=10)
        prices = [price_at(terms, step) for step in range(dutch.last_step(terms) + 1)]
        assert all(high > low for high, low in pairwise(prices))
        assert (prices[0], prices[-1]) == (start, floor)
        sale = Machine(dutch, terms)
        for step, price in enumerate(prices):
            takers = [bidder for bidder, limit in limits.items() if limit >= price]
            if takers:
                sale.accepts(Bid(bidder=takers[0], amount=price), step * 10)
                assert step == 0 or max(limits.values()) < prices[step - 1]
                return
        assert sale.until(10 * len(prices)).state.outcome.winner is None
        assert max(limits.values()) < floor

    searched(
        check,
        st.integers(2, 200),
        st.integers(1, 50),
        st.integers(0, 10),
        st.fixed_dictionaries({b: st.integers(1, 250) for b in "abc"}),
    )


def a_ladder_that_rises(terms, step):
    return terms.start + step


def a_ladder_without_a_floor(terms, step):
    return terms.start - step * terms.decrement


def a_batch_spends_what_it_takes_and_serves_no_order_above_its_limit(result_of):
    def check(supply, minimum, rows):
        orders = [MoneyOrder(money=Fraction(m), quantity_min=Fraction(q)) for m, q in rows]
        result = result_of(Fraction(supply), Fraction(minimum), orders)
        assert result.money == result.price * (supply - result.unsold)
        assert 0 <= result.unsold <= supply
        if all(order.limit * supply > minimum for order in orders):
            assert result.price * supply >= minimum
        if result.by.value != "reserve":
            above = sum(o.money for o in orders if o.money / o.quantity_min > result.price)
            not_below = sum(o.money for o in orders if o.money / o.quantity_min >= result.price)
            assert above <= result.money <= not_below

    searched(
        check,
        st.integers(1, 50),
        st.integers(1, 100),
        st.lists(st.tuples(amounts, amounts), max_size=6),
    )


def a_batch_at_the_best_limit(supply, minimum, orders):
    result = batch_result(supply, minimum, orders)
    limits = [o.money / o.quantity_min for o in orders]
    return replace(result, price=max(limits, default=result.price) + 1)


def a_batch_without_a_minimum(supply, _minimum, orders):
    return batch_result(supply, Fraction(0), orders)


PROPERTIES = [
    (second_price_equals_vcg_of_one_item, sealed_results.sealed_win,
     [win_at_the_own_price, win_of_the_last_bid]),
    (the_order_of_bids_matters_only_among_equals, sealed_results.sealed_win,
     [win_of_the_last_bid, win_by_arrival_always]),
    (no_other_feasible_set_is_worth_more, package_result, [greedy_by_value]),
    (nobody_gains_by_lying, package_result, [pay_as_bid]),
    (clinching_equals_multi_unit_vickrey, clinching, [uniform, clinching_on_the_grid]),
    (the_clock_sells_all_that_is_wanted_at_a_price_that_each_accepts, clinching,
     [one_unit_kept_back, a_step_too_dear]),
    (the_clock_sells_all_that_is_wanted_at_a_price_that_each_accepts, uniform, []),
    (a_dutch_sale_is_a_first_price_sale, dutch.price_at,
     [a_ladder_that_rises, a_ladder_without_a_floor]),
    (a_batch_spends_what_it_takes_and_serves_no_order_above_its_limit, batch_result,
     [a_batch_at_the_best_limit, a_batch_without_a_minimum]),
]  # fmt: skip


def name_of(value):
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("promise", "real"), [row[:2] for row in PROPERTIES], ids=name_of)
def test_the_promise_holds(promise, real):
    promise(real)


@pytest.mark.parametrize(
    ("promise", "fault"),
    [(promise, fault) for promise, _, faults in PROPERTIES for fault in faults],
    ids=name_of,
)
def test_the_promise_is_seen_to_break(promise, fault):
    with pytest.raises(AssertionError):
        promise(fault)
