"""Timed bidding, decided again from the notice's rules alone."""

from typing import Any

from supervision.part import MOST, Part, extended, goes_before, rounded, step_at


class TimedPart(Part):
    """Free phase, inquiry, limited phase, and the holders asked at the end."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.price: int | None = None
        self.leader: str | None = None
        self.rank: int | None = None
        self.quoted: set[str] = set()
        self.confirmed: set[str] = set()
        self.waived: set[str] = set()
        self.at_cap: list[str] = []
        self.maxima: dict[str, int] = {}
        self.increments = rules["increments"]
        self.keyed: int | None = None
        self.contenders: list[str] = []
        free = rules["free_us"]
        self._begin("free" if free else "limited", opened, free or rules["limited_us"])

    # The clock.

    def _begin(self, phase: str, at: int, lasts: int) -> None:
        self.phase, self.close = phase, at + lasts
        self._extension = None
        if phase == "free":
            self._extension = self.rules["free_extension"]
        elif phase == "limited":
            usual = {"rule": "reset_from_bid", "by_us": self.rules["limited_us"]}
            usual |= {"window_us": None, "hard_end_us": None}
            self._extension = self.rules["limited_extension"] or usual
        hard = None if self._extension is None else self._extension["hard_end_us"]
        self.hard_end = None if hard is None else at + hard

    def lapse(self) -> None:
        """End the phase: the next one, the holders' turn, or the result."""
        assert self.close is not None, "it is due"
        rules, due = self.rules, self.close
        needed = max(rules["limited_bidders_min"], int(rules["must_have_quoted"]))
        if self.phase == "free" and rules["limited_us"] and len(self.quoted) >= needed:
            if rules["inquiry_us"]:
                return self._begin("inquiry", due, rules["inquiry_us"])
            return self._begin("limited", due, rules["limited_us"])
        enough = len(self.confirmed) >= rules["inquiry_min_confirmed"]
        if self.phase == "inquiry" and enough:
            return self._begin("limited", due, rules["limited_us"])
        return self.hammer(due)

    def may_hammer(self) -> bool:
        """Tell whether the auctioneer may call: in the limited phase, on a bid."""
        return self.phase == "limited" and self.price is not None

    def hammer(self, at: int) -> None:
        """End bidding at `at`: holders are asked first, where the terms say so."""
        outcome = self._outcome()
        ask = (self.rules["first_refusal"] or {}).get("ask_us", 0)
        unbeaten = self.rank is not None and self.rank <= 1
        if ask and outcome == "sold" and self.phase != "priority" and not unbeaten:
            return self._begin("priority", at, ask)
        return self._finish(outcome, at)

    def _finish(self, outcome: str, at: int) -> None:
        self.phase = "ended"
        if outcome == "capped":
            first = [self.leader] if self.leader is not None else []
            self.contenders = first + [b for b in self.at_cap if b != self.leader]
            self.end("capped", at, self.price)
        elif outcome == "sold":
            self.end("sold", at, self.price, self.leader)
        else:
            self.end(outcome, at)

    def _meets_reserve(self) -> bool:
        if self.rules["reserve_entry_us"] is not None:
            return self.keyed is not None and self.price is not None and self.price >= self.keyed
        reserve = self.rules["reserve"]
        return reserve is None or (self.price is not None and self.price >= reserve)

    def _outcome(self) -> str:
        if self.price is None:
            return "no_bids"
        if len(self.quoted) < self.rules["bidders_min"]:
            return "too_few_bidders"
        if not self._meets_reserve():
            return "reserve_not_met"
        several = self.rules["capped_goes_on"] or len(self.at_cap) > 1
        return "capped" if self.at_cap and several else "sold"

    # Bids.

    def _step(self, price: int) -> int:
        return step_at(self.increments, price)

    def _lowest(self) -> int:
        if self.rules["equal_bids_at_cap"] and self.at_cap:
            assert self.price is not None, "the cap is held"
            return self.price
        if self.price is None:
            return int(self.rules["start"])
        return self.price + self._step(self.price)

    def _allowed(self, number: str, at: int) -> bool:
        rules = self.rules
        if self.phase == "free":
            assert self.close is not None, "a phase has a close"
            return bool(at < self.close - rules["stop_window_us"])
        return self.phase == "limited" and self._goes_on(number)

    def _goes_on(self, number: str) -> bool:
        rules = self.rules
        asked = rules["inquiry_us"] and rules["inquiry_min_confirmed"]
        if asked and number not in self.confirmed:
            return False
        return number in self.quoted or not rules["must_have_quoted"]

    def _right(self, number: str, move: dict[str, Any]) -> int | None:
        held = self.rules["first_refusal"] is not None and number not in self.waived
        return move.get("rank") if held else None

    def on_place_bid(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: a bid."""
        amount, rules = move["amount"], self.rules
        if not self._allowed(number, at) or number in self.at_cap:
            return False
        if number == self.leader and not rules["leader_may_raise"]:
            return False
        rank = self._right(number, move)
        in_room = (rules["first_refusal"] or {}).get("in_room", False)
        by_right = in_room and amount == self.price and goes_before(rank, self.rank)
        if not by_right and not self._price_fits(amount):
            return False
        cap = rules["cap"]
        if rules["stop_above_cap"] and amount > cap:
            self._stop(at)
            return True
        self._show([(number, amount, by_right, rank), *self._answer(number, amount)], at)
        return True

    def _price_fits(self, amount: int) -> bool:
        rules = self.rules
        if amount < self._lowest() or amount > MOST:
            return False
        highest = self.price if self.at_cap else rules["cap"]
        if highest is not None and amount > highest:
            return bool(rules["stop_above_cap"])
        base = rules["start"] if self.price is None else self.price
        return not self.increments["on_grid"] or (amount - base) % self._step(base) == 0

    def _stop(self, at: int) -> None:
        """Somebody passed the stop price: bidding goes on elsewhere; the leader stands by."""
        self.phase = "ended"
        stands = self.leader is not None and self._meets_reserve()
        self.contenders = [self.leader] if stands and self.leader is not None else []
        self.end("capped", at, self.price if stands else None)

    def _leaders_maximum(self) -> int | None:
        if self.leader is None or self.at_cap:
            return None
        if self.phase == "limited" and not self._goes_on(self.leader):
            return None
        return self.maxima.get(self.leader)

    def _answer(self, number: str, amount: int) -> list[tuple[str, int, bool, int | None]]:
        """Return what the leader's proxy bids against `amount`."""
        maximum = self._leaders_maximum()
        if self.leader is None or self.leader == number or maximum is None or maximum < amount:
            return []
        more = amount + self._step(amount)
        if more <= maximum:
            return [(self.leader, more, False, self.rank)]
        return [(self.leader, amount, True, self.rank)]

    def _show(self, visible: list[tuple[str, int, bool, int | None]], at: int) -> None:
        """Take in valid bids that arrived together; they move the close once."""
        assert self.close is not None, "a phase has a close"
        self.close = extended(self._extension, self.close, at, self.hard_end)
        cap, rules = self.rules["cap"], self.rules
        limits = cap is not None and not rules["stop_above_cap"]
        topped = False
        for number, amount, matches, rank in visible:
            topped = limits and amount + self._step(amount) > cap
            if topped:
                self.at_cap = [*(self.at_cap if rules["equal_bids_at_cap"] else []), number]
            if matches or self.price is None or amount > self.price:
                self.price, self.leader, self.rank = amount, number, rank
            self.quoted.add(number)
            self.bids += 1
        self.close_after_last_bid = self.close
        if topped and not rules["equal_bids_at_cap"]:
            self.hammer(at)

    # Everything else.

    def on_set_maximum(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: a secret maximum."""
        maximum, cap = move["maximum"], self.rules["cap"]
        if not self.rules["proxies_allowed"] or not self._allowed(number, at):
            return False
        lowest = self.price if number == self.leader and self.price else self._lowest()
        fits = lowest <= maximum <= MOST and (cap is None or maximum <= cap)
        if number in self.at_cap or not fits:
            return False
        rival, leads = self._leaders_maximum(), number == self.leader
        self.maxima[number] = maximum
        if leads:
            return True
        amount, step = lowest, self._step(self.price or 0)
        if rival is not None and rival >= lowest:
            most = lowest + (maximum - lowest) // step * step
            amount = min(most, lowest + ((rival - lowest) // step + 1) * step)
        own = (number, amount, False, self._right(number, move))
        self._show([own, *self._answer(number, amount)], at)
        return True

    def on_confirm_participation(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: an answer to the inquiry."""
        if self.phase != "inquiry":
            return False
        if self.rules["must_have_quoted"] and number not in self.quoted:
            return False
        self.confirmed.add(number)
        return True

    def on_enter_reserve(self, _number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the reserve, keyed in at the end of the free phase."""
        lasts, values = self.rules["reserve_entry_us"], move["values"]
        if lasts is None or self.phase != "free" or self.keyed is not None or self.close is None:
            return False
        highest = self.rules["cap"] or MOST
        fits = all(self.rules["start"] <= value <= highest for value in values)
        if at < self.close - lasts or not values or not fits:
            return False
        self.keyed = rounded(sum(values), len(values))
        return True

    def on_adjust_increment(self, _number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: another increment, in the free phase."""
        step, cap = move["increment"], self.rules["cap"]
        if not self.rules["increments_adjustable"] or self.phase != "free":
            return False
        base = self.rules["start"] if self.price is None else self.price
        if not 1 <= step <= MOST or (cap is not None and (cap - base) % step):
            return False
        on_grid = self.rules["increments"]["on_grid"]
        self.increments = {"steps": [{"price_min": 0, "increment": step}], "on_grid": on_grid}
        return True

    def on_exercise_priority(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: a holder takes the object at the last price."""
        rank = self._right(number, move)
        if self.phase != "priority" or not goes_before(rank, self.rank):
            return False
        self.leader, self.rank = number, rank
        if rank == 1:
            self._finish("sold", at)
        return True

    def on_waive_priority(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: a holder gives up his right."""
        if self.rules["first_refusal"] is None:
            return False
        self.waived.add(number)
        return True
