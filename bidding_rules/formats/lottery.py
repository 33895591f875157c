"""摇号: among several bidders at the cap a verifiable draw decides; the price is the cap.

The participants are fixed when price bidding ends and are published with place and time of the draw;
the seed is revealed no earlier than `notice_us` later (see `bidding_rules.draw`). With one participant
there is nothing to draw. A notary (公证处) keeps the seed. Source: net-listing rules of the Suzhou/Wuxi
family (摇号).
"""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from bidding_rules.draw import SEED_BYTES_MIN, commitment, is_hex, shuffled
from bidding_rules.formats.timed_terms import Phase, SaleEnded
from bidding_rules.money import TermsError, check_duration
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryTerms:
    """What the notice fixes for a draw, before anybody can know who takes part."""

    purpose: str
    """The lot's number: no other draw of the same seed gives the same order."""
    commitment: str
    """SHA-256 of the secret seed, hexadecimal."""
    public_source: str
    """Where the public value will come from, and which of its drawings: for people."""
    notice_us: int = 0
    """Least time between the end of price bidding and the draw."""

    def __post_init__(self) -> None:
        check_duration("notice_us", self.notice_us)
        if not is_hex(self.commitment, SEED_BYTES_MIN) or len(self.commitment) != 64:  # noqa: PLR2004
            raise TermsError(
                "commitment", "must be the SHA-256 of the seed, 64 hexadecimal digits"
            )
        for field in ("purpose", "public_source"):
            if not getattr(self, field):
                raise TermsError(field, "must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealSeed:
    """Draw: the committed seed (hexadecimal) and the public value as its source printed it."""

    seed: str
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawMade:
    """The draw: all that is needed to repeat it, and the order it gave."""

    seed: str
    public: str
    participants: tuple[str, ...]
    order: tuple[str, ...]
    at: int


LotteryEvent: TypeAlias = DrawMade | SaleEnded


@dataclass(slots=True)
class LotteryState:
    """Where a draw stands; changed by `apply` only."""

    capped: Outcome
    """How price bidding ended."""
    closes_at: int
    """The draw is not held before."""
    phase: Phase = Phase.DRAW
    order: tuple[str, ...] = ()
    hard_end_at: int | None = None
    outcome: Outcome | None = None


def begin(terms: LotteryTerms, at: int, capped: Outcome) -> LotteryState:
    """Return the state of a draw among the contenders of `capped`, which ended at `at`."""
    return LotteryState(capped=capped, closes_at=at + terms.notice_us)


def judge(
    terms: LotteryTerms, state: LotteryState, move: RevealSeed, at: int
) -> tuple[LotteryEvent, ...] | Rejection:
    """Return the draw that revealing the seed makes, or why it makes none."""
    if state.phase is Phase.ENDED:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    made = draw(terms, state.capped.contenders, move, not_before=state.closes_at, at=at)
    if isinstance(made, Rejection):
        return made
    return (made, SaleEnded(outcome=_won(state, made.order[0], at)))


def draw(
    terms: LotteryTerms,
    participants: tuple[str, ...],
    move: RevealSeed,
    *,
    not_before: int,
    at: int,
) -> DrawMade | Rejection:
    """Return the draw among `participants` that revealing the seed makes, or why it makes none.

    Every draw of every format is this one: lotteries, sealed bids that tie, orders tied at the margin.
    """
    if at < not_before:
        return Rejection(code=RejectionCode.TOO_SOON)
    fits = is_hex(move.seed, SEED_BYTES_MIN) and commitment(move.seed) == terms.commitment
    if not fits or not move.public:
        return Rejection(code=RejectionCode.DRAW_INVALID)
    order = shuffled(participants, purpose=terms.purpose, seed=move.seed, public=move.public)
    return DrawMade(
        seed=move.seed, public=move.public, participants=participants, order=order, at=at
    )


def apply(_terms: LotteryTerms, state: LotteryState, event: LotteryEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case DrawMade():
            state.order = event.order
        case SaleEnded():
            state.phase, state.outcome = Phase.ENDED, event.outcome
        case _:
            assert_never(event)


def due_at(state: LotteryState) -> int | None:
    """Return when something next happens by itself; a draw among several waits for people."""
    decided = state.phase is Phase.ENDED or len(state.capped.contenders) > 1
    return None if decided else state.closes_at


def lapse(_terms: LotteryTerms, state: LotteryState, at: int) -> LotteryEvent | None:
    """Return the end where there is nothing to draw, if it has fallen due by `at`."""
    due = due_at(state)
    if due is None or at < due:
        return None
    if not state.capped.contenders:
        return SaleEnded(outcome=Outcome(kind=OutcomeKind.NO_BIDS, at=due))
    return SaleEnded(outcome=_won(state, state.capped.contenders[0], due))


def _won(state: LotteryState, winner: str, at: int) -> Outcome:
    return Outcome(
        kind=OutcomeKind.SOLD,
        at=at,
        winner=winner,
        price=state.capped.price,
        committed=state.capped.committed,
    )
