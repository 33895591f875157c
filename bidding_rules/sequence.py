"""A sale of several formats in a row: price bidding, and what follows when the cap is reached.

    price (timed) --capped-->  second dimension --several at its maximum-->  lottery
                  --stop price passed-->  one price
                  --several at the cap-->  lottery

The same five functions as every format. Where a stage ends `CAPPED` and another follows, `StageBegan`
stands in the place of its `SaleEnded`; the last stage's `SaleEnded` is the sale's.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, get_args

from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats import lottery, one_price, second_dimension, timed
from bidding_rules.formats.lottery import LotteryEvent, LotteryTerms, RevealSeed
from bidding_rules.formats.one_price import OnePriceEvent, OnePriceTerms, QuoteOnce
from bidding_rules.formats.second_dimension import SecondDimensionTerms
from bidding_rules.formats.timed_terms import (
    Bid,
    ConfirmParticipation,
    Move,
    SaleEnded,
    TimedEvent,
    TimedTerms,
)
from bidding_rules.money import TermsError
from bidding_rules.outcome import Outcome, OutcomeKind
from bidding_rules.rejections import Rejection, RejectionCode


class Stage(StrEnum):
    """Which format is running; stable and public."""

    PRICE = "price"
    SECOND_DIMENSION = "second_dimension"
    ONE_PRICE = "one_price"
    LOTTERY = "lottery"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTerms(FormatTerms):
    """Price bidding and its follow-ups. Raises `TermsError` where one leads nowhere or is never reached."""

    price: TimedTerms
    second_dimension: SecondDimensionTerms | None = None
    one_price: OnePriceTerms | None = None
    lottery: LotteryTerms | None = None

    def __post_init__(self) -> None:
        _check_pair("second_dimension", self.second_dimension, leads=self.price.capped_goes_on)
        _check_pair("one_price", self.one_price, leads=self.price.stop_above_cap)
        several = self.price.equal_bids_at_cap or (
            self.second_dimension is not None and self.second_dimension.maximum is not None
        )
        _check_pair("lottery", self.lottery, leads=several)
        if self.price.equal_bids_at_cap and self.price.capped_goes_on:
            raise TermsError("price", "equal bids at the cap are drawn; they cannot go on as well")
        if self.one_price is not None and self.one_price.above < (self.price.cap or 0):
            raise TermsError("one_price", "quotes must lie above the stop price")


def _check_pair(field: str, follow_up: object | None, *, leads: bool) -> None:
    if leads and follow_up is None:
        raise TermsError(field, "the price terms lead to it; it is missing")
    if follow_up is not None and not leads:
        raise TermsError(field, "nothing leads to it")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBegan:
    """The stage before ended with `capped`; `stage` begins at `at`."""

    stage: Stage
    at: int
    capped: Outcome


SaleMove: TypeAlias = Move | QuoteOnce | RevealSeed
StageEvent: TypeAlias = TimedEvent | OnePriceEvent | LotteryEvent
SaleEvent: TypeAlias = StageEvent | StageBegan

_FORMATS: dict[Stage, Any] = {
    Stage.PRICE: timed,
    Stage.SECOND_DIMENSION: second_dimension,
    Stage.ONE_PRICE: one_price,
    Stage.LOTTERY: lottery,
}
_MOVES: dict[Stage, tuple[type, ...]] = {
    Stage.PRICE: get_args(Move),
    Stage.SECOND_DIMENSION: (Bid,),
    Stage.ONE_PRICE: (ConfirmParticipation, QuoteOnce),
    Stage.LOTTERY: (RevealSeed,),
}


@dataclass(slots=True)
class SaleState:
    """Where the sale stands: which stage runs, and the state of each that has begun."""

    stage: Stage
    stages: dict[Stage, Any]
    """State by stage, in the order in which they began."""

    @property
    def running(self) -> Any:
        """Return the state of the running stage, in the words of its format."""
        return self.stages[self.stage]

    @property
    def closes_at(self) -> int:
        """The close in force: that of the running stage."""
        closes_at: int = self.running.closes_at
        return closes_at

    @closes_at.setter
    def closes_at(self, value: int) -> None:
        self.running.closes_at = value

    @property
    def hard_end_at(self) -> int | None:
        """The instant that no bid moves the close beyond, in the running stage."""
        hard_end_at: int | None = self.running.hard_end_at
        return hard_end_at

    @hard_end_at.setter
    def hard_end_at(self, value: int | None) -> None:
        self.running.hard_end_at = value

    @property
    def outcome(self) -> Outcome | None:
        """Return how the sale ended."""
        outcome: Outcome | None = self.running.outcome
        return outcome


def begin(terms: SaleTerms, at: int) -> SaleState:
    """Return the state of a sale that opens at `at`."""
    return SaleState(stage=Stage.PRICE, stages={Stage.PRICE: timed.begin(terms.price, at)})


def judge(
    terms: SaleTerms, state: SaleState, move: SaleMove, at: int
) -> tuple[SaleEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes in the running stage, or why it causes nothing."""
    if not isinstance(move, _MOVES[state.stage]):
        code = RejectionCode.CAP_REACHED if isinstance(move, Bid) else RejectionCode.WRONG_PHASE
        return Rejection(code=code)
    caused = _FORMATS[state.stage].judge(_terms_of(terms, state.stage), state.running, move, at)
    if isinstance(caused, Rejection):
        return caused
    return tuple(_handed_over(terms, state, event) for event in caused)


def apply(terms: SaleTerms, state: SaleState, event: SaleEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    running, stage_terms = _FORMATS[state.stage], _terms_of(terms, state.stage)
    if not isinstance(event, StageBegan):
        running.apply(stage_terms, state.running, event)
        return
    running.apply(stage_terms, state.running, SaleEnded(outcome=event.capped))
    follow_terms = _terms_of(terms, event.stage)
    state.stages[event.stage] = _FORMATS[event.stage].begin(follow_terms, event.at, event.capped)
    state.stage = event.stage


def due_at(state: SaleState) -> int | None:
    """Return when something next happens by itself."""
    due: int | None = _FORMATS[state.stage].due_at(state.running)
    return due


def lapse(terms: SaleTerms, state: SaleState, at: int) -> SaleEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    event = _FORMATS[state.stage].lapse(_terms_of(terms, state.stage), state.running, at)
    return None if event is None else _handed_over(terms, state, event)


def ending(terms: SaleTerms, state: SaleState, at: int) -> SaleEvent:
    """Return what follows if the hammer falls at `at`, before the close of price bidding."""
    return _handed_over(terms, state, timed.ending(terms.price, state.running, at))


def _terms_of(terms: SaleTerms, stage: Stage) -> Any:
    return getattr(terms, stage)


def _handed_over(terms: SaleTerms, state: SaleState, event: StageEvent) -> SaleEvent:
    """Return the beginning of the next stage where `event` is an end that decides nothing."""
    if not isinstance(event, SaleEnded) or event.outcome.kind is not OutcomeKind.CAPPED:
        return event
    if state.stage is not Stage.PRICE or terms.price.equal_bids_at_cap:
        follows = Stage.LOTTERY
    elif terms.price.stop_above_cap:
        follows = Stage.ONE_PRICE
    else:
        follows = Stage.SECOND_DIMENSION
    return StageBegan(stage=follows, at=event.outcome.at, capped=event.outcome)
