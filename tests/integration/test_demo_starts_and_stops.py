"""One demonstration a folder, and however it is asked to stop, it stops whole."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.demo import demo_running, started
from tests.support.servers_process import is_alive, wait_until_nothing_runs

pytestmark = [pytest.mark.integration, pytest.mark.slow]

LOTS = 15
STOP_WITHIN_S = 20


def start(data: Path, *options: str) -> subprocess.Popen:
    """Start the demonstration without waiting for it, and listen to what it says."""
    return started(data, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def servers_of(data: Path) -> list[int]:
    record = json.loads((data / ".servers").read_text())
    return [record["postgres_pid"], record["valkey_pid"]]


def test_a_second_demonstration_on_the_same_folder_says_so_in_one_line(open_folder):
    data = open_folder / "data"
    with demo_running(data, "--bots", "0") as first:
        second = start(data)
        output, errors = second.communicate(timeout=30)
        assert second.returncode == 1
        assert len(errors.splitlines()) == 1, errors
        assert str(data) in errors
        assert "Traceback" not in output + errors
        assert first.call("GET", "/api/time")[0] == 200, "the first goes on"


def test_sigterm_ends_it_in_order_as_soon_as_it_says_that_it_runs(open_folder):
    data = open_folder / "data"
    with demo_running(data, "--speed", "15", "--bots", "3") as demo:
        pids = servers_of(data)
        assert all(is_alive(pid) for pid in pids)
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(STOP_WITHIN_S) == 0
    assert not any(is_alive(pid) for pid in pids)
    assert_ended_in_order(demo.log, data)


def test_ctrl_c_reaches_the_whole_group_and_the_servers_still_end_in_order(open_folder):
    """A terminal sends the signal to every process of the group; the servers must not heed it."""
    data = open_folder / "data"
    with demo_running(data, "--speed", "15", "--bots", "3") as demo:
        time.sleep(1)
        os.killpg(demo.process.pid, signal.SIGINT)
        assert demo.process.wait(STOP_WITHIN_S) == 0
    assert_ended_in_order(demo.log, data)


def assert_ended_in_order(log: Path, data: Path) -> None:
    wait_until_nothing_runs(data, within_s=1)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    last_words = (data / "postgresql.log").read_text(encoding="utf-8").splitlines()[-1]
    assert "database system is shut down" in last_words


@pytest.mark.parametrize(
    ("number", "after_s", "options"),
    [
        (signal.SIGINT, 0, ()),
        (signal.SIGTERM, 0.5, ()),
        (signal.SIGINT, 1, ("--headless", "--fast")),
        (signal.SIGTERM, 3, ("--headless", "--fast")),
    ],
)
def test_a_stop_signal_in_the_middle_leaves_nothing_and_the_next_start_works(
    open_folder, number, after_s, options
):
    """From the moment its folder exists; before that, Python is still loading the program."""
    data = open_folder / "data"
    process = start(data, "--bots", "0", *options)
    while not (data / ".servers").exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(after_s)
    process.send_signal(number)
    output, errors = process.communicate(timeout=STOP_WITHIN_S)
    assert process.returncode == (130 if options else 0), errors
    assert "Traceback" not in output + errors
    wait_until_nothing_runs(data, within_s=1)
    with demo_running(data, "--bots", "0") as demo:
        assert len(demo.call("GET", "/api/lots")[1]["lots"]) == len(demo.lots) == LOTS
