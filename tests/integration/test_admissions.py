"""Who applied and paid gets to bid, once, whatever fails on the way; and the books only grow."""

import asyncio

import asyncpg
import pytest

from listing.applications import Applications
from luochui.tasks import running
from settlement.admissions import Admissions
from settlement.deposits import Deposits, ReceiptReusedError
from settlement.ledger import BANK, frozen_account, received_account
from tests.support.engine import announced, bid, clock, desk_running, engine_running, simple_terms
from tests.support.outage import database_away
from tests.support.server import server_running

pytestmark = pytest.mark.integration
LOT, DUE = "LOT-1", 5_000


async def applied(pool: asyncpg.Pool, bidder: str, lot: str = LOT) -> str:
    """Let a bidder apply for a lot with a published notice; return his deposit."""
    await pool.execute(
        "INSERT INTO notice VALUES ($1, 'seller', '{}', 1) ON CONFLICT DO NOTHING", lot
    )
    book = Deposits(pool, Applications(pool))
    await book.apply(lot, bidder, due_fen=DUE, due_us=1, now_us=1)
    return (await book.find(lot, bidder)).deposit_id


async def received(pool: asyncpg.Pool, deposit_id: str, **changes) -> None:
    said = {
        "receipt_id": f"receipt-{deposit_id}",
        "amount_fen": DUE,
        "payer": "某公司",
        "bank_reference": "REF-1",
        "recorded_by": "cashier",
        "now_us": 1,
    }
    await Deposits(pool, Applications(pool)).record(deposit_id, **{**said, **changes})


async def paid(pool: asyncpg.Pool, bidder: str, lot: str = LOT) -> str:
    """Let a bidder apply and pay, and another than the cashier confirm; return his deposit."""
    deposit_id = await applied(pool, bidder, lot)
    await received(pool, deposit_id)
    book = Deposits(pool, Applications(pool))
    await book.confirm(deposit_id, confirmed_by="officer", now_us=clock.now_us())
    return deposit_id


async def column(pool: asyncpg.Pool, name: str, deposit_id: str) -> object:
    row = await pool.fetchrow("SELECT * FROM deposit WHERE deposit_id = $1", deposit_id)
    return row[name]


async def test_a_crash_after_the_engine_s_decision_admits_nobody_twice(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, LOT, simple_terms(deposit=DUE))
        deposit_id = await paid(bench.pool, "ann")
        admissions = Admissions(bench.pool, bench.desk, clock.now_us)
        await admissions.admit_all()
        before = await bench.archive.decisions(LOT, after=0, limit=100)
        await bench.pool.execute("UPDATE deposit SET admitted_us = NULL")
        await admissions.admit_all()
        assert await bench.archive.decisions(LOT, after=0, limit=100) == before
        assert await column(bench.pool, "admitted_us", deposit_id) is not None
        assert (await bid(bench.desk, LOT, "ann", 100)).rejection is None


async def test_a_deposit_confirmed_before_the_lot_is_announced_waits_for_it(
    fresh_database, redis_url
):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        deposit_id = await paid(bench.pool, "ann")
        admissions = Admissions(bench.pool, bench.desk, clock.now_us)
        await admissions.admit_all()
        assert await column(bench.pool, "admitted_us", deposit_id) is None
        await announced(bench.desk, LOT, simple_terms(deposit=DUE))
        await admissions.admit_all()
        assert await column(bench.pool, "admitted_us", deposit_id) is not None


async def test_a_deposit_confirmed_after_the_close_admits_nobody_and_is_not_asked_again(
    fresh_database, redis_url
):
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        terms = simple_terms(deposit=DUE, free_us=1, limited_us=1)
        await announced(bench.desk, LOT, terms)
        deposit_id = await paid(bench.pool, "ann")
        await asyncio.sleep(0.05)
        admissions = Admissions(bench.pool, bench.desk, clock.now_us)
        await admissions.admit_all()
        assert await column(bench.pool, "admitted_us", deposit_id) is None
        assert await column(bench.pool, "admission_refused", deposit_id) == "lot_closed"
        asked = await bench.inbox._writing.call(b"XLEN", b"luochui:{0}:inbox")
        await admissions.admit_all()
        assert await bench.inbox._writing.call(b"XLEN", b"luochui:{0}:inbox") == asked


async def test_nobody_applies_for_a_lot_that_is_over(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce("LOT-OVER", deposit=DUE, free_us=1, limited_us=1)
        await server.announce("LOT-BACK", deposit=DUE)
        act = {"command_id": "command-1", "reason": "委托人撤回"}
        await server.call("POST", "/api/lots/LOT-BACK/withdrawal", by="auctioneer", json=act)
        async with asyncio.timeout(5):
            while (await server.services.archive.state("LOT-OVER"))["result"] is None:
                await asyncio.sleep(0.02)
        for lot, code in (("LOT-OVER", "lot_closed"), ("LOT-BACK", "lot_withdrawn")):
            status, problem = await server.call("POST", f"/api/lots/{lot}/application", by="ann")
            assert (status, problem["code"]) == (409, code)
            _, application = await server.call("GET", f"/api/lots/{lot}/application", by="ann")
            assert application["status"] == "none", "nobody is told to pay for it"


async def test_a_lot_that_does_not_answer_keeps_no_other_waiting(fresh_database, redis_url):
    async with (
        desk_running(fresh_database, redis_url, shards=2, answer_timeout_s=0.5) as bench,
        engine_running(fresh_database, redis_url, shards=1),
    ):
        await announced(bench.desk, "lot-d", simple_terms(deposit=DUE))
        silent = [await paid(bench.pool, f"bidder-{n}", "lot-a") for n in range(15)]
        heard = await paid(bench.pool, "ann", "lot-d")
        async with asyncio.timeout(1.5):
            await Admissions(bench.pool, bench.desk, clock.now_us).admit_all()
        assert await column(bench.pool, "admitted_us", heard) is not None
        assert await column(bench.pool, "admitted_us", silent[0]) is None


async def test_admissions_survive_an_outage_and_hear_the_bell(servers, fresh_database, redis_url):
    terms = simple_terms(deposit=DUE, outage_tolerance_us=10**9)
    async with (
        desk_running(fresh_database, redis_url) as bench,
        engine_running(fresh_database, redis_url),
    ):
        await announced(bench.desk, LOT, terms)
        admissions = Admissions(bench.pool, bench.desk, clock.now_us)
        async with running(admissions.keep_admitting(), name="admissions"):
            async with database_away(servers, fresh_database):
                for _ in range(5):
                    admissions.wake()
                    await asyncio.sleep(0.1)
            deposit_id = await paid(bench.pool, "ann")
            admissions.wake()
            async with asyncio.timeout(5):
                while await column(bench.pool, "admitted_us", deposit_id) is None:
                    await asyncio.sleep(0.02)


async def test_a_hundred_who_apply_at_once_get_a_hundred_numbers(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        await applied(bench.pool, "bidder-0")
        async with asyncio.TaskGroup() as jobs:
            for n in range(200):
                jobs.create_task(applied(bench.pool, f"bidder-{n % 100}"))
        numbers = await Applications(bench.pool).numbers(LOT)
        assert len(set(numbers.values())) == len(numbers) == 100


async def test_numbers_do_not_run_out(fresh_database, redis_url):
    """24 letters and two digits are 2,376 numbers; who comes later gets a longer one."""
    async with desk_running(fresh_database, redis_url) as bench:
        await applied(bench.pool, "ann")
        await bench.pool.execute(
            "INSERT INTO application SELECT $1, 'other-' || letter || n, letter || to_char(n, 'FM00'), 1"
            " FROM unnest(string_to_array('A B C D E F G H J K L M N P Q R S T U V W X Y Z', ' ')) letter,"
            " generate_series(1, 99) n ON CONFLICT DO NOTHING",
            LOT,
        )
        await applied(bench.pool, "bob")
        number = await Applications(bench.pool).find(LOT, "bob")
        assert len(number) > 3


async def test_every_step_is_booked_twice(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        book = Deposits(bench.pool, Applications(bench.pool))
        deposit_id = await applied(bench.pool, "ann")
        await received(bench.pool, deposit_id, amount_fen=DUE + 7)
        assert await book.balance(BANK) == DUE + 7
        assert await book.balance(received_account(deposit_id)) == -(DUE + 7)
        await book.confirm(deposit_id, confirmed_by="officer", now_us=1)
        await book.confirm(deposit_id, confirmed_by="officer", now_us=2)
        assert await book.balance(frozen_account(deposit_id)) == -DUE
        assert await book.balance(received_account(deposit_id)) == -7, "what is too much is owed"
        assert await book.ledger_sum() == 0


async def test_a_receipt_sent_ten_times_at_once_is_booked_once(fresh_database, redis_url):
    async with desk_running(fresh_database, redis_url) as bench:
        deposit_id, other = await applied(bench.pool, "ann"), await applied(bench.pool, "bob")
        async with asyncio.TaskGroup() as jobs:
            for _ in range(10):
                jobs.create_task(received(bench.pool, deposit_id, receipt_id="receipt-1"))
        book = Deposits(bench.pool, Applications(bench.pool))
        assert await book.balance(BANK) == DUE
        for elsewhere, changes in (
            (other, {}),
            (deposit_id, {"amount_fen": DUE + 1}),
            (deposit_id, {"payer": "别的公司"}),
            (deposit_id, {"bank_reference": "REF-2"}),
        ):
            with pytest.raises(ReceiptReusedError):
                await received(bench.pool, elsewhere, **{"receipt_id": "receipt-1", **changes})
        assert await book.balance(BANK) == DUE


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_line SET amount_fen = amount_fen * 2",
        "DELETE FROM ledger_line",
        "TRUNCATE ledger_line",
        "UPDATE ledger_entry SET reason = 'other'",
        "DELETE FROM ledger_entry",
        "UPDATE receipt SET recorded_by = 'somebody else'",
        "DELETE FROM receipt",
    ],
)
async def test_what_is_booked_stays_booked(fresh_database, redis_url, statement):
    async with desk_running(fresh_database, redis_url) as bench:
        await paid(bench.pool, "ann")
        with pytest.raises(asyncpg.RaiseError, match="insert-only"):
            await bench.pool.execute(statement)
