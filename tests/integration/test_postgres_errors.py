"""What an error of PostgreSQL means, and what is said when it cannot be opened."""

from __future__ import annotations

import select
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from seriatim.domain.errors import (
    Category,
    Conflict,
    Rejected,
    SeriatimError,
    StoreRefused,
    StoreUnavailable,
)
from seriatim.service.entities import create_entity
from seriatim.store.open import open_store
from seriatim.store.postgres import translated_error
from seriatim.store.session import SerializationFailure
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk, error_of, execute, new_desk


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        ("40001", SerializationFailure),
        ("40P01", SerializationFailure),
        ("55P03", Conflict),
        ("42501", StoreRefused),
        ("08006", StoreUnavailable),
        ("08P01", StoreUnavailable),
        ("25006", StoreUnavailable),  # a standby
        ("25P03", StoreUnavailable),  # idle in a transaction for too long
        ("53100", StoreUnavailable),  # disk full
        ("53200", StoreUnavailable),
        ("53300", StoreUnavailable),
        ("57014", StoreUnavailable),
        ("57P01", StoreUnavailable),
        ("57P02", StoreUnavailable),
        ("57P03", StoreUnavailable),
        ("58030", StoreUnavailable),
        # defects of ours stay what they are
        ("23505", psycopg.errors.UniqueViolation),
        ("23514", psycopg.errors.CheckViolation),
        ("42601", psycopg.errors.SyntaxError),
        ("42P01", psycopg.errors.UndefinedTable),
        ("22003", psycopg.errors.NumericValueOutOfRange),
        ("25P02", psycopg.errors.InFailedSqlTransaction),
    ],
)
def test_error_of_postgres_means_one_of_ours(state: str, ours: type[Exception]) -> None:
    translated = translated_error(psycopg.errors.lookup(state)("secret place"))
    assert type(translated) is ours
    if isinstance(translated, SeriatimError):
        assert "secret place" not in translated.message
        assert "secret place" in translated.detail
        assert state in translated.detail


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (psycopg.OperationalError, StoreUnavailable),
        (psycopg.InterfaceError, StoreUnavailable),
        # our own mistakes are not the database's absence
        (psycopg.DataError, psycopg.DataError),
        (psycopg.ProgrammingError, psycopg.ProgrammingError),
        (psycopg.NotSupportedError, psycopg.NotSupportedError),
    ],
)
def test_error_of_the_driver_itself_means_one_of_ours(
    error: type[psycopg.Error], ours: type[Exception]
) -> None:
    assert type(translated_error(error("x"))) is ours


@pytest.fixture
def desk(postgres_url: str) -> Iterator[Desk]:
    store = open_store(postgres_url)
    yield new_desk(store)
    store.close()


def test_key_that_no_database_can_hold_is_just_not_there(desk: Desk) -> None:
    """PostgreSQL refuses U+0000; that is no outage."""
    for key in ("\0", "a\0b", "ß", "\ud800", "\N{KELVIN SIGN}"):
        refused = error_of(lambda key=key: desk.get(key))  # type: ignore[misc] # bound early
        assert refused is not None
        assert type(refused).__name__ == "NotFound"
        assert desk.names(name=key) == []


def test_entity_that_somebody_else_made_first_is_refused_by_its_rule(desk: Desk) -> None:
    """Two clients with different entities of one tenant lock different rows."""
    other = desk.another_entity()
    tries: list[int] = []

    def slow(transaction: Transaction) -> None:
        tries.append(1)
        access = transaction.access
        if len(tries) == 1:
            assert access.find_entity_by_name(desk.caller.tenant_id, "Twin") is None
            desk.run(lambda tx: create_entity(tx, desk.asking(), name="Twin", clock=desk.clock))
            original, access_type = type(access).find_entity_by_name, type(access)
            patch = pytest.MonkeyPatch()
            patch.setattr(access_type, "find_entity_by_name", lambda *_: None)
            try:
                create_entity(transaction, other.asking(), name="twin", clock=desk.clock)
            finally:
                patch.undo()
            assert access_type.find_entity_by_name is original
        create_entity(transaction, other.asking(), name="twin", clock=desk.clock)

    with pytest.raises(Rejected) as refused:
        desk.run(slow)
    assert [one.category for one in refused.value.violations] == [Category.RULE]
    assert len(tries) == 2


def test_right_that_the_database_user_lacks_is_named(desk: Desk, postgres_url: str) -> None:
    name = f"reader_{desk.caller.tenant_id[:8]}"
    execute(desk.store, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    try:
        parts = urlsplit(postgres_url)
        url = f"postgresql://{name}:x@{parts.hostname}:{parts.port}{parts.path}"
        refused = error_of(lambda: open_store(url))
        assert isinstance(refused, StoreRefused)
        assert (
            "lacks a right: permission denied for table seriatim_schema_migration"
            in refused.message
        )
    finally:
        execute(desk.store, f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "/nowhere"}, 'database "nowhere" does not exist'),
        ({"netloc": "seriatim:wrong-password@{host}:{port}"}, "password authentication failed"),
        ({"netloc": "nobody@{host}:1"}, "refused"),
    ],
)
def test_server_that_lets_nobody_in_is_refused_at_once_with_its_words(
    postgres_url: str, change: dict[str, str], said: str
) -> None:
    parts = urlsplit(postgres_url)
    values = {
        name: text.format(host=parts.hostname, port=parts.port) for name, text in change.items()
    }
    url = parts._replace(**values).geturl()
    with pytest.raises(StoreRefused) as refused:
        open_store(url)
    assert said in refused.value.message
    assert "wrong-password" not in refused.value.message


def test_database_without_tables_is_refused_with_what_to_do(empty_postgres_url: str) -> None:
    with pytest.raises(StoreRefused, match="run 'seriatim init'"):
        open_store(empty_postgres_url)


@pytest.mark.parametrize(
    ("configured", "used"),
    [("off", "on"), ("local", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")],
)
def test_answer_is_durable_whatever_the_database_is_set_to(
    desk: Desk, postgres_url: str, configured: str, used: str
) -> None:
    database = urlsplit(postgres_url).path[1:]
    execute(desk.store, f"ALTER DATABASE {database} SET synchronous_commit = {configured}")
    store = open_store(postgres_url)
    try:
        assert execute(store, "SHOW synchronous_commit") == [(used,)]
    finally:
        store.close()


def test_pool_without_a_free_connection_refuses_in_time(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.store.postgres.POOL_WAIT_SECONDS_MAX", 0.2)
    store = open_store(postgres_url, connections_max=1)
    try:
        desk = new_desk(store)
        with store.read():
            refused = error_of(desk.issue)
        assert isinstance(refused, StoreUnavailable)
        assert desk.texts() == ["INV00000001"]
    finally:
        store.close()


def test_connection_that_idled_in_a_transaction_is_unavailable_and_replaced(desk: Desk) -> None:
    def linger() -> None:
        with desk.store.write() as transaction:
            session: Any = transaction.session
            session.run("SET idle_in_transaction_session_timeout = 1")
            waiting = select.poll()
            waiting.register(session.connection.fileno(), select.POLLIN)
            assert waiting.poll(5000)  # the server has said goodbye
            transaction.access.list_tenants()

    assert isinstance(error_of(linger), StoreUnavailable)
    assert desk.texts() == ["INV00000001"]


def test_entity_of_the_caller_that_does_not_exist_is_a_defect(desk: Desk) -> None:
    lost = Desk(desk.store, replace(desk.caller, entity_id="0" * 32), desk.clock)
    refused = error_of(lambda: lost.on_books(lambda books: books.get_settings()))
    assert type(refused).__name__ == "InvariantBroken"
