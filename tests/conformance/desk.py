"""One entity of a tenant of its own, with short ways to do what the service does."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from seriatim.domain.caller import Caller, Role
from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Rejected, SeriatimError
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import EntitySettings, SequenceSetInput, Series
from seriatim.engine.verify import Verification
from seriatim.service import sequence_sets, series
from seriatim.service.entities import found_entity
from seriatim.service.numbers import NumbersIssued, issue_numbers
from seriatim.service.sequence_sets import SetsSaved
from seriatim.service.set_choice import IssueRequest
from seriatim.service.set_effects import Effect
from seriatim.service.set_saving import SetView
from seriatim.service.settings import SettingsChange, update_settings
from seriatim.store.access_queries import Named
from seriatim.store.settings_queries import AuditEntry
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction

Result = TypeVar("Result")
INVOICE = DocumentType.INVOICE


class FixedClock:
    """Stands still until it is told to move."""

    def __init__(self, moment: datetime = datetime(2026, 11, 23, 12, 0, 0, 123, tzinfo=UTC)):
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass(slots=True)
class Desk:
    """Shape: each change gets a request id of its own, as over HTTP."""

    store: SqlStore
    caller: Caller
    clock: FixedClock

    def asking(self, role: Role | None = None) -> Caller:
        role = role or self.caller.role
        return replace(self.caller, request_id=str(uuid.uuid4()), role=role)

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        return self.store.run(work)

    def on_books(self, work: Callable[[EntityBooks], Result]) -> Result:
        """For reaching behind the service."""
        return self.store.run(lambda transaction: work(self._books(transaction)))

    def _books(self, transaction: Transaction) -> EntityBooks:
        return transaction.books(self.caller.tenant_id, self.caller.entity_id)

    def create(self, *wanted: SequenceSetInput, **rest: Any) -> SetsSaved:
        return self.run(
            lambda transaction: sequence_sets.create_sets(
                transaction, self.asking(), wanted, clock=self.clock, **rest
            )
        )

    def update(self, key: str, wanted: SequenceSetInput, **rest: Any) -> SetsSaved:
        return self.run(
            lambda transaction: sequence_sets.update_set(
                transaction, self.asking(), key, wanted, clock=self.clock, **rest
            )
        )

    def delete(self, key: str, **rest: Any) -> list[Effect]:
        return self.run(
            lambda transaction: sequence_sets.delete_set(
                transaction, self.asking(), key, clock=self.clock, **rest
            )
        )

    def get(self, key: str) -> SetView:
        with self.store.read() as transaction:
            return sequence_sets.get_set(transaction, self.caller, key)

    def names(self, *, page: int = 1, page_size: int = 40, name: str | None = None) -> list[str]:
        with self.store.read() as transaction:
            found = sequence_sets.list_sets(
                transaction, self.caller, page=page, page_size=page_size, name=name
            )
        return [view.sequence_set.name for view in found.sets]

    def issue(
        self, document_type: DocumentType = INVOICE, sequence_set: str | None = None, **rest: Any
    ) -> NumbersIssued:
        request = IssueRequest(document_type, sequence_set, **rest)
        return self.run(
            lambda transaction: issue_numbers(transaction, self.asking(), request, clock=self.clock)
        )

    def texts(self, *args: Any, **rest: Any) -> list[str]:
        """The document numbers that `issue` gives out."""
        issued = self.issue(*args, **rest)
        return [
            format_number(issued.series.prefix, number)
            for part in issued.ranges
            for number in range(part.first, part.last + 1)
        ]

    def series(self, prefix: str, document_type: DocumentType = INVOICE) -> Series:
        with self.store.read() as transaction:
            found = self._books(transaction).find_series_by_prefix(document_type, prefix)
        assert found is not None
        return found

    def release(self, prefix: str, document_type: DocumentType = INVOICE) -> Series:
        series_id = self.series(prefix, document_type).key.series_id
        return self.run(
            lambda transaction: series.release_prefix(
                transaction, self.asking(), series_id, clock=self.clock
            )
        )

    def entries(self, prefix: str, document_type: DocumentType = INVOICE) -> list[Entry]:
        series_id = self.series(prefix, document_type).key.series_id
        with self.store.read() as transaction:
            return self._books(transaction).list_entries(
                series_id, after_entry_number=0, row_count=100_000
            )

    def all_series(self) -> list[Series]:
        with self.store.read() as transaction:
            return series.list_series(transaction, self.caller, after=None, row_count=1000).series

    def verify(self) -> dict[str, Verification]:
        """Every series of the entity, by prefix and type."""
        return {
            f"{one.prefix} {one.document_type}": series.verify_series(
                self.store, self.caller, one.key.series_id
            )
            for one in self.all_series()
        }

    def set_settings(self, **changed: Any) -> EntitySettings:
        return self.run(
            lambda transaction: update_settings(
                transaction, self.asking(), SettingsChange(**changed), clock=self.clock
            )
        )

    def audit_trail(self) -> list[AuditEntry]:
        """Order: oldest first."""
        with self.store.read() as transaction:
            entries = self._books(transaction).list_audit_entries(
                before_audit_number=2**62, row_count=1000
            )
        return entries[::-1]

    def refusal(self, attempt: Callable[[], object]) -> set[tuple[str, Category]]:
        """The paths and categories with which `attempt` is refused; {} if it is not."""
        try:
            attempt()
        except Rejected as refused:
            return {(".".join(map(str, one.full_path)), one.category) for one in refused.violations}
        return set()

    def another_entity(self, name: str = "Other") -> Desk:
        """Of the same tenant."""
        entity = self.run(
            lambda transaction: found_entity(transaction, self.asking(), name, clock=self.clock)
        )
        return Desk(self.store, replace(self.caller, entity_id=entity.identifier), self.clock)

    def insert_account(self, number: str, sequence_set_id: str | None = None) -> str:
        """An account as a later part of the service will make it; its id."""
        account_id = uuid.uuid4().hex
        self._insert(
            "seriatim_account",
            account_id=account_id,
            account_number=number,
            account_number_folded=number.casefold(),
            name=number,
            currency="EUR",
            sequence_set_id=sequence_set_id,
            details="{}",
            position=uuid.uuid4().int % 2**60,
            created_at="2026-11-23T12:00:00.000000Z",
            updated_at="2026-11-23T12:00:00.000000Z",
        )
        return account_id

    def insert_draft(self, sequence_set_id: str, document_type: DocumentType = INVOICE) -> None:
        self._insert(
            "seriatim_document",
            document_id=uuid.uuid4().hex,
            document_type=document_type.value,
            number_folded=uuid.uuid4().hex,
            document_number="TMP-INV-00000001",
            account_id=uuid.uuid4().hex,
            sequence_set_id=sequence_set_id,
            chosen_by="default",
            is_draft=True,
            state="Draft",
            document_date="2026-11-23",
            currency="EUR",
            amount="1",
            balance="1",
            details="{}",
            position=uuid.uuid4().int % 2**60,
            created_at="2026-11-23T12:00:00.000000Z",
            updated_at="2026-11-23T12:00:00.000000Z",
        )

    def insert_hold(self, prefix: str, number: int) -> None:
        """An open hold on one number."""
        self._insert(
            "seriatim_open_hold",
            series_id=self.series(prefix).key.series_id,
            first_number=f"{number:020d}",
            last_number=f"{number:020d}",
            entry_number=1,
            hold_until="2026-11-24T12:00:00.000000Z",
        )

    def _insert(self, table: str, **columns: object) -> None:
        owner = {"tenant_id": self.caller.tenant_id, "entity_id": self.caller.entity_id}
        execute(self.store, insert_statement(table, owner | columns), owner | columns)


def insert_statement(table: str, columns: dict[str, object]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"VALUES ({', '.join(f':{name}' for name in columns)})"
    )


def execute(store: SqlStore, statement: str, parameters: dict[str, object] | None = None) -> Any:
    """Run SQL behind the service's back, with `:name` parameters; the rows, if there are any."""
    given = parameters or {}
    with store.database.write() as session:
        if store.database.name == "sqlite":
            return session.connection.execute(statement, given).fetchall()
        statement = statement.replace("%", "%%")
        statement = re.sub(r"(?<!:):([a-z]\w*)", r"%(\1)s", statement)
        cursor = session.connection.execute(statement.encode(), given)
        return cursor.fetchall() if cursor.description else []


def new_desk(store: SqlStore) -> Desk:
    """An entity of a tenant that nobody else knows."""
    clock = FixedClock()
    tenant = Named(uuid.uuid4().hex, "Tenant")
    caller = Caller(
        tenant.identifier,
        "",
        f"client:{uuid.uuid4()}",
        Role.ADMIN,
        str(uuid.uuid4()),
        str(uuid.uuid4()),
    )

    def found(transaction: Transaction) -> Named:
        transaction.access.insert_tenant(tenant, clock.now())
        return found_entity(transaction, caller, "Main", clock=clock)

    entity = store.run(found)
    return Desk(store, replace(caller, entity_id=entity.identifier), clock)


def error_of(attempt: Callable[[], object]) -> SeriatimError | None:
    try:
        attempt()
    except SeriatimError as error:
        return error
    return None
