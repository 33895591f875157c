"""A day of permit trading, decided again with plain lists: calls, orders, listings, blocks."""

from fractions import Fraction
from typing import Any

from supervision.part import MOST, Part

Rest = dict[str, Any]


def _to_tick(price: Fraction, tick: int) -> int:
    return int((price / tick + Fraction(1, 2)) // 1) * tick


class TradingPart(Part):
    """Phases by the clock; every offer is a row with its owner, side, price and what is left."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.day = rules["rules"]
        self.phase = "opening_call" if self.day["opening_call"] else "continuous"
        lasts = rules["opening_call_us"] if self.day["opening_call"] else rules["continuous_us"]
        self.close = opened + lasts
        self.rows: dict[str, list[Rest]] = {"order": [], "listing": [], "block": []}
        self.trades: list[tuple[str, str, str, int, int]] = []
        """Kind, buyer, seller, price, quantity."""

    # Limits.

    def _limits(self, share: str) -> tuple[int, int]:
        limit, before, tick = (
            Fraction(self.day[share]),
            self.day["previous_close"],
            self.day["tick"],
        )
        return _to_tick(before * (1 - limit), tick), _to_tick(before * (1 + limit), tick)

    def _price_fits(self, price: int, share: str) -> bool:
        low, high = self._limits(share)
        return low <= price <= high and price % int(self.day["tick"]) == 0

    def _quantity_fits(self, quantity: int, least: int, most: int) -> bool:
        return least <= quantity <= most and quantity % int(self.day["quantity_step"]) == 0

    def _order_fits(self, move: dict[str, Any]) -> bool:
        day = self.day
        fits = self._quantity_fits(
            move["quantity"], day["quantity_step"], day["order_quantity_max"]
        )
        return fits and self._price_fits(move["price"], "price_limit")

    # Offers.

    def _row(self, number: str, move: dict[str, Any]) -> Rest:
        return {
            "who": number,
            "side": move["side"],
            "price": move["price"],
            "left": move["quantity"],
            "other": move.get("counterparty"),
        }

    @staticmethod
    def _crosses(side: str, price: int, resting: int) -> bool:
        return price >= resting if side == "buy" else price <= resting

    def on_order(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: an order; in the continuous phase it meets what rests."""
        side, price = move["side"], move["price"]
        if not self._order_fits(move):
            return False
        for own in self.rows["order"]:
            same = own["who"] == number and own["left"] and own["side"] != side
            if same and not self.day["self_trade"] and self._crosses(side, price, own["price"]):
                return False
        row = self._row(number, move)
        if self.phase == "continuous":
            self._meet(row, [o for o in self.rows["order"] if o["side"] != side])
        self.rows["order"].append(row)
        return True

    def _meet(self, row: Rest, resting: list[Rest]) -> None:
        sign = 1 if row["side"] == "buy" else -1
        for other in sorted(resting, key=lambda o: sign * o["price"]):
            if other["left"] and self._crosses(row["side"], row["price"], other["price"]):
                self._trade("continuous", row, other, other["price"])

    def _trade(
        self, kind: str, one: Rest, other: Rest, price: int, most: int | None = None
    ) -> int:
        quantity = min(one["left"], other["left"]) if most is None else most
        if not quantity:
            return 0
        one["left"] -= quantity
        other["left"] -= quantity
        buyer, seller = (one, other) if one["side"] == "buy" else (other, one)
        self.trades.append((kind, buyer["who"], seller["who"], price, quantity))
        self.bids += 1
        return int(quantity)

    def on_list_for_pick(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a listing."""
        if self.phase != "continuous" or not self._order_fits(move):
            return False
        self.rows["listing"].append(self._row(number, move))
        return True

    def _open(self, kind: str, place: int) -> Rest | None:
        rows = self.rows[kind]
        return rows[place] if 0 <= place < len(rows) and rows[place]["left"] else None

    def on_pick_listing(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a pick at one of the best prices."""
        row = self._open("listing", move["listing"])
        if self.phase != "continuous" or row is None:
            return False
        side = row["side"]
        prices = {o["price"] for o in self.rows["listing"] if o["left"] and o["side"] == side}
        best = sorted(prices, reverse=side == "buy")[: self.day["pick_levels"]]
        own = row["who"] == number and not self.day["self_trade"]
        step, quantity = self.day["quantity_step"], move["quantity"]
        if row["price"] not in best or own:
            return False
        if not self._quantity_fits(quantity, step, row["left"]):
            return False
        self._take(row, number, quantity, "listed")
        return True

    def _take(self, row: Rest, number: str, quantity: int, kind: str) -> None:
        side = "sell" if row["side"] == "buy" else "buy"
        taker = {"who": number, "side": side, "price": row["price"], "left": quantity}
        self._trade(kind, row, taker, row["price"], quantity)

    def on_propose_block(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a block."""
        fits = move["quantity"] >= self.day["block_quantity_min"]
        whole = move["quantity"] <= MOST and move["quantity"] % self.day["quantity_step"] == 0
        priced = self._price_fits(move["price"], "block_price_limit")
        if self.phase != "continuous" or not (fits and whole and priced):
            return False
        if number == move["counterparty"]:
            return False
        self.rows["block"].append(self._row(number, move))
        return True

    def on_accept_block(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: a second word makes the deal."""
        row = self._open("block", move["block"])
        if self.phase != "continuous" or row is None or row["other"] != number:
            return False
        self._take(row, number, row["left"], "block")
        return True

    def on_take_back_offer(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: what is left is taken back."""
        kind = move["offer"]
        frozen = kind == "order" and self.phase != "continuous"
        row = self._open(kind, move["place"])
        if (frozen and not self.day["call_withdrawals"]) or row is None or row["who"] != number:
            return False
        row["left"] = 0
        return True

    # The clock.

    def lapse(self) -> None:
        """Let lapse: a call meets, the next phase begins, or the day is over."""
        due, day = self.close, self.day
        assert due is not None, "it is due"
        if self.phase != "continuous":
            self._call()
        if self.phase == "opening_call":
            self.phase, self.close = "continuous", due + self.rules["continuous_us"]
            return
        for kind in ("listing", "block"):
            for row in self.rows[kind]:
                row["left"] = 0
        if self.phase == "continuous" and day["closing_call"]:
            self.phase, self.close = "closing_call", due + self.rules["closing_call_us"]
            return
        self.phase = "closed"
        price = self._close_price() if self.trades else None
        trades = [list(trade) for trade in self.trades] or None
        self.end("sold" if self.trades else "no_bids", due, price, awards=trades)

    def _counting(self) -> list[tuple[str, str, str, int, int]]:
        return [trade for trade in self.trades if trade[0] != "block"]

    def _close_price(self) -> int:
        counting = self._counting()
        quantity = sum(q for *_, q in counting)
        if not quantity:
            return int(self.day["previous_close"])
        return _to_tick(Fraction(sum(p * q for *_, p, q in counting), quantity), self.day["tick"])

    def _call(self) -> None:
        """Hold the call: the price at which most is traded and all better offers are served."""
        rows = [row for row in self.rows["order"] if row["left"]]
        buys = [row for row in rows if row["side"] == "buy"]
        sells = [row for row in rows if row["side"] == "sell"]
        price, most = self._call_price(buys, sells)
        for buy in sorted(buys, key=lambda o: -o["price"]):
            for sell in sorted(sells, key=lambda o: o["price"]):
                quantity = min(buy["left"], sell["left"], most)
                most -= self._trade("call", buy, sell, price, quantity)

    def _call_price(self, buys: list[Rest], sells: list[Rest]) -> tuple[int, int]:
        def total(rows: list[Rest], keep: Any) -> int:
            return sum(row["left"] for row in rows if keep(row["price"]))

        found = []
        for price in sorted({row["price"] for row in buys + sells}):
            wanted = total(buys, lambda p, at=price: p >= at)
            offered = total(sells, lambda p, at=price: p <= at)
            better = max(
                total(buys, lambda p, at=price: p > at), total(sells, lambda p, at=price: p < at)
            )
            found.append((price, min(wanted, offered), abs(wanted - offered), better))
        most = max((traded for _, traded, _, _ in found), default=0)
        fair = [row for row in found if row[1] == most and row[3] <= most]
        if not most:
            return 0, 0
        least = min(row[2] for row in fair)
        best = [row[0] for row in fair if row[2] == least]
        if self.day["call_tie"] == "middle":
            return _to_tick(Fraction(best[0] + best[-1], 2), self.day["tick"]), most
        counting = self._counting()
        last = counting[-1][3] if counting else self.day["previous_close"]
        return min(best, key=lambda price: (abs(price - last), price)), most
