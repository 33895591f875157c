"""The independent program agrees with the engine on everything, and notices every lie."""

import random

import pytest

from supervision.part import UnsupportedTermsError
from supervision.recompute import recompute
from tests.support.scenario import MINUTE, SECOND, Scenario


def journal_of(scenario: Scenario) -> list[dict]:
    return scenario.journal()


def sold() -> list[dict]:
    return journal_of(
        Scenario()
        .bids("ann", 100, at=0)
        .bids("bob", 105, at=1)
        .bids("bob", 110, at=12 * MINUTE)
        .time_passes(to=20 * MINUTE)
    )


def test_an_honest_journal_is_confirmed():
    verdict = recompute(sold())
    assert verdict.agrees
    assert verdict.recomputed == {
        "outcome": "sold",
        "price_fen": 110,
        "winner": "N-bob",
        "at_us": verdict.recorded["at_us"],
    }


def lie_about_price(rows):
    rows[-1]["events"][-1]["outcome"]["price"] = 100


def lie_about_winner(rows):
    rows[-1]["events"][-1]["outcome"]["winner"] = "N-ann"


def accept_a_refused_bid(rows):
    row = next(row for row in rows if row["rejection"])
    row["rejection"] = None


def leave_out_a_bid(rows):
    rows.pop(-2)


def move_an_arrival_behind_the_close(rows):
    rows[-2]["arrived_us"] += 3 * MINUTE


def swap_two_entries(rows):
    rows[-2], rows[-3] = rows[-3], rows[-2]


def move_the_close(rows):
    event = next(e for row in rows for e in row["events"] if e["kind"] == "bid_accepted")
    event["closes_at"] += 1


def forget_the_result(rows):
    rows[-1]["events"].pop()


@pytest.mark.parametrize(
    "lie",
    [
        lie_about_price,
        lie_about_winner,
        accept_a_refused_bid,
        leave_out_a_bid,
        move_an_arrival_behind_the_close,
        swap_two_entries,
        move_the_close,
        forget_the_result,
    ],
)
def test_every_lie_is_noticed(lie):
    rows = sold()
    lie(rows)
    assert not recompute(rows).agrees


def test_terms_that_are_not_recomputed_are_not_claimed():
    rows = sold()
    rows[0]["command"]["terms"]["format"]["kind"] = "guesswork"
    with pytest.raises(UnsupportedTermsError):
        recompute(rows)


@pytest.mark.parametrize("seed", range(150))
def test_engine_and_program_agree_on_any_course(seed):
    rng = random.Random(seed)
    bidders_min = rng.choice((1, 1, 2))
    scenario = Scenario(
        stop_window_us=rng.choice((0, MINUTE)),
        inquiry_us=rng.choice((0, 0, 2 * MINUTE)),
        must_have_quoted=rng.random() < 0.3,
        limited_bidders_min=rng.choice((0, 0, 2)),
        cap=rng.choice((None, 200)) if bidders_min == 1 else None,
        reserve=rng.choice((None, 150)),
        bidders_min=bidders_min,
        calls_before_hammer=rng.choice((None, 2)),
        resume_notice_us=rng.choice((0, 30 * SECOND)),
    )
    at = 0
    for _ in range(rng.randrange(5, 40)):
        at += rng.choice((1, SECOND, 30 * SECOND, 2 * MINUTE))
        anything_happens(scenario, rng, at)
    if rng.random() < 0.1:
        scenario.withdraws(at=at)
    scenario.time_passes(to=at + 60 * MINUTE)
    verdict = recompute(journal_of(scenario))
    assert verdict.differences == []
    assert verdict.agrees


def anything_happens(scenario: Scenario, rng: random.Random, at: int) -> None:
    price = (scenario.lot.sale.price if scenario.lot.sale else None) or 90
    bidder = rng.choice(("ann", "bob", "cat", "eve", "seller"))
    match rng.randrange(14):
        case 0 | 1 | 2 | 3:
            scenario.bids(bidder, price + 10, at=at)
        case 4:
            scenario.bids(bidder, price + rng.choice((5, 20, 50)), at=at)
        case 5:
            scenario.confirms(bidder, at=at)
        case 6:
            scenario.suspends(at=at)
        case 7:
            scenario.resumes(at=at, notice_us=rng.choice((0, MINUTE)))
        case 8:
            scenario.extends(rng.choice((SECOND, MINUTE)), at=at)
        case 9:
            scenario.calls(at=at)
        case 10:
            scenario.hammers(at=at)
        case 11:
            scenario.registers(bidder, at=at)
        case 12:
            scenario.admits(bidder, at=at)
        case _:
            scenario.time_passes(to=at)
