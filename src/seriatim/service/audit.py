"""The audit trail: who changed what, with the state before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from seriatim.domain.caller import Caller
from seriatim.service.permissions import Right, require
from seriatim.store.settings_queries import AuditEntry
from seriatim.store.sql_store import EntityBooks, Transaction

State = Mapping[str, object]

_BEFORE_ALL = 2**63 - 1


class AuditTrail:
    """Writes an operation's entries under the lock of the entity, numbered without a hole."""

    def __init__(
        self, books: EntityBooks, caller: Caller, last_audit_number: int, now: datetime
    ) -> None:
        self._books = books
        self._caller = caller
        self._last_audit_number = last_audit_number
        self._now = now

    def record(
        self,
        action: str,
        subject: tuple[str, str],
        *,
        before: State | None = None,
        after: State | None = None,
    ) -> None:
        """`subject` is its kind and its id."""
        self._last_audit_number += 1
        self._books.insert_audit_entry(
            AuditEntry(
                audit_number=self._last_audit_number,
                action=action,
                subject_kind=subject[0],
                subject_id=subject[1],
                actor=self._caller.actor,
                request_id=self._caller.request_id,
                state_before=None if before is None else json.dumps(before),
                state_after=None if after is None else json.dumps(after),
                recorded_at=self._now,
            )
        )


def list_audit_trail(
    transaction: Transaction, caller: Caller, *, before_audit_number: int | None, row_count: int
) -> list[AuditEntry]:
    """Order: newest first."""
    require(caller, Right.READ_ADMINISTRATION)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    return books.list_audit_entries(
        before_audit_number=_BEFORE_ALL if before_audit_number is None else before_audit_number,
        row_count=row_count,
    )
