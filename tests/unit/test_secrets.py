"""What is kept of a secret. Source: contract/transport.md, OAuth; ADR 5."""

from __future__ import annotations

from seriatim.service import secrets


def test_secret_is_kept_as_argon2id_at_the_cost_that_owasp_asks_for() -> None:
    stored = secrets.secret_hash("correct horse battery staple")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert secrets.secret_fits("correct horse battery staple", stored)
    assert not secrets.secret_fits("correct horse battery stapler", stored)


def test_secret_of_nobody_is_compared_at_the_same_cost() -> None:
    assert secrets._HASH_OF_NOTHING.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not secrets.secret_fits("correct horse battery staple", None)
