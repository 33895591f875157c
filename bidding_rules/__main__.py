"""`python -m bidding_rules run CASE.json`: run a published or own case through the rules."""

import sys

from bidding_rules.cases.command import main

_WORDS = 3

if __name__ == "__main__":
    if len(sys.argv) != _WORDS or sys.argv[1] != "run":
        print("usage: python -m bidding_rules run CASE.json", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    sys.exit(main(sys.argv[2]))
