"""Port: snapshots of lots, so that recovery need not fold long journals from their beginning.

A snapshot is a fold of the journal made earlier, and nothing else: whoever has none, or distrusts one,
folds the journal and comes to the same lot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Protocol

import msgspec

from auction.formats.registry import format_of
from auction.freezing import frozen, thawed
from auction.state import Answer, Lot

_DIGEST_SIZE = 16


class Snapshots(Protocol):
    """Lots as they once were."""

    async def usable(self, shard: int) -> dict[str, Lot]:
        """Return lots of the shard that go on by id, each as its journal left it at `lot.entry`.

        Only what was written whole, by this very code, and agrees with the journal; the rest is left out.
        """
        ...

    async def usable_of(self, lot_ids: Sequence[str]) -> dict[str, Lot]:
        """Return the same of some lots, over or not."""
        ...


class SnapshotError(Exception):
    """These bytes are no snapshot of ours, or this lot cannot be made one."""


@cache
def form() -> str:
    """Return the version of snapshots: a digest of the code that decides, applies and writes them.

    A fold made by other code might have come out differently, so it is not used.
    """
    digest = blake2b(digest_size=_DIGEST_SIZE)
    for package in ("bidding_rules", "auction"):
        for source in _sources(resources.files(package)):
            digest.update(source)
    return digest.hexdigest()


def _sources(folder: Traversable) -> Iterator[bytes]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_dir():
            yield from _sources(file)
        elif file.name.endswith((".py", ".c", ".h")):
            yield file.read_bytes()


def digest_of(lot_id: str, entry: int, body: bytes) -> bytes:
    """Return what tells whether `body` was written whole, and for this place."""
    return blake2b(f"{lot_id}\n{entry}\n".encode() + body, digest_size=_DIGEST_SIZE).digest()


def encode_lot(lot: Lot) -> bytes:
    """Return the lot without its answers; raise `SnapshotError` if it holds what cannot be written."""
    try:
        return msgspec.msgpack.encode([frozen(getattr(lot, name)) for name in _LOT_FIELDS])
    except (TypeError, OverflowError) as error:
        raise SnapshotError(f"{lot.lot_id}: {error}") from error


def decode_lot(body: bytes) -> Lot:
    """Return the lot that `encode_lot` wrote, without answers; raise `SnapshotError`."""
    try:
        values = msgspec.msgpack.decode(body, type=list)
        lot = Lot(**{n: thawed(v) for n, v in zip(_LOT_FIELDS, values, strict=True)})
    except (msgspec.DecodeError, TypeError, ValueError, KeyError) as error:
        raise SnapshotError(f"not a lot: {error}") from error
    lot.format = None if lot.terms is None else format_of(lot.terms.format)
    return lot


def encode_answers(answers: dict[str, Answer]) -> bytes:
    """Return the first answers to commands, by id."""
    return _ANSWERS_WRITER.encode(answers)


def decode_answers(body: bytes) -> dict[str, Answer]:
    """Return what `encode_answers` wrote; raise `SnapshotError`."""
    try:
        return _ANSWERS_READER.decode(body)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"not answers: {error}") from error


_NOT_WRITTEN = ("answers", "format")
_LOT_FIELDS = tuple(field.name for field in fields(Lot) if field.name not in _NOT_WRITTEN)
_ANSWERS_WRITER = msgspec.msgpack.Encoder()
_ANSWERS_READER = msgspec.msgpack.Decoder(dict[str, Answer])
