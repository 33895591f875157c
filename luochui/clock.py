"""The one place that reads the computer's clock; everything else asks a `Clock`."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_us(self) -> int:
        """Return the instant in microseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The operating system's wall clock."""

    def now_us(self) -> int:
        """Return the instant in microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000
