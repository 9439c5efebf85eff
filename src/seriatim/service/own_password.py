"""A user's own password: changed by whoever knows the present one."""

from __future__ import annotations

from collections.abc import Iterator

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.limits import PASSWORD_CHARACTERS_MAX
from seriatim.domain.wording import told
from seriatim.service.secrets import secret_fits, secret_hash, token_hash
from seriatim.service.sessions import LiveSession, count_failure
from seriatim.service.users import RESOURCE, password_faults, record_of_user
from seriatim.store.sql_store import SqlStore, Transaction
from seriatim.store.user_queries import ConsoleUser


def change_own_password(
    store: SqlStore,
    session: LiveSession,
    caller: Caller,
    *,
    current: str,
    new: str,
    repeated: str,
    clock: Clock,
) -> None:
    """The new password holds at once, and every other session of the user ends.

    Errors: Rejected with every fault; a wrong present password counts as a failed login, and
        while the login is closed none is right.
    Cost: one Argon2 comparison and one hash, outside of any write.
    """
    violations = [*_new_faults(current, new, repeated)]
    with store.read() as transaction:
        found = transaction.users.find_user(session.user_name)
    user, present_hash = found if found is not None else (None, None)
    fits = secret_fits(current[:PASSWORD_CHARACTERS_MAX], present_hash)
    if user is None or present_hash is None or not fits or _is_closed(user, clock):
        if user is not None and not fits:
            request_id = caller.request_id
            store.run(lambda transaction: count_failure(transaction, user, request_id, clock))
        violations.insert(
            0, _fault(told("is not your password, or your login is closed"), "current")
        )
    if violations or user is None or present_hash is None:
        raise Rejected(violations)
    new_hash, known_user, known_hash = secret_hash(new), user, present_hash

    def change(transaction: Transaction) -> None:
        if not transaction.users.change_password(
            known_user, new_hash, present_hash=known_hash, now=clock.now()
        ):
            raise Rejected([_fault(told("was changed meanwhile"), "current")])
        transaction.users.delete_other_sessions(known_user, token_hash(session.token))
        record_of_user(transaction, caller, "password", known_user, clock)

    store.run(change)


def _new_faults(current: str, new: str, repeated: str) -> Iterator[Violation]:
    for fault in password_faults(new):
        yield _fault(fault.message, "new")
    if new == current:
        yield _fault(told("is the one you have"), "new")
    if repeated != new:
        yield _fault(told("is not the same as the new password"), "repeated")


def _is_closed(user: ConsoleUser, clock: Clock) -> bool:
    return user.locked_until is not None and user.locked_until > clock.now()


def _fault(message: str, which: str) -> Violation:
    return Violation(RESOURCE, (f"{which}_password",), Category.INVALID_VALUE, message)
