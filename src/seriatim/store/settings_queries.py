"""An entity's settings, the lock of its configuration, and its audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.domain.errors import InvariantBroken
from seriatim.domain.sequence_set import EntitySettings
from seriatim.store.entity_queries import EntityQueries, settings_from
from seriatim.store.session import dashed_id, hex_id


@dataclass(frozen=True, slots=True)
class LockedEntity:
    """The entity's configuration, held until the transaction ends."""

    settings: EntitySettings
    last_set_position: int
    last_audit_number: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed what. Shape: states are JSON objects as text, or None."""

    audit_number: int
    action: str
    subject_kind: str
    subject_id: str
    actor: str
    request_id: str
    state_before: str | None
    state_after: str | None
    recorded_at: datetime


class SettingsQueries(EntityQueries):
    def get_settings(self) -> EntitySettings:
        row = self._row("get_settings")
        if row is None:
            raise InvariantBroken("an authenticated caller's entity does not exist")
        return settings_from(row)

    def lock_entity(self) -> LockedEntity:
        row = self._row("lock_entity")
        if row is None:
            raise InvariantBroken("an authenticated caller's entity does not exist")
        return LockedEntity(settings_from(row), row[4], row[5])

    def update_settings(self, settings: EntitySettings) -> None:
        self._execute(
            "update_settings",
            invoice_settlement=settings.invoice_settlement,
            flexible_billing_attributes=settings.flexible_billing_attributes,
            number_assignment=settings.number_assignment,
            time_zone=settings.time_zone,
        )

    def set_last_set_position(self, position: int) -> None:
        self._execute("set_last_set_position", last_set_position=position)

    def insert_audit_entry(self, entry: AuditEntry) -> None:
        self._execute(
            "insert_audit_entry",
            audit_number=entry.audit_number,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            actor=entry.actor,
            request_id=hex_id(entry.request_id),
            state_before=entry.state_before,
            state_after=entry.state_after,
            recorded_at=self._moment(entry.recorded_at),
        )
        self._execute("set_last_audit_number", last_audit_number=entry.audit_number)

    def list_audit_entries(self, *, before_audit_number: int, row_count: int) -> list[AuditEntry]:
        """Order: newest first."""
        rows = self._rows(
            "list_audit_entries", before_audit_number=before_audit_number, row_count=row_count
        )
        return [
            AuditEntry(
                audit_number=row[0],
                action=row[1],
                subject_kind=row[2],
                subject_id=row[3],
                actor=row[4],
                request_id=dashed_id(row[5]),
                state_before=row[6],
                state_after=row[7],
                recorded_at=self._values.moment_out(row[8]),
            )
            for row in rows
        ]
