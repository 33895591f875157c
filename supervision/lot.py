"""A lot decided again: people, pauses, calls and approvals around the part that its format is."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from supervision.clearing_part import MultiUnitPart, PackagesPart
from supervision.descending_part import DutchPart, HybridDutchPart
from supervision.english_part import EnglishPart
from supervision.part import Part, UnsupportedTermsError
from supervision.rounds_part import ClockPart, RaiseAgreePart, SmraPart
from supervision.sale_part import SalePart
from supervision.sealed_part import SealedPart
from supervision.timed_part import TimedPart
from supervision.trading_part import TradingPart

PARTS: dict[str, Callable[[dict[str, Any], int], Part]] = {
    "timed": TimedPart,
    "sale": SalePart,
    "english": EnglishPart,
    "sealed": SealedPart,
    "dutch": DutchPart,
    "hybrid_dutch": HybridDutchPart,
    "raise_agree": RaiseAgreePart,
    "clock": ClockPart,
    "smra": SmraPart,
    "multi_unit": MultiUnitPart,
    "packages": PackagesPart,
    "trading": TradingPart,
}
_STAFF = {
    *("enter_reserve", "adjust_increment", "reveal_seed", "record_score", "open_floor"),
    *("enter_floor_bid", "set_asking", "undo_call", "undo_entry", "pass_lot", "reopen"),
}
_TAKES_BACK = {"undo_entry", "reopen"}
_UNSEEN = {"set_maximum", "waive_priority", "register_bidder", "admit_bidder", "record_priority"}


class Lot:
    """Takes commands in order of arrival and says of each whether it was to be accepted."""

    def __init__(self, terms: dict[str, Any]) -> None:
        self._terms, self._rules = terms, terms["format"]
        self._make = PARTS.get(self._rules.get("kind", "timed"))
        if self._make is None:
            raise UnsupportedTermsError(f"format {self._rules['kind']}")
        self.part: Part | None = None
        self._paused = self._resuming = self._withdrawn = False
        self._resumes = self._stopped = 0
        self._calls = self._called = self._changes = 0
        self._numbers: dict[str, str] = {}
        self._admitted: set[str] = set()
        self._ranks: dict[str, int] = {}
        self._proposals: dict[str, tuple[str, str, str, int]] = {}

    def result(self) -> dict[str, Any] | None:
        """Return the recomputed result, or None while the lot has not ended."""
        return None if self.part is None else self.part.result

    @property
    def bids(self) -> int:
        """How many bids were accepted."""
        return 0 if self.part is None else self.part.bids

    @property
    def close_after_last_bid(self) -> int | None:
        """The close in force after the last bid."""
        return None if self.part is None else self.part.close_after_last_bid

    def take(self, kind: str, command: dict[str, Any], at: int) -> bool:
        """Decide a command that arrived at `at`; return whether it is accepted."""
        self._pass_time(at)
        bids = self.bids
        if "move" in command or kind in ("place_bid", "confirm_participation"):
            accepted = self._move(kind, command, at)
        else:
            decide = getattr(self, f"_on_{kind}", None)
            if decide is None:
                raise UnsupportedTermsError(f"command {kind}")
            accepted = bool(decide(command, at))
        if self.bids != bids:
            self._calls = 0
        if accepted and (kind not in _UNSEEN or self.bids != bids):
            self._changes += kind != "advance_clock"
        return accepted

    # What happens by itself.

    def _pass_time(self, at: int) -> None:
        opens = self._terms["opens_at"]
        if self.part is None and not self._withdrawn and at >= opens:
            assert self._make is not None, "checked when built"
            self.part = self._make(self._rules, opens)
            self._changes += 1
        if self._resuming and at >= self._resumes:
            self._resuming = False
            self._changes += 1
        while self._running() and self.part is not None:
            if self.part.close is None or at < self.part.close:
                return
            self.part.lapse()
            self._changes += 1

    def _running(self) -> bool:
        live = self.part is not None and self.part.result is None and not self._withdrawn
        return live and not self._paused and not self._resuming

    def _over(self) -> bool:
        return self._withdrawn or self.result() is not None

    # Bidders.

    def _on_announce_lot(self, _command: dict[str, Any], _at: int) -> bool:
        return True

    def _on_advance_clock(self, _command: dict[str, Any], _at: int) -> bool:
        return True

    def _on_register_bidder(self, command: dict[str, Any], _at: int) -> bool:
        bidder, number = command["bidder_id"], command["number"]
        if self._over() or bidder == self._terms["seller"]:
            return False
        if bidder in self._numbers:
            return True
        if number in self._numbers.values():
            return False
        self._numbers[bidder] = number
        if self._terms["deposit"] == 0:
            self._admitted.add(number)
        return True

    def _on_admit_bidder(self, command: dict[str, Any], _at: int) -> bool:
        if self._over() or command["bidder_id"] not in self._numbers:
            return False
        self._admitted.add(self._numbers[command["bidder_id"]])
        return True

    def _on_record_priority(self, command: dict[str, Any], _at: int) -> bool:
        number = self._numbers.get(command["bidder_id"])
        if self.part is not None or self._withdrawn or number is None:
            return False
        self._ranks[number] = command["rank"]
        return True

    # Moves.

    def _move(self, kind: str, command: dict[str, Any], at: int) -> bool:
        if not self._running() or self.part is None:
            return False
        move = dict(command.get("move", command))
        if kind in _STAFF:
            number = move.get("bidder", "")
            if "bidder" in move and number not in self._admitted:
                return False
        else:
            number = self._numbers.get(command["actor"], "")
            if command["actor"] == self._terms["seller"] or number not in self._admitted:
                return False
        move["rank"] = self._ranks.get(number)
        if kind in _TAKES_BACK and self._terms.get("four_eyes"):
            return self._ask_approval(kind, command, move, at)
        return self.part.take(kind, number, move, at)

    def _ask_approval(
        self, kind: str, command: dict[str, Any], move: dict[str, Any], at: int
    ) -> bool:
        """Note what waits for a second person, if it could be done now."""
        if kind in _TAKES_BACK and not deepcopy(self.part).take(kind, "", move, at):  # type: ignore[union-attr]
            return False
        asked = (kind, command["actor"], move["reason"], self._changes)
        self._proposals[command["command_id"]] = asked
        self._changes -= 1  # Nothing has happened yet, and nobody is told.
        return True

    def _on_approve_action(self, command: dict[str, Any], at: int) -> bool:
        kind, by, reason, changes = self._proposals.get(command["proposal"], ("", "", "", 0))
        if not kind or by == command["actor"]:
            return False
        if kind == "withdraw_lot":
            return self._withdraw()
        if not self._running() or self.part is None or changes != self._changes:
            return False
        return self.part.take(kind, "", {"reason": reason}, at)

    # The auctioneer.

    def _on_suspend_lot(self, _command: dict[str, Any], at: int) -> bool:
        if self._resuming:
            self._resuming, self._stopped = False, self._resumes
        elif self._running():
            self._stopped = at
        else:
            return False
        self._paused, self._calls = True, 0
        return True

    def _on_resume_lot(self, command: dict[str, Any], at: int) -> bool:
        if not self._paused or self._withdrawn or self.part is None:
            return False
        notice = max(command["notice_us"], self._terms["resume_notice_us"])
        self._paused, self._resuming, self._resumes = False, True, at + notice
        self.part.shift(self._resumes - self._stopped)
        return True

    def _on_extend_closing(self, command: dict[str, Any], _at: int) -> bool:
        part = self.part
        if not self._running() or part is None or part.close is None:
            return False
        close = part.close + command["by_us"]
        if part.hard_end is not None:
            close = min(close, part.hard_end)
        if close <= part.close:
            return False
        part.extend(close)
        return True

    def _on_call_warning(self, command: dict[str, Any], at: int) -> bool:
        if not self._running() or self.part is None:
            return False
        if not self.part.hammered_by_clock:
            return self.part.take("call_warning", "", command, at)
        if not self._may_call(at) or self._calls >= self._terms["calls_before_hammer"]:
            return False
        self._calls, self._called = self._calls + 1, at
        return True

    def _on_hammer_lot(self, command: dict[str, Any], at: int) -> bool:
        if not self._running() or self.part is None:
            return False
        if not self.part.hammered_by_clock:
            return self.part.take("hammer_lot", "", command, at)
        if not self._may_call(at) or self._calls < self._terms["calls_before_hammer"]:
            return False
        self.part.hammer(at)
        return True

    def _may_call(self, at: int) -> bool:
        waited = not self._calls or at >= self._called + self._terms["call_gap_us"]
        needed = self._terms["calls_before_hammer"] is not None
        return needed and waited and self.part is not None and self.part.may_hammer()

    def _on_withdraw_lot(self, command: dict[str, Any], at: int) -> bool:
        if self._over():
            return False
        if self._terms.get("four_eyes") and self.bids:
            return self._ask_approval("withdraw_lot", command, command, at)
        return self._withdraw()

    def _withdraw(self) -> bool:
        if self._over():
            return False
        self._withdrawn, self._paused, self._resuming = True, False, False
        return True

    def _on_send_message(self, _command: dict[str, Any], _at: int) -> bool:
        return True
