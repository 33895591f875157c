"""Sales in rounds, decided again: raise or agree, the ascending clock, simultaneous ascending rounds."""

from typing import Any

from supervision.part import MOST, Part


class RaiseAgreePart(Part):
    """Each act ends its round; a round without one ends the sale."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.asked, self.begins = rules["start"] + rules["increment"], opened
        self.close = opened + rules["round_us"]
        self.hard_end = None if rules["stop_us"] is None else opened + rules["stop_us"]
        self.price: int | None = None
        self.leader: str | None = None

    def shift(self, by: int) -> None:
        """Move the pause before a round too."""
        super().shift(by)
        self.begins += by

    def lapse(self) -> None:
        """Nobody acted."""
        assert self.close is not None, "it is due"
        if self.leader is None:
            self.end("no_bids", self.close)
        else:
            self.end("sold", self.close, self.price, self.leader)

    def on_place_bid(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: raise: at least one increment above what is asked, in whole increments."""
        over = move["amount"] - self.asked
        step = self.rules["increment"]
        if over < step or over % step or move["amount"] > MOST:
            return False
        return self._act(number, move["amount"], at)

    def on_agree(self, number: str, _move: dict[str, Any], at: int) -> bool:
        """Decide: agree: take the price of the round."""
        return self.asked <= MOST and self._act(number, self.asked, at)

    def _act(self, number: str, amount: int, at: int) -> bool:
        if at < self.begins or (number == self.leader and not self.rules["leader_may_act"]):
            return False
        self.price, self.leader, self.bids = amount, number, self.bids + 1
        self.asked = amount + self.rules["increment"]
        self.begins = at + self.rules["pause_us"]
        self.close = self.begins + self.rules["round_us"]
        if self.hard_end is not None:
            self.close = min(self.close, self.hard_end)
        return True


class ClockPart(Part):
    """The price rises until demand fits the supply."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.price, self.close = rules["start"], opened + rules["round_us"]
        self.asked: dict[str, tuple[int, list[int]]] = {}
        self.history: list[tuple[int, dict[str, int], dict[str, list[int]]]] = []
        """Price, demand by bidder, exit prices by bidder: one row for each finished round."""

    def on_ask_units(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: so many units at this price, never more than before."""
        quantity, exits = move["quantity"], move["exits"]
        if not self.history:
            if not 0 <= quantity <= self.rules["supply"] or exits:
                return False
        else:
            before, demand, _ = self.history[-1]
            held = demand.get(number, 0)
            if not 0 <= quantity <= held or len(exits) not in (0, held - quantity):
                return False
            if any(not before <= price <= self.price for price in exits):
                return False
        self.asked[number] = (quantity, exits)
        return True

    def lapse(self) -> None:
        """Let lapse: the round is over: the next price, or the result."""
        due = self.close
        assert due is not None, "it is due"
        self.history.append(self._reading())
        if sum(self.history[-1][1].values()) > self.rules["supply"]:
            self.asked, self.price = {}, self.price + self.rules["increment"]
            self.close = due + self.rules["round_us"]
            return
        price, units, unsold = self._result()
        awards = {who: prices for who, prices in units.items() if prices}
        told = {"price_fen": price, "units": awards, "unsold": unsold}
        kind = "sold" if awards else "no_bids"
        self.end(kind, due, price if awards else None, awards=told)

    def _reading(self) -> tuple[int, dict[str, int], dict[str, list[int]]]:
        if not self.history:
            return self.price, {who: q for who, (q, _) in self.asked.items()}, {}
        before, held, _ = self.history[-1]
        demand = {who: self.asked.get(who, (0, []))[0] for who in held}
        exits = {
            who: list(self.asked.get(who, (0, []))[1]) or [before] * (held[who] - demand[who])
            for who in held
            if demand[who] < held[who]
        }
        return self.price, demand, exits

    def _stops(self) -> list[tuple[int, dict[str, int], dict[str, list[int]]]]:
        """Return the prices at which the clock stood; with exit bids every exit price is one."""
        if not self.rules["exit_bids"]:
            return self.history
        stops = [self.history[0]]
        for (_, held, _), (_, _, exits) in zip(self.history, self.history[1:], strict=False):
            for price in sorted({p for own in exits.values() for p in own}):
                left = {
                    who: q - sum(p <= price for p in exits.get(who, [])) for who, q in held.items()
                }
                here = {who: [p for p in own if p == price] for who, own in exits.items()}
                stops.append((price, left, here))
                if sum(left.values()) <= self.rules["supply"]:
                    return stops
        return stops

    def _result(self) -> tuple[int, dict[str, list[int]], int]:
        stops, supply = self._stops(), self.rules["supply"]
        price, last, exits = stops[-1]
        got: dict[str, list[int]] = {who: [] for who in last}
        for stop, demand, _ in stops:
            everybody = sum(demand.values())
            for who, wanted in demand.items():
                sure = min(wanted, max(0, supply - everybody + wanted))
                got[who] += [stop] * (sure - len(got[who]))
        missing = supply - sum(map(len, got.values()))
        given_up = [
            (p, who)
            for who, wanted in last.items()
            for p in sorted(exits.get(who, []), reverse=True)[max(0, len(got[who]) - wanted) :]
        ]
        back = sorted(given_up, key=lambda unit: -unit[0])[:missing]
        for p, who in back:
            got[who].append(p)
        uniform = self.rules["payment"] == "uniform"
        if back and (uniform or not any(last.values())):
            price = back[-1][0]
        if uniform:
            got = {who: [price] * len(prices) for who, prices in got.items()}
        return price, got, missing - len(back)


class SmraPart(Part):
    """Many lots, rounds, and points that are lost by not using them."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.close = opened + rules["round_us"]
        self.points = {lot["lot"]: lot for lot in rules["lots"]}
        self.eligible = dict(map(tuple, rules["eligibility"]))
        self.waivers = dict.fromkeys(self.eligible, rules["waivers"])
        self.standing: dict[str, tuple[str, int]] = {}
        self.asked: dict[str, list[dict[str, Any]]] = {}
        self.waived: set[str] = set()

    def _takes_part(self, number: str) -> bool:
        each = self.rules["points_each"]
        return number in self.eligible or each > 0

    def _enter(self, number: str) -> None:
        self.eligible.setdefault(number, self.rules["points_each"])
        self.waivers.setdefault(number, self.rules["waivers"])

    def on_waive(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: keep one's points without bidding."""
        left = self.waivers.get(number, self.rules["waivers"])
        if not self._takes_part(number) or left < 1:
            return False
        self._enter(number)
        self.asked.pop(number, None)
        self.waived.add(number)
        return True

    def on_bid_on_lots(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: all bids of a bidder in this round, all or nothing."""
        bids = move["bids"]
        if not self._takes_part(number) or not all(self._fits(number, bid) for bid in bids):
            return False
        lots = {bid["lot"] for bid in bids}
        each = self.rules["points_each"]
        if len(lots) < len(bids) or self._worth(lots, number) > self.eligible.get(number, each):
            return False
        self._enter(number)
        self.waived.discard(number)
        self.asked.pop(number, None)
        self.asked[number] = bids
        return True

    def _fits(self, number: str, bid: dict[str, Any]) -> bool:
        lot = self.points.get(bid["lot"])
        if lot is None:
            return False
        holder, price = self.standing.get(bid["lot"], ("", 0))
        lowest = price + lot["increment"] if holder else lot["start"]
        over = bid["amount"] - lowest
        return number != holder and 0 <= over <= MOST - lowest and over % lot["increment"] == 0

    def _worth(self, lots: set[str], number: str) -> int:
        held = {lot for lot, (holder, _) in self.standing.items() if holder == number}
        return sum(int(self.points[lot]["points"]) for lot in lots | held)

    def lapse(self) -> None:
        """Let lapse: the round is over; one without bid or waiver ends the sale."""
        due = self.close
        assert due is not None, "it is due"
        if not any(self.asked.values()) and not self.waived:
            awards = {lot: {"number": n, "amount": a} for lot, (n, a) in self.standing.items()}
            price = sum(a for _, a in self.standing.values()) if awards else None
            self.end("sold" if awards else "no_bids", due, price, awards=awards)
            return
        after = {number: self._points_after(number) for number in self.eligible}
        for number in self.waived:
            self.waivers[number] -= 1
        best: dict[str, tuple[str, int]] = {}
        for number, bids in self.asked.items():
            for bid in bids:
                if bid["lot"] not in best or bid["amount"] > best[bid["lot"]][1]:
                    best[bid["lot"]] = (number, bid["amount"])
        self.standing.update(best)
        self.eligible, self.asked, self.waived = after, {}, set()
        self.close = due + self.rules["round_us"]

    def _points_after(self, number: str) -> int:
        points, percent = int(self.eligible[number]), int(self.rules["activity_percent"])
        if number in self.waived:
            return points
        used = self._worth({bid["lot"] for bid in self.asked.get(number, [])}, number)
        return points if used * 100 >= points * percent else used * 100 // percent
