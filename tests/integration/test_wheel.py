"""The wheel stands alone: an empty environment, an empty home, another account, no checkout."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run("uv", "build", "--wheel", "--out-dir", str(folder), str(ROOT))
    (found,) = folder.glob("*.whl")
    return found


def test_everything_that_is_read_at_run_time_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    packages = ("auction", "bidding_rules", "listing", "luochui", "realtime", "settlement")
    read = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".sql", ".json", ".js", ".mjs", ".css", ".html", ".svg")
        and not path.name.startswith(".")
        and path.name != "vendor.mjs"
    }
    assert read - packed == set()


def test_the_headless_demonstration_runs_from_an_empty_environment(wheel, open_folder):
    python = _environment(open_folder, wheel)
    _as_anybody(open_folder, python, "luochui", "--version")
    shown = _as_anybody(open_folder, python, "luochui", "demo", "--headless", "--fast")
    assert "EXCAVATOR-2016" in shown
    assert "105,000.00" in shown
    assert "15/15" in shown


def test_without_a_compiler_plain_python_serves(open_folder):
    """As `uv sync` does on a machine without one; nothing but speed is lost."""
    copy = open_folder / "source"
    tracked = _run("git", "-C", str(ROOT), "ls-files", "-z").split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).exists():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    _run("uv", "build", "--wheel", "--out-dir", str(open_folder), str(copy), CC="/bin/false")
    (wheel,) = open_folder.glob("*.whl")
    python = _environment(open_folder, wheel)
    assert "python" in _as_anybody(open_folder, python, "luochui", "--version")


def _environment(folder: Path, wheel: Path) -> Path:
    """Return the Python of a new environment with nothing but the wheel and what it needs."""
    place = folder / "environment"
    _run("uv", "venv", "--python", _plain_python(), str(place))
    readable = folder / wheel.name
    if readable != wheel:
        shutil.copy(wheel, readable)
    _run("uv", "pip", "install", "--python", str(place), "--link-mode", "copy", str(readable))
    return place / "bin" / "python"


def _plain_python() -> str:
    """Return a Python that every account may run."""
    debian = Path("/usr/bin/python3")
    return str(debian) if os.geteuid() == 0 and debian.exists() else "3.11"


def _as_anybody(folder: Path, python: Path, program: str, *arguments: str) -> str:
    """Run a program of the environment with an empty home, as `nobody` where we are root."""
    home = folder / "home"
    if not home.exists():
        home.mkdir()
    user = {}
    if os.geteuid() == 0:
        shutil.chown(home, "nobody", "nogroup")
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    done = subprocess.run(
        [python.parent / program, *arguments],
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "TMPDIR": str(home)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        **user,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
