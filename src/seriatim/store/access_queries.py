"""Tenants, entities, OAuth clients and their tokens: before and beside entities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seriatim.domain.caller import Role
from seriatim.domain.document_number import fold
from seriatim.store.session import Row, Session, dashed_id, hex_id


@dataclass(frozen=True, slots=True)
class Named:
    """A tenant or an entity: its id (32 hex) and its name."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Shape: `client_id` is a UUID with dashes; `entity_ids` in the order they were given."""

    tenant_id: str
    client_id: str
    name: str
    role: Role
    entity_ids: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whom a living token stands for."""

    tenant_id: str
    client_id: str
    role: Role
    entity_ids: tuple[str, ...]
    expires_at: datetime


class AccessQueries:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._values = session.values

    def is_empty(self) -> bool:
        return not self._rows("get_store_state")

    def get_store_state(self) -> tuple[str, bool, str | None] | None:
        row = self._row("get_store_state")
        return None if row is None else (row[0], bool(row[1]), row[2])

    def insert_store_state(self, store_id: str, recorded_at: datetime) -> None:
        self._execute("insert_store_state", store_id=store_id, recorded_at=self._at(recorded_at))

    def insert_tenant(self, tenant: Named, recorded_at: datetime) -> None:
        self._execute(
            "insert_tenant",
            tenant_id=tenant.identifier,
            name=tenant.name,
            recorded_at=self._at(recorded_at),
        )

    def list_tenants(self) -> list[Named]:
        return [Named(*row) for row in self._rows("list_tenants")]

    def insert_entity(self, tenant_id: str, entity: Named, recorded_at: datetime) -> None:
        self._execute(
            "insert_entity",
            tenant_id=tenant_id,
            entity_id=entity.identifier,
            name=entity.name,
            name_folded=fold(entity.name),
            recorded_at=self._at(recorded_at),
        )

    def list_entities(self, tenant_id: str) -> list[Named]:
        """Order: by creation."""
        return [Named(*row) for row in self._rows("list_entities", tenant_id=tenant_id)]

    def find_entity(self, tenant_id: str, entity_id: str) -> Named | None:
        row = self._row("find_entity", tenant_id=tenant_id, entity_id=entity_id)
        return None if row is None else Named(*row)

    def find_entity_by_name(self, tenant_id: str, name: str) -> Named | None:
        row = self._row("find_entity_by_name", tenant_id=tenant_id, name_folded=fold(name))
        return None if row is None else Named(*row)

    def insert_client(self, client: OAuthClient, secret_hash: str) -> None:
        client_id = hex_id(client.client_id)
        self._execute(
            "insert_client",
            tenant_id=client.tenant_id,
            client_id=client_id,
            name=client.name,
            role=client.role.value,
            secret_hash=secret_hash,
            recorded_at=self._at(client.created_at),
        )
        for position, entity_id in enumerate(client.entity_ids):
            self._execute(
                "insert_client_entity",
                tenant_id=client.tenant_id,
                client_id=client_id,
                position=position,
                entity_id=entity_id,
            )

    def list_clients(self, tenant_id: str) -> list[OAuthClient]:
        """Order: by creation."""
        entities: dict[str, list[str]] = {}
        for client_id, entity_id in self._rows("list_client_entities", tenant_id=tenant_id):
            entities.setdefault(client_id, []).append(entity_id)
        return [
            self._client_from((tenant_id, *row), entities.get(row[0], []))
            for row in self._rows("list_clients", tenant_id=tenant_id)
        ]

    def find_client(self, client_id: str) -> tuple[OAuthClient, str] | None:
        """The client, revoked ones included, and the hash of its secret."""
        row = self._row("find_client", client_id=hex_id(client_id))
        if row is None:
            return None
        tenant_id, _, _, _, secret_hash = row[:5]
        return self._client_from(row[:4] + row[5:], self._entities_of(tenant_id, row[1])), (
            secret_hash
        )

    def replace_client_secret(self, tenant_id: str, client_id: str, secret_hash: str) -> None:
        self._execute(
            "replace_client_secret",
            tenant_id=tenant_id,
            client_id=hex_id(client_id),
            secret_hash=secret_hash,
        )

    def revoke_client(self, tenant_id: str, client_id: str, recorded_at: datetime) -> None:
        self._execute(
            "revoke_client",
            tenant_id=tenant_id,
            client_id=hex_id(client_id),
            recorded_at=self._at(recorded_at),
        )

    def note_client_used(
        self, tenant_id: str, client_id: str, recorded_at: datetime, *, secret_hash: str
    ) -> bool:
        """Whether the client is still there, with this secret and not revoked; locks its row."""
        changed = self._execute(
            "note_client_used",
            tenant_id=tenant_id,
            client_id=hex_id(client_id),
            secret_hash=secret_hash,
            recorded_at=self._at(recorded_at),
        )
        return changed == 1

    def insert_token(
        self, token_hash: bytes, tenant_id: str, client_id: str, expires_at: datetime
    ) -> None:
        self._execute(
            "insert_token",
            token_hash=token_hash,
            tenant_id=tenant_id,
            client_id=hex_id(client_id),
            expires_at=self._at(expires_at),
        )

    def find_token(self, token_hash: bytes) -> TokenHolder | None:
        """Whom the token stands for, expired ones included; None for a revoked client's."""
        row = self._row("find_token", token_hash=token_hash)
        if row is None:
            return None
        tenant_id, client_id, expires_at, role = row
        return TokenHolder(
            tenant_id,
            dashed_id(client_id),
            Role(role),
            tuple(self._entities_of(tenant_id, client_id)),
            self._values.moment_out(expires_at),
        )

    def delete_tokens_of_client(self, tenant_id: str, client_id: str) -> None:
        self._execute("delete_tokens_of_client", tenant_id=tenant_id, client_id=hex_id(client_id))

    def delete_expired_tokens(self, now: datetime, *, row_count: int) -> int:
        """How many were deleted, at most `row_count`."""
        return self._execute("delete_expired_tokens", now=self._at(now), row_count=row_count)

    def _entities_of(self, tenant_id: str, client_id: str) -> list[str]:
        rows = self._rows("find_client_entities", tenant_id=tenant_id, client_id=client_id)
        return [entity_id for (entity_id,) in rows]

    def _client_from(self, row: Row, entity_ids: list[str]) -> OAuthClient:
        tenant_id, client_id, name, role, created_at, last_used_at, revoked_at = row
        moment = self._values.moment_out
        return OAuthClient(
            tenant_id=tenant_id,
            client_id=dashed_id(client_id),
            name=name,
            role=Role(role),
            entity_ids=tuple(entity_ids),
            created_at=moment(created_at),
            last_used_at=None if last_used_at is None else moment(last_used_at),
            revoked_at=None if revoked_at is None else moment(revoked_at),
        )

    def _rows(self, query: str, **parameters: Any) -> list[Row]:
        return self._session.rows(query, parameters)

    def _row(self, query: str, **parameters: Any) -> Row | None:
        rows = self._rows(query, **parameters)
        return rows[0] if rows else None

    def _execute(self, query: str, **parameters: Any) -> int:
        return self._session.execute(query, parameters)

    def _at(self, moment: datetime) -> object:
        return self._values.moment_in(moment)
