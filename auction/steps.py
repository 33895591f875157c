"""One step of a lot: let happen what has fallen due, answer repeats, decide, apply, remember."""

import msgspec

from auction.codec import fingerprint
from auction.commands import AdvanceClock, AskedCommand, Command
from auction.decide import decide, fallen_due
from auction.events import Event
from auction.state import Answer, Lot
from bidding_rules.rejections import Rejection, RejectionCode


class Step(msgspec.Struct, frozen=True, gc=False):
    """What a command did: `events` to be journaled, `answer` for who asked.

    `journaled` tells whether this step is a new row: a repeat and an idle clock are not.
    """

    events: tuple[Event, ...]
    answer: Answer | Rejection | None
    journaled: bool
    repeated: bool = False


def take(lot: Lot, command: Command, at: int) -> Step:
    """Decide `command`, which arrived at `at` (never before the lot's last), and apply what happens.

    The same id with the same content gets the first answer again; with other content, a refusal. Both
    leave no trace in the journal.
    """
    if type(command) is AdvanceClock:
        due = fallen_due(lot, at)
        return _clock_step(lot, () if due is None else _let_happen(lot, due, at), at)
    known = lot.answers.get(command.command_id)
    if known is not None:
        return _repeat(known, command)
    due = fallen_due(lot, at)
    events = () if due is None else _let_happen(lot, due, at)
    outcome = decide(lot, command, at)
    if type(outcome) is Rejection:
        if lot.terms is None:
            return Step(events=(), answer=outcome, journaled=False)
        return Step(events, lot.remember(command, outcome, at), True)
    for event in outcome:
        lot.apply(event)
    if due is not None:
        outcome = events + outcome
    return Step(outcome, lot.remember(command, None, at), True)


def _clock_step(lot: Lot, events: tuple[Event, ...], at: int) -> Step:
    if events:
        lot.arrived_at = at
        lot.entry += 1
    return Step(events=events, answer=None, journaled=bool(events))


def _repeat(known: Answer, command: AskedCommand) -> Step:
    if known.fingerprint != hash(command) and known.fingerprint != fingerprint(command):
        reused = Rejection(code=RejectionCode.COMMAND_ID_REUSED)
        return Step(events=(), answer=reused, journaled=False)
    return Step(events=(), answer=known, journaled=False, repeated=True)


def _let_happen(lot: Lot, due: Event, at: int) -> tuple[Event, ...]:
    """Apply `due`, and whatever has fallen due after it."""
    lot.apply(due)
    happened = [due]
    while (event := fallen_due(lot, at)) is not None:
        lot.apply(event)
        happened.append(event)
    return tuple(happened)
