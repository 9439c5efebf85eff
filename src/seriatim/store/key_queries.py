"""Idempotency keys: claimed before the work, finished with its answer, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.store.session import Session, hex_id


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it stands. Shape: `headers` is JSON; `status` is None while it is unfinished."""

    entity_id: str
    fingerprint: bytes
    status: int | None
    headers: str | None
    body: bytes | None
    expires_at: datetime


class KeyQueries:
    """The keys of one client."""

    def __init__(self, session: Session, tenant_id: str, client_id: str) -> None:
        self._session = session
        self._owner = {"tenant_id": tenant_id, "client_id": hex_id(client_id)}

    def claim_key(
        self, key: str, *, entity_id: str, fingerprint: bytes, expires_at: datetime
    ) -> bool:
        """Whether the key was free and is now this transaction's.

        Errors: Conflict when another transaction is about to decide it and takes too long.
        """
        return self._write("claim_key", key, entity_id, fingerprint, expires_at)

    def reclaim_key(
        self, key: str, *, entity_id: str, fingerprint: bytes, expires_at: datetime
    ) -> None:
        self._write("reclaim_key", key, entity_id, fingerprint, expires_at)

    def find_key(self, key: str) -> StoredKey | None:
        rows = self._session.rows("find_key", {**self._owner, "key": key})
        if not rows:
            return None
        entity_id, fingerprint, status, headers, body, expires_at = rows[0]
        moment = self._session.values.moment_out(expires_at)
        return StoredKey(entity_id, fingerprint, status, headers, body, moment)

    def finish_key(self, key: str, *, status: int, headers: str, body: bytes) -> None:
        self._session.execute(
            "finish_key",
            {**self._owner, "key": key, "status": status, "headers": headers, "body": body},
        )

    def note_replay(self, key: str) -> None:
        self._session.execute("note_replay", {**self._owner, "key": key})

    def _write(
        self, query: str, key: str, entity_id: str, fingerprint: bytes, expires_at: datetime
    ) -> bool:
        parameters = {
            **self._owner,
            "key": key,
            "entity_id": entity_id,
            "fingerprint": fingerprint,
            "expires_at": self._session.values.moment_in(expires_at),
        }
        return self._session.execute(query, parameters) == 1
