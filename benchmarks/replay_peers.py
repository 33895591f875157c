"""The peers of P3: the rules of timed bidding as one would write them down without our shape.

`RulesInOneClass` knows every rule for bids that timed bidding lets a notice set (but no proxies and no rights
of first refusal, which makes it a little faster), driven by the same `TimedTerms`: idiomatic slots
dataclasses, one method, an outcome for each bid, kept for repeats and for the record.
`ThisLotAlone` has only the rules that the lot of the benchmark uses, written into the code, and answers
with a bare code: what somebody would write who had this one lot to sell.
"""

from dataclasses import dataclass, field

from auction.commands import PlaceBid
from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.money import AMOUNT_MAX


@dataclass(slots=True)
class PlacedOutcome:
    """What became of one bid."""

    accepted: bool
    code: str | None
    at: int
    amount_min: int | None = None
    amount_max: int | None = None
    price: int | None = None
    leader: str | None = None
    closes_at: int = 0


@dataclass(slots=True)
class RulesInOneClass:
    """A lot with all the rules for bids of timed bidding; `place` changes it and tells the outcome."""

    terms: TimedTerms
    seller: str
    numbers: dict[str, str]
    admitted: set[str]
    opened_at: int = 0
    closes_at: int = 0
    phase: str = "free"
    phase_began_at: int = 0
    price: int | None = None
    leader: str | None = None
    bids: int = 0
    extensions: int = 0
    quoted: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    at_cap: list[str] = field(default_factory=list)
    outcomes: dict[str, tuple[PlaceBid, PlacedOutcome]] = field(default_factory=dict)

    def place(self, bid: PlaceBid, at: int) -> PlacedOutcome:
        known = self.outcomes.get(bid.command_id)
        if known is not None:
            first, outcome = known
            return outcome if first == bid else PlacedOutcome(False, "command_id_reused", at)
        self._advance(at)
        outcome = self._decide(bid, at)
        self.outcomes[bid.command_id] = (bid, outcome)
        return outcome

    def _decide(self, bid: PlaceBid, at: int) -> PlacedOutcome:
        code = self._barred(bid, at)
        if code is not None:
            return PlacedOutcome(False, code, at)
        number = self.numbers[bid.actor]
        lowest = self.lowest()
        highest = self.price if self.at_cap else self.terms.cap
        code = self._broken_price_rule(bid.amount, lowest, highest)
        if code is not None:
            return PlacedOutcome(False, code, at, lowest, highest)
        self._accept(number, bid.amount, at)
        return PlacedOutcome(
            True, None, at, price=self.price, leader=self.leader, closes_at=self.closes_at
        )

    def _barred(self, bid: PlaceBid, at: int) -> str | None:  # noqa: C901 - one rule after another
        if self.phase == "ended" or at >= self.closes_at:
            return "lot_closed"
        if bid.actor == self.seller:
            return "seller_may_not_bid"
        number = self.numbers.get(bid.actor)
        if number is None:
            return "not_qualified"
        if number not in self.admitted:
            return "deposit_not_paid"
        terms = self.terms
        if self.phase == "free" and at >= self.closes_at - terms.stop_window_us:
            return "stop_window"
        if self.phase == "inquiry":
            return "wrong_phase"
        if self.phase == "limited":
            if terms.inquiry_us and terms.inquiry_min_confirmed and number not in self.confirmed:
                return "not_confirmed"
            if terms.must_have_quoted and number not in self.quoted:
                return "not_confirmed"
        if number in self.at_cap or (number == self.leader and not terms.leader_may_raise):
            return "already_leading"
        return None

    def _broken_price_rule(self, amount: int, lowest: int, highest: int | None) -> str | None:
        if not 1 <= amount <= AMOUNT_MAX:
            return "amount_out_of_range"
        if amount < lowest:
            return "below_minimum"
        if highest is not None and amount > highest:
            return "above_cap"
        base = self.terms.start if self.price is None else self.price
        if self.terms.increments.on_grid and (amount - base) % self.increment_at(base):
            return "off_grid"
        return None

    def _accept(self, number: str, amount: int, at: int) -> None:
        terms = self.terms
        closes_at = self._close_after(at)
        self.extensions += closes_at > self.closes_at
        self.closes_at = closes_at
        if self.price is None or amount > self.price:
            self.price, self.leader = amount, number
        self.bids += 1
        self.quoted.add(number)
        if terms.cap is not None and amount + self.increment_at(amount) > terms.cap:
            self.at_cap.append(number)
            if not terms.equal_bids_at_cap:
                self.phase = "ended"

    def _close_after(self, at: int) -> int:
        extension = self._extension()
        if extension is None:
            return self.closes_at
        if extension.window_us is not None and self.closes_at - at > extension.window_us:
            return self.closes_at
        counted_from_bid = extension.rule is ExtensionRule.RESET_FROM_BID
        moved = (at if counted_from_bid else self.closes_at) + extension.by_us
        if extension.hard_end_us is not None:
            moved = min(moved, self.phase_began_at + extension.hard_end_us)
        return max(self.closes_at, moved)

    def _extension(self) -> Extension | None:
        if self.phase == "limited" and self.terms.limited_us is not None:
            return self.terms.limited_extension or Extension(by_us=self.terms.limited_us)
        return self.terms.free_extension if self.phase == "free" else None

    def lowest(self) -> int:
        if self.terms.equal_bids_at_cap and self.at_cap and self.price is not None:
            return self.price
        if self.price is None:
            return self.terms.start
        return self.price + self.increment_at(self.price)

    def increment_at(self, price: int) -> int:
        found = 0
        for step in self.terms.increments.steps:
            if step.price_min > price:
                break
            found = step.increment
        return found

    def _advance(self, at: int) -> None:
        terms = self.terms
        while self.phase != "ended" and at >= self.closes_at:
            due = self.closes_at
            wanted = max(terms.limited_bidders_min, int(terms.must_have_quoted))
            if self.phase == "free" and terms.limited_us and len(self.quoted) >= wanted:
                self.phase = "inquiry" if terms.inquiry_us else "limited"
                length = terms.inquiry_us or terms.limited_us
            elif (
                self.phase == "inquiry"
                and terms.limited_us
                and len(self.confirmed) >= terms.inquiry_min_confirmed
            ):
                self.phase, length = "limited", terms.limited_us
            else:
                self.phase = "ended"
                return
            self.phase_began_at, self.closes_at = due, due + length


@dataclass(slots=True)
class ThisLotAlone:
    """Only what this lot needs: one object, one method. The answer is the refusal's code, or None."""

    seller: str
    numbers: dict[str, str]
    admitted: set[str]
    start: int
    increment: int
    cap: int
    limited_us: int
    closes_at: int
    answers: dict[str, tuple[PlaceBid, str | None]] = field(default_factory=dict)
    price: int | None = None
    leader: str | None = None
    bids: int = 0
    limited: bool = False
    ended: bool = False

    def place(self, bid: PlaceBid, at: int) -> str | None:
        known = self.answers.get(bid.command_id)
        if known is not None:
            return known[1] if known[0] == bid else "command_id_reused"
        self._let_time_pass(at)
        refused = self._refusal(bid, at)
        if refused is None:
            self.price, self.leader = bid.amount, self.numbers[bid.actor]
            self.bids += 1
            if self.limited:
                self.closes_at = max(self.closes_at, at + self.limited_us)
            if bid.amount + self.increment > self.cap:
                self.ended = True
        self.answers[bid.command_id] = (bid, refused)
        return refused

    def _let_time_pass(self, at: int) -> None:
        if not self.limited and at >= self.closes_at:
            self.limited, self.closes_at = True, self.closes_at + self.limited_us
        if self.limited and at >= self.closes_at:
            self.ended = True

    def _refusal(self, bid: PlaceBid, at: int) -> str | None:
        if self.ended or at >= self.closes_at:
            return "lot_closed"
        if bid.actor == self.seller:
            return "seller_may_not_bid"
        number = self.numbers.get(bid.actor)
        if number is None:
            return "not_qualified"
        if number not in self.admitted:
            return "deposit_not_paid"
        if number == self.leader:
            return "already_leading"
        if not 1 <= bid.amount <= 10**15:
            return "amount_out_of_range"
        if bid.amount < (self.start if self.price is None else self.price + self.increment):
            return "below_minimum"
        if bid.amount > self.cap:
            return "above_cap"
        base = self.start if self.price is None else self.price
        return "off_grid" if (bid.amount - base) % self.increment else None
