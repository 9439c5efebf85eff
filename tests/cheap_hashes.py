"""Argon2 at a thousandth of its cost: the tests make and compare thousands of secrets.

What it costs users is held by `tests/unit/test_secrets.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from argon2 import PasswordHasher

from seriatim.service import secrets

_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH_OF_NOTHING = _CHEAP.hash("nothing")


def hash_cheaply(setattr_: Callable[[object, str, object], None] = setattr) -> None:
    """In this process, or with a monkeypatch's `setattr`, for one test."""
    setattr_(secrets, "_hasher", _CHEAP)
    setattr_(secrets, "_HASH_OF_NOTHING", _HASH_OF_NOTHING)
