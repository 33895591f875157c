"""`python -m tests.simulation --seeds N [--seed-from K] [--plant NAME] [--jobs J] [--trace]`.

Simulates N seeds and judges every one. The last line is one JSON object. Exit 0: without a plant, no
promise was broken; with one, it was found. A seed and a commit replay exactly; `--trace` shows everything.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from multiprocessing import get_context

from tests.simulation.plants import PLANTS, planted
from tests.simulation.scenario import Simulated, simulate

_CHUNK = 25


@dataclass(kw_only=True)
class Tally:
    """What all seeds together came to."""

    seeds: int = 0
    bids: int = 0
    violations: int = 0
    seeds_violated: list[int] = field(default_factory=list)
    invariants: Counter[str] = field(default_factory=Counter)
    trace: bytes = b""

    def add(self, run: Simulated) -> None:
        """Count one seed."""
        self.seeds += 1
        self.bids += run.bids
        self.violations += len(run.violations)
        self.invariants.update({violation.invariant for violation in run.violations})
        self.trace = blake2b(self.trace + run.digest.encode(), digest_size=16).digest()
        if run.violations:
            self.seeds_violated.append(run.seed)


def chunk_of(first: int, count: int, plant: str | None, *, with_lines: bool) -> list[Simulated]:
    """Simulate some seeds; what a good one did is not kept."""
    with planted(plant), garbage_collected_after():
        runs = [simulate(seed) for seed in range(first, first + count)]
    if not with_lines:
        for run in runs:
            run.lines.clear()
    return runs


@contextmanager
def garbage_collected_after() -> Iterator[None]:
    """Look for cycles once, at the end, not again and again in what is still in use."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def simulated(given: argparse.Namespace) -> Iterator[Simulated]:
    """Yield all seeds in order, however many processes share them."""
    end = given.seed_from + given.seeds
    chunks = [(at, min(_CHUNK, end - at)) for at in range(given.seed_from, end, _CHUNK)]
    if given.jobs == 1:
        for first, count in chunks:
            yield from chunk_of(first, count, given.plant, with_lines=given.trace)
        return
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("fork")) as pool:
        under_way = [
            pool.submit(chunk_of, first, count, given.plant, with_lines=given.trace)
            for first, count in chunks
        ]
        for future in under_way:
            yield from future.result()


def commit() -> str:
    """Return the commit that a seed belongs to; `+` says that files were changed since."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


def cpu_seconds() -> float:
    """Return what this process and those it has waited for have spent."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def show(run: Simulated, at: str) -> None:
    """Print what broke, and how to see it again."""
    for line in run.lines:
        sys.stdout.write(line + "\n")
    for violation in run.violations[:5]:
        sys.stdout.write(f"seed {run.seed} at {at}: {violation}\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--seed-from", type=int, default=0)
    parser.add_argument("--plant", choices=sorted(PLANTS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--trace", action="store_true", help="print all that happened")
    given = parser.parse_args()
    tally, at, began, busy = Tally(), commit(), time.perf_counter(), cpu_seconds()
    gc.freeze()  # What was imported stays.
    for run in simulated(given):
        tally.add(run)
        if run.violations or given.trace:
            show(run, at)
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - busy
    result = {
        "seeds": tally.seeds,
        "seed_first": given.seed_from,
        "plant": given.plant,
        "bids": tally.bids,
        "violations": tally.violations,
        "invariants": dict(sorted(tally.invariants.items())),
        "seeds_violated": len(tally.seeds_violated),
        "seed_violated_first": min(tally.seeds_violated, default=None),
        "seeds_per_second": round(tally.seeds / seconds, 1),
        "seeds_per_cpu_second": round(tally.seeds / cpu, 1),
        "bids_per_seed": round(tally.bids / tally.seeds, 1),
        "jobs": given.jobs,
        "trace": tally.trace.hex(),
        "commit": at,
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return int(bool(tally.violations) is not bool(given.plant))


if __name__ == "__main__":
    sys.exit(main())
