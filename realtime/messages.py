"""The messages of the live feed, in both directions; the AsyncAPI document is made from these types."""

from typing import Annotated, Any

import msgspec

from auction.view import LotState, NoticeView, ResultView
from bidding_rules.money import AMOUNT_MAX

__all__ = [
    "BidAccepted",
    "BidMessage",
    "ClockAnswer",
    "Done",
    "LotEvent",
    "LotState",
    "MoveTaken",
    "NoticeView",
    "ParticipationConfirmed",
    "ParticipationMessage",
    "Refused",
    "ResultView",
    "Watch",
    "Watching",
]

# In Python `$` also stands before a last line break, in JSON Schema it does not: `(?!\n)` makes them agree.
LotId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
CommandId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$(?!\n)")]
Yes = Annotated[bool, msgspec.Meta(extra_json_schema={"const": True})]
No = Annotated[bool, msgspec.Meta(extra_json_schema={"const": False})]
AmountFen = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]


class Watch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Client: begin or end watching a lot."""

    lot_id: LotId


class BidMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Client: bid. The same `bid_id` sent again gets the first answer again."""

    lot_id: LotId
    bid_id: CommandId
    amount_fen: AmountFen


class ParticipationMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Client: answer the inquiry (询问): go on to the limited phase. Sent again, it is answered again."""

    lot_id: LotId
    command_id: CommandId


class LotEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Server: something happened. `seq` has no gaps; on a gap, watch again. Never dropped."""

    lot_id: str
    seq: int
    kind: str
    at_us: int
    number: str | None = None
    amount_fen: int | None = None
    closes_at_us: int | None = None
    phase: str | None = None
    by_us: int | None = None
    reason: str | None = None
    text: str | None = None
    details: dict[str, Any] | None = None
    """What only the lot's format has to say; its page under `docs/formats` tells the fields."""
    cause: str | None = None
    remaining_us: int | None = None
    resumes_at_us: int | None = None
    call: int | None = None
    outcome: str | None = None
    price_fen: int | None = None
    winner: str | None = None


class Watching(msgspec.Struct, kw_only=True):
    """Answer to `watch`: the lot as it stands, and the latest bids, oldest first."""

    ok: Yes
    state: LotState
    history: list[LotEvent]
    now_us: int


class BidAccepted(msgspec.Struct, kw_only=True):
    """Answer to `bid`: accepted, durably. `entry` is the decision's number in the journal."""

    ok: Yes
    lot_id: str
    bid_id: str
    amount_fen: int
    seq: int
    entry: int
    at_us: int
    number: str | None
    repeated: bool


class ParticipationConfirmed(msgspec.Struct, kw_only=True):
    """Answer to `confirm_participation`: confirmed, durably."""

    ok: Yes
    lot_id: str
    command_id: str
    entry: int
    at_us: int
    number: str | None
    repeated: bool


class MoveTaken(msgspec.Struct, kw_only=True):
    """Answer to a move: accepted, durably."""

    ok: Yes
    lot_id: str
    command_id: str
    seq: int
    entry: int
    at_us: int
    number: str | None
    repeated: bool


class Refused(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Answer to any message: refused, with a stable code."""

    ok: No
    code: str
    text: dict[str, str] = {}
    amount_min_fen: int | None = None
    amount_max_fen: int | None = None
    at_us: int | None = None
    repeated: bool = False


class Done(msgspec.Struct, kw_only=True):
    """Answer to `unwatch` and `watch_catalogue`: done."""

    ok: Yes


class ClockAnswer(msgspec.Struct, kw_only=True):
    """Answer to `clock`: the server's time."""

    now_us: int
