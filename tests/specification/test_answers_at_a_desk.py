"""An answer is handed to who asked what it answers, and to nobody else who used the same id."""

import asyncio

import msgspec
import pytest

from auction.codec import fingerprint
from auction.commands import PlaceBid
from auction.desk import AnswerUnknownError, Desk
from auction.outbox import Reply
from auction.rate import RateLimit
from bidding_rules.rejections import Rejection
from bidding_rules.rejections import RejectionCode as Code


class TakesEverything:
    def send(self, *_command, **_told):
        pass


def a_desk(answer_timeout_s=5.0):
    return Desk(
        TakesEverything(),
        worker="w",
        shards=1,
        waiting_max=10,
        answer_timeout_s=answer_timeout_s,
        bid_rate=RateLimit(per_second=100, burst=100, now_us=lambda: 10**12),
    )


def a_bid(amount):
    return PlaceBid(lot_id="L", command_id="ann:1", actor="ann", amount=amount)


def answer(command, *, entry, code=None, repeated=False):
    reply = Reply(
        lot_id=command.lot_id,
        command_id=command.command_id,
        entry=entry,
        seq=entry,
        at_us=0,
        number=None,
        rejection=None if code is None else Rejection(code=code),
        repeated=repeated,
        fingerprint=fingerprint(command),
    )
    return msgspec.json.encode([reply])


async def test_who_gave_up_on_a_bid_and_offers_more_by_its_id_is_not_told_what_became_of_it():
    desk = a_desk(answer_timeout_s=0.01)
    with pytest.raises(AnswerUnknownError):
        await desk.ask(a_bid(100))
    async with asyncio.TaskGroup() as jobs:
        asked = jobs.create_task(desk.ask(a_bid(110)))
        await asyncio.sleep(0)
        desk.hear(answer(a_bid(100), entry=7))
        await asyncio.sleep(0)
        assert not asked.done()
        desk.hear(answer(a_bid(110), entry=0, code=Code.COMMAND_ID_REUSED))
    told = asked.result()
    assert (told.entry, told.rejection.code) == (0, Code.COMMAND_ID_REUSED)


async def test_two_who_wait_by_one_id_are_each_told_about_their_own_amount():
    desk = a_desk()
    async with asyncio.TaskGroup() as jobs:
        less, more = (jobs.create_task(desk.ask(a_bid(amount))) for amount in (100, 110))
        await asyncio.sleep(0)
        desk.hear(answer(a_bid(110), entry=7))
        desk.hear(answer(a_bid(100), entry=0, code=Code.COMMAND_ID_REUSED))
    assert more.result().entry == 7
    assert less.result().rejection.code is Code.COMMAND_ID_REUSED


async def test_who_sends_the_same_bid_twice_is_told_the_same_twice():
    desk = a_desk()
    async with asyncio.TaskGroup() as jobs:
        once, again = (jobs.create_task(desk.ask(a_bid(100))) for _ in range(2))
        await asyncio.sleep(0)
        desk.hear(answer(a_bid(100), entry=7))
        desk.hear(answer(a_bid(100), entry=7, repeated=True))
    assert (once.result().entry, again.result().entry) == (7, 7)
    assert (once.result().repeated, again.result().repeated) == (False, True)
