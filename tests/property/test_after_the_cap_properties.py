"""Promises of what follows the cap: one price, second dimension, draw, and the sequence of them."""

from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import strategies as st

from bidding_rules import sequence
from bidding_rules.draw import commitment
from bidding_rules.formats import one_price
from bidding_rules.formats.lottery import DrawMade, LotteryTerms, RevealSeed
from bidding_rules.formats.one_price import OnePriceTerms, QuoteOnce, QuotesOpened
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.timed_terms import Bid, BidAccepted, ConfirmParticipation, SaleEnded
from bidding_rules.increments import fixed
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import Rejection
from bidding_rules.sequence import SaleTerms, StageBegan
from tests.support.machine import Machine
from tests.support.planted import holds, notices
from tests.support.timed_sale import timed_terms

BIDDERS = tuple("abcdef")
CAP, STEP, SPAN = 130, 10, 50
SEED = bytes(range(32)).hex()


def attempt(machine, move, at):
    machine.until(at)
    answer = machine.module.judge(machine.terms, machine.state, move, at)
    if not isinstance(answer, Rejection):
        machine.accepts(move, at)


# --- one price ----------------------------------------------------------------------------------

quote_lists = st.lists(
    st.tuples(st.sampled_from(BIDDERS), st.integers(95, 160).map(lambda n: n * 10)), max_size=10
)


def one_price_sale(quotes):
    terms = OnePriceTerms(
        above=1_000, up_to=1_500, step=20, waiting_us=0, inquiry_us=10, quoting_us=10
    )
    price = timed_terms(start=100, cap=1_000, increments=fixed(STEP), stop_above_cap=True)
    machine = Machine(sequence, SaleTerms(price=price, one_price=terms))
    attempt(machine, Bid(bidder="z", amount=1_001), 0)
    for bidder in BIDDERS[:-1]:
        attempt(machine, ConfirmParticipation(bidder=bidder), 1)
    for bidder, amount in quotes:
        attempt(machine, QuoteOnce(bidder=bidder, amount=amount), 11)
    return machine.until(10**9)


def the_winner_is_nearest_the_mean_of_the_valid_quotes(quotes):
    """Recomputed with fractions from what was asked: first valid quote each, no two equal."""
    valid = {}
    for bidder, amount in quotes:
        ok = bidder != "f" and 1_000 < amount <= 1_500 and amount % 20 == 0
        if ok and bidder not in valid and amount not in valid.values():
            valid[bidder] = amount
    machine = one_price_sale(quotes)
    outcome = machine.state.outcome
    if not valid:
        assert outcome.kind is OutcomeKind.NO_BIDS
        return
    (opened,) = [e for e in machine.events if isinstance(e, QuotesOpened)]
    assert dict(opened.quotes) == valid
    exact = Fraction(sum(valid.values()), len(valid))
    assert Fraction(-1, 2) < opened.mean - exact <= Fraction(1, 2), "half a fen goes up"
    distances = {bidder: (abs(a - opened.mean), a) for bidder, a in valid.items()}
    assert outcome.price == valid[outcome.winner]
    assert distances[outcome.winner] == min(distances.values())


# --- second dimension, draw, sequence -----------------------------------------------------------

paths = st.tuples(
    st.sampled_from(["area", "share", "lottery"]),
    st.lists(
        st.tuples(
            st.sampled_from(BIDDERS),
            st.integers(9, 14).map(lambda n: n * STEP),
            st.integers(0, 60),
        ),
        max_size=15,
    ),
    st.text(min_size=1, max_size=3),
)


def sale_terms(kind):
    price = timed_terms(
        start=100,
        increments=fixed(STEP),
        cap=CAP,
        free_us=0,
        limited_us=SPAN,
        capped_goes_on=kind != "lottery",
        equal_bids_at_cap=kind == "lottery",
    )
    drawn = LotteryTerms(purpose="lot", commitment=commitment(SEED), public_source="beacon")
    second = SecondDimensionTerms(
        dimension=Dimension.AREA if kind == "area" else Dimension.SHARE,
        start=100,
        increment=STEP,
        maximum=None if kind == "area" else 120,
        first_us=SPAN,
        limited_us=SPAN,
    )
    return SaleTerms(
        price=price,
        second_dimension=None if kind == "lottery" else second,
        lottery=None if kind == "area" else drawn,
    )


def whole_sale(path):
    kind, asked, public = path
    machine, at = Machine(sequence, sale_terms(kind)), 0
    for bidder, amount, later in asked:
        at += later
        attempt(machine, Bid(bidder=bidder, amount=amount), at)
    attempt(machine, RevealSeed(seed=SEED, public=public), at + 10**6)
    return machine.until(at + 10**6)


def a_sale_has_one_result_and_its_events_tell_it(path):
    machine = whole_sale(path)
    ends = [e for e in machine.events if isinstance(e, SaleEnded)]
    assert ends == machine.events[-1:]
    assert ends[0].outcome.kind in (OutcomeKind.SOLD, OutcomeKind.NO_BIDS)
    assert machine.replayed() == machine.state
    stages = [e.stage for e in machine.events if isinstance(e, StageBegan)]
    assert len(stages) == len(set(stages))


def after_the_cap_the_price_is_the_cap(path):
    """And what is committed is the most that was bid in the second dimension, by its bidder."""
    machine = whole_sale(path)
    outcome, kind = machine.state.outcome, path[0]
    began = [i for i, e in enumerate(machine.events) if isinstance(e, StageBegan)]
    if not began:
        return
    assert outcome.price == CAP
    second = [e for e in machine.events[began[0] :] if isinstance(e, BidAccepted)]
    if kind == "lottery":
        assert outcome.committed is None
    else:
        most = max((e.amount for e in second), default=0)
        assert outcome.committed == most
        assert not second or outcome.winner in {e.bidder for e in second if e.amount == most}


def the_draw_orders_the_participants_as_its_published_rule_says(path):
    """Repeated here by an own program from the rule's text."""
    for made in whole_sale(path).events:
        if isinstance(made, DrawMade):
            assert made.order == repeated(made.participants, "lot", made.seed, made.public)


def repeated(names, purpose, seed, public):
    texts = [b"luochui draw 1", purpose.encode(), bytes.fromhex(seed), public.encode()]
    texts += [name.encode() for name in names]
    message = b""
    for text in texts:
        message += len(text).to_bytes(8, "big") + text
    key, number, order = sha256(message).digest(), 0, list(names)
    for place in reversed(range(1, len(order))):
        while True:
            word = sha256(key + number.to_bytes(8, "big")).digest()[:8]
            number += 1
            value = int.from_bytes(word, "big")
            if value < 2**64 - 2**64 % (place + 1):
                break
        other = value % (place + 1)
        order[place], order[other] = order[other], order[place]
    return tuple(order)


SALES = [
    a_sale_has_one_result_and_its_events_tell_it,
    after_the_cap_the_price_is_the_cap,
    the_draw_orders_the_participants_as_its_published_rule_says,
]


def test_one_price_keeps_its_promise():
    holds(quote_lists, the_winner_is_nearest_the_mean_of_the_valid_quotes)


@pytest.mark.parametrize("promise", SALES)
def test_sales_of_several_stages_keep_their_promise(promise):
    holds(paths, promise)


def the_highest_wins(quotes):
    return max(quotes, key=quotes.__getitem__), sum(quotes.values()) // len(quotes)


def of_equally_near_the_higher(quotes):
    mean = (2 * sum(quotes.values()) + len(quotes)) // (2 * len(quotes))
    return min(quotes, key=lambda b: (abs(quotes[b] - mean), -quotes[b])), mean


def mean_rounded_down(quotes):
    mean = sum(quotes.values()) // len(quotes)
    return min(quotes, key=lambda b: (abs(quotes[b] - mean), quotes[b])), mean


@pytest.mark.parametrize(
    "fault", [the_highest_wins, of_equally_near_the_higher, mean_rounded_down]
)
def test_one_price_notices_a_planted_fault(fault, monkeypatch):
    monkeypatch.setattr(one_price, "nearest_the_mean", fault)
    notices(quote_lists, the_winner_is_nearest_the_mean_of_the_valid_quotes)


@pytest.mark.parametrize(
    ("promise", "place", "fault"),
    [
        (SALES[0], "sequence._handed_over", lambda _terms, _state, event: event),
        (SALES[1], "formats.second_dimension._with_price", lambda _, bidding: bidding),
        (SALES[2], "formats.lottery.shuffled", lambda names, **_: names[::-1]),
        (SALES[2], "draw.below", lambda bound, words: next(words) // 7 % bound),
    ],
)
def test_the_promise_notices_a_planted_fault(promise, place, fault, monkeypatch):
    monkeypatch.setattr(f"bidding_rules.{place}", fault)
    notices(paths, promise)
