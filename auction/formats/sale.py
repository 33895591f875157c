"""A sale of several formats in a row as a live format: price, then what follows at the cap."""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from bidding_rules import sequence
from bidding_rules.formats import timed as timed_machine
from bidding_rules.formats.lottery import DrawMade, LotteryState, RevealSeed
from bidding_rules.formats.one_price import OnePriceState, QuoteOnce, QuotesOpened, QuoteTaken
from bidding_rules.formats.second_dimension import SecondDimensionState
from bidding_rules.formats.timed_terms import BidAccepted
from bidding_rules.sequence import SaleState, SaleTerms, Stage, StageBegan


def public_draw(event: DrawMade) -> dict[str, Any]:
    """Return a draw with everything that is needed to repeat it."""
    return {
        "at_us": event.at,
        "details": {
            "seed": event.seed,
            "public": event.public,
            "participants": event.participants,
            "order": event.order,
        },
    }


def _stage(event: StageBegan) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "price_fen": event.capped.price,
        "details": {"stage": event.stage, "contenders": event.capped.contenders},
    }


def _quotes(event: QuotesOpened) -> dict[str, Any]:
    quotes = [{"number": number, "amount_fen": amount} for number, amount in event.quotes]
    return {"at_us": event.at, "details": {"quotes": quotes, "mean_fen": event.mean}}


def _view(terms: SaleTerms, state: SaleState) -> SaleView:
    price = timed.timed_view(terms.price, state.stages[Stage.PRICE])
    running = state.running
    match running:
        case SecondDimensionState():
            return _second_dimension_view(terms, price, running)
        case OnePriceState():
            return _one_price_view(terms, price, running)
        case LotteryState():
            return _lottery_view(terms, price, running)
        case _:
            price.details["stage"] = state.stage
            return price


def _second_dimension_view(
    terms: SaleTerms, price: SaleView, state: SecondDimensionState
) -> SaleView:
    rules = terms.second_dimension
    assert rules is not None, "the terms lead here"
    bidding = state.bidding
    return SaleView(
        phase=str(state.phase),
        price=state.capped.price,
        leader=bidding.leader or state.capped.contenders[0],
        bids=price.bids + bidding.bids,
        bidders=price.bidders,
        extensions=price.extensions + bidding.extensions,
        amount_min=timed_machine.amount_min(rules.bidding(), bidding),
        details={
            "stage": Stage.SECOND_DIMENSION,
            "dimension": rules.dimension,
            "committed": bidding.price,
            "increment": rules.increment,
            "maximum": rules.maximum,
        },
    )


def _one_price_view(terms: SaleTerms, price: SaleView, state: OnePriceState) -> SaleView:
    rules = terms.one_price
    assert rules is not None, "the terms lead here"
    return SaleView(
        phase=str(state.phase),
        price=state.capped.price,
        bids=price.bids,
        bidders=price.bidders,
        extensions=price.extensions,
        amount_min=(rules.above // rules.step + 1) * rules.step,
        details={
            "stage": Stage.ONE_PRICE,
            "above_fen": rules.above,
            "up_to_fen": rules.up_to,
            "step_fen": rules.step,
        },
    )


def _lottery_view(terms: SaleTerms, price: SaleView, state: LotteryState) -> SaleView:
    rules = terms.lottery
    assert rules is not None, "the terms lead here"
    return SaleView(
        phase=str(state.phase),
        price=state.capped.price,
        bids=price.bids,
        bidders=price.bidders,
        extensions=price.extensions,
        details={
            "stage": Stage.LOTTERY,
            "contenders": state.capped.contenders,
            "commitment": rules.commitment,
            "public_source": rules.public_source,
            "purpose": rules.purpose,
            "not_before_us": state.closes_at,
            "order": state.order,
        },
    )


def _ending(terms: SaleTerms, state: SaleState, at: int) -> Any:
    return sequence.ending(terms, state, at)


def _may_hammer(state: SaleState) -> bool:
    return state.stage is Stage.PRICE and timed.may_hammer(state.running)


def _reserve(terms: SaleTerms, state: SaleState) -> int | None:
    return timed.reserve_of(terms.price, state.stages[Stage.PRICE])


SALE = LiveFormat(
    kind="sale",
    terms=SaleTerms,
    machine=sequence,
    moves={**timed.MOVES, QuoteOnce: Side.BIDDER, RevealSeed: Side.STAFF},
    ending=_ending,
    may_hammer=_may_hammer,
    public={
        **timed.PUBLIC,
        StageBegan: _stage,
        QuotesOpened: _quotes,
        DrawMade: public_draw,
    },
    private=(*timed.PRIVATE, QuoteTaken),
    bids=frozenset({BidAccepted}),
    secret_moves=timed.SECRET_MOVES | {QuoteOnce},
    view=_view,
    reserve=_reserve,
)
