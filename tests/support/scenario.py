"""A small language for the life of a lot: given, when, then. The lot is the real one."""

from typing import Any, Self

from auction.commands import (
    AdmitBidder,
    AdvanceClock,
    AnnounceLot,
    CallWarning,
    Command,
    ConfirmParticipation,
    ExtendClosing,
    HammerLot,
    PlaceBid,
    RegisterBidder,
    ResumeLot,
    SuspendLot,
    WithdrawLot,
)
from auction.events import Event
from auction.state import Answer, Lot
from auction.steps import Step, take
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.rejections import Rejection, RejectionCode
from bidding_rules.terms import Terms

SECOND = 1_000_000
MINUTE = 60 * SECOND
OPENING = 1_000 * MINUTE
LOT = "LOT-1"


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

    def __init__(self, **changes: Any) -> None:
        self.lot = Lot(LOT)
        self.terms = terms(**changes)
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

    def withdraws(self, *, at: int) -> Self:
        return self.when(
            WithdrawLot(lot_id=LOT, command_id=self._id(), actor="auc", reason="court order"),
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
