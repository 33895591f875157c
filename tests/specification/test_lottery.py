"""摇号: several at the cap are drawn; the price is the cap."""

import pytest

from bidding_rules.draw import commitment, shuffled
from bidding_rules.formats import lottery
from bidding_rules.formats.lottery import DrawMade, LotteryTerms, RevealSeed
from bidding_rules.money import TermsError
from bidding_rules.outcome import OutcomeKind
from bidding_rules.rejections import RejectionCode
from tests.support.follow_up import CAP, FollowUp, capped
from tests.support.units import DAY

SEED = bytes(range(32)).hex()
PUBLIC = "drawing 2026123: 01 05 09 12 20 33 07"


def terms(**changes):
    return LotteryTerms(
        **{
            "purpose": "DGA2015001",
            "commitment": commitment(SEED),
            "public_source": "the first drawing of the state lottery after the end of bidding",
            "notice_us": DAY,
            **changes,
        }
    )


def draw(*contenders, committed=None):
    return FollowUp(lottery, terms(), capped(*contenders, committed=committed))


REVEALED = RevealSeed(seed=SEED, public=PUBLIC)


def test_the_first_drawn_wins_at_the_cap():
    sale = draw("ann", "bob", "cat", committed=10_000).until(DAY)
    sale.accepts(REVEALED, 2 * DAY)
    order = shuffled(("ann", "bob", "cat"), purpose="DGA2015001", seed=SEED, public=PUBLIC)
    assert sale.ended == (OutcomeKind.SOLD, order[0], CAP, 10_000, 2 * DAY)
    assert sale.state.order == order
    assert sale.replayed() == sale.state


def test_what_is_told_lets_anybody_repeat_the_draw():
    made, _ = draw("ann", "bob").accepts(REVEALED, DAY)
    assert isinstance(made, DrawMade)
    again = shuffled(made.participants, purpose="DGA2015001", seed=made.seed, public=made.public)
    assert again == made.order
    assert commitment(made.seed) == terms().commitment


def test_the_draw_waits_for_its_announced_time_and_for_people():
    sale = draw("ann", "bob")
    assert lottery.due_at(sale.state) is None
    sale.refuses(REVEALED, DAY - 1, RejectionCode.TOO_SOON)


@pytest.mark.parametrize(
    "wrong",
    [
        RevealSeed(seed=bytes(32).hex(), public=PUBLIC),
        RevealSeed(seed="not hexadecimal", public=PUBLIC),
        RevealSeed(seed=SEED, public=""),
    ],
)
def test_only_the_committed_seed_draws_and_only_with_a_public_value(wrong):
    draw("ann", "bob").refuses(wrong, DAY, RejectionCode.DRAW_INVALID)


def test_there_is_one_draw():
    sale = draw("ann", "bob")
    sale.accepts(REVEALED, DAY)
    sale.refuses(REVEALED, DAY, RejectionCode.LOT_CLOSED)
    assert lottery.due_at(sale.state) is None


def test_one_participant_needs_no_draw_and_none_is_no_sale():
    assert draw("ann").until(DAY - 1).state.outcome is None
    assert draw("ann").until(DAY).state.outcome is not None
    one = draw("ann").until(2 * DAY)
    assert one.ended == (OutcomeKind.SOLD, "ann", CAP, None, DAY)
    none = draw().until(2 * DAY)
    assert none.ended == (OutcomeKind.NO_BIDS, None, None, None, DAY)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("commitment", {"commitment": "00" * 31}),
        ("commitment", {"commitment": "00" * 33}),
        ("commitment", {"commitment": "zz" * 32}),
        ("purpose", {"purpose": ""}),
        ("public_source", {"public_source": ""}),
        ("notice_us", {"notice_us": -1}),
    ],
)
def test_bad_terms_are_refused_and_the_field_is_named(field, changes):
    with pytest.raises(TermsError) as refused:
        terms(**changes)
    assert refused.value.field == field
