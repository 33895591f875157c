"""A draw (摇号) that anybody can repeat: committed seed + public randomness, SHA-256, no other chance.

1. Before: the organiser (or a notary, 公证处) keeps a secret seed of 32 random bytes and publishes
   `commitment(seed)` in the notice, together with the *public source* that will be used, one that nobody
   can foresee or choose (a drawing of the state lottery, a randomness beacon).
2. After the participants are fixed the public value appears and the seed is revealed.
3. Anybody checks SHA-256(seed) against the notice and repeats the shuffle.

Neither side can steer the result: the seed was fixed before the public value, and the public value is
nobody's. The shuffle, exactly::

    key    = SHA-256( len8("luochui draw 1") "luochui draw 1"  len8(purpose) purpose  len8(seed) seed
                      len8(public) public  then len8(name) name for each participant in order )
    word i = the first 8 bytes, big-endian, of SHA-256( key  i as 8 bytes big-endian ),  i = 0, 1, 2, ...
    below n: take words; skip those >= 2^64 - 2^64 mod n; the first kept one mod n   (no bias)
    for i from the last place down to 1: exchange places i and (below i + 1)          (Fisher-Yates)

`len8` is the length in bytes, 8 bytes big-endian; texts are UTF-8.
"""

from collections.abc import Iterator
from hashlib import sha256

SEED_BYTES_MIN = 32
_WORDS = 1 << 64


def is_hex(text: str, bytes_min: int) -> bool:
    """Tell whether `text` is lower-case hexadecimal of at least so many bytes."""
    return (
        len(text) >= 2 * bytes_min and len(text) % 2 == 0 and set(text) <= set("0123456789abcdef")
    )


def commitment(seed: str) -> str:
    """Return the SHA-256 of a seed, both as hexadecimal text."""
    return sha256(bytes.fromhex(seed)).hexdigest()


def shuffled(names: tuple[str, ...], *, purpose: str, seed: str, public: str) -> tuple[str, ...]:
    """Return `names` in the drawn order; the first is drawn first.

    `names` stand in the order that was published before the draw; `purpose` names the lot, so that one
    seed and one public value never give two lots the same draw. `seed` is hexadecimal.
    """
    parts = [b"luochui draw 1", purpose.encode(), bytes.fromhex(seed), public.encode()]
    parts += [name.encode() for name in names]
    words = _words(sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest())
    drawn = list(names)
    for last in range(len(drawn) - 1, 0, -1):
        chosen = below(last + 1, words)
        drawn[last], drawn[chosen] = drawn[chosen], drawn[last]
    return tuple(drawn)


def below(bound: int, words: Iterator[int]) -> int:
    """Return an unbiased number from 0 to `bound` - 1 out of uniform 64-bit words."""
    unbiased = _WORDS - _WORDS % bound
    return next(word for word in words if word < unbiased) % bound


def _words(key: bytes) -> Iterator[int]:
    number = 0
    while True:
        yield int.from_bytes(sha256(key + number.to_bytes(8, "big")).digest()[:8], "big")
        number += 1
