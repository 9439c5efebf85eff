"""Logging in to the console, and the sessions that follow from it.

A session's token is random and kept as its SHA-256; it ends after a time without use, at a fixed
time at the latest, and at once when the user logs out, is disabled or gets another password.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import NotFound
from seriatim.domain.limits import (
    FAILED_LOGINS_IN_A_ROW_MAX,
    LOGIN_CLOSED_MINUTES,
    PASSWORD_CHARACTERS_MAX,
    SESSION_HOURS_MAX,
    SESSION_IDLE_MINUTES_MAX,
    USER_NAME_CHARACTERS_MAX,
)
from seriatim.domain.sequence_set import EntitySettings
from seriatim.service.secrets import new_token, secret_fits, token_hash
from seriatim.service.users import record_of_user
from seriatim.store.access_queries import Named
from seriatim.store.sql_store import SqlStore, Transaction
from seriatim.store.user_queries import ConsoleUser

_NOTED_EVERY = timedelta(minutes=1)
_IDLE_MAX = timedelta(minutes=SESSION_IDLE_MINUTES_MAX)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """Whom a session stands for. Shape: `token` is the secret itself, as the browser holds it."""

    token: str
    tenant_id: str
    user_id: str
    user_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Workplace:
    """The entity that a user works in, and those that there are."""

    caller: Caller
    entity: Named
    entities: list[Named]
    settings: EntitySettings


def log_in(
    store: SqlStore, name: str, password: str, *, request_id: str, clock: Clock
) -> LiveSession | None:
    """A new session, or None: whether name, password or a closed login is to blame is not told.

    Cost: one Argon2 comparison, whether the user exists or not, and outside of any write.
    """
    with store.read() as transaction:
        found = transaction.users.find_user(name) if _is_possible(name) else None
    fits = secret_fits(password[:PASSWORD_CHARACTERS_MAX], found[1] if found else None)
    if found is None:
        return None
    user, password_hash = found
    if fits and len(password) <= PASSWORD_CHARACTERS_MAX and user.disabled_at is None:
        return store.run(
            lambda transaction: _begin(transaction, user, password_hash, request_id, clock)
        )
    store.run(lambda transaction: count_failure(transaction, user, request_id, clock))
    return None


def _is_possible(name: str) -> bool:
    return 1 <= len(name) <= USER_NAME_CHARACTERS_MAX and name.isprintable()


def _begin(
    transaction: Transaction,
    user: ConsoleUser,
    password_hash: str,
    request_id: str,
    clock: Clock,
) -> LiveSession | None:
    now = clock.now()
    if not transaction.users.note_login(user, now, password_hash=password_hash):
        return None
    token = new_token()
    transaction.users.insert_session(
        token_hash(token), user, seen_at=now, expires_at=now + timedelta(hours=SESSION_HOURS_MAX)
    )
    _record(transaction, user, "login", request_id, clock)
    return LiveSession(token, user.tenant_id, user.user_id, user.name, user.role)


def count_failure(
    transaction: Transaction, user: ConsoleUser, request_id: str, clock: Clock
) -> None:
    """A wrong password; too many in a row close the login for a while."""
    now = clock.now()
    if transaction.users.count_failed_login(user, now) >= FAILED_LOGINS_IN_A_ROW_MAX:
        transaction.users.close_login(user, now + timedelta(minutes=LOGIN_CLOSED_MINUTES))
        _record(transaction, user, "login_blocked", request_id, clock)


def find_session(store: SqlStore, token: str, *, clock: Clock) -> LiveSession | None:
    """The living session of a token; that it was used is noted about once a minute."""
    now, hashed = clock.now(), token_hash(token)
    with store.read() as transaction:
        stored = transaction.users.find_session(hashed)
    if stored is None or not _is_live(now, stored.seen_at, stored.expires_at):
        return None
    if now - stored.seen_at >= _NOTED_EVERY:
        store.run(lambda transaction: transaction.users.note_session_seen(hashed, now))
    return LiveSession(token, stored.tenant_id, stored.user_id, stored.name, stored.role)


def _is_live(now: datetime, seen_at: datetime, expires_at: datetime) -> bool:
    return now < expires_at and now - seen_at < _IDLE_MAX


def log_out(store: SqlStore, session: LiveSession) -> None:
    """End a session; to end it again changes nothing."""
    store.run(lambda transaction: transaction.users.delete_session(token_hash(session.token)))


def workplace(
    transaction: Transaction, session: LiveSession, entity_id: str | None, *, request_id: str
) -> Workplace:
    """Where a user works: in the entity asked for, or in the first one.

    Errors: NotFound, for another tenant's entity too.
    """
    entities = transaction.access.list_entities(session.tenant_id)
    chosen = [one for one in entities if entity_id in {None, one.identifier}]
    if not chosen:
        raise NotFound("entity", entity_id or "")
    caller = Caller(
        session.tenant_id,
        chosen[0].identifier,
        f"user:{session.user_name}",
        session.role,
        request_id,
    )
    settings = transaction.books(caller.tenant_id, caller.entity_id).get_settings()
    return Workplace(caller, chosen[0], entities, settings)


def _record(
    transaction: Transaction, user: ConsoleUser, action: str, request_id: str, clock: Clock
) -> None:
    """A user belongs to no entity; what concerns the login stands in the first one's trail."""
    first = transaction.access.list_entities(user.tenant_id)[0]
    actor = "anonymous" if action == "login_blocked" else f"user:{user.name}"
    caller = Caller(user.tenant_id, first.identifier, actor, user.role, request_id)
    record_of_user(transaction, caller, action, user, clock)
