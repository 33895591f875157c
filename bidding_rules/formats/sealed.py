"""Sealed bidding (密封报价, 一次报价, 多次报价): one window machine for every kind of sealed sale.

    sealing   envelopes come in: who, when, and a seal (SHA-256), but nothing that can be read
    opening   each envelope is opened and must match its seal; an unopened one counts as no bid
    then      the result, a further round, a round among equals, or a draw (see `sealed_rounds`)

Because the machine holds seals only, nobody, the operator included, can read a bid before the end, and
nobody can change one afterwards. Sources: 招标投标法 art. 36 (opening in public), the rules of property
exchanges on 一次报价/多次报价/权重报价, Vickrey (1961) for the second price.
"""

import hashlib
import re

from bidding_rules.formats import lottery
from bidding_rules.formats.lottery import DrawMade, RevealSeed
from bidding_rules.formats.sealed_results import SealedBid
from bidding_rules.formats.sealed_rounds import DrawAmong, NextRound, RoundResult, after_round
from bidding_rules.formats.sealed_terms import (
    EnvelopeOpened,
    EnvelopeReceived,
    EnvelopeWithdrawn,
    OpenEnvelope,
    RecordScore,
    ScoreRecorded,
    SealedEvent,
    SealedMove,
    SealedPhase,
    SealedPhaseBegan,
    SealedState,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
    why_invalid,
)
from bidding_rules.formats.timed_terms import SaleEnded
from bidding_rules.rejections import Rejection, RejectionCode

_SEAL = re.compile(r"[0-9a-f]{64}")


def seal_of(*, bidder: str, round_no: int, amount: int, nonce: str) -> str:
    """Return the seal of a bid: SHA-256 (hex) of `bidder|round|amount|nonce` in UTF-8.

    The nonce must be random and at least 128 bits long, or the amount could be guessed from the seal.
    """
    return hashlib.sha256(f"{bidder}|{round_no}|{amount}|{nonce}".encode()).hexdigest()


def begin(terms: SealedTerms, at: int) -> SealedState:
    """Return the state of a sale that opens at `at`."""
    return SealedState(floor=terms.start, closes_at=at + terms.window_us)


def judge(
    terms: SealedTerms, state: SealedState, move: SealedMove, at: int
) -> tuple[SealedEvent, ...] | Rejection:
    """Return what `move`, arrived at `at`, causes, or why it causes nothing.

    The caller has checked who may do this: bidders seal and withdraw, the keepers of the keys open,
    the operator records scores, a notary reveals the seed of a draw.
    """
    late = at >= state.closes_at and state.phase is not SealedPhase.DRAW
    if late or state.phase is SealedPhase.ENDED:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    match move:
        case SubmitEnvelope():
            return _submit(terms, state, move, at)
        case WithdrawEnvelope():
            return _withdraw(terms, state, move)
        case RecordScore():
            return _score(terms, state, move)
        case OpenEnvelope():
            return _open(terms, state, move, at)
        case RevealSeed():
            return _draw(terms, state, move, at)


def apply(_terms: SealedTerms, state: SealedState, event: SealedEvent) -> None:
    """Change `state` by what happened; the only code that does."""
    match event:
        case SealedPhaseBegan():
            _enter(state, event)
        case EnvelopeReceived():
            state.envelopes.pop(event.bidder, None)
            state.envelopes[event.bidder] = event.seal
        case EnvelopeWithdrawn():
            del state.envelopes[event.bidder]
        case ScoreRecorded():
            state.scores[event.bidder] = event.hundredths
        case EnvelopeOpened():
            state.opened[event.bidder] = event.amount if event.invalid is None else None
        case DrawMade():
            state.drawn = event.order
        case SaleEnded():
            state.phase, state.outcome = SealedPhase.ENDED, event.outcome
            state.price, state.leader = event.outcome.price, event.outcome.winner


def due_at(state: SealedState) -> int | None:
    """Return when something next happens by itself; a draw waits for people."""
    waits = state.phase in (SealedPhase.DRAW, SealedPhase.ENDED)
    return None if waits else state.closes_at


def lapse(terms: SealedTerms, state: SealedState, at: int) -> SealedEvent | None:
    """Return the next thing that has fallen due by `at`, or None. Apply it and ask again."""
    due = due_at(state)
    if due is None or at < due:
        return None
    if state.phase is SealedPhase.SEALING and state.envelopes:
        return SealedPhaseBegan(
            phase=SealedPhase.OPENING,
            round=state.round,
            tie_rounds=state.tie_rounds,
            floor=state.floor,
            contenders=state.contenders,
            at=due,
            closes_at=due + terms.opening_us,
        )
    return _what_follows(terms, state, state.opened, state.drawn, due)


def bids_so_far(state: SealedState, opened: dict[str, int | None]) -> tuple[SealedBid, ...]:
    """Return all valid bids in order of arrival, this round's as in `opened`."""
    amounts = ((bidder, opened.get(bidder)) for bidder in state.envelopes)
    return (
        *state.standing,
        *(SealedBid(bidder, amount) for bidder, amount in amounts if amount is not None),
    )


def _submit(
    terms: SealedTerms, state: SealedState, move: SubmitEnvelope, at: int
) -> tuple[SealedEvent, ...] | Rejection:
    if state.phase is not SealedPhase.SEALING:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if state.contenders is not None and move.bidder not in state.contenders:
        return Rejection(code=RejectionCode.BIDS_NOT_IN_TURN)
    if move.bidder in state.envelopes and not terms.replaceable:
        return Rejection(code=RejectionCode.ALREADY_SEALED)
    if not _SEAL.fullmatch(move.seal):
        return Rejection(code=RejectionCode.SEAL_BROKEN)
    return (EnvelopeReceived(bidder=move.bidder, seal=move.seal, content=move.content, at=at),)


def _withdraw(
    terms: SealedTerms, state: SealedState, move: WithdrawEnvelope
) -> tuple[SealedEvent, ...] | Rejection:
    if state.phase is not SealedPhase.SEALING or not terms.withdrawable:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    if move.bidder not in state.envelopes:
        return Rejection(code=RejectionCode.NOT_SEALED)
    return (EnvelopeWithdrawn(bidder=move.bidder),)


def _score(
    terms: SealedTerms, state: SealedState, move: RecordScore
) -> tuple[SealedEvent, ...] | Rejection:
    """Take scores only while no price can be known, so that none is made to measure."""
    if state.phase is not SealedPhase.SEALING or terms.weights is None:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    out_of_range = any(not 0 <= score <= 100 * 100 for score in move.hundredths)
    if out_of_range or len(move.hundredths) != len(terms.weights.others):
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE)
    return (ScoreRecorded(bidder=move.bidder, hundredths=move.hundredths),)


def _open(
    terms: SealedTerms, state: SealedState, move: OpenEnvelope, at: int
) -> tuple[SealedEvent, ...] | Rejection:
    if state.phase is not SealedPhase.OPENING:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    seal = state.envelopes.get(move.bidder)
    if seal is None or move.bidder in state.opened:
        return Rejection(code=RejectionCode.NOT_SEALED)
    found = seal_of(bidder=move.bidder, round_no=state.round, amount=move.amount, nonce=move.nonce)
    if found != seal:
        return Rejection(code=RejectionCode.SEAL_BROKEN)
    invalid = why_invalid(terms, move.amount, state.floor)
    happened = EnvelopeOpened(bidder=move.bidder, amount=move.amount, invalid=invalid)
    opened = {**state.opened, move.bidder: None if invalid else move.amount}
    if len(opened) < len(state.envelopes):
        return (happened,)
    return (happened, _what_follows(terms, state, opened, state.drawn, at))


def _draw(
    terms: SealedTerms, state: SealedState, move: RevealSeed, at: int
) -> tuple[SealedEvent, ...] | Rejection:
    """Draw among the equals with the committed seed, as every lottery does."""
    if state.phase is not SealedPhase.DRAW or terms.draw is None:
        return Rejection(code=RejectionCode.WRONG_PHASE)
    tied = state.contenders or ()
    made = lottery.draw(terms.draw, tied, move, not_before=state.closes_at, at=at)
    if isinstance(made, Rejection):
        return made
    return (made, _what_follows(terms, state, state.opened, made.order, at))


def _what_follows(
    terms: SealedTerms,
    state: SealedState,
    opened: dict[str, int | None],
    drawn: tuple[str, ...],
    at: int,
) -> SealedEvent:
    done = RoundResult(
        bids=bids_so_far(state, opened),
        brought_bids=any(amount is not None for amount in opened.values()),
        round=state.round,
        tie_rounds=state.tie_rounds,
        scores=state.scores,
        drawn=drawn,
    )
    follows = after_round(terms, done, at)
    match follows:
        case NextRound():
            return SealedPhaseBegan(
                phase=SealedPhase.SEALING,
                round=state.round + 1,
                tie_rounds=state.tie_rounds + follows.among_equals,
                floor=follows.floor,
                contenders=follows.contenders,
                at=at,
                closes_at=at + terms.window_us,
            )
        case DrawAmong():
            assert terms.draw is not None, "validated when the terms were built"
            return SealedPhaseBegan(
                phase=SealedPhase.DRAW,
                round=state.round,
                tie_rounds=state.tie_rounds,
                floor=state.floor,
                contenders=follows.contenders,
                at=at,
                closes_at=at + terms.draw.notice_us,
            )
        case _:
            return SaleEnded(outcome=follows)


def _enter(state: SealedState, event: SealedPhaseBegan) -> None:
    """Begin a phase; a new round of sealing keeps the bids of the round before."""
    if event.phase is SealedPhase.SEALING:
        state.standing = bids_so_far(state, state.opened)
        state.envelopes, state.opened = {}, {}
        state.price = max((bid.amount for bid in state.standing), default=None)
    state.phase, state.round, state.tie_rounds = event.phase, event.round, event.tie_rounds
    state.floor, state.contenders, state.closes_at = event.floor, event.contenders, event.closes_at
