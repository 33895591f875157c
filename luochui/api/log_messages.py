"""What the routes of the log answer. Hashes, salts and proofs are bytes, in JSON as Base64."""

from typing import Annotated

import msgspec

LEAVES_MAX = 10_000
TreeSize = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
LeafPlace = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
LeafCount = Annotated[int, msgspec.Meta(ge=1, le=LEAVES_MAX)]


class Checkpoint(msgspec.Struct, kw_only=True):
    """How large the log was, and the root over it; `note` is the signed note (C2SP) that says so.

    `public_key` checks it, NAME+ID+KEY; it is worth something to who got it elsewhere as well.
    """

    size: int
    root: bytes
    note: str
    public_key: str


class Consistency(msgspec.Struct, kw_only=True):
    """The proof that the tree of `size` leaves begins with that of `old` (RFC 9162)."""

    old: int
    size: int
    proof: list[bytes]


class Leaves(msgspec.Struct, kw_only=True):
    """The hashes of the leaves from `first` on."""

    first: int
    hashes: list[bytes]


class LoggedPart(msgspec.Struct, kw_only=True):
    """A part of a decision. Its commitment is SHA-256 over salt and text, which may be kept back."""

    commitment: bytes
    salt: bytes | None = None
    text: str | None = None


class LoggedDecision(msgspec.Struct, kw_only=True):
    """A leaf of the log: its hash is SHA-256 over a zero byte and the commitments of both parts.

    `decision` says what was asked and answered, `events` what happened; both are null if the journal has lost
    them. `proof` leads from the leaf to the root of the checkpoint (RFC 9162).
    """

    leaf: int
    lot_id: str
    entry: int
    hash: bytes
    decision: LoggedPart | None
    events: LoggedPart | None
    proof: list[bytes]


class LogExtract(msgspec.Struct, kw_only=True):
    """Decisions with their proofs, all for one checkpoint."""

    checkpoint: Checkpoint
    decisions: list[LoggedDecision]
