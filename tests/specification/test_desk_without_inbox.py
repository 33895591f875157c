"""A desk whose inbox is away refuses at once, and nothing of it comes back later."""

import asyncio
import gc

from auction.commands import PlaceBid
from auction.desk import Desk
from auction.inbox import InboxDownError
from auction.rate import RateLimit
from bidding_rules.rejections import RejectionCode


class InboxAway:
    def send(self, *_args, **_kwargs):
        raise InboxDownError("away")


async def test_a_bid_that_was_not_sent_is_refused_and_fails_nobody_later():
    unheard = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: unheard.append(told))
    desk = Desk(
        InboxAway(),
        worker="w",
        shards=1,
        waiting_max=10,
        answer_timeout_s=0.01,
        bid_rate=RateLimit(per_second=10, burst=10, now_us=lambda: 10**12),
    )
    told = await desk.ask(PlaceBid(lot_id="L", command_id="ann:1", actor="ann", amount=100))
    assert told.rejection.code is RejectionCode.ENGINE_BUSY
    await asyncio.sleep(0.05)
    gc.collect()
    assert unheard == []
