"""How a sale ends."""

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """Stable and public."""

    SOLD = "sold"
    """成交."""
    NO_BIDS = "no_bids"
    """流拍: nobody bid."""
    RESERVE_NOT_MET = "reserve_not_met"
    """流拍: 拍卖法 art. 50, the highest bid below the reserve has no effect."""
    TOO_FEW_BIDDERS = "too_few_bidders"
    """流拍: fewer bidders than the notice asks for."""
    UNDERSUBSCRIBED = "undersubscribed"
    """流拍: less was asked for than offered, and the notice then cancels the sale."""
    CAPPED = "capped"
    """最高限价 reached: price bidding is over and the terms' next format decides."""
    PASSED = "passed"
    """The auctioneer passed the lot unsold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a format: `SOLD` has the winner and his price (fen); `at` is the deal's instant."""

    kind: OutcomeKind
    at: int
    winner: str | None = None
    price: int | None = None
    contenders: tuple[str, ...] = ()
    """When capped: who holds the top price, the leader first, then in order of arrival. The first wins
    at it if nobody takes part in what follows."""
    committed: int | None = None
    """What the winner bound himself to in a second dimension, in its units; see `second_dimension`."""
