"""The wheel stands alone: an empty environment, an empty home, another account, no checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "published.json"
PACKAGES = (
    *("auction", "bidding_rules", "listing", "luochui", "realtime", "settlement"),
    *("supervision", "transparency"),
)
READ_AT_RUN_TIME = {
    *(".py", ".pyi", ".sql", ".json", ".js", ".mjs", ".css", ".html", ".svg", ".txt"),
}
# Tools of the checkout: they refresh and format the pages' modules.
NOT_READ = {"luochui/web/vendor.mjs", "luochui/web/.prettierrc.json"}

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder with source archive and wheel, the wheel made from the archive."""
    folder = tmp_path_factory.mktemp("built")
    run("uv", "build", "--python", sys.executable, "--out-dir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel) -> Iterator["Installed"]:
    """The wheel in an environment of its own, in a folder that every account can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="lt-"))
    folder.chmod(0o755)
    yield Installed(folder, wheel)
    shutil.rmtree(folder)


def test_everything_that_is_read_at_run_time_is_in_the_wheel_and_nothing_of_the_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    read = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in READ_AT_RUN_TIME and "__pycache__" not in path.parts
    }
    assert read - packed <= NOT_READ
    assert len([name for name in read if name.endswith(".sql")]) > 5
    tops = {name.partition("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_compiled_twin_serves_and_the_version_says_so(installed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shown = installed.run("luochui", "--version").strip()
    assert shown == f"luochui {project['version']} (clearing and order book: c)"
    clears_the_published_case(installed)


def test_the_headless_demonstration_runs_from_an_empty_environment(installed):
    shown = installed.run("luochui", "demo", "--headless", "--fast")
    rows = re.findall(r"│\s*([A-Z]{2,}[\w.-]+)\s*│", shown)
    assert len(rows) == 15, shown
    (excavator,) = re.findall(r"EXCAVATOR-2016.*", shown)
    assert "105,000.00" in excavator
    assert "15/15" in shown
    assert str(ROOT) not in shown
    assert installed.modules_elsewhere() == []


def test_without_a_compiler_plain_python_serves(built, open_folder):
    """As on a machine without one; nothing but speed is lost."""
    (archive,) = built.glob("*.tar.gz")
    command = ("uv", "build", "--wheel", "--python", sys.executable, "--out-dir")
    run(*command, str(open_folder), str(archive), CC="/bin/false")
    (wheel,) = open_folder.glob("*.whl")
    installed = Installed(open_folder, wheel)
    shown = installed.run("luochui", "--version")
    assert shown.strip().endswith("(clearing and order book: python)")
    clears_the_published_case(installed)


def clears_the_published_case(installed: "Installed") -> None:
    (case,) = (case for case in json.loads(VECTORS.read_text("utf-8")) if case["id"] == "U1")
    (installed.home / "case.json").write_text(json.dumps(case))
    outcome = json.loads(installed.run("luochui", "rules", "run", "case.json"))
    assert outcome == case["expect"]


class Installed:
    """A new environment with nothing but a wheel and what it needs, and an empty home."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._place = folder / "environment"
        self._account = {}
        python = python_for_nobody()
        if python is not None:
            shutil.chown(self.home, "nobody", "nogroup")
            self._account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        run("uv", "venv", "--python", python or sys.executable, str(self._place))
        readable = folder / wheel.name
        if readable != wheel:
            shutil.copy(wheel, readable)
        install = ("uv", "pip", "install", "--python", str(self._place), "--link-mode", "copy")
        run(*install, str(readable))

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of the environment and return what it prints, as `nobody` where we are root."""
        done = subprocess.run(
            [self._place / "bin" / program, *arguments],
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "TMPDIR": str(self.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **self._account,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def modules_elsewhere(self) -> list[str]:
        """Return our modules that are not loaded from the environment."""
        program = (
            "import luochui.demo.run, supervision.recompute, sys;"
            f"print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] in {PACKAGES}"
            " and m.__file__), sep='\\n')"
        )
        files = self.run("python", "-c", program).split()
        assert len(files) > 50
        return [file for file in files if not file.startswith(str(self._place))]


def python_for_nobody() -> str | None:
    """Return a Python like ours that the account `nobody` may run; None where we are not root.

    A Python below the home of root is out of its reach.
    """
    if os.geteuid() != 0:
        return None
    name = f"python3.{sys.version_info.minor}"
    for found in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        path = Path(found).resolve()
        if path.exists() and may_run(path):
            return str(path)
    return None


def may_run(path: Path) -> bool:
    try:
        done = subprocess.run([path, "-c", ""], user="nobody", extra_groups=[], check=False)
    except PermissionError:
        return False
    return done.returncode == 0


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
