"""Cases of timed sales: how a bid moves the close, the two phases, the increment ladder."""

from bidding_rules.cases.reading import CaseError, Fields, Number, as_amount, as_pair
from bidding_rules.cases.writing import style_of
from bidding_rules.extension import Extension, ExtensionRule, extended_close
from bidding_rules.formats import timed
from bidding_rules.formats.timed_terms import Bid, TimedState, TimedTerms
from bidding_rules.increments import Increments, Step, next_minimum
from bidding_rules.money import TermsError
from bidding_rules.rejections import Rejection

_CENTS = 2
_REGISTRY_LADDER = Increments(
    steps=(
        Step(price_min=0, increment=1),
        Step(price_min=1_00, increment=10),
        Step(price_min=10_00, increment=1_00),
        Step(price_min=100_00, increment=10_00),
        Step(price_min=1_000_00, increment=100_00),
        Step(price_min=10_000_00, increment=1_000_00),
        Step(price_min=100_000_00, increment=1),
    )
)
"""The ladder of the published cases, in cents: the Estonian registry's (auction_center), which falls back
to one cent from 100 000 on."""


def extension_reset(case: Fields) -> object:
    """Kind `extension_reset`: new close = bid + window, if the bid falls inside the window."""
    return _extended(case, ExtensionRule.RESET_FROM_BID)


def extension_capped(case: Fields) -> object:
    """Kind `extension_capped`: the same, never after `hard_end_s`."""
    case.raw("hard_end_s")
    return _extended(case, ExtensionRule.RESET_FROM_BID)


def extension_from_close(case: Fields) -> object:
    """Kind `extension_from_close`: new close = close + window, if the bid falls inside the window."""
    return _extended(case, ExtensionRule.EXTEND_FROM_CLOSE)


def increment_ladder(case: Fields) -> object:
    """Kind `increment_ladder`: the next minimum over `standing`, on `ladder` [[from, step], ...]."""
    standing = case.number("standing")
    pairs = case.items("ladder", _amounts) if case.has("ladder") else []
    style = style_of([standing, *(number for pair in pairs for number in pair)], decimals=_CENTS)
    ladder = _REGISTRY_LADDER
    if pairs:
        steps = ((style.units(low), style.units(step)) for low, step in pairs)
        try:
            ladder = Increments(steps=tuple(Step(price_min=a, increment=b) for a, b in steps))
        except TermsError as error:
            raise CaseError(case.at("ladder"), error.message) from error
    elif style.decimals > _CENTS:
        raise CaseError(case.at("standing"), f"must not have more than {_CENTS} decimals")
    return style.write(next_minimum(ladder, style.units(standing), 0))


def free_then_limited_bidding(case: Fields) -> object:
    """Kind `free_then_limited_bidding`: `close_s` is counted from the end of the free phase.

    Bids are [second, amount]; one that is too low, or comes when its phase has ended, changes nothing. A
    bid must be above the price by `increment` (the smallest amount), the first one at least `start`.
    """
    free = case.number("free_phase_s")
    window = case.number("window_s", above=0)
    early = case.items("free_bids", _amounts)
    late = case.items("limited_bids_offset_from_free_end", _amounts)
    named = {n: case.number(n, above=0) for n in ("reserve", "start", "increment") if case.has(n)}
    clock = style_of([free, window, *(second for second, _ in [*early, *late])])
    money = style_of([*named.values(), *(amount for _, amount in [*early, *late])])
    amounts = {name: money.units(number) for name, number in named.items()}
    terms = TimedTerms(
        start=amounts.get("start", 1),
        increments=Increments(
            steps=(Step(price_min=0, increment=amounts.get("increment", 1)),), on_grid=False
        ),
        reserve=amounts.get("reserve"),
        free_us=clock.units(free),
        limited_us=clock.units(window),
    )
    free_end = clock.units(free)
    bids = [(clock.units(second), money.units(amount)) for second, amount in early]
    bids = [(at, amount) for at, amount in bids if at < free_end]
    bids += [(free_end + clock.units(second), money.units(amount)) for second, amount in late]
    state = _play(terms, bids)
    outcome = state.outcome
    assert outcome is not None, "the sale has run out"
    return {
        "result": outcome.kind.value,
        "price": None if outcome.price is None else money.write(outcome.price),
        "close_s": clock.write(outcome.at - free_end),
    }


def _play(terms: TimedTerms, bids: list[tuple[int, int]]) -> TimedState:
    """Run the sale; every bid is another bidder's, in order of time."""
    state = timed.begin(terms, 0)
    for place, (at, amount) in enumerate(sorted(bids, key=lambda bid: bid[0])):
        _run_out(terms, state, at)
        caused = timed.judge(terms, state, Bid(bidder=str(place), amount=amount), at)
        if not isinstance(caused, Rejection):
            for event in caused:
                timed.apply(terms, state, event)
    _run_out(terms, state, None)
    return state


def _run_out(terms: TimedTerms, state: TimedState, until: int | None) -> None:
    while (due := timed.due_at(state)) is not None and (until is None or due <= until):
        event = timed.lapse(terms, state, due)
        assert event is not None, "something is due"
        timed.apply(terms, state, event)


def _extended(case: Fields, rule: ExtensionRule) -> object:
    ends, bid = case.number("ends_at_s", minimum=None), case.number("bid_at_s", minimum=None)
    window = case.number("window_s", above=0)
    by = case.number("extend_by_s", above=0) if case.has("extend_by_s") else window
    hard_end = case.number("hard_end_s", minimum=None) if case.has("hard_end_s") else None
    clock = style_of([ends, bid, window, by, *([hard_end] if hard_end else [])])
    if bid.value >= ends.value:
        return clock.write(clock.units(ends))
    extension = Extension(rule=rule, by_us=clock.units(by), window_us=clock.units(window))
    moved = extended_close(
        extension,
        closes_at=clock.units(ends),
        bid_at=clock.units(bid),
        hard_end_at=None if hard_end is None else clock.units(hard_end),
    )
    return clock.write(moved)


def _amounts(path: str, value: object) -> tuple[Number, Number]:
    return as_pair(path, value, as_amount)
