"""I14 and I16, as far as a journal shows them: when seals are broken, and who did what on a lot."""

from collections.abc import Callable, Sequence
from typing import Any

from auction.commands import SYSTEM
from auction.formats.live import Side
from auction.formats.registry import MOVES, name_of
from tests.history.records import PLACE_BID, Decision

Report = Callable[[str, str, str], None]
Parsed = Sequence[dict[str, Any]]
_BY_BIDDERS = {PLACE_BID, "confirm_participation"} | {
    name_of(move) for move, side in MOVES.items() if side is Side.BIDDER
}
_OPENS = "open_envelope"


def broken_seals(report: Report, lot_id: str, rows: Sequence[Decision], parsed: Parsed) -> None:
    """I14: no envelope is opened while others are handed in, and until then nothing has what opens it.

    What opens an envelope is its nonce; who tries his own too early has told it himself.
    """
    opens, kept = False, ""
    for row, read in zip(rows, parsed, strict=True):
        for event in read["events"]:
            if event["kind"] == "sealed_phase_began":
                opens = event["phase"] == "opening"
            elif event["kind"] == "envelope_opened" and not opens:
                report("I14", lot_id, f"entry {row.entry}: opened while envelopes are handed in")
        if row.kind != _OPENS:
            kept += f"{row.command!s}{row.events!s}"
        elif read["rejection"] is None and read["command"]["move"]["nonce"] in kept:
            report("I14", lot_id, f"entry {row.entry}: what opens it was kept before")


def double_duties(report: Report, lot_id: str, parsed: Parsed) -> None:
    """I16: nobody bids on a lot that he runs, and nobody approves what he asked for himself.

    To apply is a bidder's own step; who admits another runs the lot.
    """
    bids, runs, asked_by = set(), set(), {}
    for read in parsed:
        actor = read["command"].get("actor")
        if actor is None or actor == SYSTEM or read["rejection"] is not None:
            continue
        applies = read["kind"] == "register_bidder" and read["command"]["bidder_id"] == actor
        (bids if applies or read["kind"] in _BY_BIDDERS else runs).add(actor)
        asked_by[read["command"]["command_id"]] = actor
        approves = read["command"]["proposal"] if read["kind"] == "approve_action" else None
        if approves is not None and asked_by.get(approves) == actor:
            report("I16", lot_id, f"entry {read['entry']}: {actor} approves his own")
    for actor in sorted(bids & runs):
        report("I16", lot_id, f"{actor} bids and runs the sale")
