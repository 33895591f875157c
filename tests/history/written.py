"""Honest histories, written by the real rules without any server: for tests and for the measurement."""

from auction.batching import Decided
from auction.codec import command_kind, encode_command
from auction.commands import AdvanceClock, AnnounceLot, Command, PlaceBid, RegisterBidder, own_id
from auction.inbox import Arrived, StreamId
from auction.journal import Row
from auction.ownership import Claim
from auction.state import Answer, Lot
from auction.steps import take
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms
from tests.history.records import ACCEPTED, Decision, History, Operation, Told

SECOND = 1_000_000
_CLAIM = Claim(shard=0, epoch=1, alive_us=0, last=StreamId(0, 0))


class WrittenLot:
    """One lot, decided command by command; what was told is told at once, and truthfully."""

    def __init__(
        self,
        lot_id: str = "L",
        *,
        opens_at: int = 10 * SECOND,
        sold_by: FormatTerms | None = None,
        four_eyes: bool = False,
        **changes: object,
    ) -> None:
        self.lot = Lot(lot_id)
        self.decisions: list[Decision] = []
        self.operations: list[Operation] = []
        timed = {
            "start": 100,
            "increments": fixed(10),
            "free_us": 10 * SECOND,
            "limited_us": 5 * SECOND,
        } | changes
        rules = sold_by or TimedTerms(**timed)
        terms = Terms(
            format=rules, seller="seller", deposit=0, opens_at=opens_at, four_eyes=four_eyes
        )
        named = {"lot_id": lot_id, "actor": "hall"}
        self.asks(AnnounceLot(**named, command_id="hall:announce", terms=terms), SECOND)
        for bidder in ("ann", "bob", "cid"):
            ask = RegisterBidder(
                **named, command_id=f"hall:{bidder}", bidder_id=bidder, number=f"N-{bidder}"
            )
            self.asks(ask, SECOND)

    def asks(self, command: Command, at: int) -> None:
        """Decide `command`, which arrived at `at`; journal it and tell the answer 5 ms later."""
        step = take(self.lot, command, max(at, self.lot.arrived_at))
        kind, body = command_kind(command), encode_command(command)
        entry = Arrived(stream_id=StreamId(at // 1000, 0), kind=kind, body=body, reply_to="w")
        decided = Decided(_CLAIM)
        decided.add(self.lot, command, step, entry)
        self.decisions += [_decision(row) for row in decided.rows]
        if not isinstance(command, AdvanceClock):
            self.operations.append(self._operation(command, step.answer, at))

    def bids(self, bidder: str, amount: int, at: int, bid_id: str = "") -> None:
        """Bid `amount` at `at`."""
        command_id = own_id(bidder, bid_id or f"{amount}-{at}")
        self.asks(
            PlaceBid(lot_id=self.lot.lot_id, command_id=command_id, actor=bidder, amount=amount),
            at,
        )

    def time_passes(self, to: int) -> None:
        """Let the clock ask at `to`."""
        self.asks(AdvanceClock(lot_id=self.lot.lot_id), to)

    def history(self, **known: object) -> History:
        """Return what happened so far."""
        return History(decisions=self.decisions, operations=self.operations, **known)

    def _operation(self, command: Command, answer: object, at: int) -> Operation:
        assert not isinstance(command, AdvanceClock), "nobody is told anything by the clock"
        assert isinstance(answer, Answer), "everything here is journaled"
        refused = answer.rejection
        told = Told(
            ACCEPTED if refused is None else str(refused.code),
            answer.entry,
            answer.seq,
            answer.at,
            None if refused is None else refused.amount_min,
        )
        return Operation(
            lot_id=command.lot_id,
            command_id=command.command_id,
            sent_us=at,
            told=told,
            answered_us=at + 5000,
            amount=getattr(command, "amount", None),
            kind=command_kind(command),
        )


def _decision(row: Row) -> Decision:
    return Decision(
        lot_id=row.lot_id,
        entry=row.entry,
        seq=row.seq,
        epoch=1,
        command_id=row.command_id,
        arrived_us=row.arrived_us,
        stream_id=row.stream_id,
        kind=row.kind,
        command=row.command,
        events=row.events,
        rejection=row.rejection,
    )
