"""一次报价 (Suzhou 2016): one sealed price each, the one nearest the mean wins."""

import pytest

from bidding_rules.formats import one_price
from bidding_rules.formats.one_price import (
    OnePriceTerms,
    QuoteOnce,
    QuotesOpened,
    QuoteTaken,
    nearest_the_mean,
)
from bidding_rules.formats.timed_terms import ConfirmParticipation, Phase
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.follow_up import FollowUp, capped
from tests.support.units import MINUTE, YUAN

GUIDE = 1_000_000_000 * YUAN
ABOVE, UP_TO = GUIDE * 5 // 4, GUIDE * 3 // 2
INQUIRY, QUOTING, END = 30 * MINUTE, 35 * MINUTE, 40 * MINUTE


def terms(**changes):
    """The screens of the studied system: 30 minutes, 5 minutes, 5 minutes."""
    return OnePriceTerms(
        **{
            "above": ABOVE,
            "up_to": UP_TO,
            "waiting_us": 30 * MINUTE,
            "inquiry_us": 5 * MINUTE,
            "quoting_us": 5 * MINUTE,
            **changes,
        }
    )


class OnePrice(FollowUp):
    """Bidders confirm as they are named; amounts in yuan."""

    def __init__(self, *confirming, before=None):
        super().__init__(one_price, terms(), capped("old") if before is None else before)
        for bidder in confirming:
            self.accepts(ConfirmParticipation(bidder=bidder), INQUIRY)

    def quotes(self, **yuan):
        for bidder, amount in yuan.items():
            self.accepts(QuoteOnce(bidder=bidder, amount=amount * YUAN), QUOTING)
        return self

    def may_not_quote(self, bidder, yuan, code, at=QUOTING):
        return self.refuses(QuoteOnce(bidder=bidder, amount=yuan * YUAN), at, code)


def test_worked_example_the_quote_nearest_the_mean_wins_at_its_own_price():
    """Guide 1 000 000 000; mean 1 326 250 000.25; D is 8 750 000.75 away and wins."""
    quotes = {
        "A": 1_260_000_000,
        "B": 1_300_000_000,
        "C": 1_410_000_000,
        "D": 1_335_000_001,
    }
    sale = OnePrice(*quotes, "E").quotes(**quotes).until(END)
    assert sale.ended == (OutcomeKind.SOLD, "D", 1_335_000_001 * YUAN, None, END)
    opened = sale.events[-2]
    assert isinstance(opened, QuotesOpened)
    assert opened.mean == 1_326_250_000_25
    assert [(bidder, amount // YUAN) for bidder, amount in opened.quotes] == list(quotes.items())
    distances = {bidder: abs(y * YUAN - opened.mean) for bidder, y in quotes.items()}
    assert distances == {
        "A": 66_250_000_25,
        "B": 26_250_000_25,
        "C": 83_749_999_75,
        "D": 8_750_000_75,
    }
    assert sale.replayed() == sale.state


def test_worked_example_of_two_equally_near_the_lower_wins():
    sale = OnePrice("B", "A").quotes(B=1_340_000_000, A=1_260_000_000).until(END)
    assert sale.ended[:3] == (OutcomeKind.SOLD, "A", 1_260_000_000 * YUAN)


def test_the_mean_is_rounded_half_up_to_the_fen():
    # Sum 401 fen by 2 = 200.5 -> 201; 200 is one fen away, 201 none.
    assert nearest_the_mean({"a": 200, "b": 201}) == ("b", 201)
    # 1 001 / 3 = 333.67 -> 334.
    assert nearest_the_mean({"a": 300, "b": 301, "c": 400}) == ("b", 334)
    assert nearest_the_mean({"a": 7}) == ("a", 7)


def test_who_confirmed_and_stayed_silent_is_not_counted():
    sale = OnePrice("A", "B", "C").quotes(A=1_300_000_000, B=1_400_000_000).until(END)
    assert sale.state.mean == 1_350_000_000 * YUAN


def test_the_interval_is_open_below_and_closed_above():
    sale = OnePrice("A")
    refused = sale.may_not_quote("A", 1_250_000_000, RejectionCode.BELOW_MINIMUM)
    assert refused.amount_min == 1_250_000_001 * YUAN
    refused = sale.may_not_quote("A", 1_500_000_001, RejectionCode.ABOVE_CAP)
    assert refused.amount_max == 1_500_000_000 * YUAN
    sale.quotes(A=1_500_000_000)


def test_quotes_are_whole_yuan():
    sale = OnePrice("A")
    cents = QuoteOnce(bidder="A", amount=1_300_000_000_50)
    sale.refuses(cents, QUOTING, RejectionCode.OFF_GRID)


def test_one_quote_each_and_never_changed():
    sale = OnePrice("A").quotes(A=1_300_000_000)
    sale.may_not_quote("A", 1_310_000_000, RejectionCode.ALREADY_SEALED)
    assert sale.events[-1] == QuoteTaken(bidder="A", amount=1_300_000_000 * YUAN, at=QUOTING)


def test_no_two_equal_quotes_the_later_must_change():
    sale = OnePrice("A", "B").quotes(A=1_300_000_000)
    sale.may_not_quote("B", 1_300_000_000, RejectionCode.DUPLICATE_PRICE)
    sale.quotes(B=1_300_000_001)


def test_the_phases_follow_the_announced_times():
    sale = OnePrice()
    early = ConfirmParticipation(bidder="A")
    sale.refuses(early, INQUIRY - 1, RejectionCode.WRONG_PHASE)
    assert sale.state.phase is Phase.WAITING
    sale.accepts(early, INQUIRY)
    assert sale.accepts(early, INQUIRY) == ()
    sale.may_not_quote("A", 1_300_000_000, RejectionCode.WRONG_PHASE, at=QUOTING - 1)
    sale.may_not_quote("B", 1_300_000_000, RejectionCode.NOT_CONFIRMED)
    assert one_price.due_at(sale.state) == END
    sale.quotes(A=1_300_000_000)
    sale.may_not_quote("A", 1_300_000_000, RejectionCode.LOT_CLOSED, at=END)
    assert one_price.due_at(sale.state) is None


def test_a_quote_at_the_deadline_is_late_even_if_nobody_closed():
    sale = OnePrice("A").until(QUOTING)
    late = QuoteOnce(bidder="A", amount=1_300_000_000 * YUAN)
    assert one_price.judge(sale.terms, sale.state, late, END).code is RejectionCode.LOT_CLOSED


def test_nobody_quotes_and_the_highest_earlier_bid_wins_at_its_price():
    before = capped("old", price=1_240_000_000 * YUAN)
    silent = OnePrice("A", before=before).until(END)
    assert silent.ended == (OutcomeKind.SOLD, "old", 1_240_000_000 * YUAN, None, END)


def test_nobody_confirms_and_it_ends_with_the_inquiry():
    assert OnePrice().until(END).ended == (
        OutcomeKind.SOLD,
        "old",
        capped("old").price,
        None,
        QUOTING,
    )


def test_nobody_quotes_and_nobody_bid_before():
    assert OnePrice("A", before=capped()).until(END).ended[0] is OutcomeKind.NO_BIDS


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("above", {"above": 0}),
        ("up_to", {"up_to": ABOVE}),
        ("up_to", {"up_to": ABOVE + 99}),
        ("step", {"step": 0}),
        ("waiting_us", {"waiting_us": -1}),
        ("inquiry_us", {"inquiry_us": 0}),
        ("quoting_us", {"quoting_us": 0}),
    ],
)
def test_bad_terms_are_refused_and_the_field_is_named(field, changes):
    with pytest.raises(TermsError) as refused:
        terms(**changes)
    assert refused.value.field == field
