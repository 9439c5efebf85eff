"""The key that signs checkpoints and certificates: a file of its own, outside the database.

Whoever can change the database can then still not sign what was changed.
Source: contract/numbering.md, Register 4.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from seriatim.domain.errors import StoreRefused
from seriatim.verifier.seriatim_verifier import key_id_of, public_keys_in

PUBLIC_SUFFIX = ".pub"


class SigningKeys:
    """An Ed25519 key, and the public keys of those that signed before it."""

    def __init__(self, private_key: Ed25519PrivateKey, earlier: list[bytes]) -> None:
        self._private_key = private_key
        self._public_key = private_key.public_key().public_bytes_raw()
        known = {*earlier, self._public_key}
        self._known = {key_id_of(one): Ed25519PublicKey.from_public_bytes(one) for one in known}

    def __repr__(self) -> str:
        return f"SigningKeys({self.key_id})"

    @property
    def key_id(self) -> str:
        return key_id_of(self._public_key)

    @property
    def public_key(self) -> bytes:
        return self._public_key

    @property
    def public_pem(self) -> str:
        return (
            self._private_key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode("ascii")
        )

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)

    def is_signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        key = self._known.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def new_signing_keys() -> SigningKeys:
    """A key that is kept nowhere."""
    return SigningKeys(Ed25519PrivateKey.generate(), [])


def load_signing_keys(path: Path) -> SigningKeys | None:
    """The key in the file, and the public ones beside it; None where there is no such file.

    Errors: StoreRefused for a file that cannot be read or holds something else.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreRefused(f"the signing key {path} cannot be read: {error.strerror}") from error
    try:
        private_key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise StoreRefused(f"{path} holds no private key in PEM without a password") from error
    if not isinstance(private_key, Ed25519PrivateKey):
        raise StoreRefused(f"{path} holds a private key, but not one of Ed25519")
    return SigningKeys(private_key, _earlier(path))


def make_signing_keys(path: Path) -> SigningKeys:
    """The key in the file, made where there is none yet: mode 0600, its public half beside it.

    Order: the file appears with its whole content at once; of two processes that make it, one
        does, and both have its key.
    """
    found = load_signing_keys(path)
    if found is not None:
        return found
    made = Ed25519PrivateKey.generate()
    content = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        _write_once(path, content)
    except OSError as error:
        raise StoreRefused(f"the signing key {path} cannot be made: {error.strerror}") from error
    keys = load_signing_keys(path)
    if keys is None:
        raise StoreRefused(f"the signing key {path} was taken away while it was made")
    _add_public(path, keys)
    return keys


def _write_once(path: Path, content: bytes) -> None:
    """Errors: OSError. A file that is there meanwhile stays as it is."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            return
    finally:
        unfinished.unlink()


def _earlier(path: Path) -> list[bytes]:
    try:
        return public_keys_in(_public_file(path).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        return []


def _add_public(path: Path, keys: SigningKeys) -> None:
    """The newest key goes in front of those that signed before."""
    file = _public_file(path)
    if keys.public_key in _earlier(path):
        return
    before = file.read_text(encoding="ascii") if file.exists() else ""
    file.write_text(keys.public_pem + before, encoding="ascii")


def _public_file(path: Path) -> Path:
    return path.with_name(path.name + PUBLIC_SUFFIX)
