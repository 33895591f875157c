"""The live feed against its own description: every frame and every answer has the schema it promises."""

import asyncio
from typing import Any

import orjson
import pytest
import socketio
from jsonschema import Draft202012Validator

from realtime import hub
from realtime.disconnects import GOODBYES
from realtime.outlet import goodbye_frame
from tests.support.live import lines_of_events
from tests.support.server import LOT, SECOND, Server, server_running

pytestmark = pytest.mark.integration
MESSAGES = {
    "client": {
        *("watch", "unwatch", "watch_catalogue", "bid", "confirm_participation", "clock"),
        *("set_maximum", "exercise_priority", "waive_priority", "quote_once", "agree"),
        *("submit_envelope", "withdraw_envelope", "open_envelope", "ask_units"),
        *("bid_on_lots", "waive", "place_order", "bid_packages"),
        *("order", "list_for_pick", "pick_listing", "propose_block"),
        *("accept_block", "take_back_offer"),
    },
    "server": {"snapshot", "price", "event", "catalogue", "heartbeat", "private", "goodbye"},
}


class Description:
    """The document, and what its schemas say of a value."""

    def __init__(self, document: dict) -> None:
        self.document = document
        self.messages = document["components"]["messages"]

    def errors(self, schema: dict, value: Any) -> list[str]:
        whole = {**schema, "components": self.document["components"]}
        return [error.message for error in Draft202012Validator(whole).iter_errors(value)]

    def payload_errors(self, name: str, value: Any) -> list[str]:
        return self.errors(self.messages[name]["payload"], value)

    def answer_errors(self, name: str, value: Any) -> list[str]:
        return self.errors(self.messages[name]["x-ack"], value)


async def described(server: Server) -> Description:
    return Description((await server.call("GET", "/asyncapi.json"))[1])


def objects_in(value: Any) -> list[dict]:
    """Return every object in a document."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [inner for part in parts for inner in objects_in(part)]
    return [value, *found] if isinstance(value, dict) else found


async def test_the_document_is_whole(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        description = await described(server)
        document = description.document
        assert document["asyncapi"] == "3.0.0"
        addresses = {channel["address"] for channel in document["channels"].values()}
        assert addresses == {"/socket.io/", "/live", "/live/events", "/live/events/{lot_id}"}
        assert set(document["info"]) >= {"title", "version"}
        assert description.messages.keys() == MESSAGES["client"] | MESSAGES["server"]
        assert {
            name: operation["action"] for name, operation in document["operations"].items()
        } == {
            **{f"client_{name}": "receive" for name in MESSAGES["client"]},
            **{f"server_{name}": "send" for name in MESSAGES["server"]},
        }
        for found in objects_in(document):
            if "$ref" in found:
                target: Any = document
                for step in found["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
                assert isinstance(target, dict)
        for name in MESSAGES["client"]:
            assert description.messages[name]["x-ack"]["oneOf"], name
        for schema in document["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)


async def watched(server: Server, client: socketio.AsyncClient) -> dict[str, list[dict]]:
    """Keep every frame that arrives, by message."""
    frames: dict[str, list[dict]] = {name: [] for name in MESSAGES["server"]}

    for name, kept in frames.items():
        client.on(name, kept.append)
    _, issued = await server.call("POST", "/api/socket-tokens", by="ann")
    await client.connect(
        server.base_url, transports=["websocket"], auth={"token": issued["token"]}
    )
    return frames


async def a_sale(server: Server) -> None:
    """Let happen what can happen to a timed lot, to its end."""
    for path, body in (
        ("extension", {"seconds": 1, "reason": "应竞买人请求"}),
        ("suspension", {"reason": "网络故障"}),
        ("resumption", {}),
    ):
        act = {"command_id": f"command-{path}", **body}
        status, answer = await server.call(
            "POST", f"/api/lots/{LOT}/{path}", by="auctioneer", json=act
        )
        assert status == 200, answer
    async with asyncio.timeout(
        5
    ):  # A refusal too is the answer for good, so each try has its own id.
        for attempt in range(100):
            if (await server.bid("bob", 110, f"bid-of-bob-{attempt}"))[0] == 200:
                break
            await asyncio.sleep(0.05)
    await server.announce("LOT-2")
    act = {"command_id": "command-withdraw", "reason": "委托人撤回"}
    await server.call("POST", "/api/lots/LOT-2/withdrawal", by="auctioneer", json=act)


async def first_of_stream(server: Server) -> dict[str, str]:
    async with server.http.get(f"/live/events/{LOT}") as stream:
        return (await lines_of_events(stream, 1))[0]


async def streamed(server: Server, path: str) -> dict[str, dict]:
    """Return the first body of each message of a stream, until a lot's state has come."""
    found: dict[str, dict] = {}
    async with asyncio.timeout(5), server.http.get(path) as stream:
        while not {"price", "catalogue"} & found.keys():
            (line,) = await lines_of_events(stream, 1)
            found.setdefault(line["event"], orjson.loads(line["data"]))
    return found


async def test_what_a_stream_carries_is_as_described(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        description = await described(server)
        await server.announce(LOT, "ann", leader_may_raise=True)
        for door, path, wanted in (
            ("lot_stream", f"/live/events/{LOT}", {"snapshot", "event", "price"}),
            ("catalogue_stream", "/live/events", {"snapshot", "catalogue"}),
        ):
            async with asyncio.TaskGroup() as both:
                heard = both.create_task(streamed(server, path))
                while not heard.done():
                    state = await server.services.archive.state(LOT)
                    amount = (state["price_fen"] or 100) + 10
                    await server.bid("ann", amount, f"bid-{amount:08d}")
            assert heard.result().keys() == wanted
            assert wanted <= description.document["channels"][door]["messages"].keys()
            for name, body in heard.result().items():
                assert description.payload_errors(name, body) == [], body
        async with server.http.get("/live/events/none") as stream:
            (refused,) = await lines_of_events(stream, 1)
        assert description.payload_errors("snapshot", orjson.loads(refused["data"])) == []


async def test_every_frame_of_a_whole_sale_is_as_described(fresh_database, redis_url, monkeypatch):
    monkeypatch.setattr(hub, "BEAT_EVERY_S", 0.1)
    async with server_running(fresh_database, redis_url) as server:
        description = await described(server)
        await server.announce(
            LOT, "ann", "bob", free_us=2 * SECOND, limited_us=SECOND, resume_notice_us=SECOND // 5
        )
        client = socketio.AsyncClient(reconnection=False, http_session=server.http)
        frames = await watched(server, client)
        for name, question in (
            ("watch", {"lot_id": LOT}),
            ("watch", {"lot_id": "none"}),
            ("watch", {}),
            ("watch", {"lot_id": LOT, "epoch": "0", "seq": 1}),
            ("watch", {"lot_id": LOT, "epoch": await server.services.archive.epoch(), "seq": 0}),
            ("bid", {"lot_id": LOT, "bid_id": "bid-of-ann", "amount_fen": 100}),
            ("bid", {"lot_id": LOT, "bid_id": "bid-of-ann", "amount_fen": 100}),
            ("bid", {"lot_id": LOT, "bid_id": "too-low-bid", "amount_fen": 1}),
            ("bid", {"lot_id": "none", "bid_id": "bid-of-ann", "amount_fen": 1}),
            ("bid", {}),
            ("confirm_participation", {"lot_id": LOT, "command_id": "too-early"}),
            ("confirm_participation", {}),
            ("clock", {}),
            ("unwatch", {"lot_id": "none"}),
            ("unwatch", {}),
            ("watch_catalogue", {}),
        ):
            answer = await client.call(name, question, timeout=5)
            assert description.answer_errors(name, answer) == [], (name, question, answer)
        await a_sale(server)
        async with asyncio.timeout(15):
            while not any(event["kind"] == "sale_ended" for event in frames["event"]):
                await asyncio.sleep(0.05)
        await client.disconnect()
        frames["snapshot"] += [orjson.loads((await first_of_stream(server))["data"])]
        frames["goodbye"] += [orjson.loads(goodbye_frame(why).body) for why in GOODBYES]
        kinds = {event["kind"] for event in frames["event"]}
        assert kinds == {
            *("bid_accepted", "closing_extended", "lot_suspended", "lot_resumed"),
            *("bidding_reopened", "phase_began", "sale_ended"),
        }
        for name, found in frames.items():
            assert found, name
            for frame in found:
                assert description.payload_errors(name, frame) == [], frame


async def test_the_schemas_refuse_what_the_server_refuses(fresh_database, redis_url):
    """The control: a description that allows everything would prove nothing."""
    async with server_running(fresh_database, redis_url) as server:
        description = await described(server)
        good = {"lot_id": LOT, "bid_id": "good-bid-1", "amount_fen": 100}
        assert description.payload_errors("bid", good) == []
        for bad in (
            {**good, "amount_fen": 0},
            {**good, "amount_fen": 10**15 + 1},
            {**good, "amount_fen": "100"},
            {**good, "amount_fen": 1.5},
            {**good, "bid_id": "short"},
            {**good, "bid_id": "good-bid-1\n"},
            {**good, "lot_id": ".."},
            {**good, "extra": 1},
            {"lot_id": LOT},
        ):
            assert description.payload_errors("bid", bad), bad
        assert description.payload_errors("event", {"lot_id": LOT, "seq": 1})
        assert description.answer_errors("bid", {"ok": True})
        assert description.answer_errors("unwatch", {"ok": False})
