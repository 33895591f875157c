"""A draw from a committed seed and a public value, repeated from the published description alone."""

import hashlib
from collections.abc import Iterator


def _words(key: bytes) -> Iterator[int]:
    place = 0
    while True:
        block = hashlib.sha256(key + place.to_bytes(8, "big")).digest()
        yield int.from_bytes(block[:8], "big")
        place += 1


def _unbiased(below: int, words: Iterator[int]) -> int:
    limit = 2**64 - 2**64 % below
    for word in words:
        if word < limit:
            return word % below
    raise AssertionError("there are always more words")


def commitment_of(seed: str) -> str | None:
    """Return SHA-256 of a seed in lower-case hexadecimal of 32 bytes or more; None: it is none."""
    if len(seed) < 64 or len(seed) % 2 or any(c not in "0123456789abcdef" for c in seed):  # noqa: PLR2004
        return None
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def drawn(names: list[str], *, purpose: str, seed: str, public: str) -> list[str]:
    """Return the names in the drawn order."""
    parts = [b"luochui draw 1", purpose.encode(), bytes.fromhex(seed), public.encode()]
    parts += [name.encode() for name in names]
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    words = _words(hashlib.sha256(whole).digest())
    order = list(names)
    for last in reversed(range(1, len(order))):
        other = _unbiased(last + 1, words)
        order[last], order[other] = order[other], order[last]
    return order
