"""I15: every decision is one leaf of the log, and is what that leaf binds to."""

import json
from collections import Counter
from collections.abc import Callable
from hashlib import sha256

from supervision.merkle import leaf_hash, root_of
from tests.history.records import Decision, History, Leaf

Report = Callable[[str, str, str], None]
_COLUMNS = (
    *("lot_id", "entry", "seq", "shard", "epoch", "command_id", "arrived_us", "stream_id", "kind"),
)


def broken_log(report: Report, history: History) -> None:
    """Compare leaves and decisions. The log may have gone on since the journal was read."""
    if history.leaves is None:
        return
    leaves = sorted(history.leaves, key=lambda leaf: leaf.place)
    if [leaf.place for leaf in leaves] != list(range(len(leaves))):
        report("I15", "", "the places of the leaves are not 0, 1, 2 and so on")
    rows = {(row.lot_id, row.entry): row for row in history.decisions}
    known = Counter(row.lot_id for row in history.decisions)
    times = Counter((leaf.lot_id, leaf.entry) for leaf in leaves)
    for place in rows:
        if times[place] != 1:
            report("I15", place[0], f"entry {place[1]} is {times[place]} leaves")
    last: Counter[str] = Counter()
    for leaf in leaves:
        row = rows.get((leaf.lot_id, leaf.entry))
        if row is None and leaf.entry <= known[leaf.lot_id]:
            report("I15", leaf.lot_id, f"leaf {leaf.place} is of no decision")
        if row is not None and hash_of(row, leaf) != leaf.hash:
            report("I15", leaf.lot_id, f"leaf {leaf.place} does not bind to entry {leaf.entry}")
        if leaf.entry <= last[leaf.lot_id]:
            report("I15", leaf.lot_id, f"leaf {leaf.place}: entry {leaf.entry} stands late")
        last[leaf.lot_id] = leaf.entry
    if history.signed is not None:
        size, root = history.signed
        if root_of([leaf.hash for leaf in leaves[:size]]) != root:
            report("I15", "", f"what was signed of {size} leaves is not what they are")


def hash_of(row: Decision, leaf: Leaf) -> bytes:
    """Return the hash that the leaf of a decision has."""
    told = {name: getattr(row, name) for name in _COLUMNS}
    head = json.dumps(told, ensure_ascii=False, separators=(",", ":"))[:-1]
    asked = f'{head},"command":{_text(row.command)},"rejection":{_text(row.rejection or "null")}}}'
    return leaf_hash(
        sha256(leaf.decision_salt + asked.encode()).digest()
        + sha256(leaf.events_salt + _text(row.events).encode()).digest()
    )


def _text(body: str | bytes) -> str:
    return body.decode() if isinstance(body, bytes) else body
