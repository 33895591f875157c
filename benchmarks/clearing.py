"""P1: uniform-price clearing with the full allocation, against Polars, DuckDB, and copying the input.

Conditions: bids stand in two int64 columns, price and quantity, in order of arrival; half of the demand is
on offer; time decides at the margin. Ours gives the price and every bid's quantity. The peers run the same
rule: a sort by price and arrival with a running total (Polars; DuckDB's window), and, as the strongest
form we found for Polars, grouping by price and touching only the margin. Their result may stay unsorted.
Polars and DuckDB use all cores, ours one, so these are compared by the clock on the wall. The shapes of
bids that are bad for some method, limits by bidder, and copying (into memory that is there already) are
compared by processor time. `--bids` changes the number of bids.
"""

import argparse
import subprocess
import sys
from functools import partial
from time import thread_time

from benchmarks import clearing_memory
from benchmarks.clearing_cases import BIDDERS, SHAPES, Bids, bids_of, limits_for
from benchmarks.clearing_peers import copying, duckdb_window, polars_grouped, polars_sort
from benchmarks.report import Arguments, Figures, Report, alternately, machine, median
from bidding_rules.backend import backend
from bidding_rules.clearing import Fill, Tie, cut_to_limits, fill, reference
from bidding_rules.clearing.columns import Column
from bidding_rules.clearing.margin_ties import TIME, TieRule

MEMORY_LIMIT = 3.0
REACH = {"polars sort": 15.0, "duckdb window": 20.0}


def cleared(bids: Bids, tie: Tie = Tie.TIME) -> Fill:
    return fill(bids.price, bids.quantity, supply=bids.supply, tie=tie, rank=bids.rank)


def per_bid(seconds: list[float], count: int) -> Figures:
    return {
        "ms": median(seconds) * 1e3,
        "best ms": min(seconds) * 1e3,
        "ns per bid": median(seconds) / count * 1e9,
    }


def against_peers(count: int, rounds: int) -> tuple[dict[str, list[float]], bool]:
    """Time ours and the peers on one set of bids; tell whether all allocations agree."""
    bids = bids_of("ladder", count)
    peers = {
        "polars sort": polars_sort(bids),
        "polars grouped": polars_grouped(bids),
        "duckdb window": duckdb_window(bids),
    }
    ours = partial(cleared, bids)
    seconds = alternately({"ours": ours, **peers}, rounds, warm=2)
    expected = ours().allocation.tolist()
    agree = all(peer.allocation() == expected for peer in peers.values())
    return seconds, agree and sum(expected) == bids.supply


def shapes(count: int, rounds: int) -> tuple[dict[str, Figures], float]:
    """Time ours on every shape of bids, each beside copying; return the worst one's ns per bid."""
    figures: dict[str, Figures] = {}
    for shape in SHAPES:
        bids = bids_of(shape, count)
        seconds = alternately({"fill": partial(cleared, bids), "copy": copying(bids)}, rounds)
        row = per_bid(seconds["fill"], count)
        row["times copying"] = median(seconds["fill"]) / median(seconds["copy"])
        figures[f"{count:.0e} {shape}"] = row
    ties = bids_of("one price", count)
    for tie in (Tie.RANDOM_ORDER, Tie.FLOOR_THEN_RANDOM, Tie.ROUND_UP):
        seconds = alternately({"fill": partial(cleared, ties, tie)}, rounds, clock=thread_time)
        figures[f"{count:.0e} one price, {tie}"] = per_bid(seconds["fill"], count)
    return figures, max(float(row["ns per bid"]) for row in figures.values())


def cut_and_cleared(bids: Bids, bidder: Column, limit: Column) -> Fill:
    left = cut_to_limits(bids.price, bids.quantity, bidder, limit)
    return fill(bids.price, left, supply=bids.supply)


def cut_and_cleared_in_python(bids: Bids, bidder: Column, limit: Column) -> list[int]:
    left = reference.cut_to_limits(bids.price, bids.quantity, bidder, limit)
    allocation, *_ = reference.fill(bids.price, left, bids.supply, 0, TieRule(TIME))
    return allocation.tolist()


def with_limits(count: int, rounds: int) -> tuple[dict[str, Figures], float, bool]:
    """Time limits and clearing together, and the plain Python form once; tell whether they agree."""
    bids = bids_of("ladder", count)
    figures: dict[str, Figures] = {}
    ratio = 0.0
    agree = True
    for bidders in BIDDERS:
        ours = partial(cut_and_cleared, bids, *limits_for(bids, bidders))
        python = partial(cut_and_cleared_in_python, bids, *limits_for(bids, bidders))
        seconds = alternately({"ours": ours}, rounds, clock=thread_time)["ours"]
        figures[f"{count:.0e} limits, {bidders:,} bidders"] = per_bid(seconds, count)
        slow = alternately({"python": python}, 1, warm=0, clock=thread_time)["python"]
        ratio = median(slow) / median(seconds)
        agree = agree and python() == ours().allocation.tolist()
    return figures, ratio, agree


def peak_memory(count: int) -> dict[str, float]:
    """Clear each shape in a process of its own; return the peaks, input included, in times the input."""
    peaks: dict[str, float] = {}
    for shape in clearing_memory.SHAPES:
        child = [sys.executable, "-m", "benchmarks.clearing_memory", shape, str(count)]
        said = subprocess.run(child, check=True, capture_output=True, text=True)
        peaks[shape] = float(said.stdout)
    return peaks


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks clearing")
    parser.add_argument("--bids", type=int, default=10**5 if arguments.quick else 10**6)
    count = parser.parse_args(arguments.options).bids
    many = count if arguments.quick else 10 * count
    assert backend() == "c", "build the compiled twin first: these figures are its"
    conditions = machine()

    seconds, agree = against_peers(count, 5 if arguments.quick else 15)
    ours = {f"{count:.0e} ladder, full allocation": per_bid(seconds.pop("ours"), count)}
    peers = {name: per_bid(times, count) for name, times in seconds.items()}
    own_ms = float(next(iter(ours.values()))["ms"])
    ratios = {f"against {name}": float(row["ms"]) / own_ms for name, row in peers.items()}

    by_shape, worst = shapes(many, 3 if arguments.quick else 5)
    at_count, _ = shapes(count, 5 if arguments.quick else 15)
    for figures in (at_count, by_shape):
        name, ladder = next(iter(figures.items()))
        ratios[f"against copying the input, {name}"] = 1 / float(ladder["times copying"])
    limited, against_python, limits_agree = with_limits(count, 5)
    memory = peak_memory(many)
    ours |= at_count | by_shape | limited
    ours[f"{many:.0e} peak memory / input"] = dict(memory)
    ratios["limits, against plain Python"] = against_python
    ratios["memory, limit to peak"] = MEMORY_LIMIT / max(memory.values())
    assert ratios["memory, limit to peak"] > 1, memory
    return Report(
        benchmark="clearing",
        conditions={**conditions, "backend": backend(), "bids": count, "many": many},
        ours=ours,
        peers=peers,
        ratios=ratios,
        checked=agree and limits_agree,
        notes=[
            f"worst shape of {many:.0e} bids: {worst:.1f} ns per bid",
            *(
                f"target {name}: {ratios[f'against {name}']:.1f}x of {target:.0f}x"
                for name, target in REACH.items()
            ),
        ],
    )
