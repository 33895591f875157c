"""What happened to a lot. Frozen values; the formats' own events are part of the union.

Inside events bidders appear by number (竞买号) only, so nothing that reads events can leak who they are;
`BidderRegistered` alone ties a number to an account and is never published.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from auction.formats.registry import PUBLIC as PUBLIC_OF_FORMATS
from bidding_rules.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class LotAnnounced:
    """The notice is out; the terms are frozen."""

    at: int
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class BidderRegistered:
    """An account holds this number in this lot. Never published."""

    bidder_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BidderAdmitted:
    """The number may bid. Never published: how many bidders there are is nobody's business."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOpened:
    """Bidding began at `at` and closes at `closes_at` unless bids move it (None: no clock runs)."""

    at: int
    closes_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSuspended:
    """Bidding stopped at `at` with `remaining_us` left on the clock."""

    at: int
    remaining_us: int
    cause: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotResumed:
    """Bidding was announced at `at` to go on at `resumes_at`, until `closes_at`."""

    at: int
    resumes_at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BiddingReopened:
    """The announced instant has come: bids are taken again."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingExtended:
    """The auctioneer moved the close."""

    at: int
    by_us: int
    closes_at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FairWarningGiven:
    """Call number `call` was made at `at`."""

    at: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotWithdrawn:
    """The lot was taken back."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityRecorded:
    """The number holds a right of first refusal of `rank`. Never published."""

    number: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """The auctioneer told the room something."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """What touches the result waits for a second person. `by`: the account that asked. Never published."""

    at: int
    proposal: str
    action: str
    reason: str
    by: str


AuctionEvent: TypeAlias = (
    LotAnnounced
    | BidderRegistered
    | BidderAdmitted
    | LotOpened
    | LotSuspended
    | LotResumed
    | BiddingReopened
    | ClosingExtended
    | FairWarningGiven
    | LotWithdrawn
    | PriorityRecorded
    | MessageSent
    | ApprovalAsked
)
FormatEvent: TypeAlias = Any
"""An event of the lot's format: one of those in its row of `auction.formats.registry`."""
Event: TypeAlias = AuctionEvent | FormatEvent

PUBLIC_EVENTS: frozenset[type] = frozenset(
    {
        LotAnnounced,
        LotOpened,
        LotSuspended,
        LotResumed,
        BiddingReopened,
        ClosingExtended,
        FairWarningGiven,
        LotWithdrawn,
        MessageSent,
        *PUBLIC_OF_FORMATS,
    }
)
"""What anyone may know of, numbered by the lot's `seq`; everything else stays inside."""
