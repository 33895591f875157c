"""Reads the log for whoever may: checkpoints and proofs for all, decisions with their salts for some."""

from dataclasses import dataclass

import asyncpg

from listing.sql import load
from transparency.leaves import Decision, Salts
from transparency.nodes import hashes_of, proof_of
from transparency.tree import Node, consistency_path, inclusion_path, nodes_of, proof

_SQL = load("transparency", "log")
_COLUMNS = tuple(Decision.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTree:
    """A checkpoint: the log's size and root, the signed note that says so, and the key to check it with."""

    size: int
    root: bytes
    note: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A leaf and what it binds to; `decision` is None where the journal has lost it."""

    leaf: int
    lot_id: str
    entry: int
    hash: bytes
    salts: Salts
    decision: Decision | None
    proof: list[bytes]


class LogReader:
    """Reads only what was signed: what was appended since then has no proof yet."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def latest(self) -> SignedTree | None:
        """Return the newest checkpoint, if anything was signed yet."""
        row = await self._pool.fetchrow(_SQL["latest_checkpoint"])
        return None if row is None else SignedTree(**row)

    async def of_size(self, size: int) -> SignedTree | None:
        """Return what was signed at that size, if anything was."""
        row = await self._pool.fetchrow(_SQL["checkpoint_of_size"], size)
        return None if row is None else SignedTree(**row)

    async def consistency(self, old: int, size: int) -> list[bytes]:
        """Return the proof that the tree of `size` leaves begins with that of `old`, 0 < old <= size."""
        return await proof_of(self._pool, consistency_path(old, size))

    async def leaf_hashes(self, first: int, end: int) -> list[bytes]:
        """Return the hashes of the leaves from `first` on, up to `end`, which is left out."""
        rows = await self._pool.fetch(_SQL["leaf_hashes"], first, end)
        return [row["hash"] for row in rows]

    async def decisions(self, lot_id: str, *, after: int, size: int, limit: int) -> list[Logged]:
        """Return up to `limit` of a lot's decisions with `entry` > `after` among the first `size` leaves."""
        rows = await self._pool.fetch(_SQL["logged_decisions"], lot_id, after, size, limit)
        paths = [inclusion_path(row["leaf"], size) for row in rows]
        hashes = await hashes_of(self._pool, set[Node]().union(*map(nodes_of, paths)))
        return [_logged(row, proof(path, hashes)) for row, path in zip(rows, paths, strict=True)]

    async def entry_of(self, lot_id: str, command_id: str) -> int | None:
        """Return the number of the decision on a command, or None if it was never seen."""
        entry: int | None = await self._pool.fetchval(_SQL["entry_of_command"], lot_id, command_id)
        return entry


def _logged(row: asyncpg.Record, inclusion: list[bytes]) -> Logged:
    return Logged(
        leaf=row["leaf"],
        lot_id=row["lot_id"],
        entry=row["entry"],
        hash=row["hash"],
        salts=Salts(decision=row["decision_salt"], events=row["events_salt"]),
        decision=Decision(**{name: row[name] for name in _COLUMNS})
        if row["is_journaled"]
        else None,
        proof=inclusion,
    )
