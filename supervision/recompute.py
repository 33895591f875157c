"""Recompute lots from their journals, independently: `python -m supervision.recompute JOURNAL.jsonl`.

A separate small program, written from the notice's rules and sharing no code with the engine. It reads
one decision a line (lot by lot in order), decides every command again by its own arithmetic, and
compares acceptance, price, winner and result. Exit 0: all agree; 1: they do not; 2: unreadable.
"""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from supervision.lot import Lot
from supervision.part import UnsupportedTermsError


@dataclass(kw_only=True)
class Verdict:
    """What the journal says of a lot, what was recomputed, and every point where they differ."""

    lot_id: str
    recorded: dict[str, Any] | None = None
    recomputed: dict[str, Any] | None = None
    entries: int = 0
    bids: int = 0
    differences: list[str] = field(default_factory=list)
    awards: Any = None
    """What the journal says that each bidder gets, where a sale has many units or lots."""

    @property
    def agrees(self) -> bool:
        """Tell whether nothing differs."""
        return not self.differences and self.recorded == self.recomputed


def recompute(rows: Iterable[dict[str, Any]]) -> Verdict:
    """Decide one lot's journal again. `rows` are its decisions in order, with parsed JSON fields."""
    verdict, lot, arrived_us = Verdict(lot_id=""), None, 0
    for row in rows:
        verdict.lot_id = row["lot_id"]
        verdict.entries += 1
        if row["entry"] != verdict.entries:
            verdict.differences.append(
                f"entry {row['entry']} stands where {verdict.entries} should"
            )
        if row["arrived_us"] < arrived_us:
            verdict.differences.append(f"entry {row['entry']}: arrival goes back")
        arrived_us = row["arrived_us"]
        if lot is None:
            lot = Lot(row["command"]["terms"])
        _compare(verdict, lot, row)
    if lot is not None:
        verdict.recomputed = lot.result()
        verdict.bids = lot.bids
    return verdict


def _compare(verdict: Verdict, lot: Lot, row: dict[str, Any]) -> None:
    accepted = lot.take(row["kind"], row["command"], row["arrived_us"])
    recorded = row["rejection"] is None
    if accepted is not recorded:
        said = "accepted" if recorded else f"refused ({row['rejection']['code']})"
        verdict.differences.append(f"entry {row['entry']} {row['kind']}: the journal says {said}")
    for event in row["events"]:
        for deal in event.get("deals") or ([event["deal"]] if "deal" in event else []):
            verdict.awards = [*(verdict.awards or []), [deal[name] for name in _DEAL]]
        if event["kind"] in _AWARDS:
            verdict.awards = _AWARDS[event["kind"]](event)
        if event["kind"] == "sale_ended":
            verdict.recorded = _recorded(event["outcome"], verdict.awards)
        if event["kind"] == "bid_accepted" and event["closes_at"] != lot.close_after_last_bid:
            verdict.differences.append(
                f"entry {row['entry']}: close {event['closes_at']}, "
                f"recomputed {lot.close_after_last_bid}"
            )


def _recorded(outcome: dict[str, Any], awards: Any) -> dict[str, Any]:
    """Return a recorded result in the words of the recomputed one."""
    recorded = {
        "outcome": outcome["kind"],
        "price_fen": outcome["price"],
        "winner": outcome["winner"],
        "at_us": outcome["at"],
    }
    more = {"committed": outcome.get("committed"), "awards": awards}
    return {**recorded, **{name: value for name, value in more.items() if value is not None}}


_DEAL = ("kind", "buyer", "seller", "price", "quantity")
_AWARDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "units_awarded": lambda event: {
        "price_fen": event["price"],
        "units": event["units"],
        "unsold": event["unsold"],
    },
    "orders_cleared": lambda event: {
        "status": event["status"],
        "price_fen": event["price"],
        "demand": event["demand"],
        "awards": [
            {"number": a["bidder"], "quantity": a["quantity"], "payment": a["payment"]}
            for a in event["awards"]
        ],
    },
    "packages_awarded": lambda event: {
        award["bidder"]: {
            "payment": award["payment"],
            "bundle": {part["item"]: part["units"] for part in award["bundle"]},
        }
        for award in event["awards"]
    },
    "lots_awarded": lambda event: {
        award["lot"]: {"number": award["bidder"], "amount": award["amount"]}
        for award in event["awards"]
    },
}


def read_journal(lines: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the decisions of each lot from JSON lines."""
    lots: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        row = json.loads(line)
        lots.setdefault(row["lot_id"], []).append(row)
    return lots


def main(arguments: list[str]) -> int:
    """Check a journal file and print one JSON line a lot."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m supervision.recompute JOURNAL.jsonl\n")
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:  # noqa: PTH123 - nothing but built-ins here
            lots = read_journal(file)
        verdicts = [recompute(rows) for rows in lots.values()]
    except (OSError, ValueError, KeyError, UnsupportedTermsError) as error:
        sys.stderr.write(f"cannot recompute: {type(error).__name__}: {error}\n")
        return 2
    for v in verdicts:
        line = {
            "lot_id": v.lot_id,
            "agrees": v.agrees,
            "recorded": v.recorded,
            "recomputed": v.recomputed,
            "entries": v.entries,
            "bids": v.bids,
            "differences": v.differences,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 0 if all(v.agrees for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
