"""Right of first refusal (优先购买权): holders may take the object at the price others offer.

Three ways are in use; the notice says which:

1. *Ask at the end*: ordinary bidders finish, then the holders are asked for so long whether they take
   the object at the last price. The best rank wins; of one rank, the earlier answer.
2. *Bid as an ordinary bidder*: nothing to add.
3. *Match in the room*: a holder may bid the same price as the current highest, if the leader has a
   lower right or none. Order key = (price descending, rank ascending, arrival ascending).

Ranks count from 1, the best. A holder who was told and stays away has waived (民法典 art. 727).
Sources: 公司法 art. 84-85; 民法典 art. 306, 727; 法释〔2016〕18号 art. 16, 21; 上海
股权转让项目中股东优先购买权行使操作办法(试行).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction

from bidding_rules.money import TermsError, check_duration
from bidding_rules.rejections import Rejection, RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRefusal:
    """How holders may use their right."""

    in_room: bool = True
    """Holders may match the highest bid while bidding runs."""
    ask_us: int = 0
    """Holders are asked for so long after bidding; 0: they are not."""

    def __post_init__(self) -> None:
        check_duration("first_refusal.ask_us", self.ask_us)
        if not self.in_room and self.ask_us == 0:
            raise TermsError("first_refusal", "must be usable in the room or at the end")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExercisePriority:
    """行权: the holder of `rank` takes the object at the last price; only while holders are asked."""

    bidder: str
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivePriority:
    """放弃优先购买权: from now on the holder is an ordinary bidder."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityExercised:
    """The holder of `rank` leads at the last price."""

    bidder: str
    rank: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityWaived:
    """The holder gave up the right."""

    bidder: str
    at: int


def goes_before(rank: int | None, leader_rank: int | None) -> bool:
    """Tell whether a right of `rank` beats that of a leader at the same price (None: no right)."""
    return rank is not None and (leader_rank is None or rank < leader_rank)


def judge_right(
    terms: FirstRefusal | None,
    move: ExercisePriority | WaivePriority,
    *,
    asked: bool,
    waived: AbstractSet[str],
    leader_rank: int | None,
    at: int,
) -> tuple[PriorityExercised | PriorityWaived, ...] | Rejection:
    """Return what using or waiving a right causes, or why nothing; `asked`: holders are being asked."""
    if terms is None:
        return Rejection(code=RejectionCode.NOT_OFFERED)
    if isinstance(move, WaivePriority):
        return () if move.bidder in waived else (PriorityWaived(bidder=move.bidder, at=at),)
    if not asked:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if move.rank is None or move.bidder in waived or not goes_before(move.rank, leader_rank):
        return Rejection(code=RejectionCode.NO_PRIORITY_RIGHT)
    return (PriorityExercised(bidder=move.bidder, rank=move.rank, at=at),)


def ends_asking(caused: tuple[object, ...]) -> PriorityExercised | None:
    """Return the exercise that nobody can go before: there is no more to wait for."""
    for event in caused:
        if isinstance(event, PriorityExercised) and event.rank == 1:
            return event
    return None


def pro_rata(total: int, holdings: Mapping[str, Fraction]) -> dict[str, int]:
    """Share `total` whole units among holders of one rank in proportion to their holdings.

    民法典 art. 306 and 公司法 art. 84: holders who cannot agree take part pro rata. Each share is rounded
    down; the units left go to the largest remainders, of equal ones to the holder named first.
    Raises `ValueError` unless every holding is positive.
    """
    if not holdings or any(holding <= 0 for holding in holdings.values()):
        raise ValueError("every holder needs a positive holding")
    sum_held = sum(holdings.values())
    exact = {holder: total * held / sum_held for holder, held in holdings.items()}
    shares = {holder: int(share) for holder, share in exact.items()}
    left = total - sum(shares.values())
    by_remainder = sorted(exact, key=lambda holder: shares[holder] - exact[holder])
    for holder in by_remainder[:left]:
        shares[holder] += 1
    return shares
