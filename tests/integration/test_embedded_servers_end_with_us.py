"""However the process ends that started the servers: nothing of them stays, and nothing is lost."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from luochui.embedded.servers import EmbeddedServers, embedded_servers
from tests.support.servers_process import is_alive, servers_process, wait_until_nothing_runs

pytestmark = pytest.mark.integration


async def write(servers: EmbeddedServers) -> None:
    connection = await asyncpg.connect(servers.postgres_url)
    await connection.execute("CREATE TABLE kept AS SELECT 'hammer' AS word")
    await connection.close()
    redis = Redis.from_url(servers.redis_url)
    await redis.set("kept", "bid")
    await redis.aclose()


async def what_is_kept(servers: EmbeddedServers) -> tuple[object, object]:
    connection = await asyncpg.connect(servers.postgres_url)
    word = await connection.fetchval("SELECT word FROM kept")
    await connection.close()
    redis = Redis.from_url(servers.redis_url)
    value = await redis.get("kept")
    await redis.aclose()
    return word, value


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_signal_to_the_process_ends_both_servers_and_the_next_start_has_all(
    open_folder, number
):
    with servers_process(open_folder) as process:
        await write(process.servers)
        process.popen.send_signal(number)
        process.popen.wait(10)
    wait_until_nothing_runs(open_folder, within_s=5)
    assert not is_alive(process.servers.postgres_pid)
    assert not is_alive(process.servers.valkey_pid)
    async with embedded_servers(open_folder) as servers:
        assert await what_is_kept(servers) == ("hammer", b"bid")


async def test_a_start_right_after_a_kill_waits_for_the_servers_of_the_killed(open_folder):
    with servers_process(open_folder) as process:
        await write(process.servers)
        process.popen.kill()
        process.popen.wait(10)
    async with embedded_servers(open_folder) as servers:
        assert await what_is_kept(servers) == ("hammer", b"bid")


async def test_short_socket_folders_of_a_killed_process_are_removed_at_the_next_start(open_folder):
    data = open_folder / ("x" * 120)
    with servers_process(data) as process:
        process.popen.kill()
        process.popen.wait(10)
    left_behind = Path(process.servers.redis_url.removeprefix("unix://")).parent
    assert left_behind.exists()
    async with embedded_servers(data):
        assert not left_behind.exists()


@pytest.mark.skipif(not shutil.which("ps"), reason="needs ps, as every macOS has it")
async def test_where_children_cannot_be_told_the_next_start_ends_them(open_folder):
    """macOS has nothing like PR_SET_PDEATHSIG; a Linux that calls itself so shows what is done."""
    as_on_macos = "sys.platform = 'darwin'; os.environ['COLUMNS'] = '20'"
    with servers_process(open_folder, prelude=as_on_macos) as process:
        await write(process.servers)
        process.popen.kill()
        process.popen.wait(10)
    assert is_alive(process.servers.postgres_pid)
    assert is_alive(process.servers.valkey_pid)
    with servers_process(open_folder, prelude=as_on_macos) as next_process:
        assert not is_alive(process.servers.postgres_pid)
        assert not is_alive(process.servers.valkey_pid)
        assert await what_is_kept(next_process.servers) == ("hammer", b"bid")


def test_a_process_killed_while_it_makes_the_database_leaves_nothing_running(open_folder):
    program = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from luochui.embedded.servers import embedded_servers\n"
        "async def main():\n"
        "    def die_soon(_):\n"
        "        loop.call_later(0.15, os.kill, os.getpid(), signal.SIGKILL)\n"
        "    loop = asyncio.get_running_loop()\n"
        "    async with embedded_servers(pathlib.Path(sys.argv[1]), progress=die_soon):\n"
        "        sys.exit('the database was made too soon for this test')\n"
        "asyncio.run(main())\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, open_folder], check=False)
    assert killed.returncode == -signal.SIGKILL
    wait_until_nothing_runs(open_folder, within_s=5)
    assert not (open_folder / "postgresql-18").exists()
    with servers_process(open_folder):
        assert not (open_folder / "postgresql-18.unfinished").exists()
