"""What bidders and the auctioneer do in the words of a lot's format: a table of moves, drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from auction.commands import CallWarning, ConductMove, HammerLot
from bidding_rules.formats.clock import AskUnits
from bidding_rules.formats.english_terms import (
    EnterFloorBid,
    OpenFloor,
    PassLot,
    SetAsking,
    UndoEntry,
)
from bidding_rules.formats.multi_unit_sale import PlaceOrder
from bidding_rules.formats.raise_agree import Agree
from bidding_rules.formats.sealed import seal_of
from bidding_rules.formats.sealed_terms import OpenEnvelope, SubmitEnvelope, WithdrawEnvelope
from bidding_rules.formats.trading_sale_terms import (
    ListForPick,
    OfferKind,
    Order,
    PickListing,
    TakeBackOffer,
    TradingSide,
)
from tests.simulation.lots import START, STEP


@dataclass(kw_only=True)
class Player:
    """A bidder: his number, his chance, and what he has sealed, by round."""

    number: str
    rng: Random
    sealed: dict[int, int] = field(default_factory=dict)

    @property
    def nonce(self) -> str:
        """Return what makes his seals his own."""
        return f"nonce-of-{self.number}"


def _sealed(player: Player, state: dict[str, Any]) -> Any:
    number = state.get("details", {}).get("round", 1)
    if state.get("phase") == "opening":
        amount = player.sealed.get(number, START)
        return OpenEnvelope(bidder="", amount=amount, nonce=player.nonce)
    if player.rng.random() < 0.1:
        return WithdrawEnvelope(bidder="")
    floor = state.get("amount_min_fen") or START
    amount = floor + STEP * player.rng.randint(-1, 6)
    if player.rng.random() < 0.9:  # Now and then he knows two, and opens the wrong one.
        amount = player.sealed.setdefault(number, amount)
    seal = seal_of(bidder=player.number, round_no=number, amount=amount, nonce=player.nonce)
    return SubmitEnvelope(bidder="", seal=seal)


def _clock(player: Player, state: dict[str, Any]) -> Any:
    quantity = player.rng.choice((0, 1, 2, 2, 3, 3))
    price = state.get("price_fen") or START
    exits = (price - 4,) if player.rng.random() < 0.2 else ()
    return AskUnits(bidder="", quantity=quantity, exits=exits)


def _orders(player: Player, _state: dict[str, Any]) -> Any:
    price, quantity = START + STEP * player.rng.randint(-1, 5), player.rng.randint(0, 8)
    return PlaceOrder(bidder="", price=price, quantity=10 * quantity)


def _trades(player: Player, _state: dict[str, Any]) -> Any:
    rng = player.rng
    side, place, quantity = rng.choice(list(TradingSide)), rng.randrange(4), rng.choice((5, 10))
    offer = {"bidder": "", "side": side, "price": START + rng.randint(-4, 4)}
    match rng.randrange(8):
        case 0:
            return ListForPick(**offer, quantity=quantity)
        case 1:
            return PickListing(bidder="", listing=place, quantity=quantity)
        case 2:
            return TakeBackOffer(bidder="", offer=rng.choice(list(OfferKind)), place=place)
        case _:
            return Order(**offer, quantity=quantity)


def _raises_or_agrees(player: Player, _state: dict[str, Any]) -> Any:
    """Return what he agrees to; or nothing, and then he bids."""
    return Agree(bidder="") if player.rng.random() < 0.4 else None


BIDDERS_MOVES: dict[str, Callable[[Player, dict[str, Any]], Any]] = {
    "sealed": _sealed,
    "clock": _clock,
    "multi_unit": _orders,
    "trading": _trades,
    "raise_agree": _raises_or_agrees,
}
"""By kind of format. Where there is no row, or no move comes of it, bidders bid amounts."""


def conducted(rng: Random, state: dict[str, Any], *, is_late: bool) -> Any:
    """Return what the auctioneer of an English auction does next: a move, or the class of a command.

    When it is late he lets the hammer fall, or passes the lot.
    """
    if state.get("phase") == "waiting":
        return OpenFloor(participants=3)
    asking = state.get("details", {}).get("asking_fen") or START
    if is_late and not state.get("bids"):
        return PassLot(reason="无人应价")
    chance = rng.random()
    if is_late or chance < 0.5:
        return HammerLot if rng.random() < 0.4 else CallWarning
    if chance < 0.8:
        return EnterFloorBid(bidder=f"N{rng.randint(0, 3)}", amount=asking)
    if chance < 0.9:
        return SetAsking(amount=max(1, asking + STEP * rng.choice((-1, 1))))
    return UndoEntry(reason="号牌看错")


def as_command(act: Any, named: dict[str, str]) -> Any:
    """Return the command that asks for what `conducted` returned."""
    return act(**named) if isinstance(act, type) else ConductMove(**named, move=act)
