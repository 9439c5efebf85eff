"""SQLite through apsw: connections, transactions, values and errors; nothing else.

WAL with `synchronous=FULL`, because NORMAL loses acknowledged commits on power loss; apsw
bundles an SQLite past 3.51.2, whose WAL two writers could corrupt.
Source: contract/guarantees.md, Facts 4 and 5; ADR 3.
"""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import apsw

from seriatim.domain.errors import Conflict, OutcomeUnknown, StoreRefused, StoreUnavailable
from seriatim.domain.limits import LOCK_WAIT_MS_MAX
from seriatim.domain.register import moment_text
from seriatim.store.queries import statements
from seriatim.store.session import Row

APSW_SQLITE_MIN = 3_052_000
_READER_WAIT_MS_MAX = 250

Result = TypeVar("Result")


class SqliteValues:
    """Numbers as text of 20 digits, days and moments as ISO text: all sort as they count."""

    def number_in(self, number: int) -> str:
        return f"{number:020d}"

    def number_out(self, stored: str) -> int:
        return int(stored)

    def date_in(self, day: date) -> str:
        return day.isoformat()

    def date_out(self, stored: str) -> date:
        return date.fromisoformat(stored)

    def moment_in(self, moment: datetime) -> str:
        return moment_text(moment)

    def moment_out(self, stored: str) -> datetime:
        return datetime.fromisoformat(stored)

    def list_in(self, items: list[str] | list[int]) -> str:
        return json.dumps(items)


class SqliteSession:
    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.values = SqliteValues()
        self._statements = statements("sqlite")

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        return self._translated(
            lambda: self.connection.execute(self._statements[query], parameters).fetchall()
        )

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        self._translated(lambda: self.connection.execute(self._statements[query], parameters))
        return self.connection.changes()

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        changed_before = self.connection.total_changes()
        self._translated(lambda: self.connection.executemany(self._statements[query], parameters))
        return self.connection.total_changes() - changed_before

    def execute_later(self, query: str, parameters: list[dict[str, Any]]) -> None:
        self.execute_many(query, parameters)

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        return self._translated(
            lambda: self.connection.executemany(self._statements[query], parameters).fetchall()
        )

    def savepoint(self) -> None:
        self.run("SAVEPOINT work")

    def undo_to_savepoint(self) -> None:
        self.run("ROLLBACK TO work")

    def run(self, script: str) -> None:
        self._translated(lambda: self.connection.execute(script).fetchall())

    def _translated(self, run: Callable[[], Result]) -> Result:
        try:
            return run()
        except apsw.Error as error:
            raise translated_error(error) from error


def translated_error(error: apsw.Error) -> Exception:
    """The error of ours that an SQLite error means; the error itself where it is a defect."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Conflict("the database is locked by another program", detail=detail)
    outside = (
        apsw.FullError,
        apsw.IOError,
        apsw.CantOpenError,
        apsw.ReadOnlyError,
        apsw.CorruptError,
        apsw.NotADBError,
        apsw.PermissionsError,
        apsw.InterruptError,
        apsw.NoMemError,
    )
    if isinstance(error, outside):
        return StoreUnavailable("the database cannot be used at the moment", detail=detail)
    return error


class SqliteDatabase:
    """One file, one writing connection in this process, and readers that never wait for it.

    Errors: StoreRefused when the file cannot be opened safely.
    """

    name = "sqlite"
    reads_inline = True

    def __init__(self, path: str) -> None:
        self.path = path
        if apsw.SQLITE_VERSION_NUMBER < APSW_SQLITE_MIN:
            raise StoreRefused(f"SQLite {apsw.sqlite_lib_version()} is too old: WAL can corrupt")
        # Whichever way leads to the file, there is one lock beside it.
        self._lock_path = Path(f"{Path(path).resolve()}.lock")
        self._writing = threading.Lock()
        self._server_lock: IO[bytes] | None = None
        self._idle_readers: list[SqliteSession] = []
        self._all_sessions: list[SqliteSession] = []
        self._watcher: SqliteSession | None = None
        self._writer = self._connect(LOCK_WAIT_MS_MAX)

    def _connect(self, wait_ms_max: int) -> SqliteSession:
        try:
            connection = apsw.Connection(self.path, statementcachesize=200)
            connection.set_busy_timeout(wait_ms_max)
            mode = connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("foreign_keys", True)
            connection.pragma("trusted_schema", False)
            # Otherwise a statement that joins is prepared anew whenever a value bound to it changes,
            # which takes several times as long as to run it.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, True)
        except apsw.Error as error:
            message = f"cannot open the SQLite database '{self.path}': {error}"
            raise StoreRefused(message) from error
        if mode != "wal":
            raise StoreRefused(f"'{self.path}' cannot be used in WAL mode (it is in '{mode}')")
        session = SqliteSession(connection)
        self._all_sessions.append(session)
        return session

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        """Each statement sees the database as it is now."""
        try:
            session = self._idle_readers.pop()
        except IndexError:
            session = self._connect(_READER_WAIT_MS_MAX)
        try:
            yield session
        finally:
            self._idle_readers.append(session)

    def data_version(self) -> int | None:
        """Asked of one connection that writes nothing: it sees every commit, of any process.

        Cost: about 3 microseconds.
        """
        if self._watcher is None:
            self._watcher = self._connect(_READER_WAIT_MS_MAX)
        try:
            version: int = self._watcher.connection.pragma("data_version")
        except apsw.Error as error:
            raise translated_error(error) from error
        return version

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        """One transaction at a time, durable when the block ends; undone when it raises."""
        if not self._writing.acquire(timeout=LOCK_WAIT_MS_MAX / 1000):
            raise StoreUnavailable(_BUSY)
        try:
            self._begin()
            try:
                yield self._writer
                self._commit()
            finally:
                if self._writer.connection.in_transaction:
                    self._writer.connection.execute("ROLLBACK")
        finally:
            self._writing.release()

    def _begin(self) -> None:
        try:
            self._writer.run("BEGIN IMMEDIATE")
        except Conflict as conflict:
            raise StoreUnavailable(_BUSY, detail=conflict.detail) from conflict

    def _commit(self) -> None:
        """Errors: OutcomeUnknown when the file could not be written to its end.

        The transaction is undone then, but what had reached the file could come back to life if
        the machine failed before the next commit writes over it.
        """
        try:
            self._writer.run("COMMIT")
        except Conflict as conflict:
            raise StoreUnavailable(_BUSY, detail=conflict.detail) from conflict
        except StoreUnavailable as failure:
            raise OutcomeUnknown(_OUTCOME_UNKNOWN, detail=failure.detail) from failure

    def hold_server_lock(self) -> None:
        """Make this process the one server of the file. Errors: StoreRefused if there is one."""
        lock_file = self._lock_path.open("ab")  # held until close()
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock_file.close()
            message = (
                f"another server already uses '{self.path}'; SQLite serves one process, "
                "PostgreSQL any number"
            )
            raise StoreRefused(message) from error
        self._server_lock = lock_file

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        """Keeps a running server's tables from changing under it."""
        with self._lock_path.open("ab") as lock_file:
            if self._server_lock is None:
                try:
                    fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    message = f"a server uses '{self.path}': stop it before migrating"
                    raise StoreRefused(message) from error
            yield

    def run_script(self, session: SqliteSession, script: str) -> None:
        session.run(script)

    def has_table(self, session: SqliteSession, table: str) -> bool:
        found = session.connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table", {"table": table}
        )
        return found.fetchone() is not None

    def close(self) -> None:
        for session in self._all_sessions:
            session.connection.close()
        if self._server_lock is not None:
            self._server_lock.close()


_BUSY = "the database is busy; nothing was changed"
_OUTCOME_UNKNOWN = (
    "the database could not finish the transaction; it may have been carried out. "
    "Repeat the request with the same Idempotency-Key to learn which"
)
