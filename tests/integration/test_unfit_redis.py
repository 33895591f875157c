"""A Redis that may drop what nobody has decided yet is refused when the server starts, with the reason."""

import asyncio

import pytest

from luochui.redis_server import UnfitRedisError, open_redis, refuse_unfit_redis
from tests.support.redis_setups import Installation, free_port, servers_of, start

pytestmark = pytest.mark.integration


async def judged(folder, *words: str) -> None:
    installation = Installation()
    with servers_of(installation):
        node = await asyncio.to_thread(start, folder, installation, free_port(), *words)
        async with open_redis(f"redis://127.0.0.1:{node.port}"):
            return


async def test_a_server_that_throws_keys_away_is_refused(tmp_path):
    with pytest.raises(UnfitRedisError, match="maxmemory-policy is 'allkeys-lru'"):
        await judged(tmp_path, "--appendonly", "yes", "--maxmemory-policy", "allkeys-lru")


async def test_a_server_without_an_append_only_file_is_warned_about(tmp_path, capsys):
    await judged(tmp_path)
    assert "append-only file" in capsys.readouterr().out


async def test_a_fit_server_is_taken_without_a_word(tmp_path, capsys):
    await judged(tmp_path, "--appendonly", "yes")
    assert "append-only" not in capsys.readouterr().out


class Reporting:
    """A client that says what a server of another version would."""

    def __init__(self, found: dict) -> None:
        self.found = found

    async def info(self) -> dict:
        return self.found


@pytest.mark.parametrize("version", ["6.2.14", "5.0.0"])
async def test_an_old_server_is_refused_alone_and_in_a_cluster(version):
    old, new = {"redis_version": version}, {"redis_version": "7.2.4", "aof_enabled": 1}
    for found in (old, {"a:1": new, "b:2": old}):
        with pytest.raises(UnfitRedisError, match=version):
            await refuse_unfit_redis(Reporting(found))
    await refuse_unfit_redis(Reporting({"a:1": new, "b:2": new}))
