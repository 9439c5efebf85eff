"""What an error of SQLite means, and what happens when it comes at the worst moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from seriatim.domain.errors import Conflict, OutcomeUnknown, StoreRefused, StoreUnavailable
from seriatim.store.open import open_database, open_store
from seriatim.store.sql_store import SqlStore
from seriatim.store.sqlite import translated_error
from tests.conformance.desk import Desk, error_of, new_desk


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (apsw.BusyError, Conflict),
        (apsw.LockedError, Conflict),
        (apsw.FullError, StoreUnavailable),
        (apsw.IOError, StoreUnavailable),
        (apsw.CantOpenError, StoreUnavailable),
        (apsw.ReadOnlyError, StoreUnavailable),
        (apsw.CorruptError, StoreUnavailable),
        (apsw.NotADBError, StoreUnavailable),
        (apsw.PermissionsError, StoreUnavailable),
        (apsw.InterruptError, StoreUnavailable),
        (apsw.NoMemError, StoreUnavailable),
        # defects of ours stay what they are
        (apsw.ConstraintError, apsw.ConstraintError),
        (apsw.SQLError, apsw.SQLError),
        (apsw.MismatchError, apsw.MismatchError),
        (apsw.MisuseError, apsw.MisuseError),
    ],
)
def test_error_of_sqlite_means_one_of_ours(error: type[apsw.Error], ours: type[Exception]) -> None:
    translated = translated_error(error("secret place"))
    assert type(translated) is ours
    if isinstance(translated, Conflict | StoreUnavailable):
        assert "secret place" not in translated.message
        assert translated.detail == f"{error.__name__}: secret place"


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = open_store(sqlite_url)
    yield new_desk(store)
    store.close()


class _Failing:
    """The writing connection, failing at one statement."""

    def __init__(self, connection: apsw.Connection, statement: str, error: apsw.Error) -> None:
        self._connection = connection
        self._statement = statement
        self._error = error

    def execute(self, statement: str, *rest: object) -> object:
        if statement == self._statement:
            raise self._error
        return self._connection.execute(statement, *rest)  # type: ignore[arg-type] # passed on

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


@pytest.mark.parametrize(
    ("statement", "error", "ours"),
    [
        ("BEGIN IMMEDIATE", apsw.BusyError("x"), StoreUnavailable),
        ("BEGIN IMMEDIATE", apsw.IOError("x"), StoreUnavailable),
        ("COMMIT", apsw.BusyError("x"), StoreUnavailable),
        # what had reached the file might come back to life after a crash
        ("COMMIT", apsw.IOError("x"), OutcomeUnknown),
        ("COMMIT", apsw.FullError("x"), OutcomeUnknown),
    ],
)
def test_transaction_that_fails_at_its_ends_is_undone_and_told_honestly(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    error: apsw.Error,
    ours: type[Exception],
) -> None:
    desk.issue()
    writer = desk.store.database._writer  # type: ignore[attr-defined] # fault injection
    with monkeypatch.context() as patch:
        patch.setattr(writer, "connection", _Failing(writer.connection, statement, error))
        assert type(error_of(desk.issue)) is ours
    assert desk.series("INV").last_number == 1
    assert desk.texts() == ["INV00000002"]
    assert desk.verify()["INV invoice"].is_verified


def test_full_disk_refuses_and_recovers_when_there_is_room(desk: Desk) -> None:
    """A bound on the file's pages is what a full disk looks like to SQLite."""
    desk.issue()
    connection = desk.store.database._writer.connection  # type: ignore[attr-defined] # fault injection
    pages = connection.pragma("page_count")
    connection.pragma("max_page_count", pages)
    refused = error_of(lambda: desk.issue(references=tuple("x" * 255 for _ in range(1000))))
    assert type(refused) in {StoreUnavailable, OutcomeUnknown}
    assert desk.series("INV").last_number == 1
    connection.pragma("max_page_count", 2**30)
    assert desk.texts() == ["INV00000002"]
    assert desk.verify()["INV invoice"].is_verified


def test_write_is_on_disk_before_it_is_answered(desk: Desk) -> None:
    """WAL with `synchronous=NORMAL` loses acknowledged commits on power loss."""
    connection = desk.store.database._writer.connection  # type: ignore[attr-defined] # its settings
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2  # FULL


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: file.write_bytes(b"this is no database" * 100), "cannot open"),
        (lambda file: file.mkdir(), "cannot open"),
    ],
)
def test_file_that_is_no_database_is_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    file = tmp_path / "odd.db"
    make(file)
    with pytest.raises(StoreRefused, match=message):
        open_store(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///", "names a file"),
        ("sqlite:///:memory:", "names a file"),
        ("sqlite://relative.db", "names a file"),
        ("sqlite:////no/such/folder/x.db", "'/no/such/folder'"),
        ("mysql://localhost/x", "must begin with sqlite:/// or postgresql://"),
        ("", "must begin with"),
    ],
)
def test_url_that_leads_nowhere_is_refused_with_the_reason(url: str, message: str) -> None:
    with pytest.raises(StoreRefused, match=message):
        open_database(url)


def test_two_programs_on_one_file_take_turns(desk: Desk, sqlite_url: str) -> None:
    other: SqlStore = open_store(sqlite_url)
    try:
        desk.issue()
        twin = Desk(other, desk.caller, desk.clock)
        assert twin.texts() == ["INV00000002"]
        assert desk.texts() == ["INV00000003"]
    finally:
        other.close()
