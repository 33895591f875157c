"""`kill -9` of the whole demonstration during bidding, twenty times: nothing acknowledged is lost."""

import copy
import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from luochui.clock import SystemClock
from tests.support.crowd import Crowd, Memory
from tests.support.demo import Demo, demo_running
from tests.support.promises import Record, faults, record_of, suspensions
from tests.support.servers_process import wait_until_nothing_runs

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(500)]

ROUNDS = 20
SEED = 20
OPTIONS = ("--speed", "15", "--bots", "3")
BIDDERS = ("bidder", "invented01", "invented02", "invented03")
TOLERATED_S = 3
"""A longer outage must be announced; the terms of the demonstration's lots say so."""
SECOND = 1_000_000
now_us = SystemClock().now_us


class Sale:
    """One lot over all starts of the demonstration."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.memory, self.fresh = Memory(), Memory()
        self.settled: dict[str, dict] = {}
        """What was answered, later, about bids that had got no answer."""
        self.tokens: dict[str, str] = {}
        self.outages: list[tuple[int, int, int]] = []
        """When each kill began, when nothing of the process was left, and the start after it."""

    def take_up(self, demo: Demo) -> None:
        """Sign in, once: sessions outlive the server, too."""
        self.demo, self.lot = demo, demo.lots[0]
        if not self.tokens:
            self.tokens = {login: demo.sign_in(login) for login in (*BIDDERS, "supervisor")}
            for login in BIDDERS:
                while self.about(login, "application")["status"] != "admitted":
                    time.sleep(0.05)

    def about(self, login: str, what: str) -> dict:
        path = f"/api/lots/{self.lot}/{what}"
        status, answer = self.demo.call("GET", path, token=self.tokens[login])
        assert status == 200, answer
        return answer

    def ask_about_the_latest(self) -> None:
        """Every acknowledged bid is told again as it was; every other gets a definite answer."""
        self._wait_for_all_before()
        for attempt, told in self.fresh.accepted.values():
            assert self.about(attempt.login, f"bids/{attempt.bid_id}") == accepted(told)
        for attempt in self.fresh.unknown.values():
            found = self.about(attempt.login, f"bids/{attempt.bid_id}")
            assert found["status"] in ("accepted", "refused", "never_seen")
            self.settled[attempt.bid_id] = found
        self.memory.add(self.fresh)

    def _wait_for_all_before(self) -> None:
        """Order is total: once a bid of now has its answer, all that arrived before have theirs."""
        bid = {"bid_id": f"marker-{len(self.outages):04d}", "amount_fen": 1}
        path = f"/api/lots/{self.lot}/bids"
        status, answer = self.demo.call("POST", path, bid, self.tokens["bidder"])
        assert status == 409, answer

    def wait_until_open(self) -> None:
        """After an outage the lot is announced suspended and goes on by itself; never sold by it."""
        until = time.monotonic() + 40
        while True:
            _, card = self.demo.call("GET", f"/api/lots/{self.lot}")
            status = card["state"]["status"]
            assert status in ("announced", "open", "suspended", "resuming"), status
            if status == "open":
                return
            assert time.monotonic() < until, status
            time.sleep(0.05)

    def bid_until_killed(self, within_s: float, kill: Callable[[Demo, Path], None]) -> None:
        crowd = Crowd(self.demo, self.lot, {login: self.tokens[login] for login in BIDDERS})
        crowd.start()
        time.sleep(within_s)
        before = now_us()
        kill(self.demo, self.data)
        self.outages.append((before, now_us(), 0))
        crowd.join()
        self.fresh = crowd.memory

    def outage_is_over(self) -> None:
        before, after, _ = self.outages[-1]
        self.outages[-1] = (before, after, now_us())

    def assert_kept(self) -> None:
        """Compare all that was ever told with the record; and see that the comparison can fail."""
        record = record_of(self.demo, self.lot, self.tokens["supervisor"])
        assert faults(self.memory, record) == []
        assert_outages_announced(self.outages, record)
        for attempt, told in self.memory.accepted.values():
            assert self.about(attempt.login, f"bids/{attempt.bid_id}") == accepted(told)
        for bid_id, found in self.settled.items():
            login = self.memory.unknown[bid_id].login
            assert self.about(login, f"bids/{bid_id}") == found, "an answer is given once"
        path = f"/api/supervision/lots/{self.lot}/verification"
        _, verdict = self.demo.call("GET", path, token=self.tokens["supervisor"])
        assert verdict["agrees"], verdict
        assert len({entry["epoch"] for entry in record.entries}) == len(self.outages) + 1
        assert len(self.memory.accepted) > 5 * ROUNDS, "the test must have bid"
        for name, (memory, planted) in plant_faults(self.memory, record).items():
            assert len(faults(memory, planted)) > 0, name


def accepted(told: dict) -> dict:
    return {"status": "accepted", "answer": {**told, "repeated": True}, "code": None}


def assert_outages_announced(outages: list[tuple[int, int, int]], record: Record) -> None:
    """Every outage longer than tolerated was announced, as of when the lot was last served."""
    announced = [event["at_us"] for event in suspensions(record)]
    for before, after, over_at in outages:
        if over_at - after > TOLERATED_S * SECOND:
            at_the_kill = [at for at in announced if before - SECOND < at <= after]
            assert len(at_the_kill) == 1, f"{before}: {announced}"
    assert len(announced) <= len(outages)


def plant_faults(memory: Memory, record: Record) -> dict[str, tuple[Memory, Record]]:
    """Return what was told and recorded with one lie each."""
    bid_id, (attempt, told) = next(reversed(memory.accepted.items()))
    first = {"invented": (replace(attempt, bid_id="invented"), told)}
    other_place = {bid_id: (attempt, {**told, "entry": told["entry"] + 1})}
    other_amount = {bid_id: (replace(attempt, amount_fen=attempt.amount_fen + 1), told)}
    refused_after_all = {bid_id: (attempt, "below_minimum")}
    lost_entry = copy.copy(record.entries)
    del lost_entry[told["entry"] - 1]
    took_time = copy.deepcopy(record.events)
    next(e for e in took_time if e["kind"] == "lot_suspended")["remaining_us"] -= 1
    sold = {"kind": "sale_ended", "seq": len(record.events) + 1}
    return {
        "not in the journal": (Memory(accepted=first), record),
        "elsewhere in the journal": (Memory(accepted=other_place), record),
        "for another amount": (Memory(accepted=other_amount), record),
        "refused, then accepted": (Memory(refused=refused_after_all), record),
        "turned away, then accepted": (Memory(turned_away={bid_id: attempt}), record),
        "a decision is gone": (Memory(), replace(record, entries=lost_entry)),
        "the outage took time": (Memory(), replace(record, events=took_time)),
        "sold": (Memory(), replace(record, events=[*record.events, sold])),
    }


def kill_all(demo: Demo, data: Path) -> None:
    """As `demo.kill`, and the servers at the same moment, with no time to finish their files."""
    record = json.loads((data / ".servers").read_text())
    for pid in (record["postgres_pid"], record["valkey_pid"]):
        os.kill(pid, signal.SIGKILL)
    demo.kill()


def kill_ours(demo: Demo, _: Path) -> None:
    """End our process only; the servers notice it and end themselves."""
    demo.kill()


def test_every_acknowledged_bid_is_there_after_twenty_kills(open_folder):
    rng, sale = random.Random(SEED), Sale(open_folder / "data")
    for round_ in range(ROUNDS):
        with demo_running(sale.data, *OPTIONS) as demo:
            sale.take_up(demo)
            sale.ask_about_the_latest()
            if round_ % 5 != 4:  # Else it dies while the outage before is still being announced.
                sale.wait_until_open()
            kill = rng.choice((kill_ours, kill_all))
            sale.bid_until_killed(rng.uniform(0.2, 0.9), kill)
        if round_ % 4 == 1:  # Else the start alone decides how long the outage is.
            wait_until_nothing_runs(sale.data, within_s=30)
            time.sleep(TOLERATED_S)
        sale.outage_is_over()
    with demo_running(sale.data, *OPTIONS) as demo:
        sale.take_up(demo)
        sale.ask_about_the_latest()
        sale.wait_until_open()
        sale.assert_kept()
