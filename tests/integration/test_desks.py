"""The desks of auctioneer, supervisor and seller: what each sees, and what stays hidden from whom."""

import asyncio
import json

import pytest

from luochui.api import desks
from tests.support.server import LOT, SECOND, Server, server_running

pytestmark = pytest.mark.integration
RESERVE = 987_654_320


async def seen(server: Server, by: str, path: str) -> dict:
    status, answer = await server.call("GET", path, by=by)
    assert status == 200, answer
    return answer


async def conducted(server: Server, what: str, **body) -> tuple[int, dict]:
    act = {"command_id": f"command-{what}", **body}
    return await server.call("POST", f"/api/lots/{LOT}/{what}", by="auctioneer", json=act)


async def until_over(server: Server) -> None:
    async with asyncio.timeout(10):
        while (await server.services.archive.state(LOT))["result"] is None:
            await asyncio.sleep(0.02)


async def test_the_console_knows_numbers_and_a_light_and_no_more(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, deposit=1, reserve=110)
        for bidder in ("ann", "bob"):
            await server.call("POST", f"/api/lots/{LOT}/application", by=bidder)
        book = server.services.deposits
        deposit = await book.find(LOT, server.account["ann"])
        await book.record(
            deposit.deposit_id,
            receipt_id="receipt-1",
            amount_fen=1,
            payer="x",
            bank_reference="y",
            recorded_by="cashier",
            now_us=1,
        )
        await book.confirm(deposit.deposit_id, confirmed_by="officer", now_us=1)
        ann = await server.services.applications.find(LOT, server.account["ann"])
        bob = await server.services.applications.find(LOT, server.account["bob"])
        async with asyncio.timeout(5):
            while (await seen(server, "auctioneer", f"/api/console/lots/{LOT}"))["admitted"] == []:
                await asyncio.sleep(0.02)
        await server.bid("bob", 100, "bob-has-not-paid")
        await server.bid("ann", 100, "ann-bids-100")
        view = await seen(server, "auctioneer", f"/api/console/lots/{LOT}")
        assert view["admitted"] == [{"number": ann}]
        (refusal,) = view["refusals"]
        assert (refusal["number"], refusal["code"]) == (bob, "deposit_not_paid")
        assert view["reserve_met"] is False
        await server.announce("LOT-2")
        assert (await seen(server, "auctioneer", "/api/console/lots/LOT-2"))["reserve_met"] is None
        text = json.dumps(view)
        assert not any(account in text for account in server.account.values())
        assert "name of" not in text


async def test_the_light_turns_when_the_reserve_is_met(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob", reserve=110)
        for bidder, amount, met in (("ann", 100, False), ("bob", 110, True)):
            await server.bid(bidder, amount, f"bid-{amount:06d}")
            view = await seen(server, "supervisor", f"/api/console/lots/{LOT}")
            assert view["reserve_met"] is met


async def test_the_reserve_is_told_when_the_lot_has_ended_and_not_before(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", reserve=RESERVE, free_us=SECOND, limited_us=SECOND // 2)
        await server.bid("ann", 100, "bid-by-ann")
        path = f"/api/supervision/lots/{LOT}/journal"
        before = json.dumps(await seen(server, "supervisor", path))
        assert str(RESERVE) not in before
        assert "name of ann" in before, "a supervisor knows who is behind a number"
        await until_over(server)
        assert str(RESERVE) in json.dumps(await seen(server, "supervisor", path))


async def test_a_lot_recomputed_from_parts_of_its_journal_agrees(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(desks, "_PART", 3)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob", free_us=SECOND, limited_us=SECOND // 2)
        for n, bidder in enumerate(("ann", "bob", "ann", "ann", "bob")):
            await server.bid(bidder, 100 + 10 * n, f"bid-number-{n}")
        await until_over(server)
        path = f"/api/supervision/lots/{LOT}"
        verdict = await seen(server, "supervisor", f"{path}/verification")
        assert verdict["agrees"], verdict
        assert verdict["recorded"] == verdict["recomputed"]
        page = await seen(server, "supervisor", f"{path}/journal?limit=1000")
        assert verdict["entries"] == page["last_entry"] > 6


async def test_a_missing_decision_is_noticed(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", "bob", free_us=SECOND // 2, limited_us=SECOND // 2)
        await server.bid("ann", 100, "bid-by-ann")
        await until_over(server)
        async with server.pool.acquire() as connection:
            await connection.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
            await connection.execute("DELETE FROM journal WHERE kind = 'place_bid'")
        verdict = await seen(server, "supervisor", f"/api/supervision/lots/{LOT}/verification")
        assert not verdict["agrees"]
        assert any("stands where" in difference for difference in verdict["differences"])


async def test_a_seller_sees_his_own_lots_only_and_those_that_are_announced(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT)
        await server.announce("LOT-OTHER")
        await server.pool.execute("UPDATE notice SET seller_id = 'x' WHERE lot_id = 'LOT-OTHER'")
        await server.pool.execute(
            "INSERT INTO notice SELECT 'LOT-EARLY', seller_id, replace(notice::text, $1, $2)::json, 1"
            " FROM notice WHERE lot_id = $1",
            *(LOT, "LOT-EARLY"),
        )
        lots = (await seen(server, "owner", "/api/owner/lots"))["lots"]
        assert {card["state"]["lot_id"] for card in lots} == {LOT}
        status, everybody = await server.call("GET", "/api/lots")
        assert status == 200
        assert {card["state"]["lot_id"] for card in everybody["lots"]} == {LOT, "LOT-OTHER"}


async def test_an_act_of_the_auctioneer_is_done_once_whatever_he_repeats(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        status, first = await conducted(server, "suspension", reason="网络故障")
        assert status == 200
        _, again = await conducted(server, "suspension", reason="网络故障")
        assert again == {**first, "repeated": True}
        status, problem = await conducted(server, "suspension", reason="别的原因")
        assert (status, problem["code"]) == (409, "command_id_reused")
        status, problem = await server.bid("ann", 100, "bid-in-pause")
        assert (status, problem["code"]) == (409, "lot_suspended")
        assert (await conducted(server, "resumption"))[0] == 200
        status, problem = await conducted(server, "hammer")
        assert (status, problem["code"]) == (409, "hammer_by_clock")
