"""Clear in a process of its own, say what memory it took: `python -m benchmarks.clearing_memory SHAPE N`.

The peak counts the input columns too, and is given in times their size. Pages that a shape of bids makes
clearing touch count; what the interpreter took before does not.
"""

import random
import sys
from array import array
from pathlib import Path

from bidding_rules.clearing import Tie, cut_to_limits, fill


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def _column(count: int, bits: int) -> "array[int]":
    """Return random numbers below 2^bits, made without a list of them."""
    column: array[int] = array("q")
    numbers = random.Random(count + bits)
    for _ in range(0, count, 4096):
        column.extend(numbers.getrandbits(bits) for _ in range(4096))
    return column[:count]


SHAPES = ("ladder", "one price", "limits")


def measure(name: str, count: int) -> float:
    before = _status("VmRSS")
    price = _column(count, 14) if name != "one price" else array("q", [7]) * count
    quantity = _column(count, 10)
    supply = 2**9 * count // 2
    bidder = _column(count if name == "limits" else 0, 10)
    limit = array("q", [supply // 2**10]) * 2**10
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # The peak starts anew.
    if name == "limits":
        kept = fill(price, cut_to_limits(price, quantity, bidder, limit), supply=supply)
    else:
        tie = Tie.ROUND_UP if name == "one price" else Tie.TIME
        kept = fill(price, quantity, supply=supply, tie=tie)
    peak = _status("VmHWM")
    assert kept.sold > 0
    return (peak - before) / sum(
        len(column) * column.itemsize for column in (price, quantity, bidder)
    )


if __name__ == "__main__":
    print(measure(sys.argv[1], int(sys.argv[2])))
