"""A leaf binds to every word of a decision and tells none."""

import json
from dataclasses import fields, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.leaves import (
    SALT_BYTES,
    Decision,
    Salts,
    commitment,
    decision_text,
    leaf_of,
)

SALTS = Salts(decision=b"d" * SALT_BYTES, events=b"e" * SALT_BYTES)
BID = Decision(
    lot_id="LOT-1",
    entry=7,
    seq=3,
    shard=0,
    epoch=2,
    command_id="acc-1:bid-1",
    arrived_us=1_700_000_000_000_000,
    stream_id="1700000000000-0",
    kind="place_bid",
    command='{"lot_id":"LOT-1","command_id":"acc-1:bid-1","actor":"acc-1","amount":120}',
    events='[{"kind":"bid_accepted","amount":120}]',
    rejection=None,
)
OTHER = {
    "lot_id": "LOT-2",
    "entry": 8,
    "seq": 4,
    "shard": 1,
    "epoch": 3,
    "command_id": "acc-2:bid-1",
    "arrived_us": 1_700_000_000_000_001,
    "stream_id": "1700000000000-1",
    "kind": "set_maximum",
    "command": BID.command.replace("120", "130"),
    "events": "[]",
    "rejection": '{"code":"below_minimum"}',
}


def test_the_text_is_one_json_object_with_every_column_but_the_events():
    told = json.loads(decision_text(BID))
    assert told["command"]["amount"] == 120
    assert told["rejection"] is None
    assert set(told) == {field.name for field in fields(Decision)} - {"events"}


def test_the_journals_text_stands_in_it_as_it_is():
    """Not read and written again: what differs in a blank is a journal that was rewritten."""
    spaced = replace(BID, command='{"actor": "acc-1"}')
    assert '"command":{"actor": "acc-1"},' in decision_text(spaced)


@pytest.mark.parametrize("column", OTHER)
def test_no_column_can_change_without_the_leaf(column):
    assert leaf_of(replace(BID, **{column: OTHER[column]}), SALTS) != leaf_of(BID, SALTS)


def test_every_column_is_asked_for_here():
    assert set(OTHER) == {field.name for field in fields(Decision)}


def test_a_part_is_checked_without_the_other():
    asked = sha256(SALTS.decision + decision_text(BID).encode()).digest()
    events = sha256(SALTS.events + BID.events.encode()).digest()
    assert commitment(SALTS.decision, decision_text(BID)) == asked
    assert leaf_of(BID, SALTS) == sha256(b"\x00" + asked + events).digest()


def test_the_same_decision_with_other_salts_is_another_leaf():
    assert leaf_of(BID, replace(SALTS, decision=b"x" * SALT_BYTES)) != leaf_of(BID, SALTS)
    assert leaf_of(BID, replace(SALTS, events=b"x" * SALT_BYTES)) != leaf_of(BID, SALTS)


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(words, words, words, words)
def test_no_word_runs_into_the_next(lot, command_id, other_lot, other_id):
    one = decision_text(replace(BID, lot_id=lot, command_id=command_id))
    other = decision_text(replace(BID, lot_id=other_lot, command_id=other_id))
    assert (one == other) == ((lot, command_id) == (other_lot, other_id))
