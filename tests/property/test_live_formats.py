"""Random histories of the live formats: promises that always hold, and faults that break them."""

from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bidding_rules.draw import commitment
from bidding_rules.formats import clock, dutch, hybrid_dutch, raise_agree, sealed, smra
from bidding_rules.formats.clock import AskUnits, ClockTerms
from bidding_rules.formats.clock_results import ClockPayment
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms
from bidding_rules.formats.lottery import LotteryTerms, RevealSeed
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeTerms
from bidding_rules.formats.sealed_results import TieRule
from bidding_rules.formats.sealed_terms import (
    OpenEnvelope,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.smra_terms import BidOnLots, LotBid, SmraLot, SmraTerms, Waive
from bidding_rules.formats.timed_terms import Bid
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import Rejection
from tests.support.machine import Machine

bidders = st.sampled_from("abc")
amounts = st.integers(90, 140)
waits = st.integers(0, 12)
FAR = 10**9
SEED = "07" * 32
DRAW = LotteryTerms(purpose="L", commitment=commitment(SEED), public_source="beacon")

HISTORIES = st.lists(st.tuples(waits, bidders, amounts, st.integers(0, 5)), max_size=40)


class Played(Machine):
    """A machine that plays a random history, refusals included, and runs out."""

    def __init__(self, module, terms, history, move_of):
        super().__init__(module, terms)
        self.prices, self.sealed_amounts = [], {}
        at = 0
        for wait, bidder, amount, verb in history:
            at += wait
            self.until(at)
            self._play(move_of(self, bidder, amount, verb), at)
            self.prices.append(self.state.price)
        self.until(FAR)
        assert self.replayed() == self.state, "the events alone lead to the same state"

    def _play(self, move, at):
        outcome = None if move is None else self.module.judge(self.terms, self.state, move, at)
        if outcome is None or isinstance(outcome, Rejection):
            return
        for event in outcome:
            self.module.apply(self.terms, self.state, event)
            self.events.append(event)

    def risen(self):
        known = [price for price in self.prices if price is not None]
        return known == sorted(known)


def raise_or_agree(_sale, bidder, amount, verb):
    return Agree(bidder=bidder) if verb < 3 else Bid(bidder=bidder, amount=amount)


def raise_agree_keeps_its_promises(history):
    terms = RaiseAgreeTerms(start=90, increment=5, round_us=10, pause_us=2, stop_us=200)
    sale = Played(raise_agree, terms, history, raise_or_agree)
    won = [event.amount for event in sale.events[:-1]]
    assert sale.risen()
    assert all((amount - terms.start) % terms.increment == 0 for amount in won)
    assert all(high >= low + terms.increment for low, high in pairwise(won))
    assert sale.state.outcome.at <= 200
    assert sale.state.outcome.price == (won[-1] if won else None)


def any_dutch_bid(_sale, bidder, amount, _verb):
    return Bid(bidder=bidder, amount=amount - amount % 5)


def dutch_keeps_its_promises(history):
    terms = DutchTerms(start=140, decrement=5, floor=92, step_us=10)
    sale = Played(dutch, terms, history, any_dutch_bid)
    shown = [terms.start, *(e.price for e in sale.events if hasattr(e, "step"))]
    assert shown == sorted(shown, reverse=True)
    outcome = sale.state.outcome
    if outcome.kind is OutcomeKind.SOLD:
        assert outcome.price == shown[-1] >= terms.floor
    else:
        assert shown[-1] == terms.floor


def sealed_or_opened(sale, bidder, amount, verb):
    inner = getattr(sale.state, "sealed", None) or sale.state
    if verb == 0:
        return WithdrawEnvelope(bidder=bidder)
    round_no = getattr(inner, "round", 1)
    if verb in (1, 2):
        for who, held in list(sale.sealed_amounts.items()):
            if (who[0], who[1]) == (bidder, round_no):
                return OpenEnvelope(bidder=bidder, amount=held, nonce="n")
        return None
    seal = sealed.seal_of(bidder=bidder, round_no=round_no, amount=amount, nonce="n")
    if bidder not in getattr(inner, "envelopes", {}):
        sale.sealed_amounts[bidder, round_no] = amount
    return SubmitEnvelope(bidder=bidder, seal=seal)


def sealed_keeps_its_promises(history):
    for ties in (TieRule.ARRIVAL, TieRule.NEW_ROUND, TieRule.DRAW):
        terms = SealedTerms(
            start=95,
            reserve=100,
            cap=135,
            increment=5,
            window_us=20,
            opening_us=20,
            ties=ties,
            draw=DRAW if ties is TieRule.DRAW else None,
            rounds_max=3,
            withdrawable=True,
        )
        sale = Played(sealed, terms, history, sealed_or_opened)
        if sale.state.outcome is None:
            equal = sale.state.contenders
            sale.accepts(RevealSeed(seed=SEED, public="1"), FAR)
            assert sale.state.outcome.winner == sale.state.drawn[0]
            assert sorted(sale.state.drawn) == sorted(equal)
        outcome = sale.state.outcome
        opened = [e for e in sale.events if hasattr(e, "invalid") and e.invalid is None]
        assert all(95 <= e.amount <= 135 and e.amount % 5 == 0 for e in opened)
        if outcome.kind is OutcomeKind.SOLD:
            assert outcome.price == max(e.amount for e in opened) >= 100


def hybrid_move(sale, bidder, amount, verb):
    if sale.state.phase is hybrid_dutch.HybridPhase.SEALED:
        return sealed_or_opened(sale, bidder, amount + 20, verb)
    price = sale.state.dutch.price if verb else amount
    return Bid(bidder=bidder, amount=price if sale.state.leader is None else amount + 30)


def hybrid_keeps_its_promises(history):
    terms = HybridDutchTerms(
        dutch=DutchTerms(start=140, decrement=10, floor=90, step_us=10),
        increment=5,
        sealed_us=40,
        opening_us=20,
        best_bid_us=20,
    )
    sale = Played(hybrid_dutch, terms, history, hybrid_move)
    outcome, began = sale.state.outcome, sale.state.dutch_price
    assert (outcome.kind is OutcomeKind.SOLD) == (began is not None)
    if began is not None:
        assert outcome.price >= began
        assert outcome.winner == sale.state.dutch_winner or outcome.price >= began + 5
        best = [e.amount for e in sale.events if isinstance(e, hybrid_dutch.BestBidPlaced)]
        assert all(high >= low + 5 for low, high in pairwise(best))


def lots_or_waiver(_sale, bidder, amount, verb):
    if verb == 0:
        return Waive(bidder=bidder)
    lots = ["x", "y"][: 1 + verb % 2][-1:] if verb < 4 else ["x", "y"]
    return BidOnLots(bidder=bidder, bids=tuple(LotBid(lot=lot, amount=amount) for lot in lots))


def simultaneous_rounds_keep_their_promises(history):
    terms = SmraTerms(
        lots=(SmraLot(lot="x", start=90, increment=1), SmraLot(lot="y", start=95, increment=5)),
        eligibility=(("a", 2), ("b", 2), ("c", 1)),
        activity_percent=80,
        waivers=1,
        round_us=10,
    )
    sale = Played(smra, terms, history, lots_or_waiver)
    eligible, standing = dict(terms.eligibility), {}
    for event in sale.events:
        if isinstance(event, smra.SmraRoundEnded):
            after = dict(event.eligibility)
            assert all(after[bidder] <= eligible[bidder] for bidder in after)
            assert all(s.amount > standing.get(s.lot, 0) for s in event.standing)
            eligible = after
            standing |= {s.lot: s.amount for s in event.standing}
    held = [award.bidder for award in sale.state.awards]
    assert all(held.count(b) <= points for b, points in terms.eligibility)
    assert sale.state.outcome is not None


def any_demand(_sale, bidder, _amount, verb):
    return AskUnits(bidder=bidder, quantity=verb)


def the_clock_keeps_its_promises(history):
    for payment in ClockPayment:
        terms = ClockTerms(supply=4, start=100, increment=10, round_us=10, payment=payment)
        sale = Played(clock, terms, history, any_demand)
        awarded = sale.state.awarded
        sold = sum(len(prices) for prices in awarded.units.values())
        assert sold + awarded.unsold == terms.supply
        shown = [100, *(e.price for e in sale.events if isinstance(e, clock.ClockAdvanced))]
        assert all(high == low + 10 for low, high in pairwise(shown))
        assert awarded.price in (shown[-1], *shown[-2:])
        first = {e.bidder: e.quantity for e in sale.events if getattr(e, "at", 99) < 10}
        for bidder, prices in awarded.units.items():
            assert len(prices) <= first[bidder]
            assert terms.start <= max(prices) <= sale.state.price + terms.increment


PROMISES = [
    (raise_agree_keeps_its_promises, raise_agree, "_broken_raise", lambda *_: None),
    (dutch_keeps_its_promises, dutch, "last_step", lambda _terms: 3),
    (sealed_keeps_its_promises, sealed, "why_invalid", lambda *_: None),
    (hybrid_keeps_its_promises, hybrid_dutch, "sealed_terms",
     lambda terms, _price: SealedTerms(start=1, window_us=terms.sealed_us, opening_us=9)),
    (simultaneous_rounds_keep_their_promises, smra, "_eligibility_after",
     lambda _terms, state, bidder: state.eligibility[bidder] + 1),
    (the_clock_keeps_its_promises, clock, "_broken_activity_rule", lambda *_: None),
]  # fmt: skip


def name_of(value):
    return getattr(value, "__name__", None) if callable(value) else None


def searched(promise, examples):
    search = settings(
        max_examples=examples, database=None, derandomize=True, phases=[Phase.generate]
    )
    search(given(HISTORIES)(promise))()


@pytest.mark.parametrize("promise", [row[0] for row in PROMISES], ids=name_of)
def test_the_promises_hold_in_every_history(promise):
    searched(promise, 150)


@pytest.mark.parametrize(("promise", "module", "name", "fault"), PROMISES, ids=name_of)
def test_a_planted_fault_breaks_a_promise(promise, module, name, fault, monkeypatch):
    monkeypatch.setattr(module, name, fault)
    with pytest.raises((AssertionError, KeyError)):
        searched(promise, 400)
