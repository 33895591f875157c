"""Sales that clear all at once as live formats: sealed multi-unit orders, and packages."""

from typing import Any

from auction.formats import timed
from auction.formats.live import LiveFormat, SaleView, Side
from auction.formats.sale import public_draw
from bidding_rules.formats import multi_unit_sale, package_sale
from bidding_rules.formats.lottery import DrawMade, RevealSeed
from bidding_rules.formats.multi_unit_sale import (
    MultiUnitSaleTerms,
    MultiUnitState,
    OrderPlaced,
    OrdersCleared,
    OrdersClosed,
    PlaceOrder,
)
from bidding_rules.formats.package_sale import (
    BidPackages,
    PackageAward,
    PackageSaleTerms,
    PackagesAwarded,
    PackagesBid,
    PackageState,
)
from bidding_rules.formats.timed_terms import SaleEnded


def _result(event: OrdersCleared) -> dict[str, Any]:
    return {
        "status": event.status,
        "price_fen": event.price,
        "demand": event.demand,
        "sold": event.sold,
        "revenue_fen": event.revenue,
        "awards": [
            {"number": a.bidder, "quantity": a.quantity, "payment_fen": a.payment}
            for a in event.awards
        ],
    }


def _closed(event: OrdersClosed) -> dict[str, Any]:
    return {
        "at_us": event.at,
        "phase": "draw",
        "closes_at_us": event.draw_from,
        "details": {"participants": event.participants},
    }


def _cleared(event: OrdersCleared) -> dict[str, Any]:
    return {"at_us": event.at, "price_fen": event.price, "details": _result(event)}


def _packages(awards: tuple[PackageAward, ...]) -> list[dict[str, Any]]:
    return [
        {
            "number": award.bidder,
            "payment_fen": award.payment,
            "bundle": {part.item: part.units for part in award.bundle},
        }
        for award in awards
    ]


def _awarded(event: PackagesAwarded) -> dict[str, Any]:
    return {"at_us": event.at, "details": {"awards": _packages(event.awards)}}


def _orders_view(terms: MultiUnitSaleTerms, state: MultiUnitState) -> SaleView:
    rules = terms.rules
    return SaleView(
        phase="ended" if state.outcome is not None else "draw" if state.draws else "orders",
        price=None if state.cleared is None else state.cleared.price,
        amount_min=rules.floor,
        details={
            "supply": rules.supply,
            "pricing": rules.pricing,
            "price_step_fen": rules.price_step,
            "quantity_step": rules.quantity_step,
            "order_min": rules.order_min,
            "tie": rules.tie,
            "commitment": None if terms.draw is None else terms.draw.commitment,
            "result": None if state.cleared is None else _result(state.cleared),
        },
    )


def _packages_view(terms: PackageSaleTerms, state: PackageState) -> SaleView:
    return SaleView(
        phase="packages" if state.outcome is None else "ended",
        details={
            "supply": terms.units,
            "pricing": terms.pricing,
            "unit_reserves_fen": dict(terms.unit_reserves),
            "awards": None if state.awards is None else _packages(state.awards),
        },
    )


def _policy_reserve(terms: MultiUnitSaleTerms, _state: MultiUnitState) -> int | None:
    return terms.rules.policy_reserve


MULTI_UNIT = LiveFormat(
    kind="multi_unit",
    terms=MultiUnitSaleTerms,
    machine=multi_unit_sale,
    moves={PlaceOrder: Side.BIDDER, RevealSeed: Side.STAFF},
    public={
        OrdersClosed: _closed,
        DrawMade: public_draw,
        OrdersCleared: _cleared,
        SaleEnded: timed.PUBLIC[SaleEnded],
    },
    private=(OrderPlaced,),
    secret_moves=frozenset({PlaceOrder}),
    view=_orders_view,
    reserve=_policy_reserve,
)

PACKAGES = LiveFormat(
    kind="packages",
    terms=PackageSaleTerms,
    machine=package_sale,
    moves={BidPackages: Side.BIDDER},
    public={PackagesAwarded: _awarded, SaleEnded: timed.PUBLIC[SaleEnded]},
    private=(PackagesBid,),
    secret_moves=frozenset({BidPackages}),
    view=_packages_view,
)
