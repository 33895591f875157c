"""Checkpoints in the forms of C2SP (tlog-checkpoint, signed-note): name, size and root of the log, signed."""

import os
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_ED25519 = b"\x01"
_OTHERS_MAY = 0o077


class KeyFileError(Exception):
    """There is no usable signing key in the file; the message says why, never what is in it."""


class Signer:
    """Signs checkpoints of the log called `origin`."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        self._origin, self._key = origin, key
        public = _ED25519 + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._id = sha256(f"{origin}\n".encode() + public).digest()[:4]
        self.public_key = f"{origin}+{self._id.hex()}+{_base64(public)}"
        """What signatures are checked with, in the form of C2SP: NAME+ID+KEY."""

    def note(self, size: int, root: bytes) -> str:
        """Return the signed checkpoint of the tree with so many leaves and this root."""
        text = f"{self._origin}\n{size}\n{_base64(root)}\n"
        signature = self._id + self._key.sign(text.encode())
        return f"{text}\n— {self._origin} {_base64(signature)}\n"


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 key in a PEM file that only its owner may read; raise `KeyFileError`."""
    try:
        if path.stat().st_mode & _OTHERS_MAY:
            raise KeyFileError(f"{path} may be read by others: chmod 600")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no private key in PEM"
        raise KeyFileError(f"{path}: {reason}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: not an Ed25519 key")
    return key


def make_key(path: Path) -> None:
    """Make a new key in `path`, whole and for its owner alone, unless there is one already."""
    if path.exists():
        return
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(descriptor)
    half.rename(path)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
