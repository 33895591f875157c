"""I1, I7, I9, I10, I12: what was told, against what stands in the journal."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tests.history.records import (
    ACCEPTED,
    LOOK_UP,
    NEVER_SEEN,
    PLACE_BID,
    Decision,
    Operation,
    Told,
)

_REUSED = "command_id_reused"
_NEVER = 1 << 62
_ANSWER_WITHIN_US = 5_000_000
Report = Callable[[str, str, str], None]


class Fate(msgspec.Struct, gc=False):
    """What became of one command id: the decision, if there is one, and what was asked and told."""

    entry: int = 0
    seq: int = 0
    arrived_us: int = 0
    kind: str = ""
    amount: int | None = None
    code: str = ACCEPTED
    amount_min: int | None = None
    first_sent: int = _NEVER
    first_answered: int = _NEVER
    turned_away: bool = False
    sent_in_earnest: bool = False


Fates = dict[str, Fate]
"""Of one lot, by command id."""


def decided(row: Decision, command: dict[str, Any], rejection: dict[str, Any] | None) -> Fate:
    """Return the fate of a command that the journal knows."""
    fate = Fate(row.entry, row.seq, row.arrived_us, row.kind, command.get("amount"))
    if rejection is not None:
        fate.code, fate.amount_min = rejection["code"], rejection["amount_min"]
    return fate


def broken_promises(
    report: Report, lot_id: str, fates: Fates, operations: Sequence[Operation]
) -> None:
    """Report every answer about a lot that its journal does not bear out."""
    looked_up = []
    for op in operations:
        fate = fates.get(op.command_id)
        if fate is None:
            fate = fates[op.command_id] = Fate()
        if op.kind != LOOK_UP:
            _sent(fate, op)
        told = op.told
        if told is None:
            continue
        if told.code == NEVER_SEEN:
            looked_up.append((op, fate))
            continue
        _compare(report, op, told, fate)
        answered = op.answered_us
        if told.entry and answered is not None and answered < fate.first_answered:
            fate.first_answered = answered
    for op, fate in looked_up:
        if fate.first_answered < op.sent_us:
            report("I7", lot_id, f"{op.command_id} had its answer, then was never seen")
    _judge_order(report, lot_id, fates)


def left_unknown(
    report: Report, lot_id: str, operations: Sequence[Operation], recovered_us: int
) -> None:
    """I12: report every id that was asked before the recovery and had no answer soon after it.

    Any answer will do: to the command, to a repeat, or to a look-up.
    """
    unanswered = {
        op.command_id for op in operations if op.told is None and op.sent_us < recovered_us
    }
    if not unanswered:
        return
    until = recovered_us + _ANSWER_WITHIN_US
    for op in operations:
        if op.told is not None and op.answered_us is not None and op.answered_us <= until:
            unanswered.discard(op.command_id)
    for command_id in sorted(unanswered):
        report("I12", lot_id, f"{command_id} had no answer by {until}")


def _sent(fate: Fate, op: Operation) -> None:
    fate.first_sent = min(fate.first_sent, op.sent_us)
    if op.told is None or op.told.entry or op.told.code == _REUSED:
        fate.sent_in_earnest = True
    else:
        fate.turned_away = True


def _compare(report: Report, op: Operation, told: Told, fate: Fate) -> None:
    accepted = told.code == ACCEPTED
    if told.entry == 0 and not accepted:
        if told.code == _REUSED and (not fate.entry or _same_content(op, fate)):
            report("I7", op.lot_id, f"{op.command_id} was not used for anything else before")
        return
    if not fate.entry:
        report("I1" if accepted else "I9", op.lot_id, f"{told} to {op.command_id}: not journaled")
        return
    if told.entry != fate.entry or told.at_us != fate.arrived_us:
        report("I7", op.lot_id, f"{told} to {op.command_id}: decided was {fate}")
    if not accepted:
        if fate.code == ACCEPTED:
            report("I9", op.lot_id, f"{op.command_id} was told {told.code} and is accepted")
        elif fate.code != told.code or fate.amount_min != told.amount_min:
            report("I7", op.lot_id, f"{op.command_id} was told {told}, decided was {fate}")
    elif fate.code != ACCEPTED:
        report("I1", op.lot_id, f"{op.command_id} was told accepted and is refused")
    elif told.seq != fate.seq:
        report("I1", op.lot_id, f"{op.command_id} was told seq {told.seq}, decided was {fate.seq}")
    if op.kind == PLACE_BID and not _same_content(op, fate):
        report("I7", op.lot_id, f"{op.command_id} was answered for {op.amount}: {fate}")


def _same_content(op: Operation, fate: Fate) -> bool:
    return fate.kind == op.kind and fate.amount == op.amount


def _judge_order(report: Report, lot_id: str, fates: Fates) -> None:
    """I10: what was answered before something else was sent stands before it; and the door is a door.

    The fates of decided commands come first, by entry.
    """
    answered_later = _NEVER
    for command_id, fate in reversed(fates.items()):
        if fate.turned_away and fate.entry and not fate.sent_in_earnest:
            report(
                "I9", lot_id, f"{command_id} was turned away and is in the journal all the same"
            )
        if not fate.entry:
            continue
        if answered_later < fate.first_sent != _NEVER:
            report("I10", lot_id, f"entry {fate.entry} was sent after a later one was answered")
        answered_later = min(answered_later, fate.first_answered)
