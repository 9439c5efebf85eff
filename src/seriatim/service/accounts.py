"""Accounts: the parties that documents are made for. Source: contract/documents.md, Resources."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from seriatim.domain.billing import Account
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import fold
from seriatim.domain.document_requests import AccountChange, NewAccount, merged
from seriatim.domain.errors import Category, NotFound, Rejected, Violation
from seriatim.domain.rules.accounts import (
    account_currency_is_a_code,
    account_name_is_well_formed,
    account_number_is_free,
    account_number_is_well_formed,
    account_with_drafts_keeps_its_set,
    deleted_account_has_no_documents,
    violation,
)
from seriatim.service.audit import AuditTrail
from seriatim.service.document_desk import as_id, can_be_number
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import EntityBooks, Transaction

RESOURCE = "account"


@dataclass(frozen=True, slots=True)
class SetGiven:
    """Accounts that were given this set; with None, those that were given none."""

    sequence_set_id: str | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Shape: `ends_at` is the position of the last account shown, None where no page follows."""

    accounts: Sequence[Account]
    ends_at: int | None = None


def get_account(transaction: Transaction, caller: Caller, key: str) -> Account:
    """Errors: NotFound."""
    require(caller, Right.READ)
    return _require(transaction.books(caller.tenant_id, caller.entity_id), key)


def list_accounts(
    transaction: Transaction,
    caller: Caller,
    *,
    account_id: str | None = None,
    number: str | None = None,
    given: SetGiven | None = None,
    after_position: int = 0,
    row_count: int,
) -> AccountPage:
    """Order: by creation. `number` is an exact account number; `given` leaves out other sets."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    if account_id is not None or number is not None:
        found = _find(books, account_id, number)
        is_shown = found is not None and found.position > after_position
        if found is not None and given is not None:
            is_shown = is_shown and found.sequence_set_id == given.sequence_set_id
        return AccountPage([found] if is_shown and found is not None else [])
    place = {"after_position": after_position, "row_count": row_count + 1}
    if given is None:
        page = books.list_accounts(**place)
    else:
        page = books.list_accounts_of_set(given.sequence_set_id, **place)
    shown = page[:row_count]
    return AccountPage(shown, shown[-1].position if len(page) > row_count else None)


def create_account(
    transaction: Transaction,
    caller: Caller,
    asked: NewAccount,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> Account:
    """Errors: Rejected with every fault."""
    require(caller, Right.ISSUE)
    books, now = transaction.books(caller.tenant_id, caller.entity_id), clock.now()
    locked = books.lock_entity()
    violations = list(shape_faults)
    if asked.name is not None:
        violations += account_name_is_well_formed(asked.name)
    if asked.currency is not None:
        violations += account_currency_is_a_code(asked.currency)
    position = books.find_last_account_position() + 1
    number = _number(books, asked.account_number, position, violations)
    set_id = _set_id(books, asked.sequence_set, violations)
    if violations:
        raise Rejected(violations)
    account = Account(
        account_id=uuid.uuid4().hex,
        account_number=number,
        name=asked.name or "",
        currency=asked.currency or "",
        sequence_set_id=set_id,
        details=asked.details,
        position=position,
        created_at=now,
        updated_at=now,
    )
    books.insert_account(account)
    trail = AuditTrail(books, caller, locked.last_audit_number, now)
    trail.record("create", (RESOURCE, account.account_id), after=_audited(account))
    return account


def update_account(
    transaction: Transaction,
    caller: Caller,
    key: str,
    change: AccountChange,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> Account:
    """Merge a change field by field; nothing at all changes nothing.

    Errors: NotFound, Rejected with every fault.
    """
    require(caller, Right.ISSUE)
    books, now = transaction.books(caller.tenant_id, caller.entity_id), clock.now()
    locked = books.lock_entity()
    before = _locked(books, key)
    violations = list(shape_faults)
    if change.name is not None:
        violations += account_name_is_well_formed(change.name)
    set_id = before.sequence_set_id
    if change.changes_sequence_set:
        set_id = _set_id(books, change.sequence_set, violations)
    if set_id != before.sequence_set_id:
        has_drafts = books.is_account_drafting(before.account_id)
        violations += account_with_drafts_keeps_its_set(has_drafts=has_drafts)
    if violations:
        raise Rejected(violations)
    after = replace(
        before,
        name=change.name or before.name,
        sequence_set_id=set_id,
        details=merged(before.details, change.details),
    )
    if after != before:
        after = replace(after, updated_at=now)
        books.update_account(after)
        AuditTrail(books, caller, locked.last_audit_number, now).record(
            "update",
            (RESOURCE, after.account_id),
            before=_audited(before),
            after=_audited(after),
        )
    return after


def delete_account(transaction: Transaction, caller: Caller, key: str, *, clock: Clock) -> Account:
    """Errors: NotFound; Rejected while the account has documents."""
    require(caller, Right.ISSUE)
    books, now = transaction.books(caller.tenant_id, caller.entity_id), clock.now()
    locked = books.lock_entity()
    account = _locked(books, key)
    has_documents = books.is_account_used(account.account_id)
    violations = list(deleted_account_has_no_documents(has_documents=has_documents))
    if violations:
        raise Rejected(violations)
    books.delete_account(account.account_id)
    trail = AuditTrail(books, caller, locked.last_audit_number, now)
    trail.record("delete", (RESOURCE, account.account_id), before=_audited(account))
    return account


def _find(books: EntityBooks, account_id: str | None, number: str | None) -> Account | None:
    """The account with that id, that number, or both."""
    found = None
    if account_id is not None:
        found = books.get_account(account_id)
    elif number is not None and can_be_number(number):
        found = books.find_account_by_number(number)
    if found is not None and number is not None and fold(found.account_number) != fold(number):
        return None
    return found


def _require(books: EntityBooks, key: str) -> Account:
    """Errors: NotFound."""
    account_id = as_id(key)
    found = None if account_id is None else books.get_account(account_id)
    if found is None and can_be_number(key):
        found = books.find_account_by_number(key)
    if found is None:
        raise NotFound(RESOURCE, key)
    return found


def _locked(books: EntityBooks, key: str) -> Account:
    """The account for this transaction alone, as it stands under the lock. Errors: NotFound."""
    locked = books.lock_account(_require(books, key).account_id)
    if locked is None:
        raise NotFound(RESOURCE, key)
    return locked


def _number(
    books: EntityBooks, wanted: str | None, position: int, violations: list[Violation]
) -> str:
    """The number asked for, or the next one that nobody took by hand."""
    if wanted is None:
        while books.find_account_by_number(f"A{position:08d}") is not None:
            position += 1
        return f"A{position:08d}"
    faults = list(account_number_is_well_formed(wanted))
    if not faults:
        is_taken = books.find_account_by_number(wanted) is not None
        faults = list(account_number_is_free(wanted, is_taken=is_taken))
    violations += faults
    return wanted


def _set_id(books: EntityBooks, key: str | None, violations: list[Violation]) -> str | None:
    """The id of the set that an account is given; an unknown one is a violation."""
    if key is None:
        return None
    row = books.get_set(key)
    if row is None:
        message = f"no sequence set with the id, number or name '{key}'"
        violations.append(violation(Category.NOT_FOUND, message, "sequence_set_id"))
        return None
    return row.sequence_set.sequence_set_id


def _audited(account: Account) -> dict[str, object]:
    """What the audit trail tells of an account: what numbers its documents, and no contact data."""
    return {
        "account_number": account.account_number,
        "name": account.name,
        "currency": account.currency,
        "sequence_set_id": account.sequence_set_id,
    }
