"""What those who run a sale send beside pressing the console's buttons: messages, agreement, rights."""

from typing import Annotated

import msgspec

from luochui.api.messages import Reason, ShortText
from realtime.messages import CommandId


class MessageBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A message to the room."""

    command_id: CommandId
    text: Reason


class ApprovalBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A second person's agreement to what `proposal_id`, as the journal has it, asked for."""

    command_id: CommandId
    proposal_id: ShortText


class PriorityBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A right of first refusal (优先购买权) of the holder of `number`; rank 1 is the best."""

    command_id: CommandId
    number: ShortText
    rank: Annotated[int, msgspec.Meta(ge=1, le=100)]
    reason: Reason
