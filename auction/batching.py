"""What one batch decided, gathered for its one statement, its answers and its news."""

from collections import defaultdict

import msgspec

from auction.codec import (
    command_kind,
    encode_command,
    encode_events,
    encode_rejection,
    fingerprint_of,
)
from auction.commands import AdvanceClock, Command
from auction.inbox import Arrived, StreamId
from auction.journal import Batch, Row, StateRow
from auction.outbox import News, Reply
from auction.ownership import Claim
from auction.state import Answer, Lot
from auction.steps import Step
from auction.view import public_event, public_state


class Decided:
    """Grows command by command; becomes a `Batch` when the inbox has been read to the end."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self.rows: list[Row] = []
        self.replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self.lots: dict[str, Lot] = {}
        self._events: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
        self.news: dict[str, News] = {}

    def add(self, lot: Lot, command: Command, step: Step, entry: Arrived) -> None:
        """Take in what `command` did to `lot`."""
        if step.journaled:
            self.lots[lot.lot_id] = lot
            self.rows.append(_row(lot, command, step, entry))
            self._add_events(lot, step)
        if entry.reply_to and not isinstance(command, AdvanceClock) and step.answer is not None:
            self.replies[entry.reply_to].append(_reply(lot, command, step, entry))

    def batch(self, last: StreamId, alive_us: int) -> Batch:
        """Return the statement's content, and make up the news to tell after it."""
        states = []
        for lot in self.lots.values():
            state = msgspec.json.encode(public_state(lot))
            states.append(
                StateRow(
                    lot_id=lot.lot_id,
                    entry=lot.entry,
                    seq=lot.seq,
                    is_over=lot.is_over,
                    state=state.decode(),
                )
            )
            events = self._events.get(lot.lot_id)
            if events:
                self.news[lot.lot_id] = News(lot_id=lot.lot_id, events=events, state=state)
        return Batch(
            shard=self._claim.shard,
            epoch=self._claim.epoch,
            last=last,
            alive_us=alive_us,
            rows=self.rows,
            states=states,
        )

    def _add_events(self, lot: Lot, step: Step) -> None:
        public = [shown for event in step.events if (shown := public_event(event)) is not None]
        first = lot.seq - len(public) + 1
        for seq, shown in enumerate(public, first):
            self._events[lot.lot_id].append({"lot_id": lot.lot_id, "seq": seq, **shown})


def _row(lot: Lot, command: Command, step: Step, entry: Arrived) -> Row:
    rejection = step.answer.rejection if isinstance(step.answer, Answer) else None
    return Row(
        lot_id=lot.lot_id,
        entry=lot.entry,
        seq=lot.seq,
        command_id=f"clock:{lot.entry}"
        if isinstance(command, AdvanceClock)
        else command.command_id,
        arrived_us=lot.arrived_at,
        stream_id=str(entry.stream_id),
        kind=entry.kind or command_kind(command),
        command=(entry.body or encode_command(command)).decode(),
        events=encode_events(step.events),
        rejection=encode_rejection(rejection),
    )


def _reply(lot: Lot, command: Command, step: Step, asked: Arrived) -> Reply:
    assert not isinstance(command, AdvanceClock), "nobody waits for the clock"
    answer = step.answer
    if isinstance(answer, Answer):
        entry, seq, at_us, rejection = answer.entry, answer.seq, answer.at, answer.rejection
    else:
        entry, seq, at_us, rejection = 0, lot.seq, lot.arrived_at, answer
    return Reply(
        lot_id=lot.lot_id,
        command_id=command.command_id,
        entry=entry,
        seq=seq,
        at_us=at_us,
        number=lot.numbers.get(command.actor),
        rejection=rejection,
        repeated=step.repeated,
        fingerprint=fingerprint_of(asked.kind, asked.body),
    )
