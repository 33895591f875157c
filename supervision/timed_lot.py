"""A lot sold by timed bidding, decided again from the notice's rules alone."""

from typing import Any

_PLAIN = {
    "free_extension": None,
    "limited_extension": None,
    "equal_bids_at_cap": False,
    "capped_goes_on": False,
}
_READ = {
    *("start", "increments", "cap", "reserve", "free_us", "limited_us", "limited_bidders_min"),
    *("stop_window_us", "inquiry_us", "inquiry_min_confirmed", "must_have_quoted", "bidders_min"),
    *("leader_may_raise", *_PLAIN),
}


class UnsupportedTermsError(Exception):
    """The terms have a rule that is not recomputed here; nothing is claimed of such a lot."""


class TimedLot:
    """Takes commands in order of arrival and says of each whether it was to be accepted."""

    def __init__(self, terms: dict[str, Any]) -> None:
        rules = terms["format"]
        for name, value in rules.items():
            plain = value == _PLAIN[name] if name in _PLAIN else name in _READ or not value
            if not plain:
                raise UnsupportedTermsError(f"format.{name} = {value!r}")
        if len(rules["increments"]["steps"]) != 1:
            raise UnsupportedTermsError("format.increments with several steps")
        self._terms, self._rules = terms, rules
        self._step: int = rules["increments"]["steps"][0]["increment"]
        self._phase = "announced"
        self._close = self._resumes = self._remaining = 0
        self._paused = self._resuming = False
        self._calls = self._called = 0
        self._numbers: dict[str, str] = {}
        self._admitted: set[str] = set()
        self._quoted: set[str] = set()
        self._confirmed: set[str] = set()
        self._price: int | None = None
        self._leader: str | None = None
        self._result: dict[str, Any] | None = None
        self.bids = 0
        self.close_after_last_bid = 0

    def result(self) -> dict[str, Any] | None:
        """Return the recomputed result, or None while the lot is not ended."""
        return self._result

    def take(self, kind: str, command: dict[str, Any], at: int) -> bool:
        """Decide a command that arrived at `at`; return whether it is accepted."""
        self._pass_time(at)
        decide = getattr(self, f"_{kind}", None)
        if decide is None:
            raise UnsupportedTermsError(f"command {kind}")
        return bool(decide(command, at))

    # What happens by itself.

    def _pass_time(self, at: int) -> None:
        if self._phase == "announced" and at >= self._terms["opens_at"]:
            opened = self._terms["opens_at"]
            free = self._rules["free_us"]
            self._phase = "free" if free else "limited"
            self._close = opened + (free or self._rules["limited_us"])
        if self._resuming and at >= self._resumes:
            self._resuming = False
        while self._running() and at >= self._close:
            self._leave_phase()

    def _leave_phase(self) -> None:
        rules, due = self._rules, self._close
        needed = max(rules["limited_bidders_min"], int(rules["must_have_quoted"]))
        goes_on = rules["limited_us"] is not None and len(self._quoted) >= needed
        if self._phase == "free" and goes_on:
            if rules["inquiry_us"]:
                self._phase, self._close = "inquiry", due + rules["inquiry_us"]
            else:
                self._phase, self._close = "limited", due + rules["limited_us"]
            return
        if self._phase == "inquiry" and len(self._confirmed) >= rules["inquiry_min_confirmed"]:
            self._phase, self._close = "limited", due + rules["limited_us"]
            return
        self._end(due)

    def _end(self, at: int) -> None:
        self._phase = "ended"
        reserve = self._rules["reserve"]
        outcome, price, winner = "sold", self._price, self._leader
        if self._price is None:
            outcome = "no_bids"
        elif len(self._quoted) < self._rules["bidders_min"]:
            outcome = "too_few_bidders"
        elif reserve is not None and self._price < reserve:
            outcome = "reserve_not_met"
        if outcome != "sold":
            price = winner = None
        self._result = {"outcome": outcome, "price_fen": price, "winner": winner, "at_us": at}

    def _running(self) -> bool:
        live = self._phase in ("free", "inquiry", "limited")
        return live and not self._paused and not self._resuming

    # What people ask. Each returns whether it is accepted.

    def _announce_lot(self, _command: dict[str, Any], _at: int) -> bool:
        return True

    def _advance_clock(self, _command: dict[str, Any], _at: int) -> bool:
        return True

    def _register_bidder(self, command: dict[str, Any], _at: int) -> bool:
        bidder, number = command["bidder_id"], command["number"]
        if self._phase in ("ended", "withdrawn") or bidder == self._terms["seller"]:
            return False
        if bidder in self._numbers:
            return True
        if number in self._numbers.values():
            return False
        self._numbers[bidder] = number
        if self._terms["deposit"] == 0:
            self._admitted.add(number)
        return True

    def _admit_bidder(self, command: dict[str, Any], _at: int) -> bool:
        if self._phase in ("ended", "withdrawn") or command["bidder_id"] not in self._numbers:
            return False
        self._admitted.add(self._numbers[command["bidder_id"]])
        return True

    def _may_act(self, command: dict[str, Any]) -> str | None:
        number = self._numbers.get(command["actor"])
        if not self._running() or command["actor"] == self._terms["seller"]:
            return None
        return number if number in self._admitted else None

    def _confirm_participation(self, command: dict[str, Any], _at: int) -> bool:
        number = self._may_act(command)
        if number is None or self._phase != "inquiry":
            return False
        if self._rules["must_have_quoted"] and number not in self._quoted:
            return False
        self._confirmed.add(number)
        return True

    def _place_bid(self, command: dict[str, Any], at: int) -> bool:
        number, amount, rules = self._may_act(command), command["amount"], self._rules
        if number is None or not self._phase_allows(number, at):
            return False
        if number == self._leader and not rules["leader_may_raise"]:
            return False
        base = rules["start"] - self._step if self._price is None else self._price
        if amount < base + self._step or amount > 10**15:
            return False
        if rules["increments"]["on_grid"] and (amount - base) % self._step:
            return False
        if rules["cap"] is not None and amount > rules["cap"]:
            return False
        self._price, self._leader, self._calls = amount, number, 0
        self._quoted.add(number)
        self.bids += 1
        if self._phase == "limited":
            self._close = max(self._close, at + rules["limited_us"])
        self.close_after_last_bid = self._close
        if amount == rules["cap"]:
            self._end(at)
        return True

    def _phase_allows(self, number: str, at: int) -> bool:
        rules = self._rules
        if self._phase == "inquiry":
            return False
        if self._phase == "free":
            return bool(at < self._close - rules["stop_window_us"])
        if (
            rules["inquiry_us"]
            and rules["inquiry_min_confirmed"]
            and number not in self._confirmed
        ):
            return False
        return number in self._quoted or not rules["must_have_quoted"]

    def _suspend_lot(self, _command: dict[str, Any], at: int) -> bool:
        if self._resuming:
            self._resuming = False
        elif self._running():
            self._remaining = self._close - at
        else:
            return False
        self._paused, self._calls = True, 0
        return True

    def _resume_lot(self, command: dict[str, Any], at: int) -> bool:
        if not self._paused or self._phase == "withdrawn":
            return False
        notice = max(command["notice_us"], self._terms["resume_notice_us"])
        self._paused, self._resuming = False, True
        self._resumes = at + notice
        self._close = self._resumes + self._remaining
        return True

    def _extend_closing(self, command: dict[str, Any], _at: int) -> bool:
        if not self._running() or command["by_us"] <= 0:
            return False
        self._close += command["by_us"]
        return True

    def _may_call(self, at: int) -> bool:
        limited = self._running() and self._phase == "limited" and self._price is not None
        waited = not self._calls or at >= self._called + self._terms["call_gap_us"]
        return limited and waited and self._terms["calls_before_hammer"] is not None

    def _call_warning(self, _command: dict[str, Any], at: int) -> bool:
        if not self._may_call(at) or self._calls >= self._terms["calls_before_hammer"]:
            return False
        self._calls, self._called = self._calls + 1, at
        return True

    def _hammer_lot(self, _command: dict[str, Any], at: int) -> bool:
        if not self._may_call(at) or self._calls < self._terms["calls_before_hammer"]:
            return False
        self._end(at)
        return True

    def _withdraw_lot(self, _command: dict[str, Any], _at: int) -> bool:
        if self._phase in ("ended", "withdrawn"):
            return False
        self._phase = "withdrawn"
        self._paused = self._resuming = False
        return True
