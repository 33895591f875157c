"""What may be asked of a live lot. Frozen values; one union type.

Every command names its lot, an id chosen by the caller that makes a retry harmless, and who asks
(`actor`, an account id, checked at the door). When it arrived is not part of it: the inbox stamps that.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from bidding_rules.terms import Terms

SYSTEM = "system"
"""Who asks for what the engine asks of itself."""


def own_id(actor: str, chosen: str) -> str:
    """Return the command id of what `actor` chose to call `chosen`.

    Ids belong to who asks: nobody can take an id away from somebody else, nor from the system itself.
    """
    return f"{actor}:{chosen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    lot_id: str
    command_id: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceLot(_Asked):
    """Publish the lot's notice with its `terms`; the first command of every lot."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterBidder(_Asked):
    """Give an applicant his bidder number (竞买号); he may not bid before his deposit is confirmed."""

    bidder_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitBidder(_Asked):
    """The bidder's deposit (保证金) is confirmed: from now on he may bid."""

    bidder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBid(_Asked):
    """Offer `amount` fen. `command_id` is the bid id; `actor` the bidder."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmParticipation(_Asked):
    """Answer the inquiry (询问): the bidder goes on to the limited phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeMove(_Asked):
    """A bidder's move in the words of the lot's format.

    Its `bidder` is blank and its `rank` absent: the lot knows the number and the right of who asks.
    """

    move: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductMove(_Asked):
    """A move of those who run the sale, in the words of the lot's format, and why.

    Where it speaks for a bidder (a bid in the hall), it names his number.
    """

    move: Any
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendLot(_Asked):
    """中止: stop the clock and refuse bids until resumed. `cause`: auctioneer, outage or clock."""

    reason: str
    cause: str = "auctioneer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeLot(_Asked):
    """恢复: announce that bidding goes on, at the earliest after the notice the terms ask for."""

    notice_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendClosing(_Asked):
    """Move the close by `by_us` microseconds; never forward in time."""

    by_us: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWarning(_Asked):
    """Give the next fair warning (第一次, 第二次, 最后一次). A new bid cancels the calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HammerLot(_Asked):
    """落槌: end bidding now; only after the fair warnings that the terms ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLot(_Asked):
    """撤牌/终止: take the lot back, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPriority(_Asked):
    """The bidder holds a right of first refusal (优先购买权) of `rank`; 1 is the best. Before the opening."""

    bidder_id: str
    rank: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(_Asked):
    """Tell the room something, now and whoever comes later."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAction(_Asked):
    """Four eyes: a second person agrees to what `proposal`, a command id, asked for."""

    proposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceClock:
    """Let happen what has fallen due. Asked by the engine itself, so it has no id and no answer."""

    lot_id: str


AskedCommand: TypeAlias = (
    AnnounceLot
    | RegisterBidder
    | AdmitBidder
    | PlaceBid
    | ConfirmParticipation
    | MakeMove
    | ConductMove
    | SuspendLot
    | ResumeLot
    | ExtendClosing
    | CallWarning
    | HammerLot
    | WithdrawLot
    | RecordPriority
    | SendMessage
    | ApproveAction
)
Command: TypeAlias = AskedCommand | AdvanceClock
