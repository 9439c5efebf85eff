"""What has to be swept up from time to time. Harmless when several processes do it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seriatim.domain.clock import Clock
from seriatim.service.import_uploads import sweep_abandoned_uploads
from seriatim.store.sql_store import SqlStore, Transaction

_ROWS_AT_ONCE_MAX = 5000


@dataclass(frozen=True, slots=True)
class Swept:
    keys: int
    tokens: int
    sessions: int
    uploads: int


def sweep(store: SqlStore, *, clock: Clock) -> Swept:
    """Forget expired idempotency keys, access tokens and sessions, and abandoned uploads.

    Cost: many short transactions rather than one long one.
    """
    now = clock.now()
    return Swept(
        keys=_swept(store, lambda tx, rows: tx.keys.delete_expired_keys(now, row_count=rows)),
        tokens=_swept(store, lambda tx, rows: tx.access.delete_expired_tokens(now, row_count=rows)),
        sessions=_swept(
            store, lambda tx, rows: tx.users.delete_expired_sessions(now, row_count=rows)
        ),
        uploads=sweep_abandoned_uploads(store, clock=clock),
    )


def _swept(store: SqlStore, delete_some: Callable[[Transaction, int], int]) -> int:
    swept = 0
    while True:
        deleted = store.run(lambda transaction: delete_some(transaction, _ROWS_AT_ONCE_MAX))
        swept += deleted
        if deleted < _ROWS_AT_ONCE_MAX:
            return swept
