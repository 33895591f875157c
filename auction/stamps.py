"""Stamps that jump: whether the inbox's clock and the engine's agree. Pure."""


class StampWatch:
    """Judges each stamp by the engine's clock; they may differ by `skew_max_us`.

    No command can have arrived later than now. And none can have arrived before a reading that began when
    everything earlier had been read: a backlog makes stamps old, but never that old.
    """

    def __init__(self, skew_max_us: int) -> None:
        self._skew_max_us = skew_max_us
        self._began_us = self._floor_us = 0

    def reading_begins(self, now_us: int) -> None:
        """Take note that the inbox is read at `now_us`."""
        self._began_us = now_us

    def reading_ends(self, *, is_drained: bool) -> None:
        """Take note that what was read was judged; `is_drained`: nothing was left when it was read."""
        if is_drained:
            self._floor_us = self._began_us

    def is_ahead(self, stamp_us: int, now_us: int) -> bool:
        """Tell whether the stamp lies in the future."""
        return stamp_us > now_us + self._skew_max_us

    def agrees(self, stamp_us: int, now_us: int) -> bool:
        """Tell whether something that is read now can have been stamped so."""
        floor_us = min(self._floor_us, now_us)
        return stamp_us >= floor_us - self._skew_max_us and not self.is_ahead(stamp_us, now_us)
