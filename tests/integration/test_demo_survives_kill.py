"""`kill -9` of the whole demonstration during bidding, twenty times: nothing acknowledged is lost."""

import random
import threading
import time
import uuid

import pytest

from tests.support.demo import Demo, demo_running

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(500)]

ROUNDS = 20
"""Each takes a start of the whole demonstration, and the announced resumption."""
BIDDERS = ("bidder", "invented01", "invented02", "invented03")


class Crowd:
    """Bidders who bid as fast as answers come, and remember what they were told."""

    def __init__(self, demo: Demo, lot: str, tokens: dict[str, str]) -> None:
        self.demo, self.lot, self.tokens = demo, lot, tokens
        self.told: dict[str, dict] = {}
        self.refused: dict[str, str] = {}
        self.unknown: set[str] = set()
        self._threads = [
            threading.Thread(target=self._bid, args=(token,)) for token in tokens.values()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _bid(self, token: str) -> None:
        while True:
            bid_id = str(uuid.uuid4())
            try:
                _, card = self.demo.call("GET", f"/api/lots/{self.lot}")
                amount = card["state"]["amount_min_fen"]
                if amount is None:
                    return
                self.unknown.add(bid_id)
                path = f"/api/lots/{self.lot}/bids"
                status, answer = self.demo.call(
                    "POST", path, {"bid_id": bid_id, "amount_fen": amount}, token
                )
            except OSError:
                return
            if status == 200:
                self.told[bid_id] = {**answer, "token": token}
                self.unknown.discard(bid_id)
            elif status == 409:
                self.refused[bid_id] = answer["code"]
                self.unknown.discard(bid_id)


def lost(demo: Demo, lot: str, told: dict[str, dict]) -> list[str]:
    """Return the bids that were acknowledged and are not exactly so in the journal now."""
    missing = []
    for bid_id, answer in told.items():
        _, found = demo.call("GET", f"/api/lots/{lot}/bids/{bid_id}", token=answer["token"])
        now = found.get("answer") or {}
        if any(now.get(name) != answer[name] for name in ("entry", "seq", "at_us", "amount_fen")):
            missing.append(bid_id)
    return missing


def journal(demo: Demo, lot: str, token: str) -> list[dict]:
    entries: list[dict] = []
    while True:
        path = f"/api/supervision/lots/{lot}/journal?after={len(entries)}&limit=1000"
        _, page = demo.call("GET", path, token=token)
        if not page["entries"]:
            return entries
        entries += page["entries"]


def test_every_acknowledged_bid_is_there_after_twenty_kills(open_folder):
    rng, data = random.Random(20), open_folder / "data"
    options = ("--speed", "8", "--bots", "3")
    told: dict[str, dict] = {}
    refused: dict[str, str] = {}
    unknown: dict[str, str] = {}
    tokens: dict[str, str] = {}
    for killed in range(ROUNDS + 1):
        with demo_running(data, *options) as demo:
            lot = demo.lots[0]
            tokens = tokens or {login: demo.sign_in(login) for login in BIDDERS}
            wait_until_bids_are_taken(demo, lot)
            recent = {bid_id: told[bid_id] for bid_id in list(told)[-200:]}
            assert lost(demo, lot, recent) == []
            for bid_id, token in unknown.items():
                _, found = demo.call("GET", f"/api/lots/{lot}/bids/{bid_id}", token=token)
                assert found["status"] in ("accepted", "refused", "never_seen")
            unknown = {}
            if killed == ROUNDS:
                assert_whole(demo, lot, told, refused)
                return
            crowd = Crowd(demo, lot, tokens)
            crowd.start()
            time.sleep(rng.uniform(0.2, 0.9))
            demo.kill()
            crowd.join()
            told |= crowd.told
            refused |= crowd.refused
            some_token = next(iter(tokens.values()))
            unknown = dict.fromkeys(crowd.unknown, some_token)


def wait_until_bids_are_taken(demo: Demo, lot: str) -> None:
    """After an outage the lot is announced suspended and goes on by itself; never sold by it."""
    until = time.monotonic() + 40
    while True:
        _, card = demo.call("GET", f"/api/lots/{lot}")
        assert card["state"]["status"] in ("announced", "open", "suspended", "resuming"), card
        if card["state"]["status"] == "open":
            return
        assert time.monotonic() < until, card
        time.sleep(0.1)


def assert_whole(demo: Demo, lot: str, told: dict[str, dict], refused: dict[str, str]) -> None:
    """All acknowledged bids, contiguous entries, arrivals and epochs that never go back."""
    assert len(told) > ROUNDS, "the test must have bid"
    assert lost(demo, lot, told) == []
    supervisor = demo.sign_in("supervisor")
    entries = journal(demo, lot, supervisor)
    assert [entry["entry"] for entry in entries] == list(range(1, len(entries) + 1))
    for name in ("arrived_at_us", "epoch"):
        values = [entry[name] for entry in entries]
        assert values == sorted(values), name
    ids = {entry["command"].get("command_id", "").partition(":")[2]: entry for entry in entries}
    assert all(ids[bid_id]["rejection"]["code"] == code for bid_id, code in refused.items())
    _, verdict = demo.call("GET", f"/api/supervision/lots/{lot}/verification", token=supervisor)
    assert verdict["agrees"], verdict
    # The control: a bid that was never acknowledged is noticed as lost.
    invented = {**next(iter(told.values())), "entry": 999_999}
    assert lost(demo, lot, {"never-acknowledged": invented}) == ["never-acknowledged"]
