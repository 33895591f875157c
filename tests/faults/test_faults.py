"""Every fault on the real thing, as often as CI can afford; `docs/reliability.md` has the long counts."""

import subprocess
import sys

import orjson
import pytest

from tests.support.servers_process import PROJECT

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

_NOT_POSSIBLE = 77
COUNTS = {
    "engine_kill": 100,
    "postgres_kill": 30,
    "both_kill": 20,
    "redis_kill": 20,
    "zombie": 20,
    "rolling_restart": 2,
    "clock_jump": 12,
    "network": 150,
    "hammer_race": 150,
    "postgres_failover": 1,
    "redis_failover": 1,
    "disk_full": 1,
    "power_cut": 10,
}
"""What the gate has time for; `docs/reliability.md` has the counts to run before a release."""
CONTROLS = {"network": 16}
"""The others are among the long runs: a control is wanted when its fault or its guard is changed."""


def run(fault: str, count: int, *options: str) -> dict:
    command = [sys.executable, "-m", "tests.faults", fault, "--count", str(count), *options]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True)
    assert done.stdout, done.stderr.decode()
    report = orjson.loads(done.stdout.splitlines()[-1])
    if done.returncode == _NOT_POSSIBLE:
        pytest.skip(report["skipped"])
    sys.stdout.write(f"{report}\n")
    assert done.returncode == 0, report
    return report


@pytest.mark.parametrize(("fault", "count"), COUNTS.items())
def test_no_promise_is_broken_by(fault, count):
    report = run(fault, count)
    assert set(report["violations"].values()) == {0}
    assert report["acknowledged"] > count, "nothing is proven where nothing was promised"


@pytest.mark.parametrize(("fault", "count"), CONTROLS.items())
def test_without_its_guard_the_same_run_sees_promises_broken_by(fault, count):
    assert sum(run(fault, count, "--control")["violations"].values()) > 0
