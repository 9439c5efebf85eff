"""Entities: born with their set DEFAULT. Source: contract/sequence-sets.md, DEFAULT."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.limits import ENTITY_NAME_CHARACTERS_MAX
from seriatim.domain.sequence_set import (
    DEFAULT_SET_NAME,
    NumberingInput,
    SequenceSet,
    SetName,
)
from seriatim.domain.wording import told
from seriatim.engine.orders import Stamp
from seriatim.service.audit import AuditTrail
from seriatim.service.permissions import Right, require
from seriatim.service.set_series import SeriesBook
from seriatim.service.shown_names import is_shown_name
from seriatim.store.access_queries import Named
from seriatim.store.sql_store import Transaction


def list_entities(transaction: Transaction, caller: Caller) -> list[Named]:
    """Order: by creation."""
    require(caller, Right.READ_ADMINISTRATION)
    return transaction.access.list_entities(caller.tenant_id)


def create_entity(
    transaction: Transaction,
    caller: Caller,
    *,
    name: str | None,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> Named:
    """Errors: Rejected, for a name that is taken (compared without case) or malformed."""
    require(caller, Right.CONFIGURE)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    locked = books.lock_entity()
    violations = list(shape_faults)
    if name is not None:
        violations += _name_faults(transaction, caller.tenant_id, name)
    if violations or name is None:
        raise Rejected(violations)
    entity = found_entity(transaction, caller, name, clock=clock)
    AuditTrail(books, caller, locked.last_audit_number, clock.now()).record(
        "create", ("entity", entity.identifier), after={"name": name}
    )
    return entity


def found_entity(transaction: Transaction, caller: Caller, name: str, *, clock: Clock) -> Named:
    """A new entity of the caller's tenant with its set DEFAULT. Rights are checked before."""
    now = clock.now()
    entity = Named(uuid.uuid4().hex, name)
    transaction.access.insert_entity(caller.tenant_id, entity, now)
    books = transaction.books(caller.tenant_id, entity.identifier)
    stamp = Stamp(caller.actor, caller.request_id, str(uuid.uuid4()), now)
    series_book = SeriesBook(books, stamp)
    default = SequenceSet(
        sequence_set_id=uuid.uuid4().hex,
        sequence_set_number="SS-00000000",
        name=DEFAULT_SET_NAME,
        is_default=True,
        chronological=False,
        revision=1,
        series={},
    )
    keys = SetName(default.sequence_set_id, default.name, default.sequence_set_number)
    books.insert_set(default, position=0, keys=sorted(keys.folded_keys), recorded_at=now)
    for document_type in DocumentType:
        numbering = NumberingInput(document_type.default_prefix, 1)
        series, violations = series_book.place(document_type, numbering, None, set_is_default=True)
        if series is None:
            raise Rejected(violations)
        books.point_set_at_series(default, series)
    return entity


def _name_faults(transaction: Transaction, tenant_id: str, name: str) -> list[Violation]:
    if not is_shown_name(name, ENTITY_NAME_CHARACTERS_MAX):
        message = told(
            "must have 1 to %(most)s printable characters, and no space at its ends",
            most=ENTITY_NAME_CHARACTERS_MAX,
        )
        return [Violation("entity", ("name",), Category.INVALID_VALUE, message)]
    if transaction.access.find_entity_by_name(tenant_id, name) is not None:
        message = told("'%(name)s' is the name of another entity", name=name)
        return [Violation("entity", ("name",), Category.RULE, message)]
    return []
