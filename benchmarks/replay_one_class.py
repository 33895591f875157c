"""The peer of P3: the rules for bids as one would write them down without our shape.

One slots dataclass that knows everything that may decide a bid in timed bidding - where the lot stands,
seller, number, deposit, phases, inquiry, stop window, grid, cap, stop price, equal bids at the cap, rights of
first refusal, proxies, extensions - driven by the same `TimedTerms`, with an outcome for each bid that is
the record for the journal and the answer to a repeat.
"""

from dataclasses import dataclass, field

from auction.commands import PlaceBid
from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import Increments
from bidding_rules.money import AMOUNT_MAX


@dataclass(slots=True)
class Leading:
    """A bid that stands."""

    number: str
    amount: int
    rank: int | None
    matches: bool = False


@dataclass(slots=True)
class PlacedOutcome:
    """What became of one bid: the record for the journal, and the answer."""

    entry: int
    seq: int
    at: int
    code: str | None
    amount_min: int | None = None
    amount_max: int | None = None
    bids: tuple[Leading, ...] = ()
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
    status: str = "open"
    phase: str = "free"
    phase_began_at: int = 0
    price: int | None = None
    leader: str | None = None
    leader_rank: int | None = None
    increments: Increments | None = None
    entry: int = 0
    seq: int = 0
    bids: int = 0
    extensions: int = 0
    ranks: dict[str, int] = field(default_factory=dict)
    waived: set[str] = field(default_factory=set)
    maxima: dict[str, int] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    at_cap: list[str] = field(default_factory=list)
    outcomes: dict[str, tuple[PlaceBid, PlacedOutcome]] = field(default_factory=dict)

    def place(self, bid: PlaceBid, at: int) -> PlacedOutcome:
        known = self.outcomes.get(bid.command_id)
        if known is not None:
            first, outcome = known
            if first == bid:
                return outcome
            return PlacedOutcome(self.entry, self.seq, at, "command_id_reused")
        self._advance(at)
        self.entry += 1
        outcome = self._decide(bid, at)
        self.outcomes[bid.command_id] = (bid, outcome)
        return outcome

    def _decide(self, bid: PlaceBid, at: int) -> PlacedOutcome:
        code = self._barred(bid, at)
        if code is not None:
            return PlacedOutcome(self.entry, self.seq, at, code)
        number = self.numbers[bid.actor]
        rank = self._rank(number)
        lowest = self.lowest()
        highest = self.price if self.at_cap else self.terms.cap
        matches = self._matches_by_right(bid.amount, rank)
        code = None if matches else self._broken_price_rule(bid.amount, lowest, highest, number)
        if code is not None:
            return PlacedOutcome(self.entry, self.seq, at, code, lowest, highest)
        if self.terms.stop_above_cap and self.terms.cap and bid.amount > self.terms.cap:
            self.phase = "ended"
            self.seq += 1
            return PlacedOutcome(self.entry, self.seq, at, None, closes_at=self.closes_at)
        bids = self._answered(Leading(number, bid.amount, rank, matches))
        self._accept(bids, at)
        return PlacedOutcome(self.entry, self.seq, at, None, bids=bids, closes_at=self.closes_at)

    def _barred(self, bid: PlaceBid, at: int) -> str | None:
        if self.status != "open":
            return "lot_" + self.status
        if bid.actor == self.seller:
            return "seller_may_not_bid"
        number = self.numbers.get(bid.actor)
        if number is None:
            return "not_qualified"
        if number not in self.admitted:
            return "deposit_not_paid"
        if self.phase == "ended" or at >= self.closes_at:
            return "lot_closed"
        terms = self.terms
        if self.phase == "free" and at >= self.closes_at - terms.stop_window_us:
            return "stop_window"
        if self.phase == "inquiry":
            return "wrong_phase"
        if self.phase == "limited" and not self._goes_on(number):
            return "not_confirmed"
        if number in self.at_cap or (number == self.leader and not terms.leader_may_raise):
            return "already_leading"
        return None

    def _goes_on(self, number: str) -> bool:
        terms = self.terms
        if terms.inquiry_us and terms.inquiry_min_confirmed and number not in self.confirmed:
            return False
        return not terms.must_have_quoted or number in self.quoted

    def _rank(self, number: str) -> int | None:
        if self.terms.first_refusal is None or number in self.waived:
            return None
        return self.ranks.get(number)

    def _matches_by_right(self, amount: int, rank: int | None) -> bool:
        right = self.terms.first_refusal
        if right is None or not right.in_room or rank is None or amount != self.price:
            return False
        return self.leader_rank is None or rank < self.leader_rank

    def _broken_price_rule(
        self, amount: int, lowest: int, highest: int | None, number: str
    ) -> str | None:
        if not 1 <= amount <= AMOUNT_MAX:
            return "amount_out_of_range"
        if amount < lowest:
            holder = amount == self.price and self._rank(number) is not None
            return "no_priority_right" if holder else "below_minimum"
        if highest is not None and amount > highest:
            return None if self.terms.stop_above_cap else "above_cap"
        base = self.terms.start if self.price is None else self.price
        if self.terms.increments.on_grid and (amount - base) % self.increment_at(base):
            return "off_grid"
        return None

    def _answered(self, bid: Leading) -> tuple[Leading, ...]:
        """Return the bid, and what the leader's proxy answers."""
        leader = self.leader
        if leader is None or leader == bid.number or self.at_cap:
            return (bid,)
        maximum = self.maxima.get(leader)
        if maximum is None or maximum < bid.amount:
            return (bid,)
        if self.phase == "limited" and not self._goes_on(leader):
            return (bid,)
        answer = bid.amount + self.increment_at(bid.amount)
        if answer <= maximum:
            return (bid, Leading(leader, answer, self.leader_rank))
        return (bid, Leading(leader, bid.amount, self.leader_rank, matches=True))

    def _accept(self, bids: tuple[Leading, ...], at: int) -> None:
        terms = self.terms
        closes_at = self._close_after(at)
        self.extensions += closes_at > self.closes_at
        self.closes_at = closes_at
        for bid in bids:
            if bid.matches or self.price is None or bid.amount > self.price:
                self.price, self.leader = bid.amount, bid.number
                self.leader_rank = bid.rank
            self.bids += 1
            self.seq += 1
            self.quoted.add(bid.number)
            if self._tops(bid.amount):
                self.at_cap.append(bid.number)
                if not terms.equal_bids_at_cap:
                    self.phase = "ended"

    def _tops(self, amount: int) -> bool:
        if self.terms.cap is None or self.terms.stop_above_cap:
            return False
        return amount + self.increment_at(amount) > self.terms.cap

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
        for step in (self.increments or self.terms.increments).steps:
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
