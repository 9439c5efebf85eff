"""A COMMIT whose answer is lost, delayed or untrue: issued, not issued and unknown stay apart.

The server is this file's own, with a standby configured that does not exist: a commit waits
until somebody ends the wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from seriatim.domain.errors import OutcomeUnknown, SeriatimError
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once
from seriatim.store.open import open_store
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk, error_of, execute, new_desk
from tests.conftest import make_template
from tests.postgres_server import PostgresServer, temporary_server


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with temporary_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    url = server.create_database("commits")
    make_template(url)
    yield url
    _no_standby(server)
    server.drop_database("commits")


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    store = open_store(url)
    yield new_desk(store)
    store.close()


def _set_standby(server: PostgresServer, name: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        # A commit of this very connection must not wait for the standby either.
        connection.execute("SET synchronous_commit = local")
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'".encode())
        connection.execute("SELECT pg_reload_conf()")
    while _shown(server) != name:
        threading.Event().wait(0.01)


def _shown(server: PostgresServer) -> str:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        row = connection.execute("SHOW synchronous_standby_names").fetchone()
        return "" if row is None else str(row[0])


def _no_standby(server: PostgresServer) -> None:
    _set_standby(server, "")


def _end_the_wait(server: PostgresServer, function: str) -> None:
    """Wait until a backend waits for the standby, then end its wait."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = local")
        while True:
            waiting = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            ).fetchall()
            if waiting:
                connection.execute(f"SELECT {function}(%s)".encode(), waiting[0])
                return
            threading.Event().wait(0.01)


def _interrupted(desk: Desk, server: PostgresServer, function: str) -> SeriatimError | None:
    _set_standby(server, "nobody")
    helper = threading.Thread(target=_end_the_wait, args=(server, function), daemon=True)
    helper.start()
    refused = error_of(desk.issue)
    helper.join(30)
    _no_standby(server)
    return refused


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_commit_that_was_kept_from_waiting_for_its_standby_is_unknown(
    desk: Desk, server: PostgresServer, function: str
) -> None:
    """The cancelled one answers OK, with nothing but a warning: the row is visible here alone."""
    refused = _interrupted(desk, server, function)
    assert isinstance(refused, OutcomeUnknown)
    assert "Idempotency-Key" in refused.message
    assert desk.series("INV").last_number == 1  # perhaps issued: here it was
    assert desk.texts() == ["INV00000002"]


def test_unknown_outcome_is_settled_by_the_key(desk: Desk, server: PostgresServer) -> None:
    use = KeyUse(
        desk.caller.tenant_id, desk.caller.entity_id, desk.caller.client_id or "", "k", b"f" * 32
    )

    def work(transaction: Transaction) -> FinishedAnswer:
        books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
        locked = books.lock_entity()
        books.set_last_set_position(locked.last_set_position + 1)
        return FinishedAnswer(200, (), str(locked.last_set_position + 1).encode())

    def ask() -> FinishedAnswer:
        return answer_once(desk.store, use, work, _never, clock=desk.clock).answer

    _set_standby(server, "nobody")
    helper = threading.Thread(target=_end_the_wait, args=(server, "pg_cancel_backend"))
    helper.start()
    assert isinstance(error_of(ask), OutcomeUnknown)
    helper.join(30)
    _no_standby(server)
    assert ask().body == b"1"
    assert desk.on_books(lambda books: books.lock_entity()).last_set_position == 1


def _never(error: SeriatimError) -> FinishedAnswer:
    raise AssertionError(error)


def test_connection_that_dies_during_commit_leaves_the_outcome_unknown(
    desk: Desk,
) -> None:
    """A trigger that runs at COMMIT ends its own backend: this one was not committed."""
    execute(
        desk.store,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
    )
    execute(
        desk.store,
        "CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON seriatim_register DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION die()",
    )
    assert isinstance(error_of(desk.issue), OutcomeUnknown)
    assert desk.series("INV").last_number == 0
    execute(desk.store, "DROP TRIGGER dying ON seriatim_register")
    assert desk.texts() == ["INV00000001"]


def test_connection_that_dies_before_commit_leaves_nothing(desk: Desk) -> None:
    def die_in_between() -> None:
        with desk.store.write() as transaction:
            books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
            books.set_last_set_position(99)
            connection = transaction.session.connection  # type: ignore[attr-defined] # psycopg's
            pid = connection.info.backend_pid
            execute(desk.store, "SELECT pg_terminate_backend(:pid)", {"pid": pid})
            books.lock_entity()

    refused = error_of(die_in_between)
    assert type(refused).__name__ == "StoreUnavailable"
    assert desk.on_books(lambda books: books.lock_entity()).last_set_position == 0


def test_commit_that_a_constraint_refuses_is_no_success(desk: Desk) -> None:
    """A deferred constraint speaks up at COMMIT."""
    execute(
        desk.store,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END $$",
    )
    execute(
        desk.store,
        "CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON seriatim_register "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    refused = error_of(desk.issue)  # run again and again, then given up
    assert type(refused).__name__ == "StoreUnavailable"
    assert desk.series("INV").last_number == 0
