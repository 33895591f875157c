"""A small language for the life of a lot: given, when, then. The lot is the real one."""

import json
from typing import Any, Self

from auction.codec import (
    command_kind,
    decode_command,
    decode_events,
    encode_command,
    encode_events,
    encode_rejection,
)
from auction.commands import (
    AdmitBidder,
    AdvanceClock,
    AnnounceLot,
    ApproveAction,
    CallWarning,
    Command,
    ConductMove,
    ConfirmParticipation,
    ExtendClosing,
    HammerLot,
    MakeMove,
    PlaceBid,
    RecordPriority,
    RegisterBidder,
    ResumeLot,
    SendMessage,
    SuspendLot,
    WithdrawLot,
)
from auction.events import Event
from auction.state import Answer, Lot
from auction.steps import Step, take
from auction.view import public_event, public_state
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.terms import Terms
from supervision.recompute import recompute

SECOND = 1_000_000
MINUTE = 60 * SECOND
OPENING = 1_000 * MINUTE
LOT = "LOT-1"


def terms_of(format_terms: FormatTerms, **changes: Any) -> Terms:
    """Terms of a lot sold by `format_terms`, with what no test is about."""
    around = {"seller": "seller", "deposit": 50, "opens_at": OPENING, **changes}
    return Terms(format=format_terms, **around)


def terms(**changes: Any) -> Terms:
    """Terms that no test is about: 100 fen start, steps of 10, ten minutes free, four limited."""
    timed = {
        "start": 100,
        "increments": fixed(10),
        "free_us": 10 * MINUTE,
        "limited_us": 4 * MINUTE,
        **{k: v for k, v in changes.items() if k in TimedTerms.__dataclass_fields__},
    }
    around = {
        "seller": "seller",
        "deposit": 50,
        "opens_at": OPENING,
        **{k: v for k, v in changes.items() if k in Terms.__dataclass_fields__},
    }
    return Terms(format=TimedTerms(**timed), **around)


class Scenario:
    """A lot with ann, bob and cat admitted, before its opening. Times count from the opening."""

    def __init__(
        self,
        format_terms: FormatTerms | None = None,
        *,
        ranks: dict[str, int] | None = None,
        **changes: Any,
    ) -> None:
        self.lot = Lot(LOT)
        self.terms = (
            terms(**changes) if format_terms is None else terms_of(format_terms, **changes)
        )
        self.steps: list[Step] = []
        self.commands: list[tuple[Command, int]] = []
        self._ids = 0
        self._do(
            -MINUTE,
            AnnounceLot(lot_id=LOT, command_id="announce", actor="seller", terms=self.terms),
        )
        for bidder in ("ann", "bob", "cat"):
            self.registers(bidder, at=-MINUTE)
            self.admits(bidder, at=-MINUTE)
        for bidder, rank in (ranks or {}).items():
            self.records_priority(bidder, rank, at=-MINUTE)

    def when(self, command: Command, *, at: int) -> Self:
        """A command arrives `at` microseconds after the opening."""
        self._do(at, command)
        return self

    def bids(self, bidder: str, amount: int, *, at: int, bid_id: str | None = None) -> Self:
        return self.when(
            PlaceBid(lot_id=LOT, command_id=bid_id or self._id(), actor=bidder, amount=amount),
            at=at,
        )

    def registers(self, bidder: str, *, at: int, number: str | None = None) -> Self:
        return self.when(
            RegisterBidder(
                lot_id=LOT,
                command_id=self._id(),
                actor=bidder,
                bidder_id=bidder,
                number=number or number_of(bidder),
            ),
            at=at,
        )

    def admits(self, bidder: str, *, at: int) -> Self:
        return self.when(
            AdmitBidder(lot_id=LOT, command_id=self._id(), actor="settlement", bidder_id=bidder),
            at=at,
        )

    def confirms(self, bidder: str, *, at: int) -> Self:
        return self.when(
            ConfirmParticipation(lot_id=LOT, command_id=self._id(), actor=bidder), at=at
        )

    def moves(self, bidder: str, move: Any, *, at: int, command_id: str | None = None) -> Self:
        """A bidder makes a move in the words of the lot's format; its own bidder is blank."""
        return self.when(
            MakeMove(lot_id=LOT, command_id=command_id or self._id(), actor=bidder, move=move),
            at=at,
        )

    def conducts(self, move: Any, *, at: int, actor: str = "auc", reason: str = "") -> Self:
        """Those who run the sale make a move."""
        return self.when(
            ConductMove(lot_id=LOT, command_id=self._id(), actor=actor, move=move, reason=reason),
            at=at,
        )

    def records_priority(self, bidder: str, rank: int, *, at: int) -> Self:
        return self.when(
            RecordPriority(
                lot_id=LOT,
                command_id=self._id(),
                actor="auc",
                bidder_id=bidder,
                rank=rank,
                reason="shareholder",
            ),
            at=at,
        )

    def says(self, text: str, *, at: int) -> Self:
        return self.when(
            SendMessage(lot_id=LOT, command_id=self._id(), actor="auc", text=text), at=at
        )

    def approves(self, proposal: str, *, at: int, actor: str = "second") -> Self:
        return self.when(
            ApproveAction(lot_id=LOT, command_id=self._id(), actor=actor, proposal=proposal),
            at=at,
        )

    def suspends(self, *, at: int, reason: str = "fire alarm", cause: str = "auctioneer") -> Self:
        return self.when(
            SuspendLot(lot_id=LOT, command_id=self._id(), actor="auc", reason=reason, cause=cause),
            at=at,
        )

    def resumes(self, *, at: int, notice_us: int = 0) -> Self:
        return self.when(
            ResumeLot(lot_id=LOT, command_id=self._id(), actor="auc", notice_us=notice_us), at=at
        )

    def extends(self, by_us: int, *, at: int) -> Self:
        return self.when(
            ExtendClosing(
                lot_id=LOT, command_id=self._id(), actor="auc", by_us=by_us, reason="asked"
            ),
            at=at,
        )

    def calls(self, *, at: int) -> Self:
        return self.when(CallWarning(lot_id=LOT, command_id=self._id(), actor="auc"), at=at)

    def hammers(self, *, at: int) -> Self:
        return self.when(HammerLot(lot_id=LOT, command_id=self._id(), actor="auc"), at=at)

    def withdraws(self, *, at: int, command_id: str | None = None) -> Self:
        return self.when(
            WithdrawLot(
                lot_id=LOT,
                command_id=command_id or self._id(),
                actor="auc",
                reason="court order",
            ),
            at=at,
        )

    def time_passes(self, *, to: int) -> Self:
        return self.when(AdvanceClock(lot_id=LOT), at=to)

    def then_accepted(self) -> Self:
        answer = self.steps[-1].answer
        assert isinstance(answer, Answer), answer
        assert answer.rejection is None, answer.rejection
        return self

    def then_refused(self, code: RejectionCode, **bounds: int) -> Self:
        answer = self.steps[-1].answer
        rejection = answer.rejection if isinstance(answer, Answer) else answer
        assert isinstance(rejection, Rejection), "it was accepted"
        assert rejection.code is code
        for name, value in bounds.items():
            assert getattr(rejection, name) == value
        return self

    def then_closes(self, *, at: int) -> Self:
        assert self.lot.sale is not None
        assert self.lot.sale.closes_at - OPENING == at
        return self

    def then_leads(self, bidder: str, amount: int) -> Self:
        assert self.lot.sale is not None
        assert (self.lot.sale.leader, self.lot.sale.price) == (number_of(bidder), amount)
        return self

    def then_result(
        self, outcome: str, *, winner: str | None = None, price: int | None = None
    ) -> Self:
        assert self.lot.sale is not None
        assert self.lot.sale.outcome is not None, "the lot has not ended"
        result = self.lot.sale.outcome
        expected = None if winner is None else number_of(winner)
        assert (str(result.kind), result.winner, result.price) == (outcome, expected, price)
        return self

    def last_command_id(self) -> str:
        command, _ = self.commands[-1]
        assert not isinstance(command, AdvanceClock)
        return command.command_id

    def seen(self) -> Any:
        """What anyone may see of the lot now."""
        return public_state(self.lot)

    def shown(self) -> list[dict[str, Any]]:
        """What anyone may see of what happened."""
        views = [public_event(event) for event in self.events()]
        return [view for view in views if view is not None]

    def journal(self) -> list[dict[str, Any]]:
        """The journal, as it would be read back from the database."""
        rows: list[dict[str, Any]] = []
        for (command, at), step in zip(self.commands, self.steps, strict=True):
            if not step.journaled:
                continue
            rejection = step.answer.rejection if isinstance(step.answer, Answer) else None
            encoded = encode_rejection(rejection)
            rows.append(
                {
                    "lot_id": LOT,
                    "entry": len(rows) + 1,
                    "arrived_us": at,
                    "kind": command_kind(command),
                    "command": json.loads(encode_command(command)),
                    "events": json.loads(encode_events(step.events)),
                    "rejection": None if encoded is None else json.loads(encoded),
                }
            )
        return rows

    def then_recomputed(self) -> Self:
        """The independent program decides the same, and replaying the journal gives the same lot."""
        verdict = recompute(self.journal())
        assert verdict.differences == []
        assert verdict.recorded == verdict.recomputed
        assert verdict.recorded is not None, "the lot has not ended"
        again = Lot(LOT)
        for row in self.journal():
            assert decode_command(row["kind"], json.dumps(row["command"])) is not None
            for event in decode_events(json.dumps(row["events"])):
                again.apply(event)
        assert again.sale == self.lot.sale
        assert (again.status, again.seq) == (self.lot.status, self.lot.seq)
        return self

    def events(self) -> list[Event]:
        return [event for step in self.steps for event in step.events]

    def _do(self, at: int, command: Command) -> None:
        self.commands.append((command, OPENING + at))
        self.steps.append(take(self.lot, command, OPENING + at))

    def _id(self) -> str:
        self._ids += 1
        return f"command-{self._ids}"


def number_of(bidder: str) -> str:
    """The bidder number that tests give to a name."""
    return f"N-{bidder}"
