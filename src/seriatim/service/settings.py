"""The settings of an entity. Source: contract/transport.md, Beside the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.sequence_set import EntitySettings
from seriatim.domain.wording import told
from seriatim.service.audit import AuditTrail
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import Transaction

NUMBER_ASSIGNMENTS = ("creation", "posting")


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """The settings a request names; None where it leaves one as it is."""

    invoice_settlement: bool | None = None
    flexible_billing_attributes: bool | None = None
    number_assignment: str | None = None
    time_zone: str | None = None


def get_settings(transaction: Transaction, caller: Caller) -> EntitySettings:
    require(caller, Right.READ_ADMINISTRATION)
    return transaction.books(caller.tenant_id, caller.entity_id).get_settings()


def update_settings(
    transaction: Transaction,
    caller: Caller,
    change: SettingsChange,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> EntitySettings:
    """Errors: Rejected with every fault."""
    require(caller, Right.CONFIGURE)
    violations = [*shape_faults, *_faults(change)]
    if violations:
        raise Rejected(violations)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    locked = books.lock_entity()
    given = {name: value for name, value in asdict(change).items() if value is not None}
    changed = replace(locked.settings, **given)
    if changed != locked.settings:
        books.update_settings(changed)
        AuditTrail(books, caller, locked.last_audit_number, clock.now()).record(
            "update",
            ("settings", caller.entity_id),
            before=asdict(locked.settings),
            after=asdict(changed),
        )
    return changed


def _faults(change: SettingsChange) -> list[Violation]:
    violations = []
    if change.number_assignment not in (None, *NUMBER_ASSIGNMENTS):
        message = told("must be 'creation' or 'posting'")
        violations.append(
            Violation("settings", ("number_assignment",), Category.INVALID_VALUE, message)
        )
    if change.time_zone is not None and not is_time_zone(change.time_zone):
        message = told("must be a time zone of the IANA list, such as 'Europe/Berlin'")
        violations.append(Violation("settings", ("time_zone",), Category.INVALID_VALUE, message))
    return violations


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
