"""What cannot be served soon is refused at the door, and nobody's crowd shuts others out."""

import asyncio

from auction.commands import PlaceBid, SuspendLot
from auction.desk import AnswerUnknownError, Desk
from auction.ownership import shard_of
from auction.rate import RateLimit
from bidding_rules.rejections import RejectionCode as Code

SHARDS = 2
LOT_OF = [
    next(f"L{n}" for n in range(100) if shard_of(f"L{n}", SHARDS) == shard)
    for shard in range(SHARDS)
]


class NobodyReads:
    """An inbox that takes everything and is read by no engine."""

    def __init__(self) -> None:
        self.taken = 0

    def send(self, *_command, **_told) -> None:
        self.taken += 1


def a_desk(*, waiting_max=10, shards=SHARDS, per_second=1000, too_long=()) -> Desk:
    return Desk(
        NobodyReads(),
        worker="test",
        shards=shards,
        waiting_max=waiting_max,
        answer_timeout_s=0.05,
        bid_rate=RateLimit(per_second=per_second, burst=per_second, now_us=lambda: 10**12),
        is_too_long=too_long.__contains__,
    )


async def asked(desk: Desk, count: int, lot_id: str, actor: str = "ann") -> list[object]:
    """Ask so many commands at once; return a code for each that was refused, and None for the others."""

    async def ask(n: int) -> object:
        bid = PlaceBid(lot_id=lot_id, command_id=f"{actor}-{n}", actor=actor, amount=n)
        try:
            return (await desk.ask(bid)).rejection.code
        except AnswerUnknownError:
            return None

    async with asyncio.TaskGroup() as jobs:
        tasks = [jobs.create_task(ask(n)) for n in range(count)]
    return [task.result() for task in tasks]


async def test_a_shard_that_nobody_serves_leaves_half_of_the_room_to_the_others():
    desk = a_desk(waiting_max=10)
    async with asyncio.TaskGroup() as jobs:
        crowd = jobs.create_task(asked(desk, 50, LOT_OF[0]))
        others = jobs.create_task(asked(desk, 5, LOT_OF[1], "bob"))
    assert crowd.result().count(None) == 5
    assert set(crowd.result()) == {None, Code.ENGINE_BUSY}
    assert others.result() == [None] * 5


async def test_room_is_free_again_once_nobody_waits_any_more():
    desk = a_desk(waiting_max=10)
    for _ in range(3):
        assert (await asked(desk, 6, LOT_OF[0])).count(Code.ENGINE_BUSY) == 1


async def test_one_shard_alone_has_all_the_room_and_no_more():
    desk = a_desk(waiting_max=10, shards=1)
    answers = await asked(desk, 12, LOT_OF[0])
    assert (answers.count(None), answers.count(Code.ENGINE_BUSY)) == (10, 2)


async def test_an_inbox_that_is_too_long_takes_nothing_more_and_the_other_does():
    desk = a_desk(too_long={0})
    assert await asked(desk, 1, LOT_OF[0]) == [Code.ENGINE_BUSY]
    assert await asked(desk, 1, LOT_OF[1]) == [None]
    assert desk._inbox.taken == 1


async def test_a_bidder_who_is_too_fast_is_refused_and_others_are_not():
    desk = a_desk(waiting_max=100, per_second=3)
    assert await asked(desk, 5, LOT_OF[0]) == [None] * 3 + [Code.RATE_LIMITED] * 2
    assert await asked(desk, 1, LOT_OF[0], "bob") == [None]


async def test_the_auctioneer_is_never_too_fast():
    desk = a_desk(per_second=1)
    for n in range(3):
        pause = SuspendLot(lot_id=LOT_OF[0], command_id=f"s{n}", actor="hall", reason="")
        try:
            await desk.ask(pause)
        except AnswerUnknownError:
            continue
    assert desk._inbox.taken == 3
