"""`luochui loadtest` on a server that it starts itself."""

import asyncio
import json
import sys

import pytest

from tests.support.servers_process import PROJECT

pytestmark = [pytest.mark.integration, pytest.mark.slow]
WATCHERS = 40


async def loadtest(*options):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "luochui", "loadtest", "--json", "--watchers", str(WATCHERS)),
        *options,
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, (out, err)
    return json.loads(out)


async def test_every_watcher_sees_every_bid_and_nothing_is_left_behind():
    report = await loadtest("--bidders", "3", "--rate", "8", "--seconds", "4")
    assert report["faults"] == []
    assert report["bids"]["accepted"] >= 20
    assert report["events_seen"] >= WATCHERS * report["bids"]["accepted"]
    assert report["connections"] == WATCHERS
    assert 0 < report["bid_answer_ms"]["p50"] <= report["bid_answer_ms"]["max"]
    assert report["arrival_to_watcher_ms"]["p50"] > 0
    assert report["before"]["connections"] == report["after"]["connections"] == 0


async def test_in_a_soak_watchers_come_and_go():
    report = await loadtest("--soak", "--bidders", "2", "--rate", "4", "--seconds", "15")
    assert report["faults"] == []
    assert report["connections"] > WATCHERS, "some left, others came"
    assert report["after"]["connections"] == 0
