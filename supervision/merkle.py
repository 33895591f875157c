"""The Merkle tree of RFC 6962 and its proofs, written anew: shares no code with that of the log.

Hashes and proofs follow the recursive definitions word by word; they are slow and plain on purpose.
"""

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, 2.1)."""
    return sha256(b"\x00" + data).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes: MTH of RFC 6962."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return _above(root_of(leaves[:half]), root_of(leaves[half:]))


def root_by_inclusion(leaf: bytes, place: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to; None if it does not fit the place and the size."""
    if not 0 <= place < size:
        return None
    if size == 1:
        return None if proof else leaf
    if not proof:
        return None
    *below, sibling = proof
    half = _half(size)
    if place < half:
        left = root_by_inclusion(leaf, place, half, below)
        return None if left is None else _above(left, sibling)
    right = root_by_inclusion(leaf, place - half, size - half, below)
    return None if right is None else _above(sibling, right)


def is_prefix(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a consistency proof shows that the tree of `size` begins with that of `old` leaves."""
    if not 0 < old <= size:
        return False
    return _both_roots(old, old_root, size, proof, known=True) == (old_root, root)


def _both_roots(
    old: int, old_root: bytes, size: int, proof: Sequence[bytes], *, known: bool
) -> tuple[bytes, bytes] | None:
    """Return the roots of the first `old` and of all leaves of a subtree (SUBPROOF of RFC 9162, backwards).

    While nothing lies to the left of the subtree (`known`), its old root is the one that the reader has.
    """
    if old == size:
        if known:
            return None if proof else (old_root, old_root)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    *below, sibling = proof
    half = _half(size)
    if old <= half:
        left = _both_roots(old, old_root, half, below, known=known)
        return None if left is None else (left[0], _above(left[1], sibling))
    right = _both_roots(old - half, old_root, size - half, below, known=False)
    return None if right is None else (_above(sibling, right[0]), _above(sibling, right[1]))


def _above(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _half(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half
