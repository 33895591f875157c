"""`python -m tests.history [--operations N] [--lots N] [--jobs J]`: how long it takes to judge a history.

Writes an honest history with the real rules first (that is not timed), judges it, and prints one JSON
object; then breaks one answer in it, and expects exactly that to be found.
"""

import argparse
import json
import os
import sys
import time
from random import Random

import msgspec

from tests.history.checker import judged
from tests.history.records import History
from tests.history.written import SECOND, WrittenLot


def honest_history(operations: int, lots: int) -> History:
    """Return bids of three bidders on `lots` lots; a quarter of them is refused."""
    decisions, asked = [], []
    for number in range(lots):
        rng, count = Random(number), operations // lots
        written = WrittenLot(f"L{number}", free_us=(count + 10) * SECOND)
        price, leader = 90, ""
        for i in range(count):
            bidder = rng.choice([b for b in ("ann", "bob", "cid") if b != leader])
            if i % 4:
                price, leader = price + 10, bidder
                written.bids(bidder, price, (i + 11) * SECOND)
            else:
                written.bids(bidder, price - 10, (i + 11) * SECOND)
        for at in (count + 20, count + 25):
            written.time_passes(to=at * SECOND)
        decisions += written.decisions
        asked += written.operations
    return History(decisions=decisions, operations=asked)


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.history", description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--lots", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    history = honest_history(given.operations, given.lots)
    began, busy = time.perf_counter(), _cpu_seconds()
    verdict = judged(history, jobs=given.jobs)
    seconds, cpu = time.perf_counter() - began, _cpu_seconds() - busy
    middle = len(history.operations) // 2
    told = msgspec.structs.replace(history.operations[middle].told, at_us=1)
    history.operations[middle] = msgspec.structs.replace(history.operations[middle], told=told)
    figures = {
        "operations": len(history.operations),
        "decisions": len(history.decisions),
        "lots": given.lots,
        "jobs": given.jobs,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "violations": len(verdict.violations),
        "violations_when_one_answer_is_wrong": len(judged(history, jobs=given.jobs).violations),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if not verdict.violations else 1


if __name__ == "__main__":
    sys.exit(main())
