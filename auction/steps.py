"""One step of a lot: let happen what has fallen due, answer repeats, decide, apply, remember."""

import msgspec

from auction.commands import AdvanceClock, AskedCommand, Command
from auction.decide import decide, fallen_due
from auction.events import Event
from auction.state import Answer, Lot
from bidding_rules.rejections import Rejection, RejectionCode


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    if not isinstance(command, AdvanceClock):
        known = lot.answers.get(command.command_id)
        if known is not None:
            return _repeat(known, command)
    due = _let_happen(lot, at)
    outcome = decide(lot, command, at)
    refused = isinstance(outcome, Rejection)
    caused: tuple[Event, ...] = () if isinstance(outcome, Rejection) else outcome
    for event in caused:
        lot.apply(event)
    events = (*due, *caused)
    if events or not isinstance(command, AdvanceClock):
        lot.arrived_at = at
    if isinstance(command, AdvanceClock):
        if events:
            lot.entry += 1
        return Step(events=events, answer=None, journaled=bool(events))
    if lot.terms is None and refused:
        return Step(events=(), answer=Rejection(code=RejectionCode.LOT_UNKNOWN), journaled=False)
    rejection = outcome if isinstance(outcome, Rejection) else None
    return Step(events=events, answer=lot.remember(command, rejection, at), journaled=True)


def _repeat(known: Answer, command: AskedCommand) -> Step:
    if known.fingerprint != hash(command):
        reused = Rejection(code=RejectionCode.COMMAND_ID_REUSED)
        return Step(events=(), answer=reused, journaled=False)
    return Step(events=(), answer=known, journaled=False, repeated=True)


def _let_happen(lot: Lot, at: int) -> tuple[Event, ...]:
    happened: list[Event] = []
    while (event := fallen_due(lot, at)) is not None:
        lot.apply(event)
        happened.append(event)
    return tuple(happened)
