"""How a fault run is judged: its journal and everything that anybody was told, by the history checker."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from tests.faults.world import World, clock
from tests.history.checker import judged
from tests.history.records import (
    ACCEPTED,
    LOOK_UP,
    NEVER_SEEN,
    Decision,
    History,
    Leaf,
    Operation,
    Takeover,
    Told,
)

_SETTLES_S = 4.0
"""In more than two seconds every lot that was suspended has to be resumed, and what was due done (L1)."""
_LOGGED_WITHIN_S = 10.0
"""The log follows the journal in about a second; a busy machine may take longer."""
_LEAVES = """
SELECT l.leaf, l.lot_id, l.entry, n.hash, l.decision_salt, l.events_salt
FROM log_leaf l JOIN log_node n ON n.level = 0 AND n.place = l.leaf
"""
_AT_THE_DOOR = ("engine_busy", "rate_limited", "lot_unknown", "command_id_reused")


async def verdict(here: World) -> dict[str, Any]:
    """Let everything work for a while, then read the journal and judge all that anybody was told."""
    await asyncio.sleep(_SETTLES_S)
    settled_us, operations = clock.now_us(), list(here.bidders.operations)
    history = await history_of(here.postgres.url, operations, settled_us)
    # Apart from the loop: a long history takes longer to judge than bidders wait for an answer.
    judgement = await asyncio.to_thread(judged, history)
    counts = judgement.counts() | {"L2": 0}
    for name, number in here.found.items():
        counts[name] += number
    return {
        "violations": counts,
        "seen": [str(violation) for violation in judgement.violations[:5]],
    }


async def history_of(url: str, operations: Sequence[Operation], settled_us: int | None) -> History:
    """Return a run as the checker takes it."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT *, committed(xmin) FROM journal ORDER BY committed(xmin), entry"
        )
        begun = await connection.fetch("SELECT *, committed(xmin) FROM takeover")
        signed = await connection.fetchrow(
            "SELECT size, root FROM log_checkpoint ORDER BY size DESC LIMIT 1"
        )
        leaves = await _leaves(connection, {(row["lot_id"], row["entry"]) for row in rows})
    finally:
        await connection.close()
    decisions = [
        Decision(**{name: row[name] for name in Decision.__struct_fields__}) for row in rows
    ]
    takeovers = [
        Takeover(shard=row["shard"], epoch=row["epoch"], committed=row["committed"] or 0)
        for row in begun
    ]
    return History(
        decisions=decisions,
        operations=with_entries(operations, decisions),
        takeovers=takeovers,
        settled_us=settled_us,
        leaves=leaves,
        signed=None if signed is None else (signed["size"], signed["root"]),
    )


async def _leaves(connection: asyncpg.Connection, wanted: set[tuple[str, int]]) -> list[Leaf]:
    """Return the log, when it has all these decisions or has had the time for it."""
    until = time.monotonic() + _LOGGED_WITHIN_S
    while True:
        rows = await connection.fetch(_LEAVES)
        if time.monotonic() > until or wanted <= {(row["lot_id"], row["entry"]) for row in rows}:
            return [Leaf(*row) for row in rows]
        await asyncio.sleep(0.2)


def with_entries(
    operations: Sequence[Operation], decisions: Sequence[Decision]
) -> list[Operation]:
    """Return the operations with the places of refusals, which bidders are not told.

    A refusal for which there is no decision gets a place that does not exist, so that it is reported.
    """
    known = {(row.lot_id, row.command_id): row for row in decisions}
    found = []
    for op in operations:
        told, row = op.told, known.get((op.lot_id, op.command_id))
        if told is None or told.entry or told.code in (ACCEPTED, NEVER_SEEN, *_AT_THE_DOOR):
            found.append(op)
            continue
        found.append(msgspec.structs.replace(op, told=_placed(told, row, op.kind)))
    return found


def _placed(told: Told, row: Decision | None, kind: str) -> Told:
    if row is None:
        return msgspec.structs.replace(told, entry=-1)
    rejection = msgspec.json.decode(row.rejection) if row.rejection else {}
    least = rejection.get("amount_min") if kind == LOOK_UP else told.amount_min
    return msgspec.structs.replace(
        told, entry=row.entry, seq=row.seq, at_us=row.arrived_us, amount_min=least
    )
