"""The log's nodes on PostgreSQL: whatever a root or a proof is made of."""

from collections.abc import Iterable
from typing import TypeAlias

import asyncpg

from listing.sql import load
from transparency.tree import Edge, Node, Path, edge_nodes, nodes_of, proof

_SQL = load("transparency", "log")
Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy
Database: TypeAlias = asyncpg.Pool | Connection


class LogBrokenError(Exception):
    """The log does not begin with what was signed, or parts of it are gone: somebody has changed it."""


async def hashes_of(database: Database, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """Return the hashes of nodes that are complete; raise `LogBrokenError` if the log has lost one."""
    wanted = list(nodes)
    levels, places = [n.level for n in wanted], [n.place for n in wanted]
    rows = await database.fetch(_SQL["nodes"], levels, places)
    found = {Node(row["level"], row["place"]): row["hash"] for row in rows}
    if lost := set(wanted) - found.keys():
        raise LogBrokenError(f"nodes are missing, such as {min(lost)}")
    return found


async def edge_of(database: Database, size: int) -> Edge:
    """Return the right edge that the log had with `size` leaves."""
    nodes = edge_nodes(size)
    hashes = await hashes_of(database, nodes)
    return Edge(size, [hashes[node] for node in nodes])


async def proof_of(database: Database, path: Path) -> list[bytes]:
    """Return the hashes of a proof."""
    return proof(path, await hashes_of(database, nodes_of(path)))
