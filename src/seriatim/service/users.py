"""Console users: the people who own the numbers. Source: contract/operations.md, users."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, NotFound, Rejected, Violation
from seriatim.domain.limits import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    USER_NAME_CHARACTERS_MAX,
)
from seriatim.domain.wording import told
from seriatim.service.audit import AuditTrail
from seriatim.service.permissions import Right, require
from seriatim.service.secrets import new_password, secret_hash
from seriatim.service.shown_names import is_shown_name
from seriatim.store.access_queries import Named
from seriatim.store.sql_store import Transaction
from seriatim.store.user_queries import ConsoleUser

RESOURCE = "console_user"


@dataclass(frozen=True, slots=True)
class UserPassword:
    """A user and the password, which is shown this once."""

    user: ConsoleUser
    password: str


def list_users(transaction: Transaction, caller: Caller) -> list[ConsoleUser]:
    """Order: by creation; disabled ones included."""
    require(caller, Right.READ_ADMINISTRATION)
    return transaction.users.list_users(caller.tenant_id)


def create_user(
    transaction: Transaction, caller: Caller, *, name: str, role: str, clock: Clock
) -> UserPassword:
    """A user with a new password. Errors: Rejected with every fault."""
    require(caller, Right.CONFIGURE)
    violations = [*_name_faults(transaction, name), *_role_faults(role)]
    if violations:
        raise Rejected(violations)
    user = ConsoleUser(caller.tenant_id, uuid.uuid4().hex, name, Role(role), clock.now())
    password = new_password()
    transaction.users.insert_user(
        user.tenant_id,
        Named(user.user_id, user.name),
        user.role,
        password_hash=secret_hash(password),
        recorded_at=user.created_at,
    )
    record_of_user(transaction, caller, "create", user, clock)
    return UserPassword(user, password)


def give_new_password(
    transaction: Transaction, caller: Caller, name: str, *, clock: Clock
) -> UserPassword:
    """A new password in place of a lost one; the user's sessions end, a closed login opens.

    Errors: NotFound, Rejected for a disabled user.
    """
    require(caller, Right.CONFIGURE)
    user = _user(transaction, caller, name)
    if user.disabled_at is not None:
        raise _refusal((), told("the user was disabled for good; create a new one"))
    password = new_password()
    _replace_password(transaction, caller, user, password, clock)
    return UserPassword(user, password)


def disable_user(
    transaction: Transaction, caller: Caller, name: str, *, clock: Clock
) -> ConsoleUser:
    """End a user and every session of theirs for good.

    Errors: NotFound, Rejected for the last admin, without whom nobody could let anybody in.
    """
    require(caller, Right.CONFIGURE)
    user = _user(transaction, caller, name)
    if user.disabled_at is not None:
        return user
    transaction.books(caller.tenant_id, caller.entity_id).lock_entity()
    if user.role is Role.ADMIN and not transaction.users.count_other_admins(user):
        raise _refusal((), told("the last admin cannot be disabled; create another one first"))
    transaction.users.disable_user(user, clock.now())
    transaction.users.delete_sessions_of_user(user)
    record_of_user(transaction, caller, "disable", user, clock)
    return _user(transaction, caller, name)


def record_of_user(
    transaction: Transaction, caller: Caller, action: str, user: ConsoleUser, clock: Clock
) -> None:
    """Write what happened to a user, or what a user did, into the audit trail."""
    books = transaction.books(caller.tenant_id, caller.entity_id)
    locked = books.lock_entity()
    trail = AuditTrail(books, caller, locked.last_audit_number, clock.now())
    state = {"name": user.name, "role": user.role.value}
    trail.record(action, (RESOURCE, user.user_id), after=state)


def password_faults(password: str) -> Iterator[Violation]:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        message = told(
            "must have %(least)s to %(most)s characters",
            least=PASSWORD_CHARACTERS_MIN,
            most=PASSWORD_CHARACTERS_MAX,
        )
        yield Violation(RESOURCE, ("password",), Category.INVALID_VALUE, message)


def _replace_password(
    transaction: Transaction, caller: Caller, user: ConsoleUser, password: str, clock: Clock
) -> None:
    transaction.users.replace_password(user, secret_hash(password))
    transaction.users.delete_sessions_of_user(user)
    record_of_user(transaction, caller, "password", user, clock)


def _user(transaction: Transaction, caller: Caller, name: str) -> ConsoleUser:
    found = transaction.users.find_user(name) if "\x00" not in name else None
    if found is None or found[0].tenant_id != caller.tenant_id:
        raise NotFound(RESOURCE, name)
    return found[0]


def _name_faults(transaction: Transaction, name: str) -> Iterator[Violation]:
    if not is_shown_name(name, USER_NAME_CHARACTERS_MAX):
        message = told(
            "must have 1 to %(most)s printable characters, and no space at its ends",
            most=USER_NAME_CHARACTERS_MAX,
        )
        yield Violation(RESOURCE, ("name",), Category.INVALID_VALUE, message)
    elif transaction.users.find_user(name) is not None:
        message = told(
            "'%(name)s' is the name of another user; disabled users keep theirs", name=name
        )
        yield Violation(RESOURCE, ("name",), Category.RULE, message)


def _role_faults(role: str) -> Iterator[Violation]:
    if role not in list(Role):
        message = told("must be 'admin', 'issuer' or 'auditor'")
        yield Violation(RESOURCE, ("role",), Category.INVALID_VALUE, message)


def _refusal(path: tuple[str, ...], message: str) -> Rejected:
    return Rejected([Violation(RESOURCE, path, Category.RULE, message)])
