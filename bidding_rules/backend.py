"""Which form of clearing and order book serves: the compiled twin where it was built, else plain Python."""

INTERFACE = 2
"""Raised with every change of the functions that both forms have, so that no stale build is used."""

try:
    from bidding_rules._native import INTERFACE as _COMPILED_INTERFACE
except ImportError:
    _COMPILED_INTERFACE = 0


def backend() -> str:
    """Return "c" where the compiled twin serves, "python" where the reference does.

    Both give the same results. Benchmarks and installations assert the one they expect, because an
    installer may silently reuse a build made while no compiler was there.
    """
    return "c" if _COMPILED_INTERFACE == INTERFACE else "python"
