"""How much one may ask of the feed: connections in all, of an address, of an account; messages a second."""

from collections import Counter
from dataclasses import dataclass

from realtime.disconnects import FEED_FULL, TOO_MANY_CONNECTIONS, Goodbye


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLimits:
    """What one process allows."""

    connections_max: int = 20_000
    of_address_max: int = 2_000
    """High, since offices and mobile networks share addresses."""
    of_account_max: int = 20
    lots_max: int = 64
    """Lots watched on one connection."""
    messages_per_second_max: int = 50
    """Of one connection in the long run; twice as many at once."""
    handshake_timeout_s: float = 10.0
    """Who connects and then says nothing is disconnected."""
    message_bytes_max: int = 16_384


class Places:
    """Counts connections; who is let in has to be let out."""

    def __init__(self, limits: FeedLimits) -> None:
        self._limits = limits
        self.taken = 0
        self._of_address: Counter[str] = Counter()
        self._of_account: Counter[str] = Counter()

    def enter(self, address: str, account_id: str | None) -> Goodbye | None:
        """Take a place, or return why there is none."""
        limits = self._limits
        if self.taken >= limits.connections_max:
            return FEED_FULL
        if self._of_address[address] >= limits.of_address_max:
            return TOO_MANY_CONNECTIONS
        if account_id is not None and self._of_account[account_id] >= limits.of_account_max:
            return TOO_MANY_CONNECTIONS
        self.taken += 1
        self._of_address[address] += 1
        if account_id is not None:
            self._of_account[account_id] += 1
        return None

    def leave(self, address: str, account_id: str | None) -> None:
        """Give the place back."""
        self.taken -= 1
        _less(self._of_address, address)
        if account_id is not None:
            _less(self._of_account, account_id)


def _less(counted: Counter[str], key: str) -> None:
    counted[key] -= 1
    if counted[key] <= 0:
        del counted[key]
