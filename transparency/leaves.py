"""A journaled decision as a leaf of the log: bound for good, and shown to nobody.

A decision has two parts: what was asked and answered, and what happened in consequence. Each is committed to
by SHA-256 over a secret salt and its text; the leaf is the two commitments side by side. So a leaf can be
published. Who is given a part and its salt can check it against the leaf: a bidder his own decision, without
the events, which may tell of others; a supervisor both.

What is protected: everything a decision says, also against guessing (an amount is soon guessed, 128 bits of
salt are not). What is not: that a decision was made, and roughly when, because everybody sees the log grow.
"""

from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from transparency.tree import leaf_hash

SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row of the journal; `command`, `events` and `rejection` are the JSON text that stands there."""

    lot_id: str
    entry: int
    seq: int
    shard: int
    epoch: int
    command_id: str
    arrived_us: int
    stream_id: str
    kind: str
    command: str
    events: str
    rejection: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Salts:
    """What keeps a decision's parts from being guessed. Whoever has one can check that part."""

    decision: bytes
    events: bytes


def decision_text(decision: Decision) -> str:
    """Return what was asked and answered: one JSON object; the journal's own text stands in it as it is."""
    told = {
        "lot_id": decision.lot_id,
        "entry": decision.entry,
        "seq": decision.seq,
        "shard": decision.shard,
        "epoch": decision.epoch,
        "command_id": decision.command_id,
        "arrived_us": decision.arrived_us,
        "stream_id": decision.stream_id,
        "kind": decision.kind,
    }
    head = dumps(told, ensure_ascii=False, separators=(",", ":"))[:-1]
    return f'{head},"command":{decision.command},"rejection":{decision.rejection or "null"}}}'


def commitment(salt: bytes, text: str) -> bytes:
    """Return what binds to `text` without telling it."""
    return sha256(salt + text.encode()).digest()


def leaf_of(decision: Decision, salts: Salts) -> bytes:
    """Return the hash of the decision's leaf."""
    asked = commitment(salts.decision, decision_text(decision))
    return leaf_hash(asked + commitment(salts.events, decision.events))
