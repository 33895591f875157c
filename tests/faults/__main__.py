"""`python -m tests.faults NAME --count N [--control]`: real processes and servers, bidders, and a real fault.

The last line is one JSON object. Exit 0: no violation; with `--control`, which removes the guard that the
fault is there to test: violations were seen. Exit 77: not possible on this machine; the object says why.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from tests.faults import disks, engines, failover, hammer, kills, network, power

_NOT_POSSIBLE = 77

Fault = Callable[..., Awaitable[dict[str, Any]]]
FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kills.engine_kill,
        kills.postgres_kill,
        kills.both_kill,
        kills.redis_kill,
        engines.zombie,
        engines.rolling_restart,
        engines.clock_jump,
        network.network,
        hammer.hammer_race,
        failover.postgres_failover,
        failover.redis_failover,
        disks.disk_full,
        power.power_cut,
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("fault", choices=FAULTS)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument(
        "--control", action="store_true", help="remove the guard; expect violations"
    )
    given = parser.parse_args()
    report = asyncio.run(FAULTS[given.fault](given.count, control=given.control))
    sys.stdout.write(orjson.dumps(report).decode() + "\n")
    if "skipped" in report:
        return _NOT_POSSIBLE
    seen = sum(report["violations"].values()) > 0
    return 0 if seen is given.control else 1


if __name__ == "__main__":
    sys.exit(main())
