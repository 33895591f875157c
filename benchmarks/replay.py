"""P3: the state machine of a lot, bids a second, against the same rules written down for this lot alone.

Conditions: one lot by timed bidding (free phase, then a limited phase that every bid resets), start, grid,
cap, seller, deposit, bidders admitted; 5,000 bids, of which some are too low, off the grid, from the
leader, from strangers, and repeats of earlier ones. All in memory, one thread, its processor time, garbage
collection off while a side runs.

"decided" is `auction.steps.take`: what the engine runs for each bid (what has fallen due, the answer to a
repeat, decide, apply, remember). "events folded" applies the recorded events again: the inside of recovery.
The peer decides and changes its state in one method of one slots dataclass, with no events to journal and
none of the rules that this lot does not use; it is what somebody would write who had this one lot to sell.
"""

import argparse
import time
from dataclasses import dataclass, field
from random import Random

from auction.commands import AdmitBidder, AnnounceLot, PlaceBid, RegisterBidder
from auction.events import Event
from auction.state import Lot
from auction.steps import take
from benchmarks.report import Arguments, Figures, Report, alternately, machine, median
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.terms import Terms

SECOND_US = 1_000_000
FREE_US = 600 * SECOND_US
LIMITED_US = 300 * SECOND_US
START, INCREMENT, CAP = 1_000_000, 10_000, 10**12
BIDDERS = 20
SEED = 20_260_101
SELLER = "seller"
LOT = "lot"

TERMS = Terms(
    format=TimedTerms(
        start=START,
        increments=fixed(INCREMENT),
        cap=CAP,
        free_us=FREE_US,
        limited_us=LIMITED_US,
    ),
    seller=SELLER,
    deposit=100_000,
    opens_at=0,
)

Row = tuple[PlaceBid, int]
Said = list["str | None"]


@dataclass(slots=True)
class PlainLot:
    """The same rules for this lot: one object, one method. The answer is the refusal's code, or None."""

    numbers: dict[str, str] = field(default_factory=dict)
    admitted: set[str] = field(default_factory=set)
    answers: dict[str, tuple[PlaceBid, str | None]] = field(default_factory=dict)
    price: int | None = None
    leader: str | None = None
    bids: int = 0
    limited: bool = False
    closes_at: int = FREE_US
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
                self.closes_at = max(self.closes_at, at + LIMITED_US)
            if bid.amount + INCREMENT > CAP:
                self.ended = True
        self.answers[bid.command_id] = (bid, refused)
        return refused

    def _let_time_pass(self, at: int) -> None:
        if not self.limited and at >= self.closes_at:
            self.limited, self.closes_at = True, self.closes_at + LIMITED_US
        if self.limited and at >= self.closes_at:
            self.ended = True

    def _refusal(self, bid: PlaceBid, at: int) -> str | None:
        if self.ended or at >= self.closes_at:
            return "lot_closed"
        if bid.actor == SELLER:
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
        if bid.amount < (START if self.price is None else self.price + INCREMENT):
            return "below_minimum"
        if bid.amount > CAP:
            return "above_cap"
        base = START if self.price is None else self.price
        return "off_grid" if (bid.amount - base) % INCREMENT else None


def stream(count: int) -> list[Row]:
    """Bids with their arrival, so close together that the limited phase never runs out."""
    random = Random(SEED)
    rows: list[Row] = []
    price = START - INCREMENT
    for i in range(count):
        kind = random.random()
        at = (i + 1) * (FREE_US // max(1, count // 2))
        if rows and kind < 0.05:
            rows.append((random.choice(rows)[0], at))
            continue
        actor = SELLER if kind < 0.06 else f"account {random.randrange(BIDDERS + 1)}"
        amount = price + random.choice((INCREMENT, INCREMENT, 3 * INCREMENT, 0, INCREMENT // 2))
        bid = PlaceBid(lot_id=LOT, command_id=f"{actor}:{i}", actor=actor, amount=amount)
        rows.append((bid, at))
        price = max(price, amount - amount % INCREMENT)
    return rows


def admitted_lot() -> Lot:
    lot = Lot(LOT)
    announce = AnnounceLot(lot_id=LOT, command_id="announce", actor="hall", terms=TERMS)
    take(lot, announce, -2)
    for i in range(BIDDERS):
        ids = {"lot_id": LOT, "actor": "hall", "bidder_id": f"account {i}"}
        take(lot, RegisterBidder(command_id=f"register {i}", number=f"No. {i}", **ids), -2)
        take(lot, AdmitBidder(command_id=f"admit {i}", **ids), -1)
    return lot


def decided(rows: list[Row]) -> tuple[Lot, Said, list[tuple[Event, ...]]]:
    lot = admitted_lot()
    said: Said = []
    events: list[tuple[Event, ...]] = []
    for bid, at in rows:
        step = take(lot, bid, at)
        events.append(step.events)
        rejection = getattr(step.answer, "rejection", step.answer)
        said.append(None if rejection is None else rejection.code.value)
    return lot, said, events


def folded(events: list[tuple[Event, ...]]) -> Lot:
    lot = admitted_lot()
    for happened in events:
        for event in happened:
            lot.apply(event)
    return lot


def plain(rows: list[Row]) -> tuple[PlainLot, Said]:
    lot = PlainLot(
        numbers={f"account {i}": f"No. {i}" for i in range(BIDDERS)},
        admitted={f"No. {i}" for i in range(BIDDERS)},
    )
    return lot, [lot.place(bid, at) for bid, at in rows]


def same(rows: list[Row]) -> bool:
    """Tell whether all sides gave the same answers and left the lot in the same state."""
    lot, said, events = decided(rows)
    other, other_said = plain(rows)
    again = folded(events)
    assert lot.sale is not None
    assert again.sale is not None
    state = (lot.sale.price, lot.sale.leader, lot.sale.closes_at)
    return (
        said == other_said
        and state == (other.price, other.leader, other.closes_at)
        and again.sale == lot.sale
        and said.count(None) > len(rows) // 4
    )


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks replay")
    parser.add_argument("--bids", type=int, default=1_000 if arguments.quick else 5_000)
    rows = stream(parser.parse_args(arguments.options).bids)
    _, _, events = decided(rows)
    seconds = alternately(
        {
            "decided": lambda: decided(rows),
            "events folded": lambda: folded(events),
            "the same rules in one class": lambda: plain(rows),
        },
        5 if arguments.quick else 15,
        clock=time.thread_time,
    )
    figures: dict[str, Figures] = {
        name: {
            "ns per bid": median(times) / len(rows) * 1e9,
            "bids per s": round(len(rows) / median(times)),
        }
        for name, times in seconds.items()
    }
    peer = figures.pop("the same rules in one class")
    return Report(
        benchmark="replay",
        conditions=machine() | {"bids": len(rows)},
        ours=figures,
        peers={"the same rules in one class": peer},
        ratios={
            f"{name}, against one class": float(row["bids per s"]) / float(peer["bids per s"])
            for name, row in figures.items()
        },
        checked=same(rows),
    )
