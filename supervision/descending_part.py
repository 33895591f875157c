"""Descending sales, decided again: Dutch, and Dutch with a sealed part and a best bid after it."""

from fractions import Fraction
from typing import Any

from supervision.part import MOST, Part
from supervision.sealed_part import SealedPart


class DutchPart(Part):
    """The price falls step by step; the first who names it buys."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        share = rules["decrement_bp"]
        self.decrement = Fraction(rules["decrement"] or 0)
        if share is not None:
            self.decrement = Fraction(rules["start"] * share, 10_000)
        self.step, self.close = 0, opened + rules["step_us"]

    def price(self) -> int:
        """Return the price on the clock: rounded once, half up, never below the floor."""
        exact = self.rules["start"] - self.step * self.decrement
        return max(int((exact + Fraction(1, 2)) // 1), int(self.rules["floor"]))

    def lapse(self) -> None:
        """Let lapse: the next step, or the end after the floor has stood."""
        assert self.close is not None, "it is due"
        if self.price() == self.rules["floor"]:
            return self.end("no_bids", self.close)
        self.step += 1
        self.close += self.rules["step_us"]
        return None

    def on_place_bid(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: somebody takes the price on the clock."""
        if move["amount"] != self.price():
            return False
        self.bids += 1
        self.end("sold", at, self.price(), number)
        return True


class HybridDutchPart(Part):
    """Dutch, then sealed bids above its price, then the Dutch winner's answer."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.dutch = DutchPart(rules["dutch"], opened)
        self.sealed: SealedPart | None = None
        self.phase, self.close = "dutch", self.dutch.close
        self.taker, self.leader, self.price = "", "", 0

    def shift(self, by: int) -> None:
        """Move the part that runs."""
        super().shift(by)
        running = self.dutch if self.phase == "dutch" else self.sealed
        if running is not None and self.phase != "best_bid":
            running.shift(by)

    def extend(self, close: int) -> None:
        """Move the close of the part that runs."""
        self.close = close
        if self.phase == "dutch":
            self.dutch.close = close
        elif self.phase == "sealed" and self.sealed is not None:
            self.sealed.close = close

    def lapse(self) -> None:
        """Let lapse: the running part lapses."""
        due = self.close
        assert due is not None, "it is due"
        if self.phase == "dutch":
            self.dutch.lapse()
            self.close, self.result = self.dutch.close, self.dutch.result
        elif self.phase == "sealed" and self.sealed is not None:
            self.sealed.lapse()
            self._follow_sealed()
        else:
            self.end("sold", due, self.price, self.leader)

    def _follow_sealed(self) -> None:
        assert self.sealed is not None, "the sealed part has begun"
        found = self.sealed.result
        if found is None:
            self.close = self.sealed.close
        elif found["winner"] is None:
            self.end("sold", found["at_us"], self.price, self.taker)
        else:
            self.phase, self.close = "best_bid", found["at_us"] + self.rules["best_bid_us"]
            self.leader, self.price = found["winner"], found["price_fen"]

    def on_place_bid(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the price on the clock is taken, or the Dutch winner beats the best sealed bid."""
        amount, step = move["amount"], self.rules["increment"]
        if self.phase == "dutch":
            return self._take(number, amount, at)
        fits = self.phase == "best_bid" and self.price + step <= amount <= MOST
        if not fits or number != self.taker:
            return False
        self.leader, self.price = number, amount
        return True

    def _take(self, number: str, amount: int, at: int) -> bool:
        if amount != self.dutch.price():
            return False
        self.bids += 1
        self.phase, self.taker, self.leader, self.price = "sealed", number, number, amount
        plain = dict.fromkeys(("cap", "reserve", "advance", "draw", "weights"), None)
        self.sealed = SealedPart(
            {
                **plain,
                "start": amount + self.rules["increment"],
                "increment": 1,
                "window_us": self.rules["sealed_us"],
                "opening_us": self.rules["opening_us"],
                "replaceable": True,
                "withdrawable": True,
                "pricing": "first",
                "ties": "arrival",
                "tie_rounds_max": 1,
                "rounds_max": 1,
                "bidders_min": 1,
            },
            at,
        )
        self.close = self.sealed.close
        return True

    def take(self, kind: str, number: str, move: dict[str, Any], at: int) -> bool:
        """Bids are ours; envelopes are the sealed part's, from everybody but the Dutch winner."""
        if kind == "place_bid":
            return super().take(kind, number, move, at)
        if self.phase != "sealed" or self.sealed is None or number == self.taker:
            return False
        accepted = self.sealed.take(kind, number, move, at)
        self._follow_sealed()
        return accepted
