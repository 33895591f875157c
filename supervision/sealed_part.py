"""Sealed bidding, decided again: seals, openings, rounds, rounds among equals, draws, weighed scores."""

import hashlib
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from supervision.draw import commitment_of, drawn
from supervision.part import Part

_WHOLE = 10_000


class SealedPart(Part):
    """Windows of sealing and opening."""

    def __init__(self, rules: dict[str, Any], opened: int) -> None:
        super().__init__(rules, opened)
        self.round, self.tie_rounds, self.floor = 1, 0, rules["start"]
        self.among: list[str] | None = None
        self.stands: list[tuple[str, int]] = []
        self.scores: dict[str, list[int]] = {}
        self._seal(opened)

    def _seal(self, at: int) -> None:
        self.phase, self.close, self.bids = "sealing", at + self.rules["window_us"], 0
        self.seals: dict[str, str] = {}
        self.read: dict[str, int | None] = {}

    def lapse(self) -> None:
        """Let lapse: the window is over: open what is in, or decide."""
        assert self.close is not None, "it is due"
        if self.phase == "sealing" and self.seals:
            self.phase, self.close = "opening", self.close + self.rules["opening_us"]
            self.bids = len(self.seals)
        else:
            self._decide(self.close)

    def shift(self, by: int) -> None:
        """Move the draw's earliest instant too."""
        super().shift(by)
        if self.phase == "draw":
            self.not_before += by

    # Moves.

    def on_submit_envelope(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: an envelope."""
        among = self.among is None or number in self.among
        again = number in self.seals and not self.rules["replaceable"]
        if self.phase != "sealing" or not among or again:
            return False
        if not re.fullmatch(r"[0-9a-f]{64}", move["seal"]):
            return False
        self.seals.pop(number, None)
        self.seals[number] = move["seal"]
        return True

    def on_withdraw_envelope(self, number: str, _move: dict[str, Any], _at: int) -> bool:
        """Decide: an envelope taken back."""
        if self.phase != "sealing" or not self.rules["withdrawable"]:
            return False
        return self.seals.pop(number, None) is not None

    def on_record_score(self, number: str, move: dict[str, Any], _at: int) -> bool:
        """Decide: other scores, while no price can be known."""
        weights, scores = self.rules["weights"], move["hundredths"]
        if self.phase != "sealing" or weights is None or len(scores) != len(weights["others"]):
            return False
        if any(not 0 <= score <= _WHOLE for score in scores):
            return False
        self.scores[number] = scores
        return True

    def on_open_envelope(self, number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: an envelope is opened against its seal."""
        if self.phase != "opening" or number not in self.seals or number in self.read:
            return False
        amount = move["amount"]
        said = f"{number}|{self.round}|{amount}|{move['nonce']}"
        if hashlib.sha256(said.encode()).hexdigest() != self.seals[number]:
            return False
        cap = self.rules["cap"]
        in_bounds = amount >= self.floor and (cap is None or amount <= cap)
        counts = in_bounds and (amount - self.rules["start"]) % self.rules["increment"] == 0
        self.read[number] = amount if counts else None
        if len(self.read) == len(self.seals):
            self._decide(at)
        return True

    def on_reveal_seed(self, _number: str, move: dict[str, Any], at: int) -> bool:
        """Decide: the draw among equals."""
        draw = self.rules["draw"]
        if self.phase != "draw" or at < self.not_before or not move["public"]:
            return False
        if draw is None or commitment_of(move["seed"]) != draw["commitment"]:
            return False
        order = drawn(
            self.among or [],
            purpose=draw["purpose"],
            seed=move["seed"],
            public=move["public"],
        )
        self._decide(at, order)
        return True

    # What follows.

    def _all(self) -> list[tuple[str, int]]:
        this_round = [(who, self.read.get(who)) for who in self.seals]
        return [*self.stands, *((who, a) for who, a in this_round if a is not None)]

    @staticmethod
    def _ranked(bids: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Return each bidder's best bid, the highest first, of equal ones the earlier."""
        best: dict[str, tuple[int, int]] = {}
        for place, (who, amount) in enumerate(bids):
            if who not in best or amount > best[who][0]:
                best[who] = (amount, place)
        order = sorted(best, key=lambda who: (-best[who][0], best[who][1]))
        return [(who, best[who][0]) for who in order]

    def _decide(self, at: int, order: list[str] | None = None) -> None:
        rules, bids = self.rules, self._all()
        brought = any(amount is not None for amount in self.read.values())
        ranked = self._ranked(bids)
        if len(ranked) < max(1, rules["bidders_min"]):
            return self._over("too_few_bidders" if ranked else "no_bids", at)
        floor = ranked[0][1] + rules["increment"]
        room = rules["cap"] is None or floor <= rules["cap"]
        if not self.tie_rounds and brought and self.round < rules["rounds_max"] and room:
            going = rules["advance"]
            self._next(at, floor, None if going is None else [who for who, _ in ranked[:going]])
            return None
        tied = self._tied(bids, ranked)
        if len(tied) > 1 and order is None:
            if rules["ties"] == "draw":
                self.phase, self.among, self.close = "draw", tied, None
                self.not_before = at + rules["draw"]["notice_us"]
                return None
            more = rules["ties"] == "new_round" and self.tie_rounds < rules["tie_rounds_max"]
            if more and room and (not self.tie_rounds or brought):
                self.tie_rounds += 1
                self._next(at, floor, tied)
                return None
        return self._sell(bids, ranked, tied, order or [], at)

    def _over(self, outcome: str, at: int) -> None:
        self.phase = "ended"
        self.end(outcome, at)

    def _next(self, at: int, floor: int, among: list[str] | None) -> None:
        self.stands = self._all()
        self.round, self.floor, self.among = self.round + 1, floor, among
        self._seal(at)

    def _tied(self, bids: list[tuple[str, int]], ranked: list[tuple[str, int]]) -> list[str]:
        if self.rules["pricing"] != "weighted":
            return [who for who, amount in ranked if amount == ranked[0][1]]
        better = -1 if self.rules["weights"]["lowest_wins"] else 1
        ranks = [(who, (total, better * amount)) for who, amount, total in self._totals(bids)]
        best = max((rank for _, rank in ranks), default=None)
        return [who for who, rank in ranks if rank == best]

    def _totals(self, bids: list[tuple[str, int]]) -> list[tuple[str, int, Fraction]]:
        """Return (bidder, amount, total) of what reaches the reserve, in order of arrival."""
        weights = self.rules["weights"]
        floor = self.rules["reserve"] or self.rules["start"]
        counting = [(who, amount) for who, amount in bids if amount >= floor]
        lowest_wins = weights["lowest_wins"]
        amounts = [amount for _, amount in counting]
        best = (min if lowest_wins else max)(amounts, default=1)
        totals = []
        for who, amount in counting:
            ratio = Fraction(best, amount) if lowest_wins else Fraction(amount, best)
            points = 100 * ratio
            if weights["decimals"] is not None:
                scale = 10 ** weights["decimals"]
                points = Fraction(int(points * scale + Fraction(1, 2)), scale)
            others = self.scores.get(who, [0] * len(weights["others"]))
            total = weights["price"] * points
            for weight, score in zip(weights["others"], others, strict=True):
                total += weight * Fraction(score, 100)
            totals.append((who, amount, total))
        return totals

    def _sell(
        self,
        bids: list[tuple[str, int]],
        ranked: list[tuple[str, int]],
        tied: list[str],
        order: list[str],
        at: int,
    ) -> None:
        rules = self.rules
        floor = rules["start"] if rules["reserve"] is None else rules["reserve"]
        if ranked[0][1] < floor:
            return self._over("reserve_not_met", at)
        winner = next((who for who in order if who in tied), tied[0])
        amounts = dict(ranked)
        price = amounts[winner]
        if rules["pricing"] == "weighted" and rules["weights"]["lowest_wins"]:
            price = min(amount for who, amount in bids if who == winner)
        if rules["pricing"] == "second":
            others = [amount for who, amount in ranked if who != winner and amount >= floor]
            price = max(others, default=floor)
        self.phase = "ended"
        return self.end("sold", at, price, winner)
