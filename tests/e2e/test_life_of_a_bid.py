"""The life of one bid in eight steps, each seen from outside while the server runs.

The same steps, with the functions that take them, are described in `docs/architecture.md`. To see one
step before the next, the test holds the journal's table: the engine then waits with a decision that
nobody can have heard of.
"""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import msgspec
import orjson
import pytest
import socketio
from redis.asyncio import Redis

from auction.codec import decode_command, decode_events
from auction.commands import PlaceBid
from auction.inbox import StreamId
from auction.journal_postgres import PostgresJournal
from auction.recovery import recovered_lots
from auction.steps import take
from auction.view import public_state
from bidding_rules.rejections import RejectionCode
from tests.support.server import LOT, server_running

pytestmark = pytest.mark.integration

INBOX = "luochui:{0}:inbox"
BID_ID, AMOUNT = "bid-of-ann-0001", 120


@dataclass
class Person:
    """Somebody with an unmodified Socket.IO client; `heard` keeps all that the server tells."""

    client: socketio.AsyncClient
    heard: list[tuple[str, dict]] = field(default_factory=list)

    def kinds(self):
        return [name if name != "event" else data["kind"] for name, data in self.heard]

    async def hears(self, *kinds):
        async with asyncio.timeout(5):
            while self.kinds() != list(kinds):
                await asyncio.sleep(0.01)

    def bids(self, amount, bid_id):
        """Send a bid; the future will have the answer."""
        answered = asyncio.get_running_loop().create_future()
        message = {"lot_id": LOT, "bid_id": bid_id, "amount_fen": amount}
        sending = self.client.emit("bid", message, callback=answered.set_result)
        return sending, answered


class House:
    """A running server, a bidder, a watcher, and somebody who may look behind the walls."""

    def __init__(self, server, redis, database, bidder, watcher):
        self.server, self.redis, self.database = server, redis, database
        self.bidder, self.watcher = bidder, watcher
        self.journal = PostgresJournal(server.pool)

    async def inbox(self):
        """What the shard's stream has, in order: id and fields."""
        return [
            (StreamId(*map(int, number.split(b"-"))), fields)
            for number, fields in await self.redis.xrange(INBOX)
            if fields[b"k"] != b"advance_clock"
        ]

    async def decisions(self):
        return await self.database.fetch(
            "SELECT * FROM journal WHERE lot_id = $1 ORDER BY entry", LOT
        )

    async def replayed(self):
        """The lot as its journal leaves it."""
        return (await recovered_lots(self.journal, 0))[LOT]

    async def public(self):
        return (await self.server.call("GET", f"/api/lots/{LOT}"))[1]["state"]

    async def asked_about(self, bid_id):
        return (await self.server.call("GET", f"/api/lots/{LOT}/bids/{bid_id}", by="ann"))[1]

    @asynccontextmanager
    async def nothing_becomes_durable(self):
        """Let everybody read the journal and nobody write it."""
        async with self.database.transaction():
            await self.database.execute("LOCK TABLE journal IN SHARE MODE")
            yield

    async def engine_waits_to_write(self):
        async with asyncio.timeout(5):
            while not await self.server.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'luochui engine'"
                " AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO journal%'"
            ):
                await asyncio.sleep(0.01)


@pytest.fixture
async def house(fresh_database, redis_url):
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(server_running(fresh_database, redis_url))
        redis = Redis.from_url(redis_url)
        stack.push_async_callback(redis.aclose)
        database = await asyncpg.connect(fresh_database)
        stack.push_async_callback(database.close)
        await server.announce(LOT, "ann", "bob")
        assert (await server.bid("bob", 100, "bid-of-bob-0001"))[0] == 200
        bidder, watcher = await connected(server, by="ann"), await connected(server)
        for person in (bidder, watcher):
            stack.push_async_callback(person.client.disconnect)
        assert (await watcher.client.call("watch", {"lot_id": LOT}, timeout=5))["ok"]
        yield House(server, redis, database, bidder, watcher)


async def connected(server, by=None):
    auth = None
    if by is not None:
        status, issued = await server.call("POST", "/api/socket-tokens", by=by)
        assert status == 200
        auth = {"token": issued["token"]}
    person = Person(socketio.AsyncClient(reconnection=False))
    for name in ("event", "price"):
        person.client.on(name, lambda data, name=name: person.heard.append((name, data)))
    await person.client.connect(server.base_url, auth=auth, transports=["websocket"])
    return person


async def test_a_bid_goes_through_eight_steps_and_is_told_to_nobody_before_it_is_durable(house):
    lot, decided_before = await house.replayed(), await house.decisions()
    inbox_before = await house.inbox()
    async with house.nothing_becomes_durable():
        # 1. A door reads it: SocketDoor._on_bid turns bytes into PlaceBid and asks the Desk.
        sending, answered = house.bidder.bids(AMOUNT, BID_ID)
        await sending

        # 2. It gets its place and its time: RedisInbox.append, one XADD.
        stream_id, command = await arrived_after(inbox_before, house)
        ann = house.server.account["ann"]
        assert command == PlaceBid(
            lot_id=LOT, command_id=f"{ann}:{BID_ID}", actor=ann, amount=AMOUNT
        )

        # 3. The engine reads it: ShardEngine._serve. Its one statement is ready, and must wait.
        await house.engine_waits_to_write()

        # 4. It is decided: take, decide, timed.judge. All of it is pure: whoever has the journal and
        # the stream, as this test does, comes to the same.
        step = take(lot, command, stream_id.ms * 1000)
        (accepted,) = step.events
        assert (accepted.amount, accepted.bidder) == (AMOUNT, "A01")

        # 5. It is applied: Lot.apply. Whoever asks or watches still knows the lot as it was.
        assert (lot.sale.price, lot.sale.leader) == (AMOUNT, "A01")
        assert await house.decisions() == decided_before
        await assert_nobody_has_been_told(house, answered)

    # 6. It becomes durable: PostgresJournal.append, one statement, one commit.
    answer = await asyncio.wait_for(answered, 5)
    *_, row = await house.decisions()
    assert_is_the_decision(row, step, stream_id)
    await assert_written_with_it(house, row, stream_id, lot)

    # 7. It is answered: RedisOutbox.answer, Desk.hear. Who asks later is told the same.
    assert answer["ok"]
    assert not answer["repeated"]
    told = {"entry": row["entry"], "seq": row["seq"], "at_us": row["arrived_us"]}
    told |= {"lot_id": LOT, "bid_id": BID_ID, "amount_fen": AMOUNT}
    assert answer.items() >= told.items()
    assert (await house.asked_about(BID_ID))["answer"].items() >= told.items()

    # 8. Everybody sees it: RedisOutbox.tell, Hub.hear. What happened, then how the lot stands.
    await house.watcher.hears("bid_accepted", "price")
    (_, event), (_, state) = house.watcher.heard
    assert (event["seq"], event["amount_fen"], event["number"]) == (row["seq"], AMOUNT, "A01")
    assert state == await house.public()


async def arrived_after(inbox_before, house):
    """Wait for a new entry of the stream; return its place in the order, and the command."""
    async with asyncio.timeout(5):
        while len(await house.inbox()) == len(inbox_before):
            await asyncio.sleep(0.01)
    *earlier, (stream_id, fields) = await house.inbox()
    assert earlier == inbox_before
    return stream_id, decode_command(fields[b"k"].decode(), fields[b"b"])


async def assert_nobody_has_been_told(house, answered):
    await asyncio.sleep(0.2)
    assert not answered.done()
    assert house.watcher.heard == []
    assert (await house.public())["price_fen"] == 100
    assert (await house.asked_about(BID_ID))["status"] == "never_seen"


def assert_is_the_decision(row, step, stream_id):
    """The journal's row says what arrived when, and what was decided on the side."""
    assert (row["kind"], row["stream_id"]) == ("place_bid", str(stream_id))
    assert row["arrived_us"] == stream_id.ms * 1000
    assert (row["entry"], row["seq"]) == (step.answer.entry, step.answer.seq)
    assert decode_events(row["events"]) == step.events
    assert row["rejection"] is None


async def assert_written_with_it(house, row, stream_id, lot):
    """The same statement has checked the epoch, moved the position, and written the public state."""
    shard = await house.database.fetchrow("SELECT * FROM shard WHERE shard = 0")
    assert row["epoch"] == shard["epoch"]
    assert (shard["last_stream_ms"], shard["last_stream_no"]) == stream_id
    assert await house.public() == msgspec.to_builtins(public_state(lot))


async def test_a_refused_bid_goes_the_same_way_and_only_its_bidder_hears_of_it(house):
    public_before = await house.public()
    sending, answered = house.bidder.bids(105, "bid-of-ann-0002")
    await sending
    answer = await asyncio.wait_for(answered, 5)
    assert (answer["ok"], answer["code"]) == (False, RejectionCode.BELOW_MINIMUM)
    assert answer["amount_min_fen"] == 110

    *_, (stream_id, _) = await house.inbox()
    *_, row = await house.decisions()
    assert row["stream_id"] == str(stream_id), "decided in the order of arrival, too"
    assert orjson.loads(row["rejection"])["code"] == answer["code"]
    assert decode_events(row["events"]) == ()
    found = await house.asked_about("bid-of-ann-0002")
    assert (found["status"], found["code"]) == ("refused", answer["code"])

    assert await house.public() == public_before
    sending, answered = house.bidder.bids(AMOUNT, BID_ID)
    await sending
    await house.watcher.hears("bid_accepted", "price")
    assert house.watcher.heard[0][1]["seq"] == public_before["seq"] + 1


async def test_a_bid_sent_twice_is_one_bid_with_one_answer(house):
    answers = []
    for _ in range(2):
        sending, answered = house.bidder.bids(AMOUNT, BID_ID)
        await sending
        answers.append(await asyncio.wait_for(answered, 5))
    assert answers == [answers[0], {**answers[0], "repeated": True}]
    assert len(await house.inbox()) > len(await house.decisions())
    await house.watcher.hears("bid_accepted", "price")
