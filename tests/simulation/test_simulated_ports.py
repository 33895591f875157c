"""What is simulated keeps the same promises as the real thing: both pass the same tests."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from auction.commands import AdvanceClock
from auction.inbox import Inbox, StreamId
from auction.inbox_redis import RedisInbox
from auction.journal import Batch, Journal, JournalError, NotOwnerError, Row, StateRow
from auction.journal_postgres import PostgresJournal
from auction.ownership import Claim, Ownership
from auction.ownership_postgres import PostgresOwnership, register_shards
from auction.redis_link import RedisLink
from luochui.database import open_pool
from luochui.migrate import migrate
from luochui.tasks import running
from tests.simulation.loop import Process, SimulatedLoop, run_simulated
from tests.simulation.postgres import Database, SimulatedJournal, SimulatedOwnership
from tests.simulation.redis import RedisServer, SimulatedInbox
from tests.simulation.world import Clock, Link, World


@dataclass(frozen=True, kw_only=True)
class Ports:
    """One shard's journal and inbox, and ownership by name."""

    journal: Journal
    inbox: Inbox
    owner: Callable[[str], Ownership]


def row(entry: int, command_id: str = "", lot_id: str = "L") -> Row:
    """A decision; nothing reads its command and events here."""
    return Row(
        lot_id=lot_id,
        entry=entry,
        seq=0,
        command_id=command_id or f"c{entry}",
        arrived_us=entry,
        stream_id="1-0",
        kind="advance_clock",
        command="{}",
        events="[]",
        rejection=None,
    )


def batch(claim: Claim, *rows: Row, ms: int = 1, over: str = "") -> Batch:
    """What makes `rows` durable, and the inbox read to `ms`; the lots named in `over` are over."""
    lots = {row.lot_id: row for row in rows}.values()
    states = [
        StateRow(lot_id=r.lot_id, entry=r.entry, seq=0, is_over=r.lot_id in over, state="{}")
        for r in lots
    ]
    return Batch(
        shard=0,
        epoch=claim.epoch,
        last=StreamId(ms, 0),
        alive_us=ms,
        rows=list(rows),
        states=states,
    )


async def entries(ports: Ports, **known: int) -> list[tuple[str, int]]:
    return [(row.lot_id, row.entry) async for row in ports.journal.replay(0, known)]


async def what_was_appended_is_replayed_in_order(ports: Ports) -> None:
    claim = await ports.owner("a").take(0)
    await ports.journal.append(batch(claim, row(1), row(1, lot_id="M"), row(2)))
    assert sorted(await entries(ports)) == [("L", 1), ("L", 2), ("M", 1)]
    assert await entries(ports, L=1, M=1) == [("L", 2)]


async def what_is_over_is_read_only_when_it_is_asked_for(ports: Ports) -> None:
    claim = await ports.owner("a").take(0)
    await ports.journal.append(batch(claim, row(1), row(2), row(1, lot_id="M"), over="L"))
    assert await entries(ports) == [("M", 1)]
    assert await entries(ports, L=1) == [("L", 2), ("M", 1)]
    recalled = [(r.lot_id, r.entry) async for r in ports.journal.recall({"L": 1, "N": 0})]
    assert recalled == [("L", 2)]


async def the_next_owner_learns_how_far_the_last_one_came(ports: Ports) -> None:
    first = await ports.owner("a").take(0)
    await ports.journal.append(batch(first, row(1), ms=7))
    second = await ports.owner("a").take(0)
    assert (second.epoch, second.last, second.alive_us) == (first.epoch + 1, StreamId(7, 0), 7)


async def an_earlier_epoch_writes_nothing_and_learns_it(ports: Ports) -> None:
    old = await ports.owner("a").take(0)
    await ports.owner("a").take(0)
    with pytest.raises(NotOwnerError):
        await ports.journal.append(batch(old, row(1)))
    with pytest.raises(NotOwnerError):
        await ports.owner("a").renew(old, alive_us=1)
    assert await entries(ports) == []


async def the_position_never_goes_back(ports: Ports) -> None:
    claim = await ports.owner("a").take(0)
    await ports.journal.append(batch(claim, row(1), ms=10))
    await ports.journal.append(batch(claim, row(2), ms=10))
    with pytest.raises(NotOwnerError):
        await ports.journal.append(batch(claim, row(3), ms=9))
    assert await entries(ports) == [("L", 1), ("L", 2)]


async def a_batch_is_durable_whole_or_not_at_all(ports: Ports) -> None:
    claim = await ports.owner("a").take(0)
    await ports.journal.append(batch(claim, row(1)))
    for again in (row(3, "c1"), row(1, "c9")):
        with pytest.raises(JournalError):
            await ports.journal.append(batch(claim, row(2), again, ms=5))
    assert await entries(ports) == [("L", 1)]
    assert (await ports.owner("a").take(0)).last == StreamId(1, 0)


async def a_shard_that_is_owned_is_asked_for_and_taken_when_released(ports: Ports) -> None:
    a, b = ports.owner("a"), ports.owner("b")
    await a.survey(is_leaving=False)
    await b.survey(is_leaving=False)
    claim = await a.take(0)
    assert not await a.renew(claim, alive_us=1)
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(b.take(0))
        await asyncio.sleep(0.2)
        assert not taking.done()
        assert await a.renew(claim, alive_us=5)
        await a.release(claim, alive_us=9)
    assert taking.result().epoch == claim.epoch + 1
    assert taking.result().alive_us == 9
    assert (await b.survey(is_leaving=False)).owners == {0: "b"}


async def a_lease_that_is_not_renewed_ends(ports: Ports) -> None:
    claim = await ports.owner("a").take(0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await ports.owner("b").take(0)).epoch == claim.epoch + 1
    assert 1.8 < loop.time() - began < 3


async def an_engine_that_leaves_does_not_count(ports: Ports) -> None:
    await ports.owner("a").survey(is_leaving=True)
    survey = await ports.owner("b").survey(is_leaving=False)
    assert survey.engines == {"b"}


async def what_arrives_has_one_order(ports: Ports) -> None:
    places = [await ports.inbox.append(0, AdvanceClock(lot_id=f"{n}"), "w") for n in range(5)]
    assert places == sorted(set(places))
    arrived = await ports.inbox.read(0, places[1], count_max=2, wait_ms=10)
    assert [entry.stream_id for entry in arrived] == places[2:4]
    assert (arrived[0].kind, arrived[0].reply_to) == ("advance_clock", "w")


async def who_waits_is_woken_or_told_that_nothing_came(ports: Ports) -> None:
    assert await ports.inbox.read(0, StreamId(0, 0), count_max=9, wait_ms=20) == []
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(ports.inbox.read(0, StreamId(0, 0), count_max=9, wait_ms=5000))
        await asyncio.sleep(0.05)
        place = await ports.inbox.append(0, AdvanceClock(lot_id="L"), "")
    assert [entry.stream_id for entry in reading.result()] == [place]


async def what_comes_is_newer_than_what_was_decided(ports: Ports) -> None:
    ahead = StreamId((await ports.inbox.clock_us(0)) // 1000 + 60_000, 3)
    await ports.inbox.make_newer_than(0, ahead)
    await ports.inbox.make_newer_than(0, ahead)
    assert await ports.inbox.append(0, AdvanceClock(lot_id="L"), "") > ahead


async def an_inbox_that_begins_anew_follows_the_clock_again(ports: Ports) -> None:
    ahead = StreamId((await ports.inbox.clock_us(0)) // 1000 + 60_000, 3)
    await ports.inbox.make_newer_than(0, ahead)
    late = await ports.inbox.append(0, AdvanceClock(lot_id="L"), "")
    left = await ports.inbox.begin_anew(0, StreamId(ahead.ms, ahead.no + 1))
    assert [entry.stream_id for entry in left] == [late]
    assert await ports.inbox.append(0, AdvanceClock(lot_id="L"), "") < ahead


CONTRACT: tuple[Callable[[Ports], Awaitable[None]], ...] = (
    what_was_appended_is_replayed_in_order,
    what_is_over_is_read_only_when_it_is_asked_for,
    the_next_owner_learns_how_far_the_last_one_came,
    an_earlier_epoch_writes_nothing_and_learns_it,
    the_position_never_goes_back,
    a_batch_is_durable_whole_or_not_at_all,
    a_shard_that_is_owned_is_asked_for_and_taken_when_released,
    a_lease_that_is_not_renewed_ends,
    an_engine_that_leaves_does_not_count,
    what_arrives_has_one_order,
    who_waits_is_woken_or_told_that_nothing_came,
    what_comes_is_newer_than_what_was_decided,
    an_inbox_that_begins_anew_follows_the_clock_again,
)
each_promise = pytest.mark.parametrize("keeps", CONTRACT, ids=lambda keeps: keeps.__name__)


@each_promise
def test_simulated(keeps):
    loop = SimulatedLoop(1)
    world = World(1, loop)
    database, redis = Database(world, Clock(world, 0), 1), RedisServer(world, Clock(world, 0))
    link = Link(world, Process("p", loop))
    ports = Ports(
        journal=SimulatedJournal(database, link),
        inbox=SimulatedInbox(world, redis, link),
        owner=lambda name: SimulatedOwnership(database, link, owner=name),
    )
    run_simulated(loop, keeps(ports))


@pytest.mark.integration
@each_promise
async def test_real(keeps, fresh_database, redis_url):
    await migrate(fresh_database)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(fresh_database, name="t", size_max=3))
        await register_shards(pool, 1)
        links = RedisLink(redis_url), RedisLink(redis_url)
        for link in links:
            await stack.enter_async_context(running(link.keep_connected(), name="link"))
            await link.up.wait()
        ports = Ports(
            journal=PostgresJournal(pool),
            inbox=RedisInbox(*links),
            owner=lambda name: PostgresOwnership(pool, owner=name),
        )
        await keeps(ports)
