"""The vocabulary of sealed bidding: terms, moves, events, state."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.lottery import DrawMade, LotteryTerms, RevealSeed
from bidding_rules.formats.sealed_results import Pricing, SealedBid, TieRule
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.formats.weighted import PriceWeights
from bidding_rules.money import TermsError, check_amount, check_duration
from bidding_rules.outcome import Outcome
from bidding_rules.rejections import RejectionCode


class SealedPhase(StrEnum):
    """Stable and public."""

    SEALING = "sealing"
    """密封报价: envelopes come in; nobody can read them."""
    OPENING = "opening"
    """开启: envelopes are opened against their seals."""
    DRAW = "draw"
    """摇号 among equals."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTerms(FormatTerms):
    """What the notice fixed for a sale by sealed bids. Amounts in fen, spans in microseconds.

    Raises `TermsError`, naming the field, when terms contradict each other.
    """

    start: int
    """起始价: a lower bid is invalid."""
    cap: int | None = None
    """最高限价: a higher bid is invalid."""
    reserve: int | None = None
    """底价; secret until the end."""
    increment: int = 1
    """加价幅度: bids lie whole increments above `start`; a later round beats the best by one at least."""
    window_us: int
    """Length of one round of sealing."""
    opening_us: int
    """Within this the envelopes are opened; one that is not counts as no bid."""
    replaceable: bool = False
    """Whether a bidder may replace his envelope before the window ends; one bid each otherwise."""
    withdrawable: bool = False
    """Whether he may take it back before the window ends; bids bind otherwise."""
    pricing: Pricing = Pricing.FIRST
    ties: TieRule = TieRule.ARRIVAL
    tie_rounds_max: int = 1
    """How often equals bid again under `TieRule.NEW_ROUND`; then the earlier bid wins."""
    rounds_max: int = 1
    """多次报价: rounds at most; each must beat the best price before, which is told."""
    advance: int | None = None
    """Only so many of the best go on to the next round; None: everybody does."""
    bidders_min: int = 1
    """Fewer bidders with a valid bid than this: no sale."""
    draw: LotteryTerms | None = None
    """What the notice fixed for a draw; needed for `TieRule.DRAW` only."""
    weights: PriceWeights | None = None
    """权重报价: how price and other scores are weighed; needed for `Pricing.WEIGHTED` only."""

    def __post_init__(self) -> None:
        check_amount("start", self.start)
        if self.cap is not None:
            check_amount("cap", self.cap, minimum=self.start)
        if self.reserve is not None:
            check_amount("reserve", self.reserve, minimum=self.start)
        if self.cap is not None and self.reserve is not None and self.reserve > self.cap:
            raise TermsError("reserve", "must not be above the cap")
        check_amount("increment", self.increment)
        check_duration("window_us", self.window_us, minimum_us=1)
        check_duration("opening_us", self.opening_us, minimum_us=1)
        for name in ("rounds_max", "tie_rounds_max", "bidders_min"):
            if getattr(self, name) < 1:
                raise TermsError(name, "must be at least 1")
        if self.advance is not None and self.advance < 2:  # noqa: PLR2004
            raise TermsError("advance", "must be at least 2")
        if (self.ties is TieRule.DRAW) != (self.draw is not None):
            raise TermsError("draw", "belongs to ties by draw, which need it")
        self._check_weights()

    def _check_weights(self) -> None:
        weighted = self.pricing is Pricing.WEIGHTED
        if weighted != (self.weights is not None):
            raise TermsError("weights", "belong to weighted pricing, which needs them")
        if weighted and (self.rounds_max > 1 or self.ties is TieRule.NEW_ROUND):
            raise TermsError("pricing", "weighted bids have one round, ties by arrival or draw")


def why_invalid(terms: SealedTerms, amount: int, floor: int) -> RejectionCode | None:
    """Return why `amount` does not count in a round whose lowest valid bid is `floor`, if so."""
    if amount < floor:
        return RejectionCode.BELOW_MINIMUM
    if terms.cap is not None and amount > terms.cap:
        return RejectionCode.ABOVE_CAP
    if (amount - terms.start) % terms.increment:
        return RejectionCode.OFF_GRID
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitEnvelope:
    """Hand in a sealed bid: its seal (see `sealed.seal_of`) and the content, opaque to everybody here."""

    bidder: str
    seal: str
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEnvelope:
    """Take the sealed bid back before the window ends."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScore:
    """Fix a bidder's other scores, in hundredths of a point by criterion, before any price is opened."""

    bidder: str
    hundredths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnvelope:
    """Open one envelope after the window: the amount and the nonce that make up its seal."""

    bidder: str
    amount: int
    nonce: str


SealedMove: TypeAlias = SubmitEnvelope | WithdrawEnvelope | RecordScore | OpenEnvelope | RevealSeed


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPhaseBegan:
    """A phase of round `round` began; `floor` is its lowest valid bid, `contenders` may bid (None: all).

    `tie_rounds` counts the rounds among equals so far.
    """

    phase: SealedPhase
    round: int
    tie_rounds: int
    floor: int
    contenders: tuple[str, ...] | None
    at: int
    closes_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeReceived:
    """An envelope is in."""

    bidder: str
    seal: str
    content: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeWithdrawn:
    """An envelope was taken back."""

    bidder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRecorded:
    """A bidder's other scores are fixed."""

    bidder: str
    hundredths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeOpened:
    """An envelope held `amount`; `invalid` says why it does not count, if so."""

    bidder: str
    amount: int
    invalid: RejectionCode | None = None


SealedEvent: TypeAlias = (
    SealedPhaseBegan
    | EnvelopeReceived
    | EnvelopeWithdrawn
    | ScoreRecorded
    | EnvelopeOpened
    | DrawMade
    | SaleEnded
)


@dataclass(slots=True)
class SealedState:
    """Where a sealed sale stands; changed by `sealed.apply` only."""

    phase: SealedPhase = SealedPhase.SEALING
    round: int = 1
    tie_rounds: int = 0
    floor: int = 0
    contenders: tuple[str, ...] | None = None
    closes_at: int = 0
    hard_end_at: int | None = None
    envelopes: dict[str, str] = field(default_factory=dict)
    """Seal by bidder of this round, in order of arrival; a replaced envelope arrives anew."""
    opened: dict[str, int | None] = field(default_factory=dict)
    """What this round's envelopes held; None: an amount that does not count."""
    standing: tuple[SealedBid, ...] = ()
    """Opened, valid bids of earlier rounds, in order of arrival."""
    scores: dict[str, tuple[int, ...]] = field(default_factory=dict)
    drawn: tuple[str, ...] = ()
    price: int | None = None
    leader: str | None = None
    outcome: Outcome | None = None
