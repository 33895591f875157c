"""The English auction, decided again: what the auctioneer, the clerk, the hall and the network did."""

from typing import Any

from supervision.part import MOST, Part, goes_before, step_at

Standing = tuple[int, int | None, str | None, int | None]
"""Asked next, price, leader, the leader's right."""


class EnglishPart(Part):
    """Waiting, the floor, a moment after the hammer, the holders' turn."""

    hammered_by_clock = False

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.phase = "waiting"
        self.standing: Standing = (rules["start"], None, None, None)
        self.increments = rules["increments"]
        self.entries: list[tuple[bool, Standing, int]] = []
        self.calls = self.called = self.hammered = 0
        self.maxima: dict[str, int] = {}
        self.waived: set[str] = set()

    # The auctioneer.

    def on_open_floor(self, _number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the floor opens with enough bidders present."""
        if self.phase != "waiting":
            return False
        if move["participants"] < self.rules["participants_min"]:
            self._over("too_few_bidders", at)
        else:
            self.phase = "floor"
        return True

    def on_set_asking(self, _number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: another price is asked."""
        _, price, leader, rank = self.standing
        lowest = self.rules["asking_min"]
        if price is not None:
            lowest = price + 1
        elif lowest is None:
            lowest = self.rules["start"]
        if self.phase != "floor" or not lowest <= move["amount"] <= MOST:
            return False
        self.standing, self.calls = (move["amount"], price, leader, rank), 0
        return True

    def on_adjust_increment(self, _number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: another increment."""
        step = move["increment"]
        if self.phase != "floor" or not 1 <= step <= MOST:
            return False
        asking, price, leader, rank = self.standing
        on_grid = self.rules["increments"]["on_grid"]
        self.increments = {"steps": [{"price_min": 0, "increment": step}], "on_grid": on_grid}
        self.standing = (asking if price is None else price + step, price, leader, rank)
        self.calls = 0
        return True

    def _may_call(self, at: int) -> bool:
        waited = not self.calls or at >= self.called + self.rules["call_gap_us"]
        return self.phase == "floor" and self.standing[1] is not None and waited

    def on_call_warning(self, _number: str, _move: dict[str, Any], at: int) -> bool:
        """Decide: the price is called once more."""
        if not self._may_call(at) or self.calls >= self.rules["calls"]:
            return False
        self.calls, self.called = self.calls + 1, at
        return True

    def on_undo_call(self, _number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: the last call does not count."""
        if self.phase != "floor" or not self.calls:
            return False
        self.calls -= 1
        return True

    def on_undo_entry(self, _number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: the clerk's last entry does not count, unless somebody has bid since."""
        if self.phase != "floor" or not self.entries or not self.entries[-1][0]:
            return False
        _, self.standing, self.bids = self.entries.pop()
        self.calls = 0
        return True

    def on_hammer_lot(self, _number: str, _move: dict[str, Any], at: int) -> bool:
        """Decide: the hammer falls after all calls."""
        if not self._may_call(at) or self.calls < self.rules["calls"]:
            return False
        self.phase, self.hammered, self.calls = "hammered", at, 0
        if self._meets_reserve() and self.rules["reopen_us"]:
            self.close = at + self.rules["reopen_us"]
        else:
            self._after_hammer(at)
        return True

    def on_reopen(self, _number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: the hammer does not count."""
        if not self.rules["reopen_us"] or self.phase != "hammered":
            return False
        self.phase, self.close = "floor", None
        return True

    def on_pass_lot(self, _number: str, _move: dict[str, Any], at: int) -> bool:
        """Decide: not sold, unless a bid stands that the seller must accept."""
        if self.phase not in ("waiting", "floor") or self._meets_reserve():
            return False
        self._over("passed", at)
        return True

    def _meets_reserve(self) -> bool:
        price, reserve = self.standing[1], self.rules["reserve"]
        return price is not None and (reserve is None or price >= reserve)

    def _over(self, outcome: str, at: int) -> None:
        self.phase = "ended"
        self.end(outcome, at)

    def _sold(self, at: int) -> None:
        self.phase = "ended"
        self.end("sold", at, self.standing[1], self.standing[2])

    def _after_hammer(self, at: int) -> None:
        """End as of the hammer; holders who can go before the leader are asked first."""
        rank = self.standing[3]
        ask = (self.rules["first_refusal"] or {}).get("ask_us", 0)
        if not self._meets_reserve():
            self._over("reserve_not_met", self.hammered)
        elif ask and (rank is None or rank > 1):
            self.phase, self.close = "priority", at + ask
        else:
            self._sold(self.hammered)

    def lapse(self) -> None:
        """Let lapse: the moment for re-opening, or the holders' turn, is over."""
        assert self.close is not None, "it is due"
        if self.phase == "hammered":
            self._after_hammer(self.close)
        else:
            self._sold(self.close)

    # Bids.

    def _right(self, number: str, move: dict[str, Any]) -> int | None:
        held = self.rules["first_refusal"] is not None and number not in self.waived
        return move.get("rank") if held else None

    def on_place_bid(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a bid over the network."""
        return self._bid(number, move, on_floor=False)

    def on_enter_floor_bid(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a bid in the hall."""
        return self._bid(number, move, on_floor=True)

    def _bid(self, number: str, move: dict[str, Any], *, on_floor: bool) -> bool:
        asking, price, leader, leader_rank = self.standing
        amount, rank = move["amount"], self._right(number, move)
        if self.phase != "floor" or (number == leader and not self.rules["leader_may_raise"]):
            return False
        in_room = (self.rules["first_refusal"] or {}).get("in_room", False)
        by_right = in_room and amount == price and goes_before(rank, leader_rank)
        grid = step_at(self.increments, asking) if self.increments["on_grid"] else 1
        if not by_right and (not asking <= amount <= MOST or (amount - asking) % grid):
            return False
        self._show([(number, amount, rank), *self._answer(number, amount)], on_floor=on_floor)
        return True

    def _answer(self, number: str, amount: int) -> list[tuple[str, int, int | None]]:
        _, _, leader, rank = self.standing
        maximum = None if leader is None else self.maxima.get(leader)
        if leader is None or leader == number or maximum is None or maximum < amount:
            return []
        more = amount + step_at(self.increments, amount)
        return [(leader, more if more <= maximum else amount, rank)]

    def _show(self, visible: list[tuple[str, int, int | None]], *, on_floor: bool) -> None:
        self.entries.append((on_floor, self.standing, self.bids))
        self.calls = 0
        for number, amount, rank in visible:
            asking = amount + step_at(self.increments, amount)
            self.standing = (asking, amount, number, rank)
            self.bids += 1

    def on_set_maximum(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a secret maximum."""
        asking, price, leader, _ = self.standing
        maximum = move["maximum"]
        lowest = price if number == leader and price is not None else asking
        if not self.rules["proxies_allowed"] or self.phase != "floor":
            return False
        if not lowest <= maximum <= MOST:
            return False
        rival = None if leader is None else self.maxima.get(leader)
        self.maxima[number] = maximum
        if number == leader:
            return True
        amount, step = asking, step_at(self.increments, price or 0)
        if rival is not None and rival >= asking:
            most = asking + (maximum - asking) // step * step
            amount = min(most, asking + ((rival - asking) // step + 1) * step)
        own = (number, amount, self._right(number, move))
        self._show([own, *self._answer(number, amount)], on_floor=False)
        return True

    def on_exercise_priority(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: a holder takes the object at the last price."""
        rank = self._right(number, move)
        asking, price, _, leader_rank = self.standing
        if self.phase != "priority" or not goes_before(rank, leader_rank):
            return False
        self.standing = (asking, price, number, rank)
        if rank == 1:
            self._sold(at)
        return True

    def on_waive_priority(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: a holder gives up his right."""
        if self.rules["first_refusal"] is None:
            return False
        self.waived.add(number)
        return True
