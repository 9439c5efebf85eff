"""Migrations: forward only, each whole or not at all, never under a running SQLite server."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import psycopg
import pytest

from seriatim.domain.errors import StoreRefused
from seriatim.store import migrate as migrating
from seriatim.store.migrate import Migration, migrate, migration_status, migrations
from seriatim.store.open import open_database, open_store
from seriatim.store.sql_store import Database, SqlStore
from tests.conformance.desk import execute, insert_statement, new_desk

ROOT = Path(__file__).resolve().parents[2]
BROKEN = (apsw.Error, psycopg.Error)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without tables, once on each of the two."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = open_database(empty_url)
    yield opened
    opened.close()


def _tables(database: Database) -> set[str]:
    statement = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
        "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }[database.name]
    return {name for (name,) in execute(SqlStore(database), statement)}


def test_migrations_are_numbered_without_a_hole_and_alike() -> None:
    for_sqlite, for_postgres = migrations("sqlite"), migrations("postgres")
    assert [one.version for one in for_sqlite] == list(range(1, len(for_sqlite) + 1))
    assert [(one.version, one.name) for one in for_sqlite] == [
        (one.version, one.name) for one in for_postgres
    ]


def test_empty_database_is_migrated_once(database: Database) -> None:
    known = migrations(database.name)
    assert [status.is_applied for status in migration_status(database)] == [False] * len(known)
    assert migrate(database) == known
    assert migrate(database) == []
    assert [status.is_applied for status in migration_status(database)] == [True] * len(known)
    assert {"seriatim_register", "seriatim_series", "seriatim_sequence_set"} <= _tables(database)


def _broken(script: str, place: str) -> str:
    """The script with a statement that fails in the middle of it, or at its end."""
    fault = "\nCREATE TABLE seriatim_tenant (impossible broken syntax here;\n"
    position = len(script) if place == "end" else script.index(place)
    return script[:position] + fault + script[position:]


@pytest.mark.parametrize(
    "place",
    [
        "CREATE TABLE seriatim_tenant",
        "CREATE TABLE seriatim_register",
        "CREATE TABLE seriatim_audit_entry",
        "end",
    ],
)
def test_migration_that_fails_leaves_nothing_and_can_be_repeated(
    database: Database, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    first, *rest = migrations(database.name)
    broken = Migration(first.version, first.name, _broken(first.script, place))
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda _: [broken, *rest])
        with pytest.raises(BROKEN):
            migrate(database)
    assert _tables(database) == set()
    assert migrate(database) == [first, *rest]


def test_later_migration_that_fails_leaves_the_earlier_ones(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations(database.name)
    extra = Migration(len(known) + 1, "extra", "CREATE TABLE extra (n integer); SELECT broken;")
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda _: [*known, extra])
        with pytest.raises(BROKEN):
            migrate(database)
    assert "extra" not in _tables(database)
    assert "seriatim_register" in _tables(database)
    assert migrate(database) == []


def test_process_killed_at_any_statement_of_a_migration_leaves_whole_ones(empty_url: str) -> None:
    """Each death is followed by the next attempt on the same database, which dies a step later."""
    program = [sys.executable, "-m", "tests.integration.dying_migration", empty_url]
    known = len(migrations(empty_url.partition("://")[0].replace("postgresql", "postgres")))
    seen: list[int] = []
    with subprocess.Popen(
        program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        step = 0
        while seen.count(known) < 2:
            process.stdin.write(f"{step}\n")
            process.stdin.flush()
            assert process.stdout.readline() in {"-9\n", "0\n"}
            applied = _applied(empty_url)
            # An attempt that finds a file applied begins with the next.
            step = 0 if seen and applied > seen[-1] else step + 1
            seen.append(applied)
        process.stdin.close()
    assert seen == sorted(seen)
    assert set(seen) == set(range(known + 1))
    assert len(seen) > known * 3 + 50  # every table is a statement
    _open(empty_url)
    store = open_store(empty_url)
    assert new_desk(store).texts() == ["INV00000001"]
    store.close()


def _applied(url: str) -> int:
    """How many migrations are whole; of the next there is nothing."""
    database = open_database(url)
    try:
        applied = [status.migration for status in migration_status(database) if status.is_applied]
        if not applied:
            assert _tables(database) == set()
        return len(applied)
    finally:
        database.close()


def test_two_that_migrate_at_once_do_it_once(empty_postgres_url: str) -> None:
    together = threading.Barrier(2)
    applied: list[list[Migration]] = []

    def run() -> None:
        database = open_database(empty_postgres_url)
        together.wait(30)
        try:
            applied.append(migrate(database))
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, applied)) == [0, len(migrations("postgres"))]


def test_one_connection_is_enough_to_migrate(empty_postgres_url: str) -> None:
    store = open_store(empty_postgres_url, migrate=True, connections_max=1)
    assert new_desk(store).texts() == ["INV00000001"]
    store.close()


def _open(url: str) -> None:
    open_store(url, migrate=True).close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "INSERT INTO seriatim_schema_migration (version, name, checksum) VALUES (9999, 'x', 'y')",
            "has migration 9999, which this version of Seriatim does not know",
        ),
        (
            "UPDATE seriatim_schema_migration SET checksum = 'other' WHERE version = 1",
            "migration 1 of the database differs",
        ),
    ],
)
def test_database_of_a_newer_or_another_version_is_refused(
    store_url: str, change: str, message: str
) -> None:
    store = open_store(store_url)
    execute(store, change)
    store.close()
    for migrate_it in (False, True):
        with pytest.raises(StoreRefused, match=message):
            open_store(store_url, migrate=migrate_it)


def test_database_of_an_older_version_keeps_its_contents(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written under the first migrations is there after all of them."""
    first, *rest = migrations(database.name)
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda _: [first])
        migrate(database)
    store = SqlStore(database)
    moment = "2026-11-23T12:00:00.000000Z"
    tenant: dict[str, object] = {"tenant_id": "a" * 32, "name": "kept", "created_at": moment}
    execute(store, insert_statement("seriatim_tenant", tenant), tenant)
    assert migrate(database) == rest
    assert execute(store, "SELECT name FROM seriatim_tenant") == [("kept",)]
    assert new_desk(store).texts() == ["INV00000001"]


# SQLite and the one server that may use a file.


@pytest.fixture
def served(empty_sqlite_url: str) -> Iterator[Database]:
    """A file that a server of another version uses: it has not been migrated yet."""
    database = open_database(empty_sqlite_url)
    database.hold_server_lock()
    yield database
    database.close()


def test_file_is_not_migrated_under_a_server(served: Database, empty_sqlite_url: str) -> None:
    with pytest.raises(StoreRefused, match=r"a server uses .*: stop it before migrating"):
        _open(empty_sqlite_url)
    assert _tables(served) == set()
    assert migrate(served)  # the server itself may
    _open(empty_sqlite_url)  # and then there is nothing to migrate


def _linked(url: str) -> str:
    file = Path(url.removeprefix("sqlite:///"))
    link = file.with_name("link.db")
    link.symlink_to(file)
    return f"sqlite:///{link}"


@pytest.mark.parametrize("way", [str, _linked])
def test_second_server_of_a_file_is_refused_whichever_way_it_comes(
    served: Database, empty_sqlite_url: str, way: Callable[[str], str]
) -> None:
    second = open_database(way(empty_sqlite_url))
    try:
        with pytest.raises(StoreRefused, match="SQLite serves one process"):
            second.hold_server_lock()
        served.close()
        second.hold_server_lock()
    finally:
        second.close()


def test_lock_of_a_killed_server_is_free(empty_sqlite_url: str) -> None:
    program = (
        "import sys, time; from seriatim.store.open import open_database;"
        "database = open_database(sys.argv[1]); database.hold_server_lock();"
        "print('serving', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, empty_sqlite_url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        with pytest.raises(StoreRefused):
            _open(empty_sqlite_url)
        process.send_signal(signal.SIGKILL)
    _open(empty_sqlite_url)


def test_any_number_of_processes_may_serve_postgres(postgres_url: str) -> None:
    databases = [open_database(postgres_url) for _ in range(2)]
    for database in databases:
        database.hold_server_lock()
    for database in databases:
        database.close()
