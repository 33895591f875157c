"""A token bucket per bidder: nobody can starve a lot or another bidder by speed alone."""

from collections.abc import Callable


class RateLimit:
    """Allows `per_second` actions a second in the long run and `burst` at once, for each key."""

    def __init__(self, *, per_second: int, burst: int, now_us: Callable[[], int]) -> None:
        self._us_per_action = 1_000_000 // per_second
        self._reserve_us = self._us_per_action * burst
        self._now_us = now_us
        self._free_at: dict[str, int] = {}

    def allows(self, key: str) -> bool:
        """Count one action of `key`; False when it comes too fast, and then it is not counted."""
        now = self._now_us()
        free_at = max(self._free_at.get(key, 0), now - self._reserve_us)
        if free_at + self._us_per_action > now:
            return False
        self._free_at[key] = free_at + self._us_per_action
        if len(self._free_at) > _KEYS_MAX:
            self._forget_idle(now)
        return True

    def _forget_idle(self, now: int) -> None:
        floor = now - self._reserve_us
        self._free_at = {key: at for key, at in self._free_at.items() if at > floor}


_KEYS_MAX = 50_000
