"""A checkpoint is a signed note of C2SP: anybody can read and check it with his own tools."""

import hashlib
import subprocess
import sys
from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.support.log import KEY, ORIGIN, SIGNER
from transparency.checkpoint import KeyFileError, Signer, make_key, read_key

ROOT = hashlib.sha256(b"root").digest()


def test_it_has_name_size_and_root_and_a_signature_over_just_that():
    note = SIGNER.note(7, ROOT)
    text, signatures = note.split("\n\n")
    origin, size, root = text.split("\n")
    assert (origin, size, b64decode(root)) == (ORIGIN, "7", ROOT)
    assert signatures.startswith(f"— {ORIGIN} ")
    assert signatures.endswith("\n")
    signature = b64decode(signatures.split(" ")[2])
    name, key_id, key = SIGNER.public_key.split("+", 2)
    assert (name, key_id) == (ORIGIN, signature[:4].hex())
    algorithm, public = b64decode(key)[:1], b64decode(key)[1:]
    assert algorithm == b"\x01"
    assert (
        hashlib.sha256(f"{ORIGIN}\n".encode() + algorithm + public).digest()[:4] == signature[:4]
    )
    Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}\n".encode())
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}x\n".encode())


def test_the_known_key_of_the_signed_note_example():
    """The first key of Go's package golang.org/x/mod/sumdb/note, made by anybody from its seed."""
    seed = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(seed))
    assert (
        signer.public_key == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    )
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[4:] == signer._key.sign(text.encode())
    assert signature[:4] == signer._id


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "key.pem"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_bytes()
    make_key(path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]
    assert Signer(ORIGIN, read_key(path)).public_key != SIGNER.public_key


def test_a_key_half_written_by_who_died_is_made_anew(tmp_path):
    path = tmp_path / "key.pem"
    path.with_name("key.pem.new").write_bytes(b"half")
    make_key(path)
    read_key(path)


def test_openssl_makes_such_a_key_too(tmp_path):
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    path.chmod(0o600)
    read_key(path)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "No such file"),
        (b"secret words", 0o600, "no private key in PEM"),
        (b"secret words", 0o640, "may be read by others"),
    ],
)
def test_what_is_wrong_with_a_key_file_is_said_without_its_content(tmp_path, content, mode, said):
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(KeyFileError, match=said) as error:
        read_key(path)
    assert "secret" not in str(error.value)


def test_another_kind_of_key_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    curve = "ec_paramgen_curve:P-256"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", path], check=True
    )
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="not an Ed25519 key"):
        read_key(path)


def test_a_key_never_shows_in_an_error_or_a_representation():
    raw = KEY.private_bytes_raw().hex()
    assert raw not in repr(SIGNER)
    assert raw not in repr(vars(SIGNER))


def test_an_engine_without_the_key_does_not_load_what_signs():
    loaded = "'cryptography.hazmat' in sys.modules"
    program = f"import sys, luochui.serve, luochui.wiring.engine; sys.exit({loaded})"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
