"""Console users and sessions: let in, kept out, closed after wrong passwords, ended at once."""

from __future__ import annotations

import json
import uuid

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.errors import Category, NotFound, NotPermitted
from seriatim.domain.limits import (
    FAILED_LOGINS_IN_A_ROW_MAX,
    LOGIN_CLOSED_MINUTES,
    SESSION_HOURS_MAX,
    SESSION_IDLE_MINUTES_MAX,
)
from seriatim.service import secrets, sessions, users
from seriatim.service.sessions import LiveSession
from seriatim.service.upkeep import sweep
from seriatim.service.users import UserPassword
from seriatim.store.sql_store import SqlStore
from tests.cheap_hashes import hash_cheaply
from tests.conformance.desk import Desk, error_of, execute, new_desk

INVALID, RULE = Category.INVALID_VALUE, Category.RULE
WRONG = "w" * 20


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_cheaply(monkeypatch.setattr)


def _name() -> str:
    return f"user {uuid.uuid4()}"


def _create(desk: Desk, role: str = "admin", name: str | None = None) -> UserPassword:
    return desk.run(
        lambda tx: users.create_user(
            tx, desk.asking(), name=name or _name(), role=role, clock=desk.clock
        )
    )


def _log_in(desk: Desk, name: str, password: str) -> LiveSession | None:
    return sessions.log_in(
        desk.store, name, password, request_id=str(uuid.uuid4()), clock=desk.clock
    )


def _session(desk: Desk, made: UserPassword) -> LiveSession:
    session = _log_in(desk, made.user.name, made.password)
    assert session is not None
    return session


def _is_alive(desk: Desk, session: LiveSession) -> bool:
    return sessions.find_session(desk.store, session.token, clock=desk.clock) is not None


def _actions(desk: Desk, user_id: str) -> list[str]:
    return [one.action for one in desk.audit_trail() if one.subject_id == user_id]


def test_user_logs_in_with_the_name_in_any_case_and_the_password_as_given(desk: Desk) -> None:
    made = _create(desk, "auditor")
    session = _log_in(desk, made.user.name.upper(), made.password)
    assert session is not None
    assert (session.user_id, session.role) == (made.user.user_id, Role.AUDITOR)
    assert sessions.find_session(desk.store, session.token, clock=desk.clock) == session
    assert _log_in(desk, made.user.name, made.password.swapcase()) is None
    assert _log_in(desk, made.user.name, "") is None
    assert _log_in(desk, "nobody\x00", made.password) is None
    assert _actions(desk, made.user.user_id) == ["create", "login"]


def test_password_and_token_stand_nowhere_in_the_database(desk: Desk) -> None:
    made = _create(desk)
    session = _session(desk, made)
    held = [
        value
        for table in ("seriatim_console_user", "seriatim_console_session", "seriatim_audit_entry")
        for row in execute(desk.store, f"SELECT * FROM {table}")
        for value in row
    ]
    for secret in (made.password, session.token):
        assert not [one for one in held if secret in str(one) or one == secret.encode()]


def test_login_closes_after_wrong_passwords_and_opens_by_itself(desk: Desk) -> None:
    made = _create(desk)
    for _ in range(FAILED_LOGINS_IN_A_ROW_MAX - 1):
        assert _log_in(desk, made.user.name, WRONG) is None
    _session(desk, made)  # the right one in between begins the count anew
    for _ in range(FAILED_LOGINS_IN_A_ROW_MAX):
        assert _log_in(desk, made.user.name, WRONG) is None
    assert _log_in(desk, made.user.name, made.password) is None
    assert _actions(desk, made.user.user_id)[-1] == "login_blocked"
    for _ in range(FAILED_LOGINS_IN_A_ROW_MAX):  # nobody keeps it closed by going on
        desk.clock.forward(minutes=LOGIN_CLOSED_MINUTES / FAILED_LOGINS_IN_A_ROW_MAX)
        _log_in(desk, made.user.name, WRONG)
    _session(desk, made)


def test_new_password_opens_a_closed_login_and_ends_every_session(desk: Desk) -> None:
    made = _create(desk)
    session = _session(desk, made)
    for _ in range(FAILED_LOGINS_IN_A_ROW_MAX):
        _log_in(desk, made.user.name, WRONG)
    renewed = desk.run(
        lambda tx: users.give_new_password(tx, desk.asking(), made.user.name, clock=desk.clock)
    )
    assert not _is_alive(desk, session)
    assert _log_in(desk, made.user.name, made.password) is None
    _session(desk, renewed)


def test_session_ends_after_a_time_without_use(desk: Desk) -> None:
    session = _session(desk, _create(desk))
    for _ in range(3):  # use keeps it alive
        desk.clock.forward(minutes=SESSION_IDLE_MINUTES_MAX - 1)
        assert _is_alive(desk, session)
    desk.clock.forward(minutes=SESSION_IDLE_MINUTES_MAX)
    assert not _is_alive(desk, session)


def test_session_ends_at_a_fixed_time_however_it_is_used(desk: Desk) -> None:
    session = _session(desk, _create(desk))
    for _ in range(SESSION_HOURS_MAX * 2 - 1):
        desk.clock.forward(minutes=30)
        assert _is_alive(desk, session)
    desk.clock.forward(minutes=30)
    assert not _is_alive(desk, session)


def test_logging_out_ends_one_session_and_no_other(desk: Desk) -> None:
    made = _create(desk)
    first, second = _session(desk, made), _session(desk, made)
    sessions.log_out(desk.store, first)
    assert (_is_alive(desk, first), _is_alive(desk, second)) == (False, True)


def test_disabled_user_is_out_at_once_and_for_good(desk: Desk) -> None:
    _create(desk)  # another admin, without whom the last one could not go
    made = _create(desk)
    session = _session(desk, made)

    def disable() -> object:
        return desk.run(
            lambda tx: users.disable_user(tx, desk.asking(), made.user.name, clock=desk.clock)
        )

    assert disable() == disable()
    assert not _is_alive(desk, session)
    assert _log_in(desk, made.user.name, made.password) is None
    refused = desk.refusal(
        lambda: desk.run(
            lambda tx: users.give_new_password(tx, desk.asking(), made.user.name, clock=desk.clock)
        )
    )
    assert refused == {("", RULE)}
    assert desk.refusal(lambda: _create(desk, name=made.user.name.upper())) == {("name", RULE)}


def test_last_admin_cannot_be_disabled(desk: Desk) -> None:
    made = _create(desk)
    _create(desk, "auditor")
    refused = desk.refusal(
        lambda: desk.run(
            lambda tx: users.disable_user(tx, desk.asking(), made.user.name, clock=desk.clock)
        )
    )
    assert refused == {("", RULE)}
    assert _is_alive(desk, _session(desk, made))


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "x" * 101])
def test_malformed_name_is_refused(desk: Desk, name: str) -> None:
    def create() -> object:
        return desk.run(
            lambda tx: users.create_user(
                tx, desk.asking(), name=name, role="boss", clock=desk.clock
            )
        )

    assert desk.refusal(create) == {("name", INVALID), ("role", INVALID)}


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_only_an_admin_makes_users_and_only_an_issuer_may_not_read_them(
    desk: Desk, role: Role
) -> None:
    attempts = (
        lambda tx: users.create_user(
            tx, desk.asking(role), name="x", role="admin", clock=desk.clock
        ),
        lambda tx: users.give_new_password(tx, desk.asking(role), "x", clock=desk.clock),
        lambda tx: users.disable_user(tx, desk.asking(role), "x", clock=desk.clock),
    )
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            desk.run(attempt)
    with desk.store.read() as tx:
        error = error_of(lambda: users.list_users(tx, desk.asking(role)))
    assert isinstance(error, NotPermitted) is (role is Role.ISSUER)


def test_user_of_another_tenant_is_as_good_as_absent(desk: Desk, shared_store: SqlStore) -> None:
    foreign = _create(new_desk(shared_store))
    error = error_of(
        lambda: desk.run(
            lambda tx: users.disable_user(tx, desk.asking(), foreign.user.name, clock=desk.clock)
        )
    )
    assert isinstance(error, NotFound)
    session = _session(desk, foreign)
    with desk.store.read() as tx:
        error = error_of(
            lambda: sessions.workplace(
                tx, session, desk.caller.entity_id, request_id=str(uuid.uuid4())
            )
        )
    assert isinstance(error, NotFound)


def test_user_works_in_every_entity_of_the_tenant_under_the_own_name(desk: Desk) -> None:
    other = desk.another_entity().caller.entity_id
    session = _session(desk, _create(desk))
    with desk.store.read() as tx:
        first = sessions.workplace(tx, session, None, request_id=str(uuid.uuid4()))
        second = sessions.workplace(tx, session, other, request_id=str(uuid.uuid4()))
    assert first.caller.entity_id == desk.caller.entity_id
    assert second.caller.entity_id == other
    assert second.caller.actor == f"user:{session.user_name}"


def test_expired_sessions_are_swept_up(desk: Desk) -> None:
    session = _session(desk, _create(desk))
    desk.clock.forward(hours=SESSION_HOURS_MAX, seconds=1)
    assert sweep(desk.store, clock=desk.clock).sessions >= 1
    rows = execute(desk.store, "SELECT session_hash FROM seriatim_console_session")
    assert secrets.token_hash(session.token) not in {bytes(row[0]) for row in rows}


def test_users_are_listed_with_what_became_of_them(desk: Desk) -> None:
    first, second = _create(desk), _create(desk, "issuer")
    _session(desk, second)
    with desk.store.read() as tx:
        listed = users.list_users(tx, desk.caller)
    assert {one.user_id for one in listed} == {first.user.user_id, second.user.user_id}
    logged_in = {one.user_id: one.last_login_at for one in listed}
    assert logged_in[first.user.user_id] is None
    assert logged_in[second.user.user_id] == desk.clock.now()


def test_what_happens_to_a_user_is_audited_without_the_password(desk: Desk) -> None:
    made = _create(desk, "issuer")
    entry = desk.audit_trail()[-1]
    assert (entry.action, entry.subject_kind) == ("create", "console_user")
    assert json.loads(entry.state_after or "") == {"name": made.user.name, "role": "issuer"}
