"""Terms and random moves of every live format: what a crowd might do, sensible or not."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bidding_rules.clearing import Tie
from bidding_rules.draw import commitment
from bidding_rules.extension import Extension, ExtensionRule
from bidding_rules.first_refusal import ExercisePriority, FirstRefusal, WaivePriority
from bidding_rules.format_terms import FormatTerms
from bidding_rules.formats.clock import AskUnits, ClockTerms
from bidding_rules.formats.clock_results import ClockPayment
from bidding_rules.formats.dutch import DutchTerms
from bidding_rules.formats.english_terms import (
    EnglishTerms,
    EnterFloorBid,
    OpenFloor,
    PassLot,
    Reopen,
    SetAsking,
    UndoCall,
    UndoEntry,
)
from bidding_rules.formats.hybrid_dutch import HybridDutchTerms
from bidding_rules.formats.lottery import LotteryTerms, RevealSeed
from bidding_rules.formats.multi_unit_sale import MultiUnitSaleTerms, PlaceOrder
from bidding_rules.formats.multi_unit_terms import (
    MultiUnitTerms,
    PolicyReserveRule,
    UnderSubscription,
)
from bidding_rules.formats.multi_unit_terms import Pricing as Uniform
from bidding_rules.formats.one_price import OnePriceTerms, QuoteOnce
from bidding_rules.formats.package_sale import BidPackages, Package, PackageSaleTerms, Units
from bidding_rules.formats.packages import PackagePricing
from bidding_rules.formats.raise_agree import Agree, RaiseAgreeTerms
from bidding_rules.formats.sealed import seal_of
from bidding_rules.formats.sealed_results import Pricing, TieRule
from bidding_rules.formats.sealed_terms import (
    OpenEnvelope,
    RecordScore,
    SealedTerms,
    SubmitEnvelope,
    WithdrawEnvelope,
)
from bidding_rules.formats.second_dimension import Dimension, SecondDimensionTerms
from bidding_rules.formats.smra_terms import BidOnLots, LotBid, SmraLot, SmraTerms, Waive
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.formats.trading_sale_terms import (
    AcceptBlock,
    ListForPick,
    OfferKind,
    Order,
    PickListing,
    ProposeBlock,
    TakeBackOffer,
    TradingSaleTerms,
    TradingSide,
)
from bidding_rules.formats.trading_terms import CallTie, TradingTerms
from bidding_rules.formats.weighted import PriceWeights
from bidding_rules.increments import AdjustIncrement, Increments, Step, fixed
from bidding_rules.proxies import SetMaximum
from bidding_rules.reserve import EnterReserve
from bidding_rules.sequence import SaleTerms
from tests.support.scenario import MINUTE, SECOND, Scenario, number_of

SEED = "5a" * 32
DRAW = LotteryTerms(
    purpose="LOT-1", commitment=commitment(SEED), public_source="state lottery", notice_us=SECOND
)
PEOPLE = ("ann", "bob", "cat", "eve", "seller")


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """A format under random use: its terms, what happens next, and the rights of first refusal."""

    terms: Callable[[random.Random], FormatTerms]
    acts: Callable[[Scenario, random.Random, int], Any]
    ranks: dict[str, int] | None = None


def price_of(scenario: Scenario) -> int:
    sale = scenario.lot.sale
    price = None if sale is None else scenario.seen().price_fen
    return price or 90


# Timed bidding with everything that its terms offer, and sales of several formats.


def timed_terms(rng: random.Random, **changes: Any) -> TimedTerms:
    ladder = Increments(steps=(Step(price_min=0, increment=10), Step(price_min=200, increment=20)))
    entry = rng.choice((None, 3 * MINUTE))
    offers: dict[str, Any] = {"proxies_allowed": rng.random() < 0.5}
    if not offers["proxies_allowed"] and rng.random() < 0.7 and "cap" not in changes:
        offers["first_refusal"] = FirstRefusal(in_room=True, ask_us=rng.choice((0, MINUTE)))
    elif rng.random() < 0.5:
        offers["first_refusal"] = FirstRefusal(in_room=False, ask_us=MINUTE)
    extension = Extension(
        rule=rng.choice(list(ExtensionRule)),
        by_us=MINUTE,
        window_us=rng.choice((None, 2 * MINUTE)),
        hard_end_us=rng.choice((None, 8 * MINUTE)),
    )
    return TimedTerms(
        **{
            "start": 100,
            "increments": rng.choice((fixed(10), ladder)) if "cap" not in changes else fixed(10),
            "free_us": 10 * MINUTE,
            "limited_us": 4 * MINUTE,
            "limited_extension": rng.choice((None, extension)),
            "reserve_entry_us": entry,
            "reserve": None if entry else rng.choice((None, 130)),
            "increments_adjustable": rng.random() < 0.3,
            "inquiry_us": rng.choice((0, 0, MINUTE)),
            **offers,
            **changes,
        }
    )


def sale_terms(rng: random.Random) -> SaleTerms:
    leads = rng.choice(("second", "equal", "one_price"))
    if leads == "equal":
        price = timed_terms(rng, cap=200, equal_bids_at_cap=True)
        return SaleTerms(price=price, lottery=DRAW)
    if leads == "one_price":
        price = timed_terms(rng, cap=200, stop_above_cap=True, proxies_allowed=False)
        one = OnePriceTerms(
            above=200,
            up_to=1_000,
            step=100,
            waiting_us=MINUTE,
            inquiry_us=2 * MINUTE,
            quoting_us=2 * MINUTE,
        )
        return SaleTerms(price=price, one_price=one)
    maximum = rng.choice((None, 30))
    second = SecondDimensionTerms(
        dimension=Dimension.AREA,
        start=10,
        increment=10,
        maximum=maximum,
        first_us=3 * MINUTE,
        limited_us=MINUTE,
    )
    return SaleTerms(
        price=timed_terms(rng, cap=200, capped_goes_on=True),
        second_dimension=second,
        lottery=DRAW if maximum else None,
    )


_TO_DO = {"inquiry": 7, "quoting": 12, "draw": 13, "priority": 10}
"""What most people do in a phase that asks for one thing."""


def timed_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who, price = rng.choice(PEOPLE), price_of(scenario)
    lowest = scenario.seen().amount_min_fen or price
    match _TO_DO.get(str(scenario.seen().phase), rng.randrange(14)):
        case 0 | 1 | 2 | 3:
            return scenario.bids(who, lowest, at=at)
        case 4:
            return scenario.bids(who, rng.choice((price, price + 40, 200, 210)), at=at)
        case 5 | 6:
            return scenario.moves(
                who, SetMaximum(bidder="", maximum=lowest + rng.choice((0, 15, 40))), at=at
            )
        case 7:
            return scenario.confirms(who, at=at)
        case 8:
            values = (rng.choice((90, 120, 135)), 131)
            return scenario.conducts(EnterReserve(values=values), at=at)
        case 9:
            increment = rng.choice((0, 5, 10, 7))
            return scenario.conducts(AdjustIncrement(increment=increment), at=at)
        case 10:
            return scenario.moves(who, ExercisePriority(bidder=""), at=at)
        case 11:
            return scenario.moves(who, WaivePriority(bidder=""), at=at)
        case 12:
            quote = QuoteOnce(bidder="", amount=rng.choice((200, 300, 400, 500, 550, 1_100)))
            return scenario.moves(who, quote, at=at)
        case _:
            seed = rng.choice((SEED, SEED, "ab"))
            return scenario.conducts(RevealSeed(seed=seed, public="27 08 15"), at=at)


# The English auction.


def english_terms(rng: random.Random) -> EnglishTerms:
    proxies = rng.random() < 0.5
    return EnglishTerms(
        start=100,
        asking_min=rng.choice((None, 50)),
        increments=fixed(10),
        reserve=rng.choice((None, 130)),
        participants_min=2,
        calls=2,
        reopen_us=rng.choice((0, MINUTE)),
        proxies_allowed=proxies,
        first_refusal=FirstRefusal(in_room=not proxies, ask_us=rng.choice((30 * SECOND, MINUTE))),
    )


def english_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who = rng.choice(PEOPLE)
    asking = scenario.seen().details["asking_fen"]
    if scenario.seen().phase == "waiting":
        return scenario.conducts(OpenFloor(participants=rng.choice((1, 2, 3, 3, 3, 3))), at=at)
    moves = (
        lambda: scenario.conducts(OpenFloor(participants=rng.choice((1, 2, 3, 3, 3, 3))), at=at),
        lambda: scenario.bids(who, asking, at=at),
        lambda: scenario.bids(who, rng.choice((asking - 10, asking + 5, asking + 20)), at=at),
        lambda: scenario.conducts(EnterFloorBid(bidder=number_of(who), amount=asking), at=at),
        lambda: scenario.conducts(UndoEntry(reason="wrong paddle"), at=at),
        lambda: scenario.conducts(SetAsking(amount=asking + rng.choice((-20, 10))), at=at),
        lambda: scenario.conducts(AdjustIncrement(increment=rng.choice((0, 5, 20))), at=at),
        lambda: scenario.calls(at=at),
        lambda: scenario.calls(at=at),
        lambda: scenario.conducts(UndoCall(), at=at),
        *(lambda: scenario.calls(at=at),) * 4,
        *(lambda: scenario.hammers(at=at),) * 4,
        lambda: scenario.conducts(Reopen(reason="a bid as it fell"), at=at),
        lambda: scenario.moves(who, SetMaximum(bidder="", maximum=asking + 25), at=at),
        lambda: scenario.moves(who, ExercisePriority(bidder=""), at=at),
        lambda: scenario.moves(who, WaivePriority(bidder=""), at=at),
        lambda: scenario.approves(f"command-{rng.randrange(60)}", at=at),
    )
    if rng.random() < 0.01:
        return scenario.conducts(PassLot(reason="no interest"), at=at)
    return rng.choice(moves)()


# Sealed bidding, and descending sales with a sealed part.


def sealed_terms(rng: random.Random) -> SealedTerms:
    weighted = rng.random() < 0.3
    ties = rng.choice((TieRule.ARRIVAL, TieRule.DRAW) if weighted else tuple(TieRule))
    return SealedTerms(
        start=100,
        cap=rng.choice((None, 130)),
        reserve=rng.choice((None, 110)),
        increment=10,
        window_us=4 * MINUTE,
        opening_us=4 * MINUTE,
        replaceable=rng.random() < 0.5,
        withdrawable=rng.random() < 0.5,
        pricing=Pricing.WEIGHTED if weighted else rng.choice((Pricing.FIRST, Pricing.SECOND)),
        ties=ties,
        rounds_max=1 if weighted else rng.choice((1, 2)),
        advance=rng.choice((None, 2)),
        draw=DRAW if ties is TieRule.DRAW else None,
        weights=PriceWeights(price=6_000, others=(4_000,)) if weighted else None,
    )


def envelope(who: str, round_no: int, amount: int) -> SubmitEnvelope:
    seal = seal_of(bidder=number_of(who), round_no=round_no, amount=amount, nonce=f"nonce-{who}")
    return SubmitEnvelope(bidder="", seal=seal)


def sealed_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who, amount = rng.choice(PEOPLE), rng.choice((90, 100, 110, 120, 120, 125, 130, 140))
    state = scenario.lot.sale
    round_no = getattr(getattr(state, "sealed", None) or state, "round", 1)
    known: dict[tuple[str, int], int] = scenario.__dict__.setdefault("known", {})
    phase = str(scenario.seen().phase)
    match {"draw": 5, "opening": 8}.get(phase, rng.randrange(9)):
        case 0 | 1 | 2:
            if (who, round_no) not in known or rng.random() < 0.3:
                known[who, round_no] = amount
            sealed = envelope(who, round_no, known[who, round_no])
            return scenario.moves(who, sealed, at=at)
        case 3:
            return scenario.moves(who, WithdrawEnvelope(bidder=""), at=at)
        case 4:
            score = RecordScore(bidder=number_of(who), hundredths=(rng.choice((5_000, 8_000)),))
            return scenario.conducts(score, at=at)
        case 5:
            return scenario.conducts(RevealSeed(seed=SEED, public="27 08 15"), at=at)
        case _:
            opened = OpenEnvelope(
                bidder="", amount=known.get((who, round_no), 100), nonce=f"nonce-{who}"
            )
            return scenario.moves(who, opened, at=at)


def hybrid_terms(rng: random.Random) -> HybridDutchTerms:
    return HybridDutchTerms(
        dutch=dutch_terms(rng),
        increment=10,
        sealed_us=5 * MINUTE,
        opening_us=5 * MINUTE,
        best_bid_us=4 * MINUTE,
    )


def dutch_terms(rng: random.Random) -> DutchTerms:
    if rng.random() < 0.5:
        return DutchTerms(start=130, decrement_bp=700, floor=70, step_us=3 * MINUTE)
    return DutchTerms(start=130, decrement=15, floor=70, step_us=3 * MINUTE)


def dutch_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    lowest = scenario.seen().amount_min_fen or 100
    if rng.random() < 0.25:
        return scenario.bids(rng.choice(PEOPLE), lowest + rng.choice((0, 0, 5)), at=at)
    if rng.random() < 0.5:
        return sealed_acts(scenario, rng, at)
    return scenario.time_passes(to=at)


# Rounds.


def raise_agree_terms(rng: random.Random) -> RaiseAgreeTerms:
    return RaiseAgreeTerms(
        start=90,
        increment=5,
        round_us=5 * MINUTE,
        pause_us=rng.choice((0, SECOND, MINUTE)),
        stop_us=rng.choice((None, 20 * MINUTE)),
        leader_may_act=rng.random() < 0.5,
    )


def raise_agree_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who = rng.choice(PEOPLE)
    if rng.random() < 0.4:
        return scenario.moves(who, Agree(bidder=""), at=at)
    lowest = scenario.seen().amount_min_fen or 100
    return scenario.bids(who, lowest + rng.choice((-5, 0, 3, 10)), at=at)


def clock_terms(rng: random.Random) -> ClockTerms:
    return ClockTerms(
        supply=5,
        start=100,
        increment=10,
        round_us=4 * MINUTE,
        payment=rng.choice(list(ClockPayment)),
        exit_bids=rng.random() < 0.5,
    )


def clock_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    sale = scenario.lot.sale
    price = 100 if sale is None else sale.price
    exits = tuple(price - rng.choice((0, 4, 9)) for _ in range(rng.choice((0, 0, 0, 1))))
    move = AskUnits(bidder="", quantity=rng.choice((0, 1, 2, 2, 3, 6)), exits=exits)
    return scenario.moves(rng.choice(PEOPLE), move, at=at)


def smra_terms(rng: random.Random) -> SmraTerms:
    return SmraTerms(
        lots=(
            SmraLot(lot="A", start=100, increment=10),
            SmraLot(lot="B", start=50, increment=5, points=2),
        ),
        eligibility=((number_of("ann"), 3),),
        points_each=rng.choice((0, 2, 3)),
        activity_percent=rng.choice((60, 100)),
        waivers=1,
        round_us=4 * MINUTE,
    )


def smra_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who = rng.choice(PEOPLE)
    if rng.random() < 0.15:
        return scenario.moves(who, Waive(bidder=""), at=at)
    lots = {lot["lot"]: lot for lot in scenario.seen().details["lots"]}
    bids = tuple(
        LotBid(lot=name, amount=lots[name]["amount_min_fen"] + rng.choice((0, 0, 0, 5, 10)))
        for name in rng.choice((("A",), ("B",), ("A", "B"), ("B", "B"), ()))
    )
    return scenario.moves(who, BidOnLots(bidder="", bids=bids), at=at)


# Sales that clear all at once.


def multi_unit_terms(rng: random.Random) -> MultiUnitSaleTerms:
    pricing = rng.choice((Uniform.LOWEST_ACCEPTED, Uniform.HIGHEST_REJECTED, Uniform.PAY_AS_BID))
    common = pricing is not Uniform.PAY_AS_BID
    rule = rng.choice(list(PolicyReserveRule)) if common else PolicyReserveRule.EXCLUDE
    allowed = [u for u in UnderSubscription if common or u is not UnderSubscription.RESERVE]
    rules = MultiUnitTerms(
        supply=100,
        pricing=pricing,
        floor=10,
        policy_reserve=rng.choice((None, 20)),
        policy_reserve_rule=rule,
        undersubscribed=rng.choice(allowed),
        tie=rng.choice((Tie.TIME, Tie.RANDOM_ORDER, Tie.FLOOR_THEN_RANDOM)),
        quantity_step=10,
        quantity_scale=rng.choice((1, 7)),
        orders_max=rng.choice((None, 2)),
        last_order_counts=rng.random() < 0.5,
        share_limit=rng.choice((None, Fraction(3, 5))),
        bidders_min=rng.choice((1, 2)),
    )
    draw = None if rules.tie is Tie.TIME else DRAW
    return MultiUnitSaleTerms(rules=rules, window_us=12 * MINUTE, draw=draw)


def multi_unit_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    if scenario.seen().phase == "draw" or rng.random() < 0.05:
        seed = rng.choice((SEED, SEED, "ab"))
        return scenario.conducts(RevealSeed(seed=seed, public="27 08 15"), at=at)
    move = PlaceOrder(
        bidder="",
        price=rng.choice((5, 10, 15, 20, 25, 25, 30)),
        quantity=rng.choice((0, 10, 20, 30, 50, 55, 80)),
    )
    return scenario.moves(rng.choice(PEOPLE), move, at=at)


def package_terms(rng: random.Random) -> PackageSaleTerms:
    return PackageSaleTerms(
        supply=(Units(item="A", units=2), Units(item="B", units=1)),
        window_us=12 * MINUTE,
        pricing=rng.choice(list(PackagePricing)),
        unit_reserves=rng.choice(((), (("A", 5), ("B", 3)))),
        bids_max=3,
    )


def package_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    def package() -> Package:
        units = (rng.choice((1, 1, 2, 3)), 1)
        bundle = tuple(
            Units(item=item, units=n)
            for item, n in zip("AB", units, strict=True)
            if rng.random() < 0.6
        )
        return Package(amount=rng.randrange(1, 30), bundle=bundle)

    packages = tuple(package() for _ in range(rng.randrange(4)))
    return scenario.moves(rng.choice(PEOPLE), BidPackages(bidder="", packages=packages), at=at)


# Trading.


def trading_terms(rng: random.Random) -> TradingSaleTerms:
    opening, closing = rng.random() < 0.5, rng.random() < 0.5
    rules = TradingTerms(
        previous_close=100,
        order_quantity_max=50,
        block_quantity_min=60,
        pick_levels=2,
        opening_call=opening,
        closing_call=closing,
        call_tie=rng.choice(list(CallTie)),
        call_withdrawals=rng.random() < 0.5,
        self_trade=rng.random() < 0.3,
    )
    return TradingSaleTerms(
        rules=rules,
        opening_call_us=4 * MINUTE if opening else 0,
        continuous_us=6 * MINUTE,
        closing_call_us=4 * MINUTE if closing else 0,
    )


def trading_acts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    who, side = rng.choice(PEOPLE), rng.choice(list(TradingSide))
    price, quantity = 100 + rng.randrange(-4, 5), rng.choice((5, 10, 20, 30))
    offer = {"bidder": "", "side": side, "price": price, "quantity": quantity}
    place = rng.randrange(4)
    match rng.randrange(12):
        case 0:
            return scenario.moves(who, ListForPick(**offer), at=at)
        case 1:
            return scenario.moves(
                who, PickListing(bidder="", listing=place, quantity=quantity), at=at
            )
        case 2:
            block = {**offer, "quantity": rng.choice((40, 60, 70))}
            other = number_of(rng.choice(PEOPLE))
            return scenario.moves(who, ProposeBlock(**block, counterparty=other), at=at)
        case 3:
            return scenario.moves(who, AcceptBlock(bidder="", block=place), at=at)
        case 4:
            kind = rng.choice(list(OfferKind))
            return scenario.moves(who, TakeBackOffer(bidder="", offer=kind, place=place), at=at)
        case _:
            return scenario.moves(who, Order(**offer), at=at)


HOLDERS = {"ann": 1, "bob": 2}
CROWDS: dict[str, Crowd] = {
    "timed": Crowd(terms=timed_terms, acts=timed_acts, ranks=HOLDERS),
    "sale": Crowd(terms=sale_terms, acts=timed_acts, ranks=HOLDERS),
    "english": Crowd(terms=english_terms, acts=english_acts, ranks=HOLDERS),
    "sealed": Crowd(terms=sealed_terms, acts=sealed_acts),
    "dutch": Crowd(terms=dutch_terms, acts=dutch_acts),
    "hybrid_dutch": Crowd(terms=hybrid_terms, acts=dutch_acts),
    "raise_agree": Crowd(terms=raise_agree_terms, acts=raise_agree_acts),
    "clock": Crowd(terms=clock_terms, acts=clock_acts),
    "smra": Crowd(terms=smra_terms, acts=smra_acts),
    "multi_unit": Crowd(terms=multi_unit_terms, acts=multi_unit_acts),
    "packages": Crowd(terms=package_terms, acts=package_acts),
    "trading": Crowd(terms=trading_terms, acts=trading_acts),
}


def course(kind: str, seed: int) -> Scenario:
    """A random course of a lot of this format, from before its opening to long after its end."""
    rng, crowd = random.Random(seed), CROWDS[kind]
    scenario = Scenario(
        crowd.terms(rng),
        ranks=crowd.ranks,
        calls_before_hammer=rng.choice((None, 2)),
        resume_notice_us=rng.choice((0, 30 * SECOND)),
        four_eyes=rng.random() < 0.5,
    )
    at = 0
    for _ in range(rng.randrange(10, 60)):
        at += rng.choice((1, SECOND, 20 * SECOND, MINUTE))
        if rng.random() < 0.93:
            crowd.acts(scenario, rng, at)
        else:
            anybody_interrupts(scenario, rng, at)
    if rng.random() < 0.1:
        scenario.withdraws(at=at)
    return scenario.time_passes(to=at + 100 * MINUTE)


def anybody_interrupts(scenario: Scenario, rng: random.Random, at: int) -> Any:
    match rng.randrange(6):
        case 0:
            return scenario.suspends(at=at)
        case 1 | 2:
            return scenario.resumes(at=at, notice_us=rng.choice((0, MINUTE)))
        case 3:
            return scenario.extends(rng.choice((SECOND, MINUTE)), at=at)
        case 4:
            return scenario.calls(at=at)
        case _:
            return scenario.hammers(at=at)
