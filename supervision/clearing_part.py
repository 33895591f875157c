"""Sales that clear all at once, decided again: sealed multi-unit orders, and packages."""

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from supervision.draw import commitment_of, drawn
from supervision.part import MOST, Part, UnsupportedTermsError, rounded

_COMBINATIONS_MAX = 200_000
_PLAIN: dict[str, tuple[Any, ...]] = {
    "tie": ("time", "random_order", "floor_then_random"),
    "pricing": ("lowest_accepted", "highest_rejected", "pay_as_bid"),
    "share_rule": ("refuse",),
    "guarantee_rule": (None,),
    "cost_containment": ([],),
}


class MultiUnitPart(Part):
    """One window of secret orders, then one price, or each his own."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.sale = rules["rules"]
        for name, known in _PLAIN.items():
            if self.sale[name] not in known:
                raise UnsupportedTermsError(f"rules.{name} = {self.sale[name]!r}")
        self.close = opened + rules["window_us"]
        self.orders: list[tuple[str, int, int]] = []
        self.not_before: int | None = None

    def shift(self, by: int) -> None:
        """Move the draw's earliest instant too."""
        super().shift(by)
        if self.not_before is not None:
            self.not_before += by

    def on_reveal_seed(self, _number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the draw among all who ordered."""
        draw = self.rules["draw"]
        if self.not_before is None or at < self.not_before or not move["public"]:
            return False
        if commitment_of(move["seed"]) != draw["commitment"]:
            return False
        who = list(dict.fromkeys(number for number, _, _ in self.orders))
        self._settle(
            at, drawn(who, purpose=draw["purpose"], seed=move["seed"], public=move["public"])
        )
        return True

    def on_place_order(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: an order within the notice's limits."""
        sale, price, quantity = self.sale, move["price"], move["quantity"]
        if self.not_before is not None:
            return False
        if not sale["floor"] <= price <= MOST or price % sale["price_step"]:
            return False
        fits = sale["order_min"] <= quantity <= sale["supply"]
        if not fits or quantity % sale["quantity_step"]:
            return False
        own = [q for who, _, q in self.orders if who == number]
        if sale["orders_max"] is not None and len(own) >= sale["orders_max"]:
            return False
        asked = quantity + (0 if sale["last_order_counts"] else sum(own))
        if sale["share_limit"] is not None and asked > self._share():
            return False
        self.orders.append((number, price, quantity))
        return True

    def _share(self) -> int:
        supply, step = int(self.sale["supply"]), int(self.sale["quantity_step"])
        return int(supply * Fraction(self.sale["share_limit"])) // step * step

    def _reserve(self) -> int:
        hidden = self.sale["policy_reserve"]
        if hidden is None or self.sale["policy_reserve_rule"] == "cancel":
            return int(self.sale["floor"])
        return max(int(self.sale["floor"]), int(hidden))

    def lapse(self) -> None:
        """Let lapse: the orders clear, or wait for the draw."""
        assert self.close is not None, "it is due"
        if self.rules["draw"] is not None and self.orders:
            self.not_before, self.close = self.close + self.rules["draw"]["notice_us"], None
        else:
            self._settle(self.close, [])

    def _settle(self, at: int, order: list[str]) -> None:
        sale, reserve = self.sale, self._reserve()
        last = {who: place for place, (who, _, _) in enumerate(self.orders)}
        counting = [
            (place, who, price, quantity)
            for place, (who, price, quantity) in enumerate(self.orders)
            if price >= reserve and (not sale["last_order_counts"] or last[who] == place)
        ]
        got = self._shares(counting, order)
        missed = [offered for place, _, offered, asked in counting if got[place] < asked]
        demand = sum(order[3] for order in counting)
        served = [self.orders[place][1] for place, quantity in got.items() if quantity]
        price = self._price(demand, min(served, default=0), missed)
        status = self._status(demand, price, len({who for _, who, _, _ in counting}))
        self._clear(at, status, price, demand, got)

    def _shares(
        self, counting: list[tuple[int, str, int, int]], order: list[str]
    ) -> dict[int, int]:
        """Return what each order gets, the better price first; among equals by arrival or the draw."""
        rank = {who: place for place, who in enumerate(order)}
        drawn_first = sorted(counting, key=lambda o: (-o[2], rank.get(o[1], 0), o[0]))
        left, step, got = (
            int(self.sale["supply"]),
            int(self.sale["quantity_step"]),
            dict[int, int](),
        )
        for offered in sorted({o[2] for o in counting}, reverse=True):
            tied = [(o[0], o[3]) for o in drawn_first if o[2] == offered]
            asked = sum(quantity for _, quantity in tied)
            if asked > left and self.sale["tie"] == "floor_then_random":
                got |= {place: q * left // (asked * step) * step for place, q in tied}
                left -= sum(got[place] for place, _ in tied)
                tied = [(place, step) for place, q in tied if got[place] + step <= q]
            for place, quantity in tied:
                more = min(left, quantity) // step * step
                got[place] = got.get(place, 0) + more
                left -= more
        return got

    def _price(self, demand: int, lowest: int, missed: list[int]) -> int | None:
        pricing, fits = self.sale["pricing"], demand <= self.sale["supply"]
        if pricing == "pay_as_bid" or not demand:
            return None
        if fits and self.sale["undersubscribed"] == "reserve":
            return self._reserve()
        if fits and self.sale["undersubscribed"] == "lowest_bid":
            return lowest
        if pricing == "highest_rejected":
            return max(missed, default=self._reserve())
        return lowest

    def _status(self, demand: int, price: int | None, bidders: int) -> str:
        sale = self.sale
        if not demand:
            return "no_orders"
        if bidders < sale["bidders_min"]:
            return "too_few_bidders"
        if sale["undersubscribed"] == "cancel" and demand < sale["supply"]:
            return "undersubscribed"
        hidden = sale["policy_reserve"] if sale["policy_reserve_rule"] == "cancel" else None
        if hidden is not None and price is not None and price < hidden:
            return "reserve_not_met"
        return "sold"

    def _clear(
        self, at: int, status: str, price: int | None, demand: int, got: dict[int, int]
    ) -> None:
        if status != "sold":
            price, got = None, {}
        awards = []
        for place, quantity in sorted(got.items()):
            number, own, _ = self.orders[place]
            cost = rounded(
                (own if price is None else price) * quantity, self.sale["quantity_scale"]
            )
            if quantity:
                awards.append({"number": number, "quantity": quantity, "payment": cost})
        told = {"status": status, "price_fen": price, "demand": demand, "awards": awards}
        outcome = "no_bids" if status == "no_orders" else status
        self.not_before = None
        self.end(outcome, at, price, awards=told)


class PackagesPart(Part):
    """One window of secret lists, then the most valuable set that fits, found by trying all."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.close = opened + rules["window_us"]
        self.supply: dict[str, int] = {p["item"]: p["units"] for p in rules["supply"]}
        self.reserves = dict(map(tuple, rules["unit_reserves"]))
        self.lists: dict[str, list[tuple[int, dict[str, int]]]] = {}

    def on_bid_packages(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a list of packages, of which one may win."""
        packages = []
        if len(move["packages"]) > self.rules["bids_max"]:
            return False
        for package in move["packages"]:
            bundle = {part["item"]: part["units"] for part in package["bundle"]}
            fits = all(0 < units <= self.supply.get(item, 0) for item, units in bundle.items())
            whole = bundle and len(bundle) == len(package["bundle"])
            if not fits or not whole or not 1 <= package["amount"] <= MOST:
                return False
            packages.append((package["amount"], bundle))
        lists = {who: list_ for who, list_ in self.lists.items() if who != number}
        lists[number] = packages
        states = min(
            prod(units + 1 for units in self.supply.values()),
            prod(len(list_) + 1 for list_ in lists.values()),
        )
        if states * sum(len(list_) + 1 for list_ in lists.values()) > 1_000_000:  # noqa: PLR2004
            return False
        self.lists = lists
        return True

    def _surplus(self, package: tuple[int, dict[str, int]]) -> int:
        amount, bundle = package
        worth = sum(int(self.reserves.get(item, 0)) * n for item, n in bundle.items())
        return amount - worth

    def _best(
        self, without: str | None = None
    ) -> tuple[int, dict[str, tuple[int, dict[str, int]]]]:
        """Return the highest surplus, and the packages that make it, of equal sets the earlier."""
        lists = {who: ([] if who == without else list_) for who, list_ in self.lists.items()}
        if prod(len(list_) + 1 for list_ in lists.values()) > _COMBINATIONS_MAX:
            raise UnsupportedTermsError("more packages than can be tried one by one")
        best: tuple[int, tuple[int, ...]] | None = None
        for places in product(*(range(len(list_) + 1) for list_ in lists.values())):
            chosen = [
                list_[place]
                for place, list_ in zip(places, lists.values(), strict=True)
                if place < len(list_)
            ]
            if not self._fits(chosen) or any(self._surplus(package) <= 0 for package in chosen):
                continue
            found = (-sum(map(self._surplus, chosen)), places)
            best = found if best is None else min(best, found)
        assert best is not None, "nobody at all always fits"
        winners = {
            who: list_[place]
            for place, (who, list_) in zip(best[1], lists.items(), strict=True)
            if place < len(list_)
        }
        return -best[0], winners

    def _fits(self, chosen: list[tuple[int, dict[str, int]]]) -> bool:
        for item, units in self.supply.items():
            if sum(bundle.get(item, 0) for _, bundle in chosen) > units:
                return False
        return True

    def lapse(self) -> None:
        """Let lapse: the best set wins."""
        assert self.close is not None, "it is due"
        surplus, winners = self._best()
        awards: dict[str, dict[str, Any]] = {}
        for who, package in winners.items():
            amount, bundle = package
            payment = amount
            if self.rules["pricing"] == "vcg":
                # What the others lose by his being there, and what his bundle is worth to the seller.
                lost = self._best(without=who)[0] - (surplus - self._surplus(package))
                payment = lost + amount - self._surplus(package)
            awards[who] = {"payment": payment, "bundle": bundle}
        price = sum(award["payment"] for award in awards.values()) if awards else None
        self.end("sold" if awards else "no_bids", self.close, price, awards=awards)
