"""Deposits: recorded by one person, confirmed by another, booked twice, and then one may bid."""

import asyncio
from urllib.parse import urlencode

import asyncpg
import pytest

from settlement.admissions import Admissions
from tests.support.server import LOT, Server, clock, server_running

pytestmark = pytest.mark.integration
DUE = 5_000


async def applied(server: Server, bidder: str) -> dict:
    status, application = await server.call("POST", f"/api/lots/{LOT}/application", by=bidder)
    assert status == 200, application
    return application


async def receipt(
    server: Server,
    deposit_id: str,
    amount: int,
    receipt_id: str = "receipt-01",
    by: str = "cashier",
) -> tuple[int, dict]:
    body = {
        "receipt_id": receipt_id,
        "amount_fen": amount,
        "payer": "某公司",
        "bank_reference": "REF-1",
    }
    return await server.call("POST", f"/api/deposits/{deposit_id}/receipts", by=by, json=body)


async def confirm(server: Server, deposit_id: str, by: str = "settlement") -> tuple[int, dict]:
    return await server.call("POST", f"/api/deposits/{deposit_id}/confirmation", by=by)


async def test_from_application_to_the_first_bid(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        status, problem = await server.bid("ann", 100, "too-early-1")
        assert (status, problem["code"]) == (409, "not_qualified")
        application = await applied(server, "ann")
        assert application["status"] == "awaiting_deposit"
        status, problem = await server.bid("ann", 100, "too-early-2")
        assert (status, problem["code"]) == (409, "deposit_not_paid")
        deposit_id = application["deposit"]["deposit_id"]
        assert (await receipt(server, deposit_id, DUE))[1]["status"] == "recorded"
        status, row = await confirm(server, deposit_id)
        assert (status, row["status"]) == (200, "confirmed")
        assert row["confirmed_by_name"] == "name of settlement"
        async with asyncio.timeout(2):
            while (await applied(server, "ann"))["status"] != "admitted":
                await asyncio.sleep(0.02)
        status, answer = await server.bid("ann", 100, "good-bid-1")
        assert (status, answer["number"]) == (200, application["number"])
        assert await server.services.deposits.ledger_sum() == 0


async def test_who_recorded_the_money_may_not_confirm_it(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        deposit_id = (await applied(server, "ann"))["deposit"]["deposit_id"]
        await receipt(server, deposit_id, DUE)
        status, problem = await confirm(server, deposit_id, by="cashier")
        assert (status, problem["code"]) == (403, "same_person")
        await receipt(server, deposit_id, 1, "receipt-02", by="settlement")
        status, problem = await confirm(server, deposit_id)
        assert (status, problem["code"]) == (403, "same_person"), "any of the receipts counts"


async def test_receipts_add_up_and_too_little_is_not_confirmed(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        deposit_id = (await applied(server, "ann"))["deposit"]["deposit_id"]
        await receipt(server, deposit_id, DUE - 1)
        status, problem = await confirm(server, deposit_id)
        assert (status, problem["code"]) == (409, "deposit_short")
        _, row = await receipt(server, deposit_id, 1, "receipt-02")
        assert (row["received_fen"], row["status"]) == (DUE, "recorded")
        assert (await confirm(server, deposit_id))[0] == 200
        assert (await confirm(server, deposit_id))[0] == 200, "a second click changes nothing"
        assert await server.services.deposits.ledger_sum() == 0


async def test_a_receipt_is_recorded_once(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        deposit_id = (await applied(server, "ann"))["deposit"]["deposit_id"]
        for _ in range(2):
            _, row = await receipt(server, deposit_id, 300)
            assert row["received_fen"] == 300
        status, problem = await receipt(server, deposit_id, 301)
        assert (status, problem["code"]) == (409, "receipt_reused")
        status, problem = await receipt(server, "no-such-deposit", 1)
        assert (status, problem["code"]) == (404, "deposit_unknown")


async def test_applying_twice_gives_the_same_number_and_numbers_differ(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        first = await applied(server, "ann")
        again = await applied(server, "ann")
        other = await applied(server, "bob")
        assert first == again
        assert first["number"] != other["number"]
        assert first["deposit"]["account_no"] != other["deposit"]["account_no"]


async def test_what_a_crash_interrupts_is_done_later(fresh_database, redis_url):
    """Confirmed, then the process died before the engine heard of it."""
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=DUE)
        deposits, ann = server.services.deposits, server.account["ann"]
        await deposits.apply(LOT, ann, due_fen=DUE, due_us=0, now_us=clock.now_us())
        deposit = await deposits.find(LOT, ann)
        await deposits.record(
            deposit.deposit_id,
            receipt_id="receipt-01",
            amount_fen=DUE,
            payer="x",
            bank_reference="y",
            recorded_by="somebody",
            now_us=1,
        )
        await deposits.confirm(deposit.deposit_id, confirmed_by="another", now_us=1)
        admissions = Admissions(server.pool, server.services.desk, clock.now_us)
        await admissions.admit_all()
        await admissions.admit_all()
        assert (await server.bid("ann", 100, "good-bid-1"))[0] == 200


async def test_the_database_refuses_an_entry_that_does_not_balance(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        async with server.pool.acquire() as connection:
            with pytest.raises(asyncpg.RaiseError, match="sum to zero"):
                async with connection.transaction():
                    await connection.execute("INSERT INTO ledger_entry VALUES ('e', 'r', 'm', 1)")
                    await connection.execute("INSERT INTO ledger_line VALUES ('e', 1, 'bank', 5)")
        assert await server.services.deposits.ledger_sum() == 0


async def test_the_settlement_desk_never_shows_a_bid(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", deposit=DUE)
        await applied(server, "bob")
        await server.bid("ann", 777_770, "big-bid-1")
        _, page = await server.call("GET", "/api/deposits", by="settlement")
        assert "777770" not in str(page)
        assert [row["bidder_name"] for row in page["deposits"]] == ["name of bob"]


async def test_where_no_deposit_is_due_who_applies_may_bid(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=0)
        assert (await applied(server, "ann"))["status"] == "admitted"
        assert (await server.bid("ann", 100, "good-bid-1"))[0] == 200


async def book(server: Server, **wish: str | int) -> dict:
    path = f"/api/deposits?{urlencode(wish)}"
    status, page = await server.call("GET", path, by="settlement")
    assert status == 200, page
    return page


async def whole_book(server: Server, **wish: str | int) -> list[str]:
    """Read page by page; return the bidders' names in the order of the book."""
    page = await book(server, **wish)
    found = [*page["deposits"]]
    while page["next"]:
        page = await book(server, **wish, after=page["next"])
        assert page["counts"] is None
        found += page["deposits"]
    return [f"{row['bidder_name'].removeprefix('name of ')} {row['lot_id']}" for row in found]


async def three_lots_applied_for(server: Server) -> dict[str, str]:
    """Return the deposit of each bidder and lot; the first lot's are due first."""
    deposits = {}
    for lot in ("LOT-1", "LOT-2", "LOT-3"):
        await server.announce(lot, deposit=DUE)
        for bidder in ("ann", "bob", "cat"):
            _, application = await server.call("POST", f"/api/lots/{lot}/application", by=bidder)
            deposits[f"{bidder} {lot}"] = application["deposit"]["deposit_id"]
    return deposits


async def test_the_book_is_read_page_by_page_the_open_ones_first(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        deposits = await three_lots_applied_for(server)
        first = deposits["ann LOT-1"]
        await receipt(server, first, DUE)
        await confirm(server, first)
        await receipt(server, deposits["bob LOT-2"], DUE, "receipt-02")
        whole = await whole_book(server, limit=1000)
        assert len(whole) == 9
        assert whole[-1] == "ann LOT-1"
        assert [name[-1] for name in whole[:-1]] == sorted(name[-1] for name in whole[:-1])
        for limit in (1, 2, 4, 9):
            assert await whole_book(server, limit=limit) == whole
        page = await book(server, limit=9)
        assert (page["next"], len(page["deposits"])) == (None, 9)
        assert page["counts"] == {"awaiting": 7, "recorded": 1, "confirmed": 1}


async def test_nothing_is_passed_over_when_the_book_changes_between_two_pages(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        deposits = await three_lots_applied_for(server)
        page = await book(server, limit=4)
        last = page["deposits"][-1]["deposit_id"]
        await receipt(server, last, DUE)
        await confirm(server, last)
        rest = await book(server, limit=100, after=page["next"])
        seen = {row["deposit_id"] for row in (*page["deposits"], *rest["deposits"])}
        assert seen == set(deposits.values())


async def test_deposits_are_found_by_status_lot_and_words(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        deposits = await three_lots_applied_for(server)
        await receipt(server, deposits["cat LOT-3"], DUE)
        _, application = await server.call("GET", "/api/lots/LOT-2/application", by="bob")
        account_no = application["deposit"]["account_no"]
        for wish, expected in (
            ({"status": "recorded"}, ["cat LOT-3"]),
            ({"status": "confirmed"}, []),
            ({"lot_id": "LOT-2", "words": "NAME of Bob"}, ["bob LOT-2"]),
            ({"words": "某公司"}, ["cat LOT-3"]),
            ({"words": "ref-1"}, ["cat LOT-3"]),
            ({"words": account_no}, ["bob LOT-2"]),
            ({"words": "%"}, []),
            ({"lot_id": "LOT-9"}, []),
        ):
            assert await whole_book(server, **wish, limit=1) == expected, wish
        counts = (await book(server, status="confirmed", lot_id="LOT-3"))["counts"]
        assert counts == {"awaiting": 2, "recorded": 1, "confirmed": 0}
        for bad in ("status=paid", "after=1", "after=x_1_a", "after=0_1_", "limit=0", "words="):
            status, problem = await server.call("GET", f"/api/deposits?{bad}", by="settlement")
            assert (status, problem["code"]) == (422, "invalid_request"), bad
