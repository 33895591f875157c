"""A lower bound of P3: only the rules that the lot of the benchmark uses, written into the code.

What somebody would write who had this one lot to sell; it answers with a bare code.
"""

from dataclasses import dataclass, field

from auction.commands import PlaceBid


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
