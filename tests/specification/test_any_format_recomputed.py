"""Every live format under random use: the independent program decides as the engine did, always."""

import json

import pytest

from auction.codec import decode_command, decode_events, encode_command
from auction.events import PUBLIC_EVENTS
from auction.formats.registry import BY_KIND
from auction.snapshots import decode_lot, encode_lot
from auction.state import Lot
from auction.view import public_event
from supervision.lot import PARTS
from supervision.recompute import recompute
from tests.support.any_format import CROWDS, course

SEEDS = 60


def test_every_live_format_has_its_crowd_and_its_independent_part():
    assert CROWDS.keys() == BY_KIND.keys() == PARTS.keys()


@pytest.mark.parametrize("kind", CROWDS)
def test_engine_and_program_agree_on_any_course(kind):
    ended = 0
    for seed in range(SEEDS):
        verdict = recompute(course(kind, seed).journal())
        assert verdict.differences == [], seed
        assert verdict.recorded == verdict.recomputed, seed
        ended += verdict.recorded is not None
    assert ended > SEEDS // 4, "most courses must come to an end, or little was compared"


@pytest.mark.parametrize("kind", CROWDS)
def test_replaying_the_journal_gives_the_same_lot(kind):
    for seed in range(SEEDS // 3):
        scenario = course(kind, seed)
        again = Lot("LOT-1")
        for row in scenario.journal():
            command = decode_command(row["kind"], json.dumps(row["command"]))
            assert json.loads(encode_command(command)) == row["command"]
            for event in decode_events(json.dumps(row["events"])):
                again.apply(event)
        for name in ("terms", "format", "sale", "status", "seq", "numbers", "ranks", "notice"):
            assert getattr(again, name) == getattr(scenario.lot, name), (seed, name)


@pytest.mark.parametrize("kind", CROWDS)
def test_a_snapshot_of_the_lot_gives_the_same_lot(kind):
    for seed in range(SEEDS // 3):
        lot = course(kind, seed).lot
        again = decode_lot(encode_lot(lot))
        again.answers = lot.answers
        assert again == lot, seed


@pytest.mark.parametrize("kind", CROWDS)
def test_what_is_public_is_numbered_and_names_nobody(kind):
    for seed in range(SEEDS // 3):
        scenario = course(kind, seed)
        events = scenario.events()
        assert scenario.lot.seq == sum(type(event) in PUBLIC_EVENTS for event in events)
        assert scenario.lot.seq == len(scenario.shown())
        for event in events:
            assert (public_event(event) is None) is not (type(event) in PUBLIC_EVENTS)
        told = json.dumps([scenario.shown(), str(scenario.seen())])
        assert all(
            f'"{account}"' not in told and f"'{account}'" not in told
            for account in ("ann", "bob", "cat")
        )
