"""Following a lot, without a connection: what has come, what is missing, what time it is at the server."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

_SAMPLES = 8


@dataclass(slots=True)
class Following:
    """One lot as a client knows it. Every event is handed out once and in order, or asked for again."""

    lot_id: str
    epoch: str | None = None
    seq: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    recovered: bool | None = None
    """Whether the last answer went on where we were; False: it began anew with a snapshot."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """The latest bids before the last snapshot."""
    refused: str | None = None
    """The code with which the server refused to be asked about the lot."""

    def question(self) -> dict[str, Any]:
        """Return the body of `watch`: with our place, once there is one."""
        if self.epoch is None:
            return {"lot_id": self.lot_id}
        return {"lot_id": self.lot_id, "epoch": self.epoch, "seq": self.seq}

    def answered(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """Take in the answer to `watch`; return the events that are new."""
        self.epoch, self.recovered = answer["epoch"], answer["recovered"]
        fresh = [event for event in answer.get("events", ()) if event["seq"] > self.seq]
        self.history = answer.get("history", self.history)
        self.refused = None
        self.state, self.seq = answer["state"], answer["state"]["seq"]
        return fresh

    def takes(self, event: dict[str, Any]) -> bool | None:
        """Take in an event: True if it is new, False if it is known, None if one before it is missing."""
        if event["seq"] <= self.seq:
            return False
        if event["seq"] > self.seq + 1:
            return None
        self.seq = event["seq"]
        return True

    def priced(self, state: dict[str, Any]) -> bool:
        """Take in a state; False if ours is newer."""
        if self.state and state["seq"] < self.state["seq"]:
            return False
        self.state = state
        return True

    def is_behind(self, beat: dict[str, Any]) -> bool:
        """Tell whether a heartbeat shows that something is missing."""
        return bool(beat["epoch"] != self.epoch or beat["seq"] > self.seq)


class ServerClock:
    """Estimates the server's time: of the latest exchanges the one with the shortest way counts."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)

    def learn(self, asked_us: int, server_us: int, answered_us: int) -> None:
        """Take an exchange into account; the first and the last are of our own counter."""
        self._samples.append((answered_us - asked_us, server_us - (asked_us + answered_us) // 2))

    def offset_us(self) -> int:
        """Return what to add to our counter; 0 before the first exchange."""
        return min(self._samples)[1] if self._samples else 0
