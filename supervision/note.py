"""Reads and checks checkpoints (C2SP tlog-checkpoint, signed-note); shares no code with what signs them."""

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519 = b"\x01"
_ID_BYTES = 4
_ROOT_BYTES = 32


class NoteError(Exception):
    """It is no checkpoint, or not signed by whom it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was signed: how many leaves the log had, and the root over them."""

    size: int
    root: bytes


def checked(note: str, public_key: str) -> Checkpoint:
    """Return what `note` says; raise `NoteError` unless the key (NAME+ID+KEY) has signed it."""
    try:
        name, _, key = public_key.split("+", 2)
        public = _decoded(key)
        verifier = Ed25519PublicKey.from_public_bytes(public.removeprefix(_ED25519))
    except ValueError:
        raise NoteError(f"not a public key: {public_key!r}") from None
    text, _, signatures = note.partition("\n\n")
    key_id = sha256(f"{name}\n".encode() + public).digest()[:_ID_BYTES]
    if not any(
        _signs(verifier, key_id, line.removeprefix(f"— {name} "), f"{text}\n")
        for line in signatures.splitlines()
        if line.startswith(f"— {name} ")
    ):
        raise NoteError(f"not signed by {name} with this key")
    try:
        origin, size, root, *_ = text.split("\n")
        found = Checkpoint(size=int(size), root=_decoded(root))
    except ValueError:
        raise NoteError("signed, but no checkpoint") from None
    if origin != name or str(found.size) != size or len(found.root) != _ROOT_BYTES:
        raise NoteError("signed, but no checkpoint of this log")
    return found


def _signs(verifier: Ed25519PublicKey, key_id: bytes, signature: str, text: str) -> bool:
    try:
        given = _decoded(signature)
        verifier.verify(given[_ID_BYTES:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return given[:_ID_BYTES] == key_id


def _decoded(text: str) -> bytes:
    return b64decode(text, validate=True)
