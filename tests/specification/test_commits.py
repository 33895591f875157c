"""Batches become durable one after another; nothing is answered before it and all before it are durable."""

import asyncio

import pytest

from auction.batching import Decided
from auction.commits import Commits
from auction.inbox import StreamId
from auction.journal import JournalError
from auction.outbox import Reply
from auction.ownership import Claim

CLAIM = Claim(shard=0, epoch=1, alive_us=0, last=StreamId(0, 0))


class Journal:
    """Makes a batch durable when the test says so."""

    def __init__(self):
        self.begun, self.ends = [], asyncio.Queue()

    async def append(self, batch):
        self.begun.append(batch.last.no)
        error = await self.ends.get()
        if error is not None:
            raise error


class Outbox:
    """Notes to whom an answer went."""

    def __init__(self):
        self.answered = []

    def answer(self, worker, _replies):
        self.answered.append(worker)

    def tell(self, news):
        raise AssertionError(news)


class World:
    def __init__(self, jobs):
        self.journal, self.outbox, self.told = Journal(), Outbox(), []
        self.commits = Commits(jobs, journal=self.journal, outbox=self.outbox, many=3)

    async def begin(self, number, decisions=1):
        decided = Decided(CLAIM)
        decided.rows.extend([None] * decisions)
        decided.replies[f"worker of {number}"].append(
            Reply(
                lot_id="L",
                command_id=f"c-{number}",
                entry=number,
                seq=number,
                at_us=0,
                number=None,
                rejection=None,
                repeated=False,
                fingerprint=0,
            )
        )
        batch = decided.batch(StreamId(0, number), 0)
        await self.commits.begin(decided, batch, lambda: self.told.append(number))


async def some_turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_next_batch_is_decided_meanwhile_but_begins_only_after_the_one_before():
    async with asyncio.TaskGroup() as jobs:
        world = World(jobs)
        await world.begin(1)
        second = jobs.create_task(world.begin(2))
        await some_turns()
        assert world.journal.begun == [1], "the engine went on, the second statement waits"
        assert world.outbox.answered == []
        assert not world.commits.are_settled
        world.journal.ends.put_nowait(None)
        await second
        await some_turns()
        assert world.journal.begun == [1, 2]
        assert world.outbox.answered == ["worker of 1"]
        assert world.told == [1]
        world.journal.ends.put_nowait(None)
        await world.commits.settled()
        assert world.outbox.answered == ["worker of 1", "worker of 2"]
        assert world.commits.are_settled


@pytest.mark.parametrize(("decisions", "goes_on"), [(2, False), (3, True)])
async def test_the_next_batch_is_read_meanwhile_only_if_many_came(decisions, goes_on):
    async with asyncio.TaskGroup() as jobs:
        world = World(jobs)
        await world.begin(1, decisions)
        reading = jobs.create_task(world.commits.settled_unless_many())
        await some_turns()
        assert reading.done() is goes_on
        world.journal.ends.put_nowait(None)
        await reading
        await world.commits.settled()
        assert world.told == [1]


async def test_after_a_batch_that_failed_nothing_becomes_durable_or_is_answered():
    with pytest.raises(BaseExceptionGroup) as failed:
        async with asyncio.TaskGroup() as jobs:
            world = World(jobs)
            await world.begin(1)
            jobs.create_task(world.begin(2))
            world.journal.ends.put_nowait(JournalError("power cut"))
            world.journal.ends.put_nowait(None)
            await asyncio.sleep(1)
    assert failed.group_contains(JournalError)
    assert world.journal.begun == [1]
    assert (world.outbox.answered, world.told) == ([], [])
