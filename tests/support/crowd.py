"""Bidders at a running demonstration who bid as fast as answers come, and what they were told."""

import threading
import uuid
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.support.demo import Demo

_ENDS_WITHIN_S = 30


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A bid as its bidder remembers it."""

    login: str
    bid_id: str
    amount_fen: int


@dataclass(kw_only=True)
class Memory:
    """What bidders know about their bids, by bid id."""

    accepted: dict[str, tuple[Attempt, dict]] = field(default_factory=dict)
    """With the acknowledgement."""
    refused: dict[str, tuple[Attempt, str]] = field(default_factory=dict)
    """With the code."""
    turned_away: dict[str, Attempt] = field(default_factory=dict)
    """At the door: too fast, or too busy. They left no trace."""
    unknown: dict[str, Attempt] = field(default_factory=dict)
    """No answer came."""

    def add(self, other: "Memory") -> None:
        """Take in what was told later."""
        for name in ("accepted", "refused", "turned_away", "unknown"):
            getattr(self, name).update(getattr(other, name))

    def hear(self, attempt: Attempt, status: int, answer: dict) -> None:
        """Take in the answer to a bid that is `unknown` so far."""
        if status == 200:
            self.accepted[attempt.bid_id] = (attempt, answer)
        elif status == 409:
            self.refused[attempt.bid_id] = (attempt, answer["code"])
        elif answer["code"] in ("rate_limited", "engine_busy"):
            self.turned_away[attempt.bid_id] = attempt
        else:
            return
        del self.unknown[attempt.bid_id]


class Crowd:
    """One thread a bidder. They stop when the server is gone."""

    def __init__(self, demo: Demo, lot: str, tokens: dict[str, str]) -> None:
        self.memory = Memory()
        self._demo, self._lot = demo, lot
        self._threads = [
            threading.Thread(target=self._bid_for_ever, args=person) for person in tokens.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until everybody has noticed."""
        for thread in self._threads:
            thread.join(_ENDS_WITHIN_S)
            assert not thread.is_alive()

    def _bid_for_ever(self, login: str, token: str) -> None:
        try:
            while True:
                self._bid(login, token)
        except (
            OSError,
            HTTPException,
        ):  # Refused, cut off, or cut off in the middle of an answer.
            return

    def _bid(self, login: str, token: str) -> None:
        status, card = self._demo.call("GET", f"/api/lots/{self._lot}")
        if status != 200:  # The database is gone already, the rest of the server not yet.
            return
        attempt = Attempt(
            login=login,
            bid_id=str(uuid.uuid4()),
            amount_fen=card["state"]["amount_min_fen"],
        )
        self.memory.unknown[attempt.bid_id] = attempt
        body = {"bid_id": attempt.bid_id, "amount_fen": attempt.amount_fen}
        status, answer = self._demo.call("POST", f"/api/lots/{self._lot}/bids", body, token)
        self.memory.hear(attempt, status, answer)
