"""Statements that are sent by libpq itself: prepared once, several in one round trip."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from seriatim.domain.errors import Conflict, StoreUnavailable
from seriatim.store.open import open_store
from seriatim.store.postgres import PooledConnection, PostgresDatabase, PostgresSession
from seriatim.store.postgres_statements import PreparedStatements, with_places
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, error_of, new_desk

MEBIBYTE = 2**20


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    opened = open_store(postgres_url, connections_max=1)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return new_desk(store)


def session_of(transaction: Any) -> PostgresSession:
    session = transaction.session
    assert isinstance(session, PostgresSession)
    return session


def entity_row(desk: Desk) -> dict[str, object]:
    return {"tenant_id": desk.caller.tenant_id, "entity_id": desk.caller.entity_id}


def teach(session: PostgresSession, name: str, text: str) -> PreparedStatements:
    """Let the session's connection know one statement more."""
    statements = session.connection.statements
    statements._known = {**statements._known, name: with_places(text)}
    return statements


SLEEP = "sleep", "SELECT pg_sleep(%(seconds)s)"


def status_of(connection: PooledConnection) -> TransactionStatus:
    return connection.info.transaction_status


def prepared_names(connection: PooledConnection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT name FROM pg_prepared_statements ORDER BY name").fetchall()


@pytest.mark.parametrize(
    ("text", "numbered", "names"),
    [
        ("SELECT 1", b"SELECT 1", ()),
        ("SELECT %(b)s, %(a)s, %(b)s", b"SELECT $1, $2, $1", ("b", "a")),
        ("SELECT 'per%%cent%%(a)s' || %(a)s", b"SELECT 'per%cent%(a)s' || $1", ("a",)),
    ],
)
def test_parameters_are_numbered_as_they_first_appear(
    text: str, numbered: bytes, names: tuple[str, ...]
) -> None:
    assert with_places(text)[:2] == (numbered, names)


def test_statement_is_prepared_once_a_connection_and_outlives_a_rollback(desk: Desk) -> None:
    desk.texts()
    with desk.store.read() as transaction:
        connection = session_of(transaction).connection
        before = prepared_names(connection)
    with suppress(ZeroDivisionError), desk.store.write() as transaction:
        session_of(transaction).rows("get_settings", entity_row(desk))
        raise ZeroDivisionError
    assert desk.texts() == ["INV00000002"]
    with desk.store.read() as transaction:
        assert session_of(transaction).connection is connection
        assert set(prepared_names(connection)) >= set(before)
        assert len(prepared_names(connection)) <= len(before) + 1


def test_transaction_begins_with_its_first_statement(desk: Desk) -> None:
    with desk.store.write() as transaction:
        session = session_of(transaction)
        connection = session.connection
        seen = [status_of(connection)]
        session.rows("get_settings", entity_row(desk))
        seen.append(status_of(connection))
    seen.append(status_of(connection))
    assert seen == [TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.IDLE]


def test_first_statement_that_fails_leaves_a_connection_that_works(desk: Desk) -> None:
    """BEGIN and the statement went out together: what follows the error must be read, too."""

    def ask_for_nonsense() -> None:
        with desk.store.write() as transaction:
            nonsense = {"tenant_id": "no id", "entity_id": "no id"}
            session_of(transaction).rows("get_settings", nonsense)

    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        ask_for_nonsense()
    with desk.store.read() as transaction:
        assert not session_of(transaction).connection.closed
    assert desk.texts() == ["INV00000001"]


@pytest.mark.parametrize("what_follows", ["a statement", "the commit"])
def test_error_of_a_statement_sent_later_comes_with_what_follows(
    desk: Desk, what_follows: str
) -> None:
    desk.texts()
    settings = entity_row(desk)

    def write_twice() -> None:
        with desk.store.write() as transaction:
            session = session_of(transaction)
            books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
            (series,) = [
                one
                for one in books.list_series(after_prefix="", after_document_type="", row_count=99)
                if one.prefix == "INV"
            ]
            (entry,) = books.list_entries(series.key.series_id, after_entry_number=0, row_count=1)
            books.append_entries([entry])
            if what_follows == "a statement":
                session.rows("get_settings", settings)
                pytest.fail("the entry is there already")

    with pytest.raises(psycopg.errors.UniqueViolation):
        write_twice()
    assert desk.texts() == ["INV00000002"]


def test_statement_larger_than_any_buffer_arrives_whole(desk: Desk) -> None:
    """Neither side may wait for the other to read while it writes itself."""
    text = "x" * (16 * MEBIBYTE)
    with desk.store.read() as transaction:
        connection = session_of(transaction).connection
        statements = teach(session_of(transaction), "echo", "SELECT %(text)s::text")
        assert statements.rows_of(statements.run([("echo", {"text": text})], begins=False)) == [
            (text,)
        ]
        together = [("echo", {"text": text}), ("echo", {"text": text})]
        assert statements.rows_of(statements.run(together, begins=True)) == [(text,)]
        connection.execute("ROLLBACK")


def test_lock_that_is_not_free_is_a_conflict_and_the_next_request_is_served(
    desk: Desk, postgres_url: str
) -> None:
    desk.texts()
    with psycopg.connect(postgres_url) as holder:
        holder.execute("SELECT * FROM seriatim_series FOR UPDATE")
        assert isinstance(error_of(desk.texts), Conflict)
        holder.rollback()
    assert desk.texts() == ["INV00000002"]


@pytest.mark.parametrize("begins", [False, True])
def test_interrupted_wait_costs_the_connection_and_nothing_else(desk: Desk, begins: bool) -> None:
    """Ctrl-C on the main thread while the server works."""
    database = desk.store.database
    assert isinstance(database, PostgresDatabase)
    began = monotonic()

    def wait() -> None:
        with database.write() as session:
            if not begins:
                session.run("SELECT 1")
            teach(session, *SLEEP)
            timer.start()
            session.rows("sleep", {"seconds": 30.0})

    main = threading.main_thread().ident
    timer = threading.Timer(0.5, signal.pthread_kill, [main, signal.SIGINT])
    with pytest.raises(KeyboardInterrupt):
        wait()
    timer.join()
    assert monotonic() - began < 20
    assert desk.texts() == ["INV00000001"]


def test_server_that_goes_away_during_a_statement_is_unavailable(
    desk: Desk, postgres_url: str
) -> None:
    """Its last word may or may not arrive before the end of the connection."""
    with psycopg.connect(postgres_url, autocommit=True) as other:

        def end(backend: int) -> None:
            sleep(0.3)
            other.execute("SELECT pg_terminate_backend(%s)", (backend,))

        def wait() -> None:
            with desk.store.write() as transaction:
                session = session_of(transaction)
                teach(session, *SLEEP)
                backend = session.connection.info.backend_pid
                ending = threading.Thread(target=end, args=(backend,))
                ending.start()
                try:
                    session.rows("sleep", {"seconds": 30.0})
                finally:
                    ending.join()

        assert isinstance(error_of(wait), StoreUnavailable)
    assert desk.texts() == ["INV00000001"]
