"""The course of one lot, followed along its journal: what was in force when, and what broke it."""

import re
from collections.abc import Callable
from typing import Any

import orjson

from auction.events import PUBLIC_EVENTS
from tests.history.prices import price_fault, rises_by_increments
from tests.history.records import Decision

_LATE_US = 2_000_000
_PUBLIC = frozenset(re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower() for c in PUBLIC_EVENTS)
_SEALED = ("sealed", "hybrid_dutch")
_RUNNING = ("open", "resuming")
_BY_THE_SYSTEM = ("outage", "clock")


class Course:
    """Takes a lot's decisions in order of entry and reports what contradicts an invariant."""

    def __init__(self, lot_id: str, report: Callable[[str, str, str], None]) -> None:
        self.lot_id = lot_id
        self._report = report
        self._entry = self._seq = self._arrived = self._epoch = 0
        self._ids: set[str] = set()
        self._rules: dict[str, Any] = {}
        self._status = "unknown"
        self._closes_at: int | None = 0
        """When the running phase ends; None while no clock runs."""
        self._remaining = 0
        self._ended_at: int | None = None
        self._suspended_by = ""
        self._resumes_at = 0
        self.price: int | None = None
        self._admitted: set[str] = set()
        self._deposit = 0
        self.announced_at = 0
        self.ended_by_clock_at: int | None = None

    def take(self, row: Decision) -> dict[str, Any]:
        """Follow one decision; return it with its JSON read, as `supervision.recompute` takes it."""
        events = [] if row.events in ("[]", b"[]") else orjson.loads(row.events)
        rejection = None if row.rejection is None else orjson.loads(row.rejection)
        command = orjson.loads(row.command)
        self._number(row, events)
        self._stamp(row)
        if rejection is not None:
            self._refusal(row, command, rejection, events)
        else:
            for event in events:
                self._happened(row, event)
        return {
            "lot_id": row.lot_id,
            "entry": row.entry,
            "arrived_us": row.arrived_us,
            "kind": row.kind,
            "command": command,
            "events": events,
            "rejection": rejection,
        }

    def finish(self, settled_us: int | None) -> None:
        """L1 of a lot that still runs when everything has been working for a while."""
        if settled_us is None:
            return
        due = {"open": self._closes_at, "resuming": self._resumes_at}.get(self._status)
        if due is not None and due + _LATE_US < settled_us:
            self._say("L1", f"{self._status}, though {due} was due; it was {settled_us}")
        if self._status == "suspended" and self._suspended_by in _BY_THE_SYSTEM:
            self._say("L1", "suspended by the system and never resumed")

    @property
    def is_sealed(self) -> bool:
        """Tell whether envelopes are handed in on this lot."""
        return self._rules.get("kind") in _SEALED

    def _say(self, invariant: str, what: str) -> None:
        self._report(invariant, self.lot_id, what)

    def _number(self, row: Decision, events: list[dict[str, Any]]) -> None:
        if row.entry != self._entry + 1:
            self._say("I2", f"entry {row.entry} after {self._entry}")
        self._entry = row.entry
        public = 0
        for event in events:
            public += event["kind"] in _PUBLIC
        if row.seq != self._seq + public:
            self._say(
                "I2", f"entry {row.entry}: seq {row.seq} after {self._seq} and {public} events"
            )
        self._seq = row.seq
        if row.command_id in self._ids:
            self._say("I7", f"{row.command_id} decided twice")
        self._ids.add(row.command_id)
        if row.epoch < self._epoch:
            self._say("I8", f"entry {row.entry}: epoch {row.epoch} after {self._epoch}")
        self._epoch = row.epoch

    def _stamp(self, row: Decision) -> None:
        """I4: arrival never goes back; and while time passes for the lot, it is the inbox's stamp.

        Only where that lies before the last arrival is the last one taken again. What the system decides by
        itself (a suspension) has no stamp, and one that is not believed stops the lot first.
        """
        before, arrived = self._arrived, row.arrived_us
        if arrived < before:
            self._say("I4", f"entry {row.entry}: arrival {arrived} after {before}")
        self._arrived = arrived
        if self._status not in _RUNNING or row.command_id.startswith("system:"):
            return
        ms, _, _ = row.stream_id.partition("-")
        if ms and arrived != max(int(ms) * 1000, before):
            self._say("I4", f"entry {row.entry}: arrived {arrived}, stamped {row.stream_id}")

    def _refusal(
        self,
        row: Decision,
        command: dict[str, Any],
        rejection: dict[str, Any],
        events: list[dict[str, Any]],
    ) -> None:
        """I11: what the refusal says must have been so when it was decided."""
        for event in events:
            self._happened(row, event)
        match rejection["code"]:
            case "lot_closed" if self._status not in ("ended", "withdrawn"):
                self._say("I11", f"entry {row.entry}: refused as closed, but {self._status}")
            case "lot_suspended" if self._status != "suspended":
                self._say("I11", f"entry {row.entry}: refused as suspended, but {self._status}")
            case "below_minimum":
                if rises_by_increments(self._rules) and "amount" in command:
                    self._too_low(row, command["amount"])

    def _too_low(self, row: Decision, amount: int) -> None:
        if price_fault(self._rules, self.price, {"amount": amount}) is None:
            self._say("I11", f"entry {row.entry}: {amount} was enough")

    def _happened(self, row: Decision, event: dict[str, Any]) -> None:
        follow = _FOLLOW.get(event["kind"])
        if follow is not None:
            follow(self, row, event)
        elif "closes_at" in event:
            self._closes_at = event["closes_at"]

    def _lot_announced(self, row: Decision, event: dict[str, Any]) -> None:
        self.announced_at = row.arrived_us
        self._rules = event["terms"]["format"]
        self._deposit = event["terms"]["deposit"]
        self._status = "announced"

    def _bidder_admitted(self, _row: Decision, event: dict[str, Any]) -> None:
        self._admitted.add(event["number"])

    def _increment_adjusted(self, _row: Decision, event: dict[str, Any]) -> None:
        step = {"price_min": 0, "increment": event["increment"]}
        self._rules = self._rules | {"increments": self._rules["increments"] | {"steps": [step]}}

    def _lot_opened(self, _row: Decision, event: dict[str, Any]) -> None:
        self._status, self._closes_at = "open", event["closes_at"]

    def _bid_accepted(self, row: Decision, event: dict[str, Any]) -> None:
        if self._status != "open":
            self._say("I5", f"entry {row.entry}: accepted while {self._status}")
        if event["at"] != row.arrived_us:
            self._say("I5", f"entry {row.entry}: bid at {event['at']}, arrived {row.arrived_us}")
        if event.get("closes_at") is not None and self._closes_at is not None:
            if row.arrived_us >= self._closes_at:
                late = row.arrived_us - self._closes_at
                self._say("I5", f"entry {row.entry}: accepted {late} us after the close")
            if event["closes_at"] < self._closes_at:
                self._say("I5", f"entry {row.entry}: the bid moves the close back")
            self._closes_at = event["closes_at"]
        if event["bidder"] not in self._admitted:
            self._say("I13", f"entry {row.entry}: {event['bidder']} was never admitted")
        fault = price_fault(self._rules, self.price, event)
        if fault is not None:
            self._say("I3", f"entry {row.entry}: {fault}")
        self.price = event["amount"]

    def _lot_suspended(self, row: Decision, event: dict[str, Any]) -> None:
        left = self._left(event["at"]) if self._status == "open" else self._remaining
        if event["remaining_us"] != left:
            self._say("I5", f"entry {row.entry}: {event['remaining_us']} kept of {left}")
        self._remaining, self._status = left, "suspended"
        self._suspended_by = event["cause"]

    def _left(self, at: int) -> int:
        return 0 if self._closes_at is None else self._closes_at - at

    def _lot_resumed(self, row: Decision, event: dict[str, Any]) -> None:
        if self._status != "suspended":
            self._say("I5", f"entry {row.entry}: resumed while {self._status}")
        if event["closes_at"] != event["resumes_at"] + self._remaining:
            self._say("I5", f"entry {row.entry}: {self._remaining} was left, but {event}")
        self._status, self._resumes_at = "resuming", event["resumes_at"]
        if self._closes_at is not None:
            self._closes_at = event["closes_at"]

    def _bidding_reopened(self, row: Decision, event: dict[str, Any]) -> None:
        if event["at"] != self._resumes_at:
            self._say("I5", f"entry {row.entry}: announced for {self._resumes_at}, but {event}")
        self._status = "open"

    def _closing_extended(self, row: Decision, event: dict[str, Any]) -> None:
        if self._closes_at is None or event["closes_at"] <= self._closes_at:
            self._say("I5", f"entry {row.entry}: extended backwards")
        self._closes_at = event["closes_at"]

    def _lot_withdrawn(self, _row: Decision, _event: dict[str, Any]) -> None:
        self._status = "withdrawn"

    def _sale_ended(self, row: Decision, event: dict[str, Any]) -> None:
        at = event["outcome"]["at"]
        if self._ended_at is not None:
            self._say("I6", f"entry {row.entry}: a second result")
        if self._status != "open":
            self._say("I6", f"entry {row.entry}: ended while {self._status}")
        self._ended_at, self._status = at, "ended"
        if at == self._closes_at:
            self.ended_by_clock_at = at
            if row.arrived_us < at:
                self._say("I5", f"entry {row.entry}: ended {at - row.arrived_us} us early")
            if row.arrived_us > at + _LATE_US:
                self._say("L1", f"entry {row.entry}: ended {row.arrived_us - at} us late")


_FOLLOW: dict[str, Callable[[Course, Decision, dict[str, Any]], None]] = {
    "lot_announced": Course._lot_announced,
    "lot_opened": Course._lot_opened,
    "bidder_admitted": Course._bidder_admitted,
    "increment_adjusted": Course._increment_adjusted,
    "bid_accepted": Course._bid_accepted,
    "lot_suspended": Course._lot_suspended,
    "lot_resumed": Course._lot_resumed,
    "bidding_reopened": Course._bidding_reopened,
    "closing_extended": Course._closing_extended,
    "lot_withdrawn": Course._lot_withdrawn,
    "sale_ended": Course._sale_ended,
}
