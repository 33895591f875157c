"""Redis over TLS, of every kind, with a certificate asked of both sides; and what is refused."""

import pytest
from redis.exceptions import RedisError

from auction.redis_connection import RedisDownError, Tls, connect
from auction.redis_place import RedisPlace
from luochui.redis_server import open_redis
from tests.support.redis_setups import (
    PASSWORD,
    WITH_TLS,
    Installation,
    certificate,
    free_port,
    redis_cluster,
    redis_sentinel,
    servers_of,
    start,
    url_of,
)
from tests.support.server import Server, server_running

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not WITH_TLS.exists(), reason="no Redis with TLS; Debian: redis-tools"),
]


@pytest.fixture
def tls(tmp_path):
    return certificate(tmp_path)


async def assert_bids_are_taken(server: Server) -> None:
    await server.announce("L", "ann", leader_may_raise=True)
    for amount in range(100, 130, 10):
        status, answer = await server.bid("ann", amount, f"bid-over-tls-{amount}", "L")
        assert status == 200, answer
    login = {"login": "ann", "password": "correct horse"}
    assert (await server.call("POST", "/api/session", json=login))[0] == 200
    assert (await server.call("GET", "/readyz"))[0] == 200


async def test_bids_over_tls_to_one_server(fresh_database, tmp_path, tls, capfd):
    installation = Installation(tls=tls)
    with servers_of(installation):
        words = ("--requirepass", PASSWORD)
        start(tmp_path, installation, free_port(), *words, password=PASSWORD)
        url = url_of("", PASSWORD, installation.nodes, tls)
        async with server_running(fresh_database, url) as server:
            await assert_bids_are_taken(server)
    said = capfd.readouterr()
    assert PASSWORD not in said.out + said.err


async def test_bids_over_tls_with_sentinel(fresh_database, tmp_path, tls):
    async with (
        redis_sentinel(tmp_path, tls=tls) as installation,
        server_running(fresh_database, installation.url, answer_timeout_s=1) as server,
    ):
        await assert_bids_are_taken(server)


async def test_bids_over_tls_on_a_cluster(fresh_database, tmp_path, tls):
    async with (
        redis_cluster(tmp_path, tls=tls) as installation,
        server_running(fresh_database, installation.url, shards=6) as server,
    ):
        await assert_bids_are_taken(server)


async def test_a_server_of_another_authority_is_not_believed(tmp_path, tls):
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    installation = Installation(tls=tls)
    with servers_of(installation):
        node = start(tmp_path, installation, free_port())
        doubtful = Tls(ca=other.ca, cert=tls.cert, key=tls.key)
        url = url_of("", "", [node], doubtful)
        with pytest.raises(RedisError, match="certificate"):
            async with open_redis(url):
                pass
        with pytest.raises(RedisDownError, match="certificate"):
            await connect(RedisPlace.of(url).nodes[0])


async def test_a_password_that_sentinel_does_not_take_is_told_without_it(tmp_path, tls):
    async with redis_sentinel(tmp_path, tls=tls) as installation:
        wrong = installation.url.replace("an%26other", "guessed")
        with pytest.raises(RedisDownError) as refused:
            await RedisPlace.of(wrong).master_of(b"")
        assert "guessed" not in str(refused.value)
