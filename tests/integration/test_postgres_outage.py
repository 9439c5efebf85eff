"""The database goes and comes back: clear refusals meanwhile, and no hand needed afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]  # has no annotations of its own
import psycopg
import pytest

from seriatim.domain.errors import SeriatimError, StoreUnavailable
from seriatim.store.open import open_store
from tests.conformance.desk import Desk, error_of, new_desk
from tests.conftest import make_template
from tests.postgres_server import PostgresServer, temporary_server

CONNECTIONS = 6


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with temporary_server() as server:
        make_template(server.create_database("outage"))
        yield server


@pytest.fixture
def desk(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("seriatim.store.postgres.POOL_WAIT_SECONDS_MAX", 1.0)
    store = open_store(server.url("outage"), connections_max=CONNECTIONS)
    desk = new_desk(store)
    _backends(desk, "SELECT 1")  # make the pool as full as a busy service's
    yield desk
    store.close()


def _kill(server: PostgresServer) -> None:
    """And wait for its backends, which go on for a moment without their postmaster."""
    assert server.pid
    backends = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    deadline = time.monotonic() + 30
    while any(_is_alive(backend) for backend in backends):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stop(server: PostgresServer) -> None:
    server.stop(immediate=True)


@pytest.mark.parametrize("end", [_kill, _stop])
def test_restarted_database_is_noticed_without_failing_a_caller(
    desk: Desk, server: PostgresServer, end: object
) -> None:
    """Not one failure for each of the connections that the pool had before."""
    assert callable(end)
    assert desk.texts() == ["INV00000001"]
    end(server)
    server.start()
    began = time.monotonic()
    assert [desk.texts() for _ in range(CONNECTIONS + 2)] == [
        [f"INV{number:08d}"] for number in range(2, CONNECTIONS + 4)
    ]
    with desk.store.read() as transaction:
        assert transaction.access.list_tenants()
    assert time.monotonic() - began < 5
    assert desk.verify()["INV invoice"].is_verified


def test_absent_database_is_refused_in_time_and_found_again(
    desk: Desk, server: PostgresServer
) -> None:
    _kill(server)
    try:
        for _ in range(2):
            began = time.monotonic()
            assert isinstance(error_of(desk.issue), StoreUnavailable)
            assert time.monotonic() - began < 5
        assert isinstance(error_of(desk.names), StoreUnavailable)
    finally:
        server.start()
    deadline = time.monotonic() + 5
    found: list[str] = []
    while not found and time.monotonic() < deadline:
        try:
            found = desk.texts()
        except SeriatimError:
            continue
    assert found == ["INV00000001"]


def test_ended_backends_are_replaced_before_anybody_notices(
    desk: Desk, server: PostgresServer
) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = 'outage' AND application_name = 'seriatim'"
        ).fetchall()
    assert len(ended) >= CONNECTIONS
    assert desk.texts(count=2) == ["INV00000001", "INV00000002"]


def test_message_on_an_idle_connection_is_no_end_of_it(desk: Desk, server: PostgresServer) -> None:
    """Something arrived, and the server is well."""
    before = _backends(desk, "LISTEN something")
    with psycopg.connect(server.url("outage"), autocommit=True) as connection:
        connection.execute("NOTIFY something")
    assert desk.texts() == ["INV00000001"]
    assert _backends(desk, "SELECT 1") == before


def _backends(desk: Desk, statement: str) -> set[int]:
    """The process ids of all of the pool's backends, after each has run a statement."""
    found: set[int] = set()
    together = threading.Barrier(CONNECTIONS)

    def run() -> None:
        with desk.store.read() as transaction:
            connection = transaction.session.connection  # type: ignore[attr-defined] # psycopg's
            connection.execute(statement)
            together.wait(30)
            found.add(connection.info.backend_pid)

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found
