"""Idempotency keys: claimed before the work, finished with its answer, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.domain.errors import InvariantBroken
from seriatim.store.session import Session, hex_id

KeyPlace = tuple[str, str, str]
"""Tenant, client (both 32 hex characters) and key."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it stands. Shape: `headers` is JSON; `status` is None while it is unfinished."""

    entity_id: str
    fingerprint: bytes
    status: int | None
    headers: str | None
    body: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """What a request claims its key with. Shape: ids as 32 hex characters or UUIDs."""

    tenant_id: str
    client_id: str
    key: str
    entity_id: str
    fingerprint: bytes
    expires_at: datetime

    @property
    def place(self) -> KeyPlace:
        return self.tenant_id, hex_id(self.client_id), self.key


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """The finished answer that a key keeps. Shape: `headers` is JSON."""

    place: KeyPlace
    status: int
    headers: str
    body: bytes


class KeyQueries:
    def __init__(self, session: Session) -> None:
        self._session = session

    def claim_keys(self, claims: list[KeyClaim]) -> set[KeyPlace]:
        """The keys that were free and are now this transaction's.

        Errors: Conflict when another transaction is about to decide one and takes too long.
        """
        rows = self._session.rows_many("claim_keys", [self._claim_in(claim) for claim in claims])
        return {(tenant_id, client_id, key) for tenant_id, client_id, key in rows}

    def reclaim_key(self, claim: KeyClaim) -> None:
        self._session.execute("reclaim_key", self._claim_in(claim))

    def find_key(self, place: KeyPlace) -> StoredKey | None:
        rows = self._session.rows("find_key", _place_in(place))
        if not rows:
            return None
        entity_id, fingerprint, status, headers, body, expires_at = rows[0]
        moment = self._session.values.moment_out(expires_at)
        return StoredKey(entity_id, fingerprint, status, headers, body, moment)

    def finish_keys(self, answers: list[KeyAnswer]) -> None:
        """Errors: InvariantBroken if one of the keys is not there: its answer would be lost."""
        changed = self._session.execute_many(
            "finish_keys",
            [
                {
                    **_place_in(answer.place),
                    "status": answer.status,
                    "headers": answer.headers,
                    "body": answer.body,
                }
                for answer in answers
            ],
        )
        if changed != len(answers):
            raise InvariantBroken("an idempotency key vanished before its answer was kept")

    def release_key(self, place: KeyPlace) -> None:
        self._session.execute("release_key", _place_in(place))

    def note_replay(self, place: KeyPlace) -> None:
        self._session.execute("note_replay", _place_in(place))

    def delete_expired_keys(self, now: datetime, *, row_count: int) -> int:
        """How many were deleted, at most `row_count`."""
        moment = self._session.values.moment_in(now)
        return self._session.execute("delete_expired_keys", {"now": moment, "row_count": row_count})

    def _claim_in(self, claim: KeyClaim) -> dict[str, object]:
        return {
            **_place_in(claim.place),
            "entity_id": claim.entity_id,
            "fingerprint": claim.fingerprint,
            "expires_at": self._session.values.moment_in(claim.expires_at),
        }


def _place_in(place: KeyPlace) -> dict[str, object]:
    tenant_id, client_id, key = place
    return {"tenant_id": tenant_id, "client_id": client_id, "key": key}
