"""The Merkle tree of RFC 6962 and the proofs of RFC 9162, from the hashes of complete subtrees.

A `Node` is the root of a complete subtree; once complete it never changes, so nodes can be kept for ever, and
any root or proof of any size is put together from a few of them. What grows is only the right edge.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple, TypeAlias

_LEAF, _INNER = b"\x00", b"\x01"
EMPTY_ROOT = sha256().digest()


class Node(NamedTuple):
    """The complete subtree over the leaves from `place << level` on, `1 << level` of them."""

    level: int
    place: int


Path: TypeAlias = list[list[Node]]
"""A proof before its hashes are known: for each of them the nodes that it is made of, left to right."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two."""
    return sha256(_INNER + left + right).digest()


class Edge:
    """The right edge of a growing tree: its size, and the roots of the complete subtrees it consists of.

    It needs memory for one hash a level; appending costs two hashes on average.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size, self._peaks = size, list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"{size} leaves do not have {len(self._peaks)} complete subtrees")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Append a leaf by its hash; return every node that it made complete, the leaf itself first."""
        level, grown = 0, leaf
        complete = [(Node(0, self.size), leaf)]
        while self.size >> level & 1:
            grown = node_hash(self._peaks.pop(), grown)
            level += 1
            complete.append((Node(level, self.size >> level), grown))
        self._peaks.append(grown)
        self.size += 1
        return complete

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        return _together(self._peaks)


def edge_nodes(size: int) -> list[Node]:
    """Return the complete subtrees that a tree consists of, left to right: the peaks of its `Edge`."""
    return _cover(0, size)


def inclusion_path(leaf: int, size: int) -> Path:
    """Return what proves that `leaf` is in the tree of `size` leaves, bottom up (RFC 9162, 2.1.3.1)."""
    if not 0 <= leaf < size:
        raise ValueError(f"leaf {leaf} is not in a tree of {size}")
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if leaf < middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(old: int, size: int) -> Path:
    """Return what proves that the tree of `size` leaves begins with that of `old` (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} does not begin with one of {old}")
    path, begin, end = [], 0, size
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(begin, middle))
            begin = middle
    if begin:  # Where the old tree is a node itself, the reader has its root.
        path.append(_cover(begin, end))
    return path[::-1]


def nodes_of(path: Path) -> set[Node]:
    """Return the nodes whose hashes are needed for a proof."""
    return {node for part in path for node in part}


def proof(path: Path, hashes: Mapping[Node, bytes]) -> list[bytes]:
    """Return the hashes of a proof."""
    return [_together([hashes[node] for node in part]) for part in path]


def extends(
    old: int, old_root: bytes, size: int, root: bytes, consistency: Iterable[bytes]
) -> bool:
    """Tell whether the proof shows that the one tree begins with the other (RFC 9162, 2.1.4.2)."""
    given = list(consistency)
    if old == size:
        return not given and old_root == root
    if not 0 < old < size or not given:
        return False
    if old.bit_count() == 1:
        given.insert(0, old_root)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = given[0]
    for sibling in given[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        at, last = at >> 1, last >> 1
    return (was, now, last) == (old_root, root, 0)


def _split(size: int) -> int:
    """Return the largest power of two below `size`: how many leaves lie to the left."""
    return 1 << (size - 1).bit_length() - 1


def _cover(begin: int, end: int) -> list[Node]:
    """Return the fewest complete subtrees over the leaves from `begin` to `end`, left to right."""
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        nodes.append(Node(level, begin >> level))
        begin += 1 << level
    return nodes


def _together(hashes: list[bytes]) -> bytes:
    """Return the hash over complete subtrees that stand side by side, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    *left, whole = hashes
    for one in reversed(left):
        whole = node_hash(one, whole)
    return whole
