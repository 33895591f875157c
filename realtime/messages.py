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
    "GoodbyeMessage",
    "Heartbeat",
    "LotEvent",
    "LotState",
    "MoveTaken",
    "NoticeView",
    "ParticipationConfirmed",
    "ParticipationMessage",
    "PrivateMessage",
    "Recovered",
    "Refused",
    "ResultView",
    "Unwatch",
    "Watch",
    "Watching",
]

# In Python `$` also stands before a last line break, in JSON Schema it does not: `(?!\n)` makes them agree.
LotId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
CommandId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$(?!\n)")]
Yes = Annotated[bool, msgspec.Meta(extra_json_schema={"const": True})]
No = Annotated[bool, msgspec.Meta(extra_json_schema={"const": False})]
Epoch = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f-]{1,64}$(?!\n)")]
SEQ_MAX = 2**31 - 1
AmountFen = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]


class Watch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Client: follow a lot. With `epoch` and `seq` of what it has already, it is told what it missed."""

    lot_id: LotId
    epoch: Epoch | None = None
    seq: Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)] | None = None
    prices_only: bool = False
    """Without the events: for slow connections and tickers."""


class Unwatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Client: follow a lot no more."""

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
    epoch: str
    recovered: No
    state: LotState
    history: list[LotEvent]
    now_us: int


class Recovered(msgspec.Struct, kw_only=True):
    """Answer to `watch` from a known place: the lot as it stands, and all events after that place."""

    ok: Yes
    epoch: str
    recovered: Yes
    state: LotState
    events: list[LotEvent]
    now_us: int


class Heartbeat(msgspec.Struct, kw_only=True):
    """Server: how far a watched lot is, and what time it is. Behind `seq`, or another epoch: watch again."""

    lot_id: str
    epoch: str
    seq: int
    now_us: int


class PrivateMessage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Server, to one person on all his connections: what became of his bids and moves, outbid, admitted.

    `kind`: accepted, refused, move_accepted, move_refused (`move` names it; `maximum_fen` is the secret
    maximum now in force), outbid or admitted.
    """

    kind: str
    lot_id: str
    bid_id: str | None = None
    amount_fen: int | None = None
    at_us: int | None = None
    number: str | None = None
    code: str | None = None
    seq: int | None = None
    price_fen: int | None = None
    move: str | None = None
    maximum_fen: int | None = None


class GoodbyeMessage(msgspec.Struct, kw_only=True):
    """Server, before it ends the connection: why, and what to do then (`now`, `later`, `never`)."""

    code: str
    advice: str
    after_ms: int


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
