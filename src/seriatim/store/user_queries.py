"""Console users and their sessions: beside entities, as a user works in all of a tenant's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seriatim.domain.caller import Role
from seriatim.domain.document_number import fold
from seriatim.store.access_queries import Named
from seriatim.store.session import Row, Session


@dataclass(frozen=True, slots=True)
class ConsoleUser:
    """Shape: `locked_until` is when a login closed by wrong passwords opens again; it may lie in
    the past.
    """

    tenant_id: str
    user_id: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    last_login_at: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """Whom a session belongs to, when it was last used, and when it ends at the latest."""

    tenant_id: str
    user_id: str
    name: str
    role: Role
    seen_at: datetime
    expires_at: datetime


class UserQueries:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._values = session.values

    def insert_user(
        self,
        tenant_id: str,
        user: Named,
        role: Role,
        *,
        password_hash: str,
        recorded_at: datetime,
    ) -> None:
        self._execute(
            "insert_user",
            tenant_id=tenant_id,
            user_id=user.identifier,
            name=user.name,
            name_folded=fold(user.name),
            role=role.value,
            password_hash=password_hash,
            recorded_at=self._at(recorded_at),
        )

    def list_users(self, tenant_id: str) -> list[ConsoleUser]:
        """Order: by creation."""
        rows = self._rows("list_users", tenant_id=tenant_id)
        return [self._user_from((tenant_id, *row)) for row in rows]

    def find_user(self, name: str) -> tuple[ConsoleUser, str] | None:
        """The user of that name, disabled ones included, and the hash of the password."""
        rows = self._rows("find_user", name_folded=fold(name))
        return (self._user_from(rows[0][:-1]), rows[0][-1]) if rows else None

    def count_other_admins(self, user: ConsoleUser) -> int:
        rows = self._rows("count_other_admins", tenant_id=user.tenant_id, user_id=user.user_id)
        return int(rows[0][0])

    def replace_password(self, user: ConsoleUser, password_hash: str) -> None:
        self._execute(
            "replace_password",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            password_hash=password_hash,
        )

    def change_password(
        self, user: ConsoleUser, new_hash: str, *, present_hash: str, now: datetime
    ) -> bool:
        """Whether the present one was still the user's, and the login open."""
        changed = self._execute(
            "change_password",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            new_hash=new_hash,
            password_hash=present_hash,
            now=self._at(now),
        )
        return changed == 1

    def disable_user(self, user: ConsoleUser, recorded_at: datetime) -> None:
        self._execute(
            "disable_user",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            recorded_at=self._at(recorded_at),
        )

    def note_login(self, user: ConsoleUser, now: datetime, *, password_hash: str) -> bool:
        """Whether the login is open to the user with this password; locks the user's row."""
        changed = self._execute(
            "note_login",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            password_hash=password_hash,
            now=self._at(now),
        )
        return changed == 1

    def count_failed_login(self, user: ConsoleUser, now: datetime) -> int:
        """How many there were in a row; 0 while the login is closed. Locks the user's row."""
        rows = self._rows(
            "count_failed_login",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            now=self._at(now),
        )
        return int(rows[0][0]) if rows else 0

    def close_login(self, user: ConsoleUser, locked_until: datetime) -> None:
        self._execute(
            "close_login",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            locked_until=self._at(locked_until),
        )

    def insert_session(
        self, session_hash: bytes, user: ConsoleUser, *, seen_at: datetime, expires_at: datetime
    ) -> None:
        self._execute(
            "insert_session",
            session_hash=session_hash,
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            seen_at=self._at(seen_at),
            expires_at=self._at(expires_at),
        )

    def find_session(self, session_hash: bytes) -> StoredSession | None:
        """Expired ones included; None for a disabled user's."""
        rows = self._rows("find_session", session_hash=session_hash)
        if not rows:
            return None
        tenant_id, user_id, name, role, seen_at, expires_at = rows[0]
        moment = self._values.moment_out
        return StoredSession(
            tenant_id, user_id, name, Role(role), moment(seen_at), moment(expires_at)
        )

    def note_session_seen(self, session_hash: bytes, seen_at: datetime) -> None:
        self._execute("note_session_seen", session_hash=session_hash, seen_at=self._at(seen_at))

    def delete_session(self, session_hash: bytes) -> None:
        self._execute("delete_session", session_hash=session_hash)

    def delete_sessions_of_user(self, user: ConsoleUser) -> None:
        self._execute("delete_sessions_of_user", tenant_id=user.tenant_id, user_id=user.user_id)

    def delete_other_sessions(self, user: ConsoleUser, session_hash: bytes) -> None:
        """All but this one."""
        self._execute(
            "delete_other_sessions",
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            session_hash=session_hash,
        )

    def delete_expired_sessions(self, now: datetime, *, row_count: int) -> int:
        """How many were deleted, at most `row_count`."""
        return self._execute("delete_expired_sessions", now=self._at(now), row_count=row_count)

    def _user_from(self, row: Row) -> ConsoleUser:
        tenant_id, user_id, name, role, created_at, *moments = row
        disabled_at, last_login_at, locked_until = map(self._moment_or_none, moments)
        return ConsoleUser(
            tenant_id=tenant_id,
            user_id=user_id,
            name=name,
            role=Role(role),
            created_at=self._values.moment_out(created_at),
            disabled_at=disabled_at,
            last_login_at=last_login_at,
            locked_until=locked_until,
        )

    def _moment_or_none(self, stored: Any) -> datetime | None:
        return None if stored is None else self._values.moment_out(stored)

    def _rows(self, query: str, **parameters: Any) -> list[Row]:
        return self._session.rows(query, parameters)

    def _execute(self, query: str, **parameters: Any) -> int:
        return self._session.execute(query, parameters)

    def _at(self, moment: datetime) -> object:
        return self._values.moment_in(moment)
