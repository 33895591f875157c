"""What may be asked of a live lot. Frozen values; one union type.

Every command names its lot, an id chosen by the caller that makes a retry harmless, and who asks
(`actor`, an account id, checked at the door). When it arrived is not part of it: the inbox stamps that.
"""

from typing import Any, TypeAlias, final

import msgspec

from bidding_rules.terms import Terms

SYSTEM = "system"
"""Who asks for what the engine asks of itself."""


def own_id(actor: str, chosen: str) -> str:
    """Return the command id of what `actor` chose to call `chosen`.

    Ids belong to who asks: nobody can take an id away from somebody else, nor from the system itself.
    """
    return f"{actor}:{chosen}"


def chosen_id(command: "AskedCommand") -> str:
    """Return what who asked chose to call his command: what `own_id` made an id of."""
    return command.command_id.removeprefix(f"{command.actor}:")


class _Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    lot_id: str
    command_id: str
    actor: str


class AnnounceLot(_Asked, frozen=True, kw_only=True, gc=False):
    """Publish the lot's notice with its `terms`; the first command of every lot."""

    terms: Terms


class RegisterBidder(_Asked, frozen=True, kw_only=True, gc=False):
    """Give an applicant his bidder number (竞买号); he may not bid before his deposit is confirmed."""

    bidder_id: str
    number: str


class AdmitBidder(_Asked, frozen=True, kw_only=True, gc=False):
    """The bidder's deposit (保证金) is confirmed: from now on he may bid."""

    bidder_id: str


@final
class PlaceBid(_Asked, frozen=True, kw_only=True, gc=False):
    """Offer `amount` fen. `command_id` is the bid id; `actor` the bidder."""

    amount: int


class ConfirmParticipation(_Asked, frozen=True, kw_only=True, gc=False):
    """Answer the inquiry (询问): the bidder goes on to the limited phase."""


class MakeMove(_Asked, frozen=True, kw_only=True, gc=False):
    """A bidder's move in the words of the lot's format.

    Its `bidder` is blank and its `rank` absent: the lot knows the number and the right of who asks.
    """

    move: Any


class ConductMove(_Asked, frozen=True, kw_only=True, gc=False):
    """A move of those who run the sale, in the words of the lot's format, and why.

    Where it speaks for a bidder (a bid in the hall), it names his number.
    """

    move: Any
    reason: str = ""


class SuspendLot(_Asked, frozen=True, kw_only=True, gc=False):
    """中止: stop the clock and refuse bids until resumed. `cause`: auctioneer, outage or clock."""

    reason: str
    cause: str = "auctioneer"


class ResumeLot(_Asked, frozen=True, kw_only=True, gc=False):
    """恢复: announce that bidding goes on, at the earliest after the notice the terms ask for."""

    notice_us: int = 0


class ExtendClosing(_Asked, frozen=True, kw_only=True, gc=False):
    """Move the close by `by_us` microseconds; never forward in time."""

    by_us: int
    reason: str


class CallWarning(_Asked, frozen=True, kw_only=True, gc=False):
    """Give the next fair warning (第一次, 第二次, 最后一次). A new bid cancels the calls."""


class HammerLot(_Asked, frozen=True, kw_only=True, gc=False):
    """落槌: end bidding now; only after the fair warnings that the terms ask for."""


class WithdrawLot(_Asked, frozen=True, kw_only=True, gc=False):
    """撤牌/终止: take the lot back, with a reason."""

    reason: str


class RecordPriority(_Asked, frozen=True, kw_only=True, gc=False):
    """The bidder holds a right of first refusal (优先购买权) of `rank`; 1 is the best. Before the opening."""

    bidder_id: str
    rank: int
    reason: str


class SendMessage(_Asked, frozen=True, kw_only=True, gc=False):
    """Tell the room something, now and whoever comes later."""

    text: str


class ApproveAction(_Asked, frozen=True, kw_only=True, gc=False):
    """Four eyes: a second person agrees to what `proposal`, a command id, asked for."""

    proposal: str


@final
class AdvanceClock(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
