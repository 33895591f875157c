"""What follows at the cap, and the sale of several formats in a row, decided again."""

from typing import Any

from supervision.draw import commitment_of, drawn
from supervision.part import Part, rounded
from supervision.timed_part import TimedPart


class Capped:
    """How price bidding ended."""

    def __init__(self, price: int | None, contenders: list[str], committed: int | None) -> None:
        self.price, self.contenders, self.committed = price, contenders, committed


class SecondDimensionPart(Part):
    """竞配建 / 竞自持: an ascending sale in another dimension; the price stays."""

    def __init__(self, rules: dict[str, Any], opened: int, capped: Capped) -> None:
        super().__init__(rules, opened)
        self.capped = capped
        plain = dict.fromkeys(
            ("reserve", "reserve_entry_us", "free_extension", "first_refusal"), None
        )
        plain |= dict.fromkeys(
            ("limited_bidders_min", "stop_window_us", "inquiry_us", "free_us", "bidders_min"), 0
        )
        plain |= dict.fromkeys(
            ("must_have_quoted", "leader_may_raise", "capped_goes_on", "stop_above_cap"),
            False,
        )
        steps = [{"price_min": 0, "increment": rules["increment"]}]
        self.bidding = TimedPart(
            {
                **plain,
                "start": rules["start"],
                "increments": {"steps": steps, "on_grid": True},
                "cap": rules["maximum"],
                "equal_bids_at_cap": rules["maximum"] is not None,
                "limited_us": rules["first_us"],
                "limited_extension": {
                    "rule": "reset_from_bid",
                    "by_us": rules["limited_us"],
                    "window_us": None,
                    "hard_end_us": None,
                },
                "inquiry_min_confirmed": 1,
                "proxies_allowed": False,
                "increments_adjustable": False,
            },
            opened,
        )
        self.close = self.bidding.close

    def on_place_bid(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: a bid in the other dimension."""
        accepted = self.bidding.on_place_bid(number, move, at)
        self._follow(accepted=accepted)
        return accepted

    def _follow(self, *, accepted: bool) -> None:
        self.close, self.bids = self.bidding.close, self.bids + accepted
        self.close_after_last_bid = self.bidding.close_after_last_bid

    def shift(self, by: int) -> None:
        """Move the instants of the bidding inside."""
        self.bidding.shift(by)
        self.close = self.bidding.close

    def extend(self, close: int) -> None:
        """Move the close of the bidding inside."""
        self.bidding.close = self.close = close

    def lapse(self) -> None:
        """End with both dimensions."""
        due = self.close
        assert due is not None, "it is due"
        self.bidding.lapse()
        found, capped = self.bidding.result, self.capped
        assert found is not None, "one phase, then the end"
        if found["outcome"] == "no_bids" and capped.contenders:
            self.end("sold", due, capped.price, capped.contenders[0], committed=0)
        elif found["outcome"] == "no_bids":
            self.end("no_bids", due)
        else:
            self.capped = Capped(capped.price, self.bidding.contenders, found["price_fen"])
            winner = found["winner"]
            committed = found["price_fen"]
            self.end(found["outcome"], due, capped.price, winner, committed=committed)


class OnePricePart(Part):
    """一次报价: one secret quote each; the nearest to the mean wins."""

    def __init__(self, rules: dict[str, Any], opened: int, capped: Capped) -> None:
        super().__init__(rules, opened)
        self.capped, self.phase = capped, "waiting"
        self.confirmed: set[str] = set()
        self.quotes: dict[str, int] = {}
        self.close = opened + rules["waiting_us"]

    def lapse(self) -> None:
        """Ask who goes on, take quotes, decide."""
        assert self.close is not None, "it is due"
        if self.phase == "waiting":
            self.phase, self.close = "inquiry", self.close + self.rules["inquiry_us"]
        elif self.phase == "inquiry" and self.confirmed:
            self.phase, self.close = "quoting", self.close + self.rules["quoting_us"]
        elif self.quotes:
            mean = rounded(sum(self.quotes.values()), len(self.quotes))
            order = sorted((abs(q - mean), q, who) for who, q in self.quotes.items())
            _, price, winner = order[0]
            self.end("sold", self.close, price, winner)
        elif self.capped.contenders:
            self.end("sold", self.close, self.capped.price, self.capped.contenders[0])
        else:
            self.end("no_bids", self.close)

    def on_confirm_participation(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: an answer to the inquiry."""
        if self.phase != "inquiry":
            return False
        self.confirmed.add(number)
        return True

    def on_quote_once(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: one quote, for good; no two are equal."""
        amount, rules = move["amount"], self.rules
        fits = rules["above"] < amount <= rules["up_to"] and amount % rules["step"] == 0
        known = number in self.confirmed and number not in self.quotes
        if self.phase != "quoting" or not known or not fits or amount in self.quotes.values():
            return False
        self.quotes[number] = amount
        return True


class LotteryPart(Part):
    """摇号: a draw that anybody can repeat."""

    def __init__(self, rules: dict[str, Any], opened: int, capped: Capped) -> None:
        super().__init__(rules, opened)
        self.capped, self.not_before = capped, opened + rules["notice_us"]
        if len(capped.contenders) <= 1:
            self.close = self.not_before

    def shift(self, by: int) -> None:
        """Move the earliest instant of the draw too."""
        super().shift(by)
        self.not_before += by

    def _won(self, winner: str, at: int) -> None:
        committed = self.capped.committed
        self.end("sold", at, self.capped.price, winner, committed=committed)

    def lapse(self) -> None:
        """With one contender there is nothing to draw."""
        assert self.close is not None, "it is due"
        if self.capped.contenders:
            self._won(self.capped.contenders[0], self.close)
        else:
            self.end("no_bids", self.close)

    def on_reveal_seed(self, _number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the draw itself."""
        rules, seed = self.rules, move["seed"]
        if len(self.capped.contenders) <= 1 or at < self.not_before or not move["public"]:
            return False
        if commitment_of(seed) != rules["commitment"]:
            return False
        order = drawn(
            self.capped.contenders, purpose=rules["purpose"], seed=seed, public=move["public"]
        )
        self._won(order[0], at)
        return True


class SalePart(Part):
    """Price bidding and its follow-ups."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.running: Part = TimedPart(rules["price"], opened)
        self.is_price = True
        self._follow(0)

    def take(self, kind: str, number: str, move: dict[str, Any], at: int) -> bool:
        """Ask the running stage."""
        before = self.running.bids
        accepted = self.running.take(kind, number, move, at)
        self._follow(before)
        return accepted

    def lapse(self) -> None:
        """Let the running stage lapse."""
        before = self.running.bids
        self.running.lapse()
        self._follow(before)

    def may_hammer(self) -> bool:
        """Only price bidding can be hammered."""
        return self.is_price and self.running.may_hammer()

    def hammer(self, at: int) -> None:
        """Hammer price bidding."""
        before = self.running.bids
        self.running.hammer(at)
        self._follow(before)

    def shift(self, by: int) -> None:
        """Move the running stage's instants."""
        self.running.shift(by)
        self._follow(self.running.bids)

    def extend(self, close: int) -> None:
        """Move the running stage's close."""
        self.running.extend(close)
        self._follow(self.running.bids)

    def _follow(self, bids_before: int) -> None:
        self.bids += self.running.bids - bids_before
        self.close_after_last_bid = self.running.close_after_last_bid
        result = self.running.result
        if result is not None and result["outcome"] == "capped":
            self._hand_over(result)
        elif result is not None:
            self.result = result
        self.close, self.hard_end = self.running.close, self.running.hard_end

    def _hand_over(self, result: dict[str, Any]) -> None:
        at, price, rules = result["at_us"], result["price_fen"], self.rules
        if not self.is_price:
            assert isinstance(self.running, SecondDimensionPart), "nothing else ends so"
            self.running = LotteryPart(rules["lottery"], at, self.running.capped)
            return
        assert isinstance(self.running, TimedPart), "price bidding is timed bidding"
        capped = Capped(price, self.running.contenders, None)
        self.is_price = False
        if rules["price"]["equal_bids_at_cap"]:
            self.running = LotteryPart(rules["lottery"], at, capped)
        elif rules["price"]["stop_above_cap"]:
            self.running = OnePricePart(rules["one_price"], at, capped)
        else:
            self.running = SecondDimensionPart(rules["second_dimension"], at, capped)
