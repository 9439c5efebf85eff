"""Secrets: how they are made, kept and compared. Never logged, shown once.

Tokens are random and are kept as SHA-256 of themselves; secrets and passwords, which people
choose too, as Argon2id. Source: contract/transport.md, OAuth; ADR 5.
"""

from __future__ import annotations

import hashlib
import secrets as random_source
import string

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_ALPHABET = string.ascii_letters + string.digits
_SECRET_CHARACTERS = 40
_PASSWORD_CHARACTERS = 20

# The second of OWASP's minimum settings: 19 MiB, two passes; about 20 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_HASH_OF_NOTHING = _hasher.hash(random_source.token_hex(16))


def new_secret() -> str:
    return "".join(random_source.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS))


def new_password() -> str:
    return "".join(random_source.choice(_ALPHABET) for _ in range(_PASSWORD_CHARACTERS))


def new_token() -> str:
    return random_source.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def secret_hash(secret: str) -> str:
    return _hasher.hash(secret)


def secret_fits(secret: str, stored_hash: str | None) -> bool:
    """Takes as long when there is no stored hash, so that time tells nothing."""
    try:
        _hasher.verify(stored_hash or _HASH_OF_NOTHING, secret)
    except (VerificationError, InvalidHashError):
        return False
    return stored_hash is not None
