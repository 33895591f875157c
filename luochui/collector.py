"""Python's garbage collector, told what a server is: what was made at the start stays for good."""

import gc

_YOUNG_MAX = 10_000
_YOUNG_ROUNDS = 20
_MIDDLE_ROUNDS = 50


def settle_collector() -> None:
    """Call it once everything is built: the collector then looks at what came later, and less often.

    Left alone it goes through all modules and routes again and again, tens of milliseconds each time, in
    which no bid is answered. Reference counting frees nearly everything at once; only cycles wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, _YOUNG_ROUNDS, _MIDDLE_ROUNDS)
