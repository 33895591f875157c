"""The engine on real servers: durable before answered, one effect per id, one writer, replay."""

import asyncio

import asyncpg
import pytest

from auction.commands import AdvanceClock
from auction.desk import AnswerUnknownError
from auction.inbox import StreamId
from auction.journal import Batch, NotOwnerError
from auction.journal_postgres import PostgresJournal
from auction.ownership import shard_of
from auction.ownership_postgres import PostgresOwnership, register_shards
from bidding_rules.rejections import RejectionCode as Code
from tests.support.engine import (
    SECOND,
    announced,
    bid,
    clock,
    desk_running,
    engine_running,
    simple_terms,
)

pytestmark = pytest.mark.integration


async def test_an_accepted_bid_is_in_the_journal_when_its_answer_comes(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(), "ann", "bob")
        reply = await bid(bench.desk, "L", "ann", 100)
        found = await bench.archive.first_answer("L", "ann-100")
        assert (found.entry, found.rejection) == (reply.entry, None)
        refused = await bid(bench.desk, "L", "bob", 105)
        assert refused.rejection.code is Code.BELOW_MINIMUM
        assert (await bench.archive.first_answer("L", "bob-105")).rejection == refused.rejection
        assert await bench.archive.first_answer("L", "never") is None


async def test_a_repeat_gets_the_first_answer_even_from_a_new_engine(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", simple_terms(), "ann", "bob")
            first = await bid(bench.desk, "L", "ann", 100, "id-1")
        async with engine_running(fresh_database, redis_url, owner="another"):
            again = await bid(bench.desk, "L", "ann", 100, "id-1")
            other = await bid(bench.desk, "L", "ann", 110, "id-1")
        assert (again.entry, again.seq, again.at_us) == (first.entry, first.seq, first.at_us)
        assert again.repeated
        assert other.rejection.code is Code.COMMAND_ID_REUSED


async def test_bids_sent_while_no_engine_runs_are_decided_when_one_does(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", simple_terms(), "ann")
        asking = asyncio.ensure_future(bid(bench.desk, "L", "ann", 100))  # noqa: TID251
        await asyncio.sleep(0.2)
        async with engine_running(fresh_database, redis_url):
            assert (await asking).rejection is None


async def test_lots_of_several_shards_go_on_side_by_side(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url, shards=3) as bench,
        engine_running(fresh_database, redis_url, shards=3),
    ):
        lots = [f"lot-{n}" for n in range(9)]
        assert {shard_of(lot, 3) for lot in lots} == {0, 1, 2}
        for lot in lots:
            await announced(bench.desk, lot, simple_terms(), "ann")
            assert (await bid(bench.desk, lot, "ann", 100)).rejection is None


async def test_the_clock_ends_a_lot_by_itself_within_two_seconds(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        terms = simple_terms(free_us=SECOND // 2, limited_us=SECOND // 2)
        await announced(bench.desk, "L", terms, "ann")
        await bid(bench.desk, "L", "ann", 100)
        async with asyncio.timeout(3):
            while (await bench.archive.state("L"))["status"] != "sold":
                await asyncio.sleep(0.05)
        state = await bench.archive.state("L")
        assert state["result"]["winner"] == "A00"
        assert state["result"]["at_us"] == terms.opens_at + SECOND


async def test_a_stale_writer_writes_nothing_and_learns_it(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        await register_shards(bench.pool, 1)
        old = PostgresOwnership(bench.pool, owner="same")
        first = await old.take(0)
        second = await PostgresOwnership(bench.pool, owner="same").take(0)
        assert second.epoch == first.epoch + 1
        stale = Batch(
            shard=0, epoch=first.epoch, last=StreamId(9, 9), alive_us=1, rows=[], states=[]
        )
        with pytest.raises(NotOwnerError):
            await PostgresJournal(bench.pool).append(stale)
        with pytest.raises(NotOwnerError):
            await old.renew(first, alive_us=2)


async def test_the_inbox_position_never_goes_back(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        await register_shards(bench.pool, 1)
        claim = await PostgresOwnership(bench.pool, owner="one").take(0)
        journal = PostgresJournal(bench.pool)

        def batch(ms: int) -> Batch:
            return Batch(
                shard=0, epoch=claim.epoch, last=StreamId(ms, 0), alive_us=1, rows=[], states=[]
            )

        await journal.append(batch(10))
        with pytest.raises(NotOwnerError):
            await journal.append(batch(9))


async def test_the_journal_can_only_grow(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(), "ann")
        for statement in (
            "DELETE FROM journal",
            "UPDATE journal SET entry = 9",
            "TRUNCATE journal",
        ):
            with pytest.raises(asyncpg.RaiseError):
                await bench.pool.execute(statement)


async def test_a_long_outage_suspends_with_the_time_left_and_resumes_with_notice(
    fresh_database, redis_url
):
    async with desk_running(fresh_database, redis_url) as bench:
        terms = simple_terms(
            free_us=60 * SECOND, resume_notice_us=SECOND // 2, outage_tolerance_us=SECOND
        )
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", terms, "ann", "bob")
            await bid(bench.desk, "L", "ann", 100)
            before = clock.now_us()
        await asyncio.sleep(1.5)
        async with engine_running(fresh_database, redis_url, owner="another"):
            async with asyncio.timeout(5):
                while len(await bench.archive.events("L", after=0, limit=100)) < 6:
                    await asyncio.sleep(0.05)
            assert (await bid(bench.desk, "L", "bob", 110)).rejection is None
        events = await bench.archive.events("L", after=0, limit=100)
        kinds = [event["kind"] for event in events]
        assert kinds[3:] == ["lot_suspended", "lot_resumed", "bidding_reopened", "bid_accepted"]
        suspended, resumed = events[3], events[4]
        assert suspended["cause"] == "outage"
        assert abs(suspended["at_us"] - before) < SECOND
        assert resumed["closes_at_us"] == resumed["resumes_at_us"] + suspended["remaining_us"]


async def test_an_emptied_inbox_server_does_not_stop_bidding(fresh_database, redis_url):
    """Redis lost everything: nothing acknowledged is lost, and ids go on rising."""
    async with desk_running(fresh_database, redis_url) as bench:
        async with engine_running(fresh_database, redis_url):
            await announced(bench.desk, "L", simple_terms(), "ann", "bob")
            await bid(bench.desk, "L", "ann", 100)
        await bench.inbox.forget(0, StreamId(2**50, 0))
        async with engine_running(fresh_database, redis_url):
            assert (await bid(bench.desk, "L", "bob", 110)).rejection is None


async def test_no_answer_in_time_is_unknown_and_can_be_asked_later(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        bench.desk._timeout_s = 0.2
        with pytest.raises(AnswerUnknownError):
            await bid(bench.desk, "L", "ann", 100)


async def test_garbage_in_the_inbox_is_skipped(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, "L", simple_terms(), "ann")
        link = bench.inbox._writing
        for kind, body in ((b"place_bid", b"{"), (b"nonsense", b"{}"), (b"place_bid", b"\xff")):
            await link.call(b"XADD", b"luochui:{0}:inbox", b"*", b"k", kind, b"r", b"", b"b", body)
        await bench.inbox.append(0, AdvanceClock(lot_id="nobody"), "")
        assert (await bid(bench.desk, "L", "ann", 100)).rejection is None
