"""Keeps the log: follows the journal, appends a leaf for every decision, and signs what it has come to.

It stands beside the engine and asks nothing of it: a bid is answered before the log has heard of it.
"""

import asyncio
import secrets
from collections.abc import Sequence

import asyncpg
import structlog

from listing.sql import load
from transparency.checkpoint import Signer
from transparency.leaves import SALT_BYTES, Decision, Salts, leaf_of
from transparency.nodes import Connection, LogBrokenError, edge_of, proof_of
from transparency.tree import Edge, consistency_path, extends

_KEEPER, _LOG = load("transparency", "keeper"), load("transparency", "log")
_LOCK = int.from_bytes(b"the log", "big")
_LOOK_EVERY_S = 0.5
_LOOK_AT_ALL_EVERY_S = 30
_SIGN_EVERY_LOOKS = 4
_REST = 10
"""So many times as long as it looked for lots the keeper rests, however many lots there are."""
_AT_ONCE = 100
_LOTS_AT_ONCE = 50

_log = structlog.get_logger()


class Keeper:
    """Appends and signs. Any number may run: one at a time keeps, and a leaf's place is taken once."""

    def __init__(self, pool: asyncpg.Pool, signer: Signer) -> None:
        self._pool, self._signer = pool, signer
        self._lately: set[str] = set()
        """Lots that were behind since the last look at all lots: what ends such a lot comes soon."""
        self._signed: tuple[int, bytes] | None = None
        self._looked_s = 0.0

    async def keep(self) -> None:
        """Append what is new twice a second and sign it every other second, until cancelled.

        Lots that are over are looked at twice a minute. All this more rarely where there are so many lots
        that looking takes long.
        """
        now = asyncio.get_running_loop().time
        look, all_at = 0, 0.0
        while True:
            began = now()
            everywhere = began >= all_at
            try:
                await self.append_new(everywhere=everywhere)
                if look % _SIGN_EVERY_LOOKS == 0:
                    await self.sign()
                look += 1
            except LogBrokenError as error:
                _log.error("the log is not signed", error=str(error))
                look += 1
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look is the cure
                _log.warning("the log is kept again in a moment", error=repr(error))
                everywhere = False
            rest = _REST * self._looked_s
            if everywhere:
                all_at = began + max(_LOOK_AT_ALL_EVERY_S, rest)
            await asyncio.sleep(max(_LOOK_EVERY_S, rest))

    async def append_new(self, *, everywhere: bool = True) -> int:
        """Append the decisions that are not in the log yet; return how many there were.

        Looks at all lots, or only at those that go on or were behind lately.
        """
        behind = await self._behind(everywhere=everywhere)
        count = 0
        for first in range(0, len(behind), _LOTS_AT_ONCE):
            appended = _AT_ONCE
            while appended == _AT_ONCE:
                appended = await self._append_some(behind[first : first + _LOTS_AT_ONCE])
                count += appended
        self._lately = set(behind) if everywhere else self._lately.union(behind)
        return count

    async def sign(self) -> None:
        """Sign the log, if it has grown; raise `LogBrokenError` if it does not begin with what was signed."""
        async with self._pool.acquire() as connection:
            signed = self._signed or await _signed_last(connection)
            size: int = await connection.fetchval(_KEEPER["size"])
            if signed is not None:
                await _check_extends(connection, *signed, size)
            if size == (signed[0] if signed else 0):
                return
            root = (await edge_of(connection, size)).root()
            note = self._signer.note(size, root)
            await connection.execute(
                _KEEPER["save_checkpoint"], size, root, note, self._signer.public_key
            )
            self._signed = size, root

    async def _behind(self, *, everywhere: bool) -> list[str]:
        now = asyncio.get_running_loop().time
        began = now()
        if everywhere:
            rows = await self._pool.fetch(_KEEPER["all_lots_behind"])
        else:
            rows = await self._pool.fetch(_KEEPER["lots_behind"], list(self._lately))
        self._looked_s = now() - began
        return sorted(row["lot_id"] for row in rows)

    async def _append_some(self, lots: Sequence[str]) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_KEEPER["keep"], _LOCK):
                return 0
            rows = await connection.fetch(_KEEPER["decisions_to_append"], lots, _AT_ONCE)
            if rows:
                edge = await edge_of(connection, await connection.fetchval(_KEEPER["size"]))
                decisions = [Decision(**row) for row in rows]
                await connection.execute(_KEEPER["append"], *_appended(edge, decisions))
            return len(rows)


async def _signed_last(connection: Connection) -> tuple[int, bytes] | None:
    row = await connection.fetchrow(_LOG["latest_checkpoint"])
    return None if row is None else (row["size"], row["root"])


async def _check_extends(connection: Connection, old: int, old_root: bytes, size: int) -> None:
    if size < old:
        raise LogBrokenError(f"{old} leaves were signed, {size} are left")
    root = (await edge_of(connection, size)).root()
    proof = await proof_of(connection, consistency_path(old, size))
    if not extends(old, old_root, size, root, proof):
        raise LogBrokenError(f"the first {old} leaves are not those that were signed")


def _appended(edge: Edge, decisions: Sequence[Decision]) -> tuple[list[object], ...]:
    """Return the columns of the statement that appends, and move the edge on."""
    salts = [Salts(decision=_salt(), events=_salt()) for _ in decisions]
    first = edge.size
    nodes = [
        complete
        for decision, salt in zip(decisions, salts, strict=True)
        for complete in edge.append(leaf_of(decision, salt))
    ]
    return (
        list(range(first, edge.size)),
        [d.lot_id for d in decisions],
        [d.entry for d in decisions],
        [s.decision for s in salts],
        [s.events for s in salts],
        [node.level for node, _ in nodes],
        [node.place for node, _ in nodes],
        [hash_ for _, hash_ in nodes],
    )


def _salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)
