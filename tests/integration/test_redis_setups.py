"""The whole server on Redis Cluster and Sentinel: it follows the master, and no answer is lost."""

import asyncio
from contextlib import suppress

import pytest

from auction.inbox_redis import inbox_key
from auction.ownership import shard_of
from tests.support.redis_setups import Installation, Node, move_slot, redis_cluster, redis_sentinel
from tests.support.server import Server, server_running

pytestmark = pytest.mark.integration

SHARDS = 6
LOTS = [
    next(lot for n in range(1000) if shard_of(lot := f"LOT-{n}", SHARDS) == shard)
    for shard in range(SHARDS)
]
TERMS = {"leader_may_raise": True, "outage_tolerance_us": 3600 * 10**6}


def holder_of(cluster: Installation, lot: str) -> Node:
    return cluster.holder_of(inbox_key(shard_of(lot, SHARDS)))


async def bid_on(server: Server, lot: str, amounts: range, told: dict[str, int]) -> None:
    """Bid until each amount is taken, with the same id, as a client does that got no answer."""
    for amount in amounts:
        bid_id = f"bid-{lot}-{amount}"
        async with asyncio.timeout(20):
            while True:
                status, answer = await server.bid("ann", amount, bid_id, lot)
                if status == 200:
                    told[bid_id] = answer["entry"]
                    break
                assert status in (503, 504), answer
                await asyncio.sleep(0.05)


async def assert_all_kept(server: Server, told: dict[str, int]) -> None:
    for bid_id, entry in told.items():
        lot = "-".join(bid_id.split("-")[1:3])
        _, found = await server.call("GET", f"/api/lots/{lot}/bids/{bid_id}", by="ann")
        assert (found["status"], found["answer"]["entry"]) == ("accepted", entry)


async def test_bids_on_a_cluster_go_to_the_server_of_their_shard(fresh_database, tmp_path):
    async with (
        redis_cluster(tmp_path) as cluster,
        server_running(fresh_database, cluster.url, shards=SHARDS) as server,
    ):
        assert len({cluster.holder_of(inbox_key(shard)).port for shard in range(SHARDS)}) > 1
        told: dict[str, int] = {}
        for lot in LOTS:
            await server.announce(lot, "ann", **TERMS)
            await bid_on(server, lot, range(100, 130, 10), told)
        await assert_all_kept(server, told)
        login = {"login": "ann", "password": "correct horse"}
        assert (await server.call("POST", "/api/session", json=login))[0] == 200
        assert (await server.call("GET", "/readyz"))[0] == 200


async def test_a_slot_that_moves_to_another_server_is_followed_while_it_moves(
    fresh_database, tmp_path
):
    lot = LOTS[0]
    key = inbox_key(shard_of(lot, SHARDS))
    async with (
        redis_cluster(tmp_path) as cluster,
        server_running(fresh_database, cluster.url, shards=SHARDS) as server,
    ):
        await server.announce(lot, "ann", **TERMS)
        told: dict[str, int] = {}
        await bid_on(server, lot, range(100, 150, 10), told)
        source = cluster.holder_of(key)
        target = next(node for node in cluster.nodes if node is not source)
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(bid_on(server, lot, range(150, 4000, 10), told))
            await asyncio.to_thread(move_slot, cluster, key, target, between=lambda: _pause(0.4))
        assert cluster.holder_of(key) is target
        assert target.client.xlen(key) > 0
        await assert_all_kept(server, told)


def _pause(seconds: float) -> None:
    asyncio.run(asyncio.sleep(seconds))


async def test_the_replica_of_a_cluster_s_dead_master_is_followed(fresh_database, tmp_path):
    async with (
        redis_cluster(tmp_path, replicas=1) as cluster,
        server_running(fresh_database, cluster.url, shards=SHARDS, answer_timeout_s=1) as server,
    ):
        first = cluster.nodes[0]
        lot = next(lot for lot in LOTS if holder_of(cluster, lot) is first)
        await server.announce(lot, "ann", **TERMS)
        told: dict[str, int] = {}
        await bid_on(server, lot, range(100, 200, 10), told)
        first.kill()
        await bid_on(server, lot, range(200, 300, 10), told)
        assert holder_of(cluster, lot) is cluster.nodes[3]
        await assert_all_kept(server, told)


async def test_a_sentinel_s_switch_is_followed(fresh_database, tmp_path):
    async with (
        redis_sentinel(tmp_path) as installation,
        server_running(fresh_database, installation.url, answer_timeout_s=1) as server,
    ):
        lot = LOTS[0]
        await server.announce(lot, "ann", **TERMS)
        told: dict[str, int] = {}
        await bid_on(server, lot, range(100, 200, 10), told)
        master, replica, _ = installation.nodes
        master.kill()
        await bid_on(server, lot, range(200, 300, 10), told)
        assert replica.client.info("replication")["role"] == "master"
        await assert_all_kept(server, told)
        login = {"login": "ann", "password": "correct horse"}
        assert (await server.call("POST", "/api/session", json=login))[0] == 200


async def test_a_master_that_hangs_is_left_for_the_one_that_sentinel_promotes(
    fresh_database, tmp_path
):
    async with (
        redis_sentinel(tmp_path) as installation,
        server_running(fresh_database, installation.url, answer_timeout_s=1) as server,
    ):
        lot = LOTS[0]
        await server.announce(lot, "ann", **TERMS)
        told: dict[str, int] = {}
        await bid_on(server, lot, range(100, 150, 10), told)
        master, replica, _ = installation.nodes
        master.process.send_signal(19)
        with suppress(TimeoutError):
            await bid_on(server, lot, range(150, 200, 10), told)
        master.process.send_signal(18)
        assert replica.client.info("replication")["role"] == "master"
        await bid_on(server, lot, range(150, 250, 10), told)
        await assert_all_kept(server, told)
