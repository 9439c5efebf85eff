"""What has to be swept up from time to time. Harmless when several processes do it at once."""

from __future__ import annotations

from dataclasses import dataclass

from seriatim.domain.clock import Clock
from seriatim.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Swept:
    keys: int
    tokens: int


def sweep(store: SqlStore, *, clock: Clock) -> Swept:
    """Forget expired idempotency keys and access tokens."""
    now = clock.now()
    keys = store.run(lambda transaction: transaction.keys.delete_expired_keys(now))
    tokens = store.run(lambda transaction: transaction.access.delete_expired_tokens(now))
    return Swept(keys, tokens)
