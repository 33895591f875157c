"""A lot's state, and `apply`: the only code that changes it. Replay and live run share it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from auction.commands import AskedCommand
from auction.events import (
    PUBLIC_EVENTS,
    ApprovalAsked,
    BidderAdmitted,
    BidderRegistered,
    BiddingReopened,
    ClosingExtended,
    Event,
    FairWarningGiven,
    FormatEvent,
    LotAnnounced,
    LotOpened,
    LotResumed,
    LotSuspended,
    LotWithdrawn,
    MessageSent,
    PriorityRecorded,
)
from auction.formats.live import LiveFormat
from auction.formats.registry import format_of
from bidding_rules.formats.timed_terms import BidAccepted, SaleEnded
from bidding_rules.rejections import Rejection
from bidding_rules.terms import Terms
from bidding_rules.values import plain_members


@plain_members
class Status(StrEnum):
    """Where a lot stands in its life; stable and public."""

    UNKNOWN = "unknown"
    ANNOUNCED = "announced"
    OPEN = "open"
    SUSPENDED = "suspended"
    RESUMING = "resuming"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first and only answer to a command: what was decided, and where it stands in the journal."""

    entry: int
    """Number of the decision in the lot's journal, from 1 without gaps; refusals count."""
    seq: int
    """Number of the lot's last public event after the decision, from 1 without gaps."""
    at: int
    """Arrival, microseconds UTC."""
    rejection: Rejection | None
    fingerprint: int
    """`hash` of the command, or its `codec.fingerprint` where the answer comes from a snapshot: the same id
    with other content is refused."""


@dataclass(slots=True)
class Lot:
    """Everything the engine knows about a lot. Changed by `apply` and `remember` only."""

    lot_id: str
    status: Status = Status.UNKNOWN
    terms: Terms | None = None
    format: LiveFormat | None = None
    """The row of the format that the lot is sold by."""
    sale: Any | None = None
    """The state of the sale, in the words of its format."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Bidder number by account."""
    admitted: set[str] = field(default_factory=set)
    """Numbers whose deposit is confirmed."""
    ranks: dict[str, int] = field(default_factory=dict)
    """Right of first refusal (优先购买权) by number; 1 is the best."""
    remaining_us: int = 0
    resumes_at: int = 0
    suspended_at: int = 0
    suspended_by: str = ""
    calls: int = 0
    called_at: int = 0
    notice: LotSuspended | LotResumed | ClosingExtended | LotWithdrawn | None = None
    """What the room was last told beside bids."""
    message: MessageSent | None = None
    """What the auctioneer last told the room."""
    proposals: dict[str, tuple[ApprovalAsked, int]] = field(default_factory=dict)
    """What waits for a second person, by command id, with the lot's `seq` when it was asked for."""
    seq: int = 0
    entry: int = 0
    arrived_at: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Tell whether it has a result or was withdrawn."""
        return self.status is Status.ENDED or self.status is Status.WITHDRAWN

    def apply(self, event: Event) -> None:
        """Change the lot by what happened. Cannot fail."""
        if type(event) in PUBLIC_EVENTS:
            self.seq += 1
        if type(event) is BidAccepted:
            self.calls = 0
            row, terms = self.format, self.terms
            row.machine.apply(terms.format, self.sale, event)  # type: ignore[union-attr]
            return
        match event:
            case LotAnnounced():
                self.terms, self.status = event.terms, Status.ANNOUNCED
                self.format = format_of(event.terms.format)
            case LotOpened():
                row, terms = self._row()
                self.status = Status.OPEN
                self.sale = row.machine.begin(terms.format, event.at)
            case LotWithdrawn():
                self.status = Status.WITHDRAWN
                self.notice = event
            case FairWarningGiven():
                self.calls, self.called_at = event.call, event.at
            case LotSuspended() | LotResumed() | BiddingReopened() | ClosingExtended():
                self._apply_to_clock(event)
            case BidderRegistered() | BidderAdmitted() | PriorityRecorded():
                self._apply_to_bidders(event)
            case MessageSent() | ApprovalAsked():
                self._apply_to_desk(event)
            case _:
                self._apply_to_sale(event)

    def _apply_to_clock(
        self, event: LotSuspended | LotResumed | BiddingReopened | ClosingExtended
    ) -> None:
        assert self.sale is not None, "the lot was opened"
        match event:
            case LotSuspended():
                self.status, self.calls = Status.SUSPENDED, 0
                self.remaining_us, self.suspended_at = event.remaining_us, event.at
                self.suspended_by = event.cause
                self.notice = event
            case LotResumed():
                self.status, self.resumes_at = Status.RESUMING, event.resumes_at
                if self.sale.closes_at is not None:
                    self._row()[0].shift(self.sale, event.closes_at - self.sale.closes_at)
                self.notice = event
            case BiddingReopened():
                self.status = Status.OPEN
            case ClosingExtended():
                self.sale.closes_at = event.closes_at
                self.notice = event

    def _apply_to_bidders(
        self, event: BidderRegistered | BidderAdmitted | PriorityRecorded
    ) -> None:
        match event:
            case BidderRegistered():
                self.numbers[event.bidder_id] = event.number
            case BidderAdmitted():
                self.admitted.add(event.number)
            case PriorityRecorded():
                self.ranks[event.number] = event.rank

    def _apply_to_desk(self, event: MessageSent | ApprovalAsked) -> None:
        if isinstance(event, MessageSent):
            self.message = event
        else:
            self.proposals[event.proposal] = (event, self.seq)

    def _apply_to_sale(self, event: FormatEvent) -> None:
        row, terms = self.format, self.terms
        assert row is not None, "a lot is announced before anything is sold"
        assert terms is not None, "a lot has its terms and its format together"
        row.machine.apply(terms.format, self.sale, event)
        if type(event) is SaleEnded:
            self.status = Status.ENDED

    def _row(self) -> tuple[LiveFormat, Terms]:
        assert self.format is not None, "a lot is announced before anything else"
        assert self.terms is not None, "a lot has its terms and its format together"
        return self.format, self.terms

    def remember(self, command: AskedCommand, rejection: Rejection | None, at: int) -> Answer:
        """Give the decision on `command` its number and keep its answer for every later repeat."""
        self.entry += 1
        self.arrived_at = at
        answer = Answer(self.entry, self.seq, at, rejection, hash(command))
        self.answers[command.command_id] = answer
        return answer
