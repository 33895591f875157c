"""P3: the state machine of a lot, bids replayed and decided a second, against the same rules in one class.

Conditions: one lot by timed bidding (free phase, then a limited phase that every bid resets), start, grid,
cap, seller, deposit, bidders admitted; 5,000 bids, of which some are too low, off the grid, from the
leader, from strangers, and repeats of earlier ones. All in memory, one thread, its processor time, garbage
collection off while a side runs.

"events folded" is how we replay: recovery applies the recorded events and decides nothing again.
"decided" is `auction.steps.take`, what the engine runs for each bid: what has fallen due, the answer to a
repeat, decide, apply, remember. The peers replay by deciding again, for they record no events:
`benchmarks/replay_one_class.py`, `replay_this_lot.py`.
"""

import argparse
import time
from random import Random

from auction.commands import AdmitBidder, AnnounceLot, PlaceBid, RegisterBidder
from auction.state import Lot
from auction.steps import Step, take
from benchmarks.replay_one_class import PlacedOutcome, RulesInOneClass
from benchmarks.replay_this_lot import ThisLotAlone
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

OURS = ("decided", "events folded")

Row = tuple[PlaceBid, int]


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


def decided(rows: list[Row]) -> tuple[Lot, list[Step]]:
    lot = admitted_lot()
    return lot, [take(lot, bid, at) for bid, at in rows]


def folded(steps: list[Step]) -> Lot:
    lot = admitted_lot()
    for step in steps:
        for event in step.events:
            lot.apply(event)
    return lot


def in_one_class(rows: list[Row]) -> tuple[RulesInOneClass, list[PlacedOutcome]]:
    lot = RulesInOneClass(
        terms=TERMS.format,
        seller=SELLER,
        numbers={f"account {i}": f"No. {i}" for i in range(BIDDERS)},
        admitted={f"No. {i}" for i in range(BIDDERS)},
        closes_at=FREE_US,
    )
    return lot, [lot.place(bid, at) for bid, at in rows]


def this_lot_alone(rows: list[Row]) -> tuple[ThisLotAlone, list[str | None]]:
    lot = ThisLotAlone(
        seller=SELLER,
        numbers={f"account {i}": f"No. {i}" for i in range(BIDDERS)},
        admitted={f"No. {i}" for i in range(BIDDERS)},
        start=START,
        increment=INCREMENT,
        cap=CAP,
        limited_us=LIMITED_US,
        closes_at=FREE_US,
    )
    return lot, [lot.place(bid, at) for bid, at in rows]


def code_of(step: Step) -> str | None:
    rejection = getattr(step.answer, "rejection", step.answer)
    return None if rejection is None else rejection.code


def same(rows: list[Row]) -> bool:
    """Tell whether all sides gave the same answers and left the lot in the same state."""
    lot, steps = decided(rows)
    again = folded(steps)
    in_class, outcomes = in_one_class(rows)
    alone, codes = this_lot_alone(rows)
    said = [code_of(step) for step in steps]
    assert lot.sale is not None
    state = (lot.sale.price, lot.sale.leader, lot.sale.closes_at)
    return (
        said == codes == [outcome.code for outcome in outcomes]
        and all((peer.price, peer.leader, peer.closes_at) == state for peer in (in_class, alone))
        and again.sale == lot.sale
        and said.count(None) > len(rows) // 4
    )


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks replay")
    parser.add_argument("--bids", type=int, default=1_000 if arguments.quick else 5_000)
    rows = stream(parser.parse_args(arguments.options).bids)
    _, steps = decided(rows)
    seconds = alternately(
        {
            "decided": lambda: decided(rows),
            "events folded": lambda: folded(steps),
            "the same rules in one class": lambda: in_one_class(rows),
            "this lot's rules alone": lambda: this_lot_alone(rows),
        },
        5 if arguments.quick else 101,
        clock=time.thread_time,
    )
    figures: dict[str, Figures] = {
        name: {
            "ns per bid": median(times) / len(rows) * 1e9,
            "bids per s": round(len(rows) / median(times)),
        }
        for name, times in seconds.items()
    }
    peers = {name: figures.pop(name) for name in list(figures) if name not in OURS}
    return Report(
        benchmark="replay",
        conditions=machine() | {"bids": len(rows)},
        ours=figures,
        peers=peers,
        ratios={
            f"{name} against {other}": float(row["bids per s"]) / float(peer["bids per s"])
            for name, row in figures.items()
            for other, peer in peers.items()
        },
        checked=same(rows),
    )
