"""The feed's plain doors, coming back after a break, private channels, limits and slow readers."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack

import aiohttp
import pytest
import socketio
from structlog.testing import capture_logs

from auction.outbox_redis import ALL_LOTS_CHANNEL, lot_channel
from realtime import events_door, socketio_door
from realtime import lot_channel as lot_channel_module
from realtime import outlet as outlet_module
from tests.support.live import LiveWatcher, lines_of_events, live
from tests.support.server import LOT, Server, server_running

pytestmark = pytest.mark.integration


async def bids(server: Server, amounts: range, by: str = "ann") -> int:
    for amount in amounts:
        status, answer = await server.bid(by, amount, f"bid-{amount:08d}")
        assert status == 200, answer
    return (await server.services.archive.state(LOT))["seq"]


async def socket_token(server: Server, by: str) -> str:
    return (await server.call("POST", "/api/socket-tokens", by=by))[1]["token"]


async def test_the_plain_door_gives_a_snapshot_and_then_every_event(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        known = await bids(server, range(100, 130, 10))
        async with live(server) as watcher:
            answer = await watcher.ask("watch", {"lot_id": LOT})
            assert (answer["state"]["seq"], answer["recovered"]) == (known, False)
            assert [bid["amount_fen"] for bid in answer["history"]] == [100, 110, 120]
            last = await bids(server, range(130, 330, 10))
            assert await watcher.seqs(last) == list(range(known + 1, last + 1))
            assert (await watcher.ask("nonsense", {}))["code"] == "malformed_message"
            assert (await watcher.ask("watch", {"lot_id": "none"}))["code"] == "lot_unknown"


async def test_who_comes_back_is_told_exactly_what_he_missed(
    fresh_database, redis_url, monkeypatch
):
    """From the ring while it reaches back far enough, else from the journal: all of it, once."""
    monkeypatch.setattr(lot_channel_module, "RING", 5)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with live(server) as before, live(server) as stays:
            answer = await before.ask("watch", {"lot_id": LOT})
            await stays.ask("watch", {"lot_id": LOT})
            epoch, seq = answer["epoch"], answer["state"]["seq"]
            last = await bids(server, range(100, 130, 10))
            await stays.seqs(last)
            for missed in (1, 3, 20):
                if missed == 20:
                    last = await bids(server, range(130, 300, 10))
                    await stays.seqs(last)
                place = {"epoch": epoch, "seq": last - missed}
                async with live(server) as back:
                    answer = await back.ask("watch", {"lot_id": LOT, **place})
                    assert answer["recovered"] is True
                    told = [event["seq"] for event in answer["events"]]
                    assert told == list(range(last - missed + 1, last + 1))
            assert seq + 20 == last


async def test_a_place_in_another_journal_or_in_the_future_gets_a_snapshot(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        async with live(server) as watcher:
            epoch = (await watcher.ask("watch", {"lot_id": LOT}))["epoch"]
            for place in ({"epoch": "abc", "seq": 0}, {"epoch": epoch, "seq": 1000}):
                answer = await watcher.ask("watch", {"lot_id": LOT, **place})
                assert (answer["recovered"], "history" in answer) == (False, True)


async def test_a_stream_of_events_goes_on_where_it_broke_off(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        await bids(server, range(100, 120, 10))
        async with server.http.get(f"/live/events/{LOT}") as stream:
            assert stream.headers["Content-Type"] == "text/event-stream"
            seen = await lines_of_events(stream, 1)
            assert seen[0]["event"] == "snapshot"
            last = await bids(server, range(120, 130, 10))
            seen = await lines_of_events(stream, 2)
            assert [one["event"] for one in seen] == ["event", "price"]
            place = seen[0]["id"]
            assert place.endswith(f":{last}")
        last = await bids(server, range(130, 150, 10))
        headers = {"Last-Event-ID": place}
        async with server.http.get(f"/live/events/{LOT}", headers=headers) as stream:
            (snapshot,) = await lines_of_events(stream, 1)
            told = json.loads(snapshot["data"])
            assert told["recovered"] is True
            assert [event["seq"] for event in told["events"]] == [last - 1, last]


async def test_a_reader_who_hangs_up_on_a_stream_is_no_failure(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(events_door, "_LOOK_EVERY_S", 0.05)
    with capture_logs() as logged:
        async with server_running(fresh_database, redis_url) as server:
            await server.announce(LOT, "ann")
            async with server.http.get(f"/live/events/{LOT}") as stream:
                assert len(await lines_of_events(stream, 1)) == 1
                stream.close()
            await asyncio.sleep(0.3)
    assert [line for line in logged if line.get("status") == 500] == []


async def test_who_wants_prices_only_gets_no_events(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        async with live(server) as watcher:
            assert (await watcher.ask("watch", {"lot_id": LOT, "prices_only": True}))["ok"]
            last = await bids(server, range(100, 150, 10))
            async with asyncio.timeout(5):
                while not watcher.frames["price"] or watcher.frames["price"][-1]["seq"] < last:
                    await watcher.read()
            assert watcher.frames["event"] == []


async def test_a_bidder_hears_what_concerns_him_on_all_his_connections_and_nobody_else_does(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server, AsyncExitStack() as stack:
        await server.announce(LOT, "ann", "bob", deposit=0)
        for number, login in (("A01", "ann"), ("A02", "bob")):
            await server.pool.execute(
                "INSERT INTO application (lot_id, bidder_id, number, applied_us)"
                " VALUES ($1, $2, $3, 1)",
                *(LOT, server.account[login], number),
            )
        people = {}
        for name, login in (("ann", "ann"), ("again", "ann"), ("bob", "bob"), ("nobody", None)):
            token = None if login is None else await socket_token(server, login)
            people[name] = await stack.enter_async_context(live(server, token))
            await people[name].ask("watch", {"lot_id": LOT})
        await server.bid("ann", 100, "bid-of-ann")
        await server.bid("ann", 1, "low-bid-of-ann")
        assert (await server.bid("bob", 110, "bid-of-bob"))[0] == 200
        for name in ("ann", "again"):
            kinds = [one["kind"] for one in await people[name].private(3)]
            assert kinds == ["accepted", "refused", "outbid"]
            refused = people[name].frames["private"][1]
            assert (refused["bid_id"], refused["code"]) == ("low-bid-of-ann", "already_leading")
            assert people[name].frames["private"][2]["price_fen"] == 110
        assert [one["kind"] for one in await people["bob"].private(1)] == ["accepted"]
        await people["nobody"].seqs((await server.services.archive.state(LOT))["seq"])
        await people["bob"].ask("clock", {})
        assert len(people["bob"].frames["private"]) == 1
        assert people["nobody"].frames["private"] == []


async def test_a_secret_maximum_is_told_to_its_bidder_on_all_his_connections_and_to_nobody_else(
    fresh_database, redis_url
):
    async with server_running(fresh_database, redis_url) as server, AsyncExitStack() as stack:
        await server.announce(LOT, "ann", "bob", proxies_allowed=True)
        people = {}
        for name, login in (("ann", "ann"), ("again", "ann"), ("bob", "bob"), ("nobody", None)):
            token = None if login is None else await socket_token(server, login)
            people[name] = await stack.enter_async_context(live(server, token))
            await people[name].ask("watch", {"lot_id": LOT})
        assert (await server.move("ann", "set_maximum", maximum_fen=987_600))[0] == 200
        assert (await server.move("ann", "set_maximum", maximum_fen=10))[0] == 409
        for name in ("ann", "again"):
            accepted, refused = await people[name].private(2)
            assert (accepted["kind"], accepted["move"]) == ("move_accepted", "set_maximum")
            assert accepted["maximum_fen"] == 987_600
            assert (refused["kind"], refused["code"]) == ("move_refused", "proxy_too_low")
            assert "maximum_fen" not in refused
        assert (await server.bid("bob", 200, "bid-of-bob"))[0] == 200
        last = (await server.services.archive.state(LOT))["seq"]
        for name in ("bob", "nobody"):
            await people[name].seqs(last)
            assert "987600" not in str(people[name].frames)


async def test_a_process_hears_only_what_its_clients_watch(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        await server.announce("LOT-2", "ann")

        async def heard() -> set[bytes]:
            reader, writer = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))
            names = set()
            for kind in (b"CHANNELS", b"SHARDCHANNELS"):
                writer.write(b"PUBSUB %s\r\n" % kind)
                count = int((await reader.readline())[1:])
                names |= {
                    (await reader.readline(), (await reader.readline()).strip())[1]
                    for _ in range(count)
                }
            writer.close()
            return {name for name in names if b":answers:" not in name}

        assert await heard() == set()
        async with live(server) as watcher, live(server, await socket_token(server, "ann")):
            await watcher.ask("watch", {"lot_id": LOT})
            account = f"luochui:account:{server.account['ann']}".encode()
            assert await heard() == {lot_channel(LOT, 1).encode(), account}
            await watcher.ask("watch_catalogue", {})
            assert ALL_LOTS_CHANNEL.encode() in await heard()
        async with asyncio.timeout(5):
            while await heard():
                await asyncio.sleep(0.02)


async def ends_with(connection: aiohttp.ClientWebSocketResponse) -> tuple[dict, int]:
    """Return the goodbye and the close code that come next."""
    told = {}
    async with asyncio.timeout(5):
        async for message in connection:
            name, body = json.loads(message.data)
            told = body if name == "goodbye" else told
    return told, connection.close_code


@pytest.mark.parametrize(
    ("setting", "person", "code"),
    [
        ("feed_connections_max", None, "feed_full"),
        ("feed_connections_of_address_max", None, "too_many_connections"),
        ("feed_connections_of_account_max", "ann", "too_many_connections"),
    ],
)
async def test_connections_are_limited(fresh_database, redis_url, setting, person, code):
    async with server_running(fresh_database, redis_url, **{setting: 1}) as server:

        async def token() -> str | None:
            return None if person is None else await socket_token(server, person)

        async with live(server, await token()) as first:
            assert (await first.ask("clock", {}))["now_us"]
            async with server.http.ws_connect("/live") as second:
                await second.send_json(["hello", 1, {"token": await token()}])
                goodbye, closed = await ends_with(second)
                assert (goodbye["code"], goodbye["advice"]) == (code, "later")
                assert closed in (4006, 4007)
            if person is None:
                async with server.http.get("/live/events") as stream:
                    (told,) = await lines_of_events(stream, 1)
                assert (told["event"], json.loads(told["data"])["code"]) == ("goodbye", code)
            client = socketio.AsyncClient(reconnection=False, http_session=server.http)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(
                    server.base_url, transports=["websocket"], auth={"token": await token()}
                )
        async with live(server, await token()) as later:
            assert (await later.ask("clock", {}))["now_us"]


async def test_silence_speed_and_size_end_a_connection_with_a_reason(fresh_database, redis_url):
    limits = {"feed_handshake_timeout_s": 0.2, "feed_messages_per_second_max": 5}
    async with server_running(fresh_database, redis_url, **limits) as server:
        async with server.http.ws_connect("/live") as silent:
            assert (await ends_with(silent))[0]["code"] == "handshake_timeout"
        async with server.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as half_open:
            assert (await half_open.receive()).data.startswith("0{")
            async with asyncio.timeout(5):
                told = [message.data async for message in half_open]
            assert '"handshake_timeout"' in told[0]
        async with server.http.ws_connect("/live") as fast:
            for _ in range(20):
                await fast.send_json(["clock", 1, {}])
            goodbye, closed = await ends_with(fast)
            assert (goodbye["code"], closed) == ("too_many_messages", 4005)
        async with server.http.ws_connect("/live") as long:
            await long.send_json(["clock", 1, {}])
            await long.send_json(["clock", 1, {"x": "y" * 20_000}])
            assert (await ends_with(long))[1] == 1009


async def test_a_token_is_good_once_at_the_plain_door_too(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        token = await socket_token(server, "ann")
        async with live(server, token), server.http.ws_connect("/live") as second:
            await second.send_json(["hello", 1, {"token": token}])
            assert (await ends_with(second))[0]["code"] == "token_not_good"


async def test_pages_of_other_sites_do_not_get_in(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await server.http.ws_connect("/live", headers={"Origin": "https://evil.example"})
        ours = {"Origin": server.base_url}
        async with server.http.ws_connect("/live", headers=ours) as connection:
            await LiveWatcher(connection).ask("clock", {})


async def test_who_does_not_read_is_told_goodbye_and_delays_nobody(
    fresh_database, redis_url, monkeypatch
):
    monkeypatch.setattr(outlet_module, "HELD_MAX_BYTES", 20_000)
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann", leader_may_raise=True)
        host, port = server.base_url.removeprefix("http://").split(":")
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sleeper.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sleeper, (host, int(port)))
        await loop.sock_sendall(
            sleeper,
            f"GET /live/events/{LOT} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode(),
        )
        await loop.sock_recv(sleeper, 100)
        async with live(server) as watcher:
            first = (await watcher.ask("watch", {"lot_id": LOT}))["state"]["seq"]
            last = await bids(server, range(100, 3100, 10))
            assert await watcher.seqs(last) == list(range(first + 1, last + 1))
            async with asyncio.timeout(10):
                told = b""
                while more := await loop.sock_recv(sleeper, 65_536):
                    told += more
        sleeper.close()
        assert told.count(b"event: event") < last - first


async def test_without_the_private_names_the_feed_says_so_and_goes_the_stock_way(
    fresh_database, redis_url, monkeypatch, capsys
):
    monkeypatch.setattr(socketio_door, "is_possible", lambda _server: False)
    async with server_running(fresh_database, redis_url) as server:
        assert "slow path" in capsys.readouterr().out
        await server.announce(LOT, "ann", leader_may_raise=True)
        for transport in ("websocket", "polling"):
            client, seen = socketio.AsyncClient(reconnection=False), []
            client.on("event", lambda event, seen=seen: seen.append(event["seq"]))
            await client.connect(server.base_url, transports=[transport])
            first = (await client.call("watch", {"lot_id": LOT}, timeout=5))["state"]["seq"]
            start = 100 if transport == "websocket" else 200
            last = await bids(server, range(start, start + 100, 10))
            async with asyncio.timeout(5):
                while len(seen) < last - first:
                    await asyncio.sleep(0.01)
            assert seen == list(range(first + 1, last + 1))
            await client.disconnect()
