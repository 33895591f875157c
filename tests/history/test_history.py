"""An honest history is clean; for every invariant there is a lie that the checker sees."""

import json

import msgspec
import pytest

from auction.commands import ApproveAction, MakeMove, ResumeLot, SuspendLot, WithdrawLot
from bidding_rules.formats.sealed import seal_of
from bidding_rules.formats.sealed_terms import OpenEnvelope, SealedTerms, SubmitEnvelope
from supervision.merkle import root_of
from tests.history.checker import judged
from tests.history.log import hash_of
from tests.history.records import (
    INVARIANTS,
    LOOK_UP,
    NEVER_SEEN,
    History,
    Leaf,
    Operation,
    Outage,
    Shown,
    Takeover,
    Told,
)
from tests.history.screens import _public_events
from tests.history.written import SECOND, WrittenLot


def sold() -> WrittenLot:
    """A lot that opens at 10 s, was suspended from 12 s to 14 s, and was sold at 27 s."""
    lot = WrittenLot()
    by = {"lot_id": "L", "actor": "hall"}
    lot.bids("ann", 100, 11 * SECOND)
    lot.asks(SuspendLot(**by, command_id="hall:s", reason="fire"), 12 * SECOND)
    lot.bids("bob", 110, 13 * SECOND)
    lot.asks(ResumeLot(**by, command_id="hall:r"), 14 * SECOND)
    lot.bids("bob", 105, 15 * SECOND)
    lot.bids("bob", 130, 16 * SECOND)
    lot.time_passes(to=22 * SECOND)
    lot.time_passes(to=27 * SECOND)
    lot.bids("cid", 140, 28 * SECOND)
    return lot


def changed(lot: WrittenLot, kind: str, number: int = 0, **fields) -> None:
    """Falsify the `number`th journal row of a kind."""
    at = [i for i, row in enumerate(lot.decisions) if row.kind == kind][number]
    lot.decisions[at] = msgspec.structs.replace(lot.decisions[at], **fields)


def event_changed(lot: WrittenLot, kind: str, **fields) -> None:
    """Falsify the first event of a kind, wherever it stands."""
    for i, row in enumerate(lot.decisions):
        events = json.loads(row.events)
        found = [event for event in events if event["kind"] == kind]
        if found:
            found[0].update(fields)
            lot.decisions[i] = msgspec.structs.replace(row, events=json.dumps(events))
            return
    pytest.fail(f"no {kind}")


def told(lot: WrittenLot, command_id: str, **fields) -> None:
    """Falsify what was told about an id."""
    (at,) = [i for i, op in enumerate(lot.operations) if op.command_id == command_id]
    op = lot.operations[at]
    said = msgspec.structs.replace(op.told, **fields)
    lot.operations[at] = msgspec.structs.replace(op, told=said)


def found(history: History) -> set[str]:
    return {violation.invariant for violation in judged(history).violations}


def test_an_honest_history_breaks_nothing():
    lot = sold()
    screen = [Shown("ann's", "L", event) for event in _public_events(lot.decisions)]
    history = lot.history(
        shown=screen,
        outages=[Outage(0, 23 * SECOND, 24 * SECOND)],
        takeovers=[Takeover(0, 1, 0)],
        settled_us=60 * SECOND,
    )
    verdict = judged(history)
    assert verdict.violations == []
    assert verdict.not_recomputed == []
    assert verdict.counts() == dict.fromkeys(INVARIANTS, 0)


ANN, BOB_LATE, BOB_LOW = "ann:100-11000000", "bob:110-13000000", "bob:105-15000000"
LIES = {
    "I1 an accepted bid is lost": (
        "I1",
        lambda lot: lot.decisions.remove(
            next(row for row in lot.decisions if row.command_id == ANN)
        ),
    ),
    "I1 an accepted bid is refused in the journal": (
        "I1",
        lambda lot: changed(
            lot,
            "place_bid",
            rejection='{"code":"off_grid","amount_min":1,"amount_max":null}',
        ),
    ),
    "I1 another public number was told": ("I1", lambda lot: told(lot, ANN, seq=99)),
    "I2 an entry is missing": ("I2", lambda lot: lot.decisions.pop(5)),
    "I2 a public number is wrong": ("I2", lambda lot: changed(lot, "place_bid", seq=7)),
    "I3 the price does not rise": (
        "I3",
        lambda lot: event_changed(lot, "bid_accepted", amount=90),
    ),
    "I3 the price is off the grid": (
        "I3",
        lambda lot: event_changed(lot, "bid_accepted", amount=105),
    ),
    "I4 arrival goes back": ("I4", lambda lot: changed(lot, "resume_lot", arrived_us=1)),
    "I4 the arrival is not the stamp": (
        "I4",
        lambda lot: changed(lot, "advance_clock", arrived_us=22 * SECOND + 1000),
    ),
    "I5 a bid is accepted after the close": (
        "I5",
        lambda lot: event_changed(lot, "lot_opened", closes_at=10 * SECOND),
    ),
    "I5 a bid is stamped anew": (
        "I5",
        lambda lot: event_changed(lot, "bid_accepted", at=11 * SECOND + 1),
    ),
    "I5 the close moves back": (
        "I5",
        lambda lot: event_changed(lot, "bid_accepted", closes_at=19 * SECOND),
    ),
    "I5 the suspension keeps too little": (
        "I5",
        lambda lot: event_changed(lot, "lot_suspended", remaining_us=SECOND),
    ),
    "I5 the resumption gives other time": (
        "I5",
        lambda lot: event_changed(lot, "lot_resumed", closes_at=20 * SECOND),
    ),
    "I5 bids are taken before the announced instant": (
        "I5",
        lambda lot: event_changed(lot, "bidding_reopened", at=13 * SECOND),
    ),
    "I6 the winner is another": (
        "I6",
        lambda lot: event_changed(
            lot,
            "sale_ended",
            outcome={
                "kind": "sold",
                "at": 27 * SECOND,
                "winner": "N-ann",
                "price": 130,
                "contenders": [],
            },
        ),
    ),
    "I6 there is a second result": (
        "I6",
        lambda lot: changed(lot, "place_bid", -1, events=lot.decisions[-2].events, rejection=None),
    ),
    "I7 an id is decided twice": (
        "I7",
        lambda lot: changed(lot, "place_bid", 2, command_id=BOB_LATE),
    ),
    "I7 a repeat gets another answer": ("I7", lambda lot: told(lot, BOB_LOW, entry=3)),
    "I7 a repeat with other content gets the answer": (
        "I7",
        lambda lot: lot.operations.append(
            msgspec.structs.replace(lot.operations[4], amount=100_000)
        ),
    ),
    "I7 an id is called used that is not": (
        "I7",
        lambda lot: told(lot, ANN, code="command_id_reused", entry=0),
    ),
    "I7 what was answered was never seen": (
        "I7",
        lambda lot: lot.operations.append(
            Operation("L", ANN, 20 * SECOND, Told(NEVER_SEEN), 21 * SECOND, kind=LOOK_UP)
        ),
    ),
    "I8 an epoch goes back": ("I8", lambda lot: changed(lot, "resume_lot", epoch=0)),
    "I9 a refused bid is accepted": (
        "I9",
        lambda lot: told(lot, ANN, code="below_minimum"),
    ),
    "I9 a refusal is not in the journal": (
        "I9",
        lambda lot: lot.decisions.remove(
            next(row for row in lot.decisions if row.command_id == BOB_LOW)
        ),
    ),
    "I9 who was turned away is let in": (
        "I9",
        lambda lot: told(lot, ANN, code="engine_busy", entry=0),
    ),
    "I10 the later one stands before": (
        "I10",
        lambda lot: lot.operations.append(
            msgspec.structs.replace(lot.operations[-1], sent_us=1, answered_us=2)
        ),
    ),
    "I11 nothing was too low": (
        "I11",
        lambda lot: changed(
            lot,
            "place_bid",
            3,
            rejection='{"code":"below_minimum","amount_min":150,"amount_max":null}',
            events="[]",
        ),
    ),
    "I11 it was not closed": (
        "I11",
        lambda lot: changed(
            lot, "place_bid", 2, rejection='{"code":"lot_closed","amount_min":null}'
        ),
    ),
    "I11 it was not suspended": (
        "I11",
        lambda lot: changed(
            lot, "place_bid", 2, rejection='{"code":"lot_suspended","amount_min":null}'
        ),
    ),
    "I13 the bidder is a stranger": (
        "I13",
        lambda lot: event_changed(lot, "bid_accepted", bidder="N-eve"),
    ),
    "L1 the hammer falls late": (
        "L1",
        lambda lot: changed(lot, "advance_clock", -1, arrived_us=30 * SECOND, stream_id="30000-0"),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_seen(lie):
    invariant, tell = LIES[lie]
    lot = sold()
    tell(lot)
    assert invariant in found(lot.history())


def test_a_row_of_an_epoch_that_was_over_is_seen():
    lot = sold()
    lot.decisions = [msgspec.structs.replace(row, committed=row.entry) for row in lot.decisions]
    assert "I8" not in found(lot.history(takeovers=[Takeover(0, 1, 0)]))
    assert "I8" in found(lot.history(takeovers=[Takeover(0, 1, 0), Takeover(0, 2, 5)]))


NONCE = "nonce-of-ann"


def sealed(*changes) -> WrittenLot:
    """A lot sold by sealed bids: one envelope, handed in at 11 s and opened at 21 s."""
    lot = WrittenLot(sold_by=SealedTerms(start=100, window_us=10 * SECOND, opening_us=5 * SECOND))
    by = {"lot_id": "L", "actor": "ann"}
    seal = seal_of(bidder="N-ann", round_no=1, amount=150, nonce=NONCE)
    handed_in = SubmitEnvelope(bidder="", seal=seal)
    lot.asks(MakeMove(**by, command_id="ann:1", move=handed_in), 11 * SECOND)
    lot.time_passes(to=20 * SECOND)
    opened = OpenEnvelope(bidder="", amount=150, nonce=NONCE)
    lot.asks(MakeMove(**by, command_id="ann:2", move=opened), 21 * SECOND)
    lot.time_passes(to=25 * SECOND)
    for change in changes:
        change(lot)
    return lot


def test_an_honest_sealed_sale_breaks_nothing():
    lot = sealed()
    assert json.loads(lot.decisions[-1].events)[-1]["outcome"]["price"] == 150
    assert found(lot.history(settled_us=60 * SECOND)) == set()


def test_an_envelope_that_is_opened_before_its_time_is_seen():
    def never_begins(lot):
        event_changed(lot, "sealed_phase_began", phase="sealing")

    assert "I14" in found(sealed(never_begins).history())


def test_a_journal_that_keeps_what_opens_an_envelope_is_seen():
    def keeps_it(lot):
        event_changed(lot, "envelope_received", content=f"150 {NONCE}")

    assert found(sealed(keeps_it).history()) == {"I14"}


def test_who_approves_what_he_asked_for_himself_is_seen():
    lot = WrittenLot(four_eyes=True)
    by = {"lot_id": "L", "command_id": "hall:w", "reason": "mistake"}
    lot.bids("ann", 100, 11 * SECOND)
    lot.asks(WithdrawLot(**by, actor="hall"), 12 * SECOND)
    approval = ApproveAction(lot_id="L", command_id="boss:a", actor="boss", proposal="hall:w")
    lot.asks(approval, 13 * SECOND)
    assert json.loads(lot.decisions[-1].events)[0]["kind"] == "lot_withdrawn"
    assert found(lot.history()) == set()
    alone = json.loads(lot.decisions[-1].command) | {"actor": "hall"}
    changed(lot, "approve_action", command=json.dumps(alone))
    assert "I16" in found(lot.history())


def test_who_applies_for_himself_may_bid():
    lot = sold()
    applied = json.loads(lot.decisions[1].command)
    assert lot.decisions[1].kind == "register_bidder"
    own = json.dumps(applied | {"actor": applied["bidder_id"]})
    lot.decisions[1] = msgspec.structs.replace(lot.decisions[1], command=own)
    assert found(lot.history()) == set()


def test_who_bids_on_what_he_runs_is_seen():
    lot = sold()
    suspension = json.loads(lot.decisions[5].command) | {"actor": "ann"}
    assert lot.decisions[5].kind == "suspend_lot"
    lot.decisions[5] = msgspec.structs.replace(lot.decisions[5], command=json.dumps(suspension))
    assert found(lot.history()) == {"I16"}


def unanswered(lot: WrittenLot, command_id: str) -> None:
    (at,) = [i for i, op in enumerate(lot.operations) if op.command_id == command_id]
    lot.operations[at] = msgspec.structs.replace(lot.operations[at], told=None, answered_us=None)


@pytest.mark.parametrize(
    ("asked_at", "invariants"),
    [(None, {"I12"}), (26 * SECOND, {"I12"}), (24 * SECOND, set())],
    ids=["never told", "told late", "told in time"],
)
def test_who_is_left_without_an_answer_after_a_recovery_is_seen(asked_at, invariants):
    lot = sold()
    unanswered(lot, ANN)
    if asked_at is not None:
        (row,) = [row for row in lot.decisions if row.command_id == ANN]
        told_it = Told("accepted", row.entry, row.seq, row.arrived_us)
        lot.operations.append(
            Operation("L", ANN, 20 * SECOND, told_it, asked_at, kind=LOOK_UP),
        )
    assert found(lot.history(recovered_us=20 * SECOND)) == invariants
    assert found(lot.history()) == set()


def test_a_lot_that_an_outage_sold_is_seen():
    assert "O1" in found(sold().history(outages=[Outage(0, 26 * SECOND, 28 * SECOND)]))
    assert "O1" not in found(sold().history(outages=[Outage(1, 26 * SECOND, 28 * SECOND)]))


def test_a_lot_that_nobody_ends_is_seen():
    lot = WrittenLot()
    lot.bids("ann", 100, 11 * SECOND)
    assert found(lot.history(settled_us=19 * SECOND)) == set()
    assert found(lot.history(settled_us=23 * SECOND)) == {"L1"}


def test_a_lot_that_an_outage_suspended_for_ever_is_seen():
    lot = WrittenLot()
    by = {"lot_id": "L", "actor": "system", "command_id": "system:o", "reason": "gone"}
    lot.bids("ann", 100, 11 * SECOND)
    lot.asks(SuspendLot(**by, cause="outage"), 12 * SECOND)
    assert found(lot.history(settled_us=60 * SECOND)) == {"L1"}


@pytest.mark.parametrize(
    "fault",
    [
        lambda events: events.pop(2),
        lambda events: events.insert(2, events[2]),
        lambda events: events.__setitem__(2, events[2] | {"amount_fen": 7}),
        lambda events: events.append(events[-1] | {"seq": len(events) + 1}),
    ],
    ids=["misses", "doubles", "changes", "invents"],
)
def test_a_screen_that_misses_doubles_or_invents_is_seen(fault):
    lot = sold()
    events = _public_events(lot.decisions)
    fault(events)
    assert found(lot.history(shown=[Shown("s", "L", event) for event in events])) == {"P1"}


def leaves_of(lot: WrittenLot) -> list[Leaf]:
    return [
        msgspec.structs.replace(leaf, hash=hash_of(row, leaf))
        for place, row in enumerate(lot.decisions)
        for leaf in [Leaf(place, row.lot_id, row.entry, b"", bytes([place] * 16), b"e" * 16)]
    ]


def test_an_honest_log_breaks_nothing():
    lot = sold()
    leaves = leaves_of(lot)
    signed = len(leaves) - 2, root_of([leaf.hash for leaf in leaves[:-2]])
    assert found(lot.history(leaves=leaves, signed=signed)) == set()
    later = Leaf(len(leaves), "L", len(leaves) + 1, b"later", b"", b"")
    assert found(lot.history(leaves=[*leaves, later], signed=signed)) == set(), "it has gone on"


def exchanged(leaves: list[Leaf]) -> None:
    first, second = leaves[3:5]
    leaves[3:5] = [
        msgspec.structs.replace(second, place=first.place),
        msgspec.structs.replace(first, place=second.place),
    ]


@pytest.mark.parametrize(
    "lie",
    [
        lambda leaves: leaves.pop(),
        lambda leaves: leaves.pop(3),
        lambda leaves: leaves.append(msgspec.structs.replace(leaves[3], place=len(leaves))),
        lambda leaves: leaves.append(Leaf(len(leaves), "L", 0, b"", b"", b"")),
        lambda leaves: leaves.__setitem__(3, msgspec.structs.replace(leaves[3], hash=b"other")),
        lambda leaves: leaves.__setitem__(3, msgspec.structs.replace(leaves[3], entry=99)),
        exchanged,
        list.clear,
    ],
    ids=["last", "lost", "doubled", "invented", "changed", "of another", "exchanged", "empty"],
)
def test_a_log_that_is_not_of_this_journal_is_seen(lie):
    lot = sold()
    leaves = leaves_of(lot)
    lie(leaves)
    assert found(lot.history(leaves=leaves)) == {"I15"}


def test_a_decision_that_was_changed_after_it_was_logged_is_seen():
    lot = sold()
    leaves = leaves_of(lot)
    lot.decisions[3] = msgspec.structs.replace(lot.decisions[3], shard=1)
    assert found(lot.history(leaves=leaves)) == {"I15"}


def test_a_checkpoint_that_does_not_fit_the_leaves_is_seen():
    lot = sold()
    assert found(lot.history(leaves=leaves_of(lot), signed=(3, b"another root"))) == {"I15"}


def test_every_invariant_has_a_lie_here():
    proven = {invariant for invariant, _ in LIES.values()} | {
        "I12",
        "I14",
        "I15",
        "I16",
        "O1",
        "P1",
    }
    assert proven == set(INVARIANTS)
