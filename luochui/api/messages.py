"""What the HTTP routes read and answer. Amounts in fen, instants in microseconds UTC."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from auction.view import LotState
from listing.notices import LotNotice, Text
from realtime.messages import AmountFen, CommandId, LotEvent

# PostgreSQL's text holds every character but one.
_NO_NUL = r"^[^\u0000]*$"
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=_NO_NUL)]
DepositId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$(?!\n)")]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_NO_NUL)]
DepositStatus = Literal["awaiting", "recorded", "confirmed"]
BookPlace = Annotated[
    str, msgspec.Meta(pattern=r"^[01]_[0-9]{1,18}_[A-Za-z0-9][A-Za-z0-9._-]{0,99}$(?!\n)")
]
Position = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotCard:
    """A lot: its notice and how it stands."""

    notice: LotNotice
    state: LotState


class Lots(msgspec.Struct, kw_only=True):
    """All lots in order of publication."""

    now_us: int
    lots: list[LotCard]


class LotEvents(msgspec.Struct, kw_only=True):
    """A part of a lot's public events."""

    lot_id: str
    events: list[LotEvent]
    last_seq: int


class ServerTime(msgspec.Struct, kw_only=True):
    """The server's clock, which alone decides."""

    now_us: int


class BidBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A bid. The same `bid_id` sent again gets the first answer again."""

    bid_id: CommandId
    amount_fen: AmountFen


class BidAnswer(msgspec.Struct, kw_only=True):
    """An accepted bid: durable. `entry` is its number in the lot's journal."""

    lot_id: str
    bid_id: str
    amount_fen: int
    seq: int
    entry: int
    at_us: int
    number: str | None
    repeated: bool


class BidStatus(msgspec.Struct, kw_only=True):
    """What became of a bid id: accepted, refused (with its code) or never_seen."""

    status: str
    answer: BidAnswer | None = None
    code: str | None = None


class DepositView(msgspec.Struct, kw_only=True):
    """Where to pay a deposit, and how much has arrived."""

    deposit_id: str
    account_no: str
    due_fen: int
    received_fen: int


class Application(msgspec.Struct, kw_only=True):
    """A bidder's application. `status`: none, awaiting_deposit, deposit_recorded or admitted.

    `goes_on`: he confirmed in the inquiry (询问) that he goes on to the limited phase.
    """

    lot_id: str
    status: str
    number: str | None = None
    deposit: DepositView | None = None
    goes_on: bool = False


class CommandBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A command without more to say."""

    command_id: CommandId


class ReasonedBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A command that needs a reason."""

    command_id: CommandId
    reason: Reason


class ResumptionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Resume, at the earliest after `notice_s` seconds (the terms may ask for more)."""

    command_id: CommandId
    notice_s: Annotated[int, msgspec.Meta(ge=0, le=30 * 86_400)] = 0


class ExtensionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Move the close by `seconds`."""

    command_id: CommandId
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)]
    reason: Reason


class CommandAnswer(msgspec.Struct, kw_only=True):
    """A command was accepted: durable."""

    lot_id: str
    command_id: str
    seq: int
    entry: int
    at_us: int
    repeated: bool


class OwnMove(msgspec.Struct, kw_only=True):
    """A move that was accepted, in the words of the journal."""

    entry: int
    at_us: int
    kind: str
    move: dict[str, Any]


class OwnMoves(msgspec.Struct, kw_only=True):
    """A bidder's own moves on a lot, newest first."""

    lot_id: str
    moves: list[OwnMove]


class AdmittedBidder(msgspec.Struct, kw_only=True):
    """A bidder number that holds a deposit."""

    number: str


class RefusedBid(msgspec.Struct, kw_only=True):
    """A refused attempt, by number."""

    at_us: int
    number: str | None
    amount_fen: int
    code: str


class Online(msgspec.Struct, kw_only=True):
    """Who has a lot open now: admitted bidders, and everybody else but staff. A few seconds late."""

    bidders: int
    observers: int


class PendingApproval(msgspec.Struct, kw_only=True):
    """What a colleague asked for that touches the result; another person may agree to it."""

    proposal_id: str
    action: str
    reason: str
    at_us: int
    by: str
    """The colleague's name."""
    own: bool
    """Whether it was the reader himself, who therefore may not agree."""


class ConsoleView(msgspec.Struct, kw_only=True):
    """The auctioneer's view of a lot: no names, the reserve only as a light.

    `online` is null while it is not known.
    """

    card: LotCard
    admitted: list[AdmittedBidder]
    online: Online | None
    refusals: list[RefusedBid]
    approvals: list[PendingApproval]
    calls: int
    calls_needed: int | None
    reserve_met: bool | None


class ReceiptView(msgspec.Struct, kw_only=True):
    """Money seen at the bank, and who recorded it."""

    receipt_id: str
    amount_fen: int
    payer: str
    bank_reference: str
    received_at_us: int
    recorded_by: str
    recorded_by_name: str


class DepositRow(msgspec.Struct, kw_only=True):
    """A deposit on the settlement desk. No bid amounts here, ever."""

    deposit_id: str
    lot_id: str
    lot_title: Text
    bidder_name: str
    account_no: str
    due_fen: int
    received_fen: int
    due_at_us: int
    status: str
    receipts: list[ReceiptView]
    confirmed_by: str | None
    confirmed_by_name: str | None


class DepositCounts(msgspec.Struct, kw_only=True):
    """How many deposits there are of each status, whatever status is asked for."""

    awaiting: int = 0
    recorded: int = 0
    confirmed: int = 0


class Deposits(msgspec.Struct, kw_only=True):
    """A page of the deposit book. `next` asks for what follows; null: nothing does.

    `counts` come with the first page only.
    """

    deposits: list[DepositRow]
    counts: DepositCounts | None
    next: str | None


class ReceiptBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Money seen at the bank. The same `receipt_id` is recorded once."""

    receipt_id: CommandId
    amount_fen: AmountFen
    payer: ShortText
    bank_reference: ShortText


class JournalPage(msgspec.Struct, kw_only=True):
    """A part of a lot's journal, whole decisions; `people` has the names behind its accounts."""

    entries: list[dict[str, Any]]
    people: dict[str, str]
    last_entry: int


class Verification(msgspec.Struct, kw_only=True):
    """A lot recomputed by the independent program."""

    agrees: bool
    recorded: dict[str, Any] | None
    recomputed: dict[str, Any] | None
    entries: int
    differences: list[str]


class OwnLots(msgspec.Struct, kw_only=True):
    """The lots that a seller entrusted."""

    lots: list[LotCard]
