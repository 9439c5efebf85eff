"""Writing to SQLite through the caller's connection, whichever library it was made with.

No connection of our own is opened: two copies of SQLite in one process break each other's locks.
Source: design: data model, point 10; ADR 11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apsw

from seriatim.domain.errors import Conflict, StoreRefused, StoreUnavailable
from seriatim.store.own_sqlite_library import Parameters, SqliteLibrary
from seriatim.store.queries import statements
from seriatim.store.session import Row, Session
from seriatim.store.sqlite import SqliteValues

Result = TypeVar("Result")

_SAVEPOINT = "seriatim_own"
_INNER_SAVEPOINT = "seriatim_own_work"
# A write that changes nothing: the caller's BEGIN may have been a deferred one.
_TAKE_WRITE_LOCK = "UPDATE seriatim_store_state SET singleton = singleton WHERE FALSE"

_SQLITE_ERROR = 1
_BUSY_CODES = frozenset({5, 6})  # BUSY, LOCKED
_BUSY_SNAPSHOT = 517
# PERM, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB
_OUTSIDE_CODES = frozenset({3, 7, 8, 9, 10, 11, 13, 14, 26})


@dataclass(frozen=True, slots=True)
class SqliteFacts:
    """What decides whether numbers may be written through a connection.

    Shape: `file` is empty for a database in memory; `synchronous` is the pragma's number.
    """

    file: str
    version: tuple[int, ...]
    journal_mode: str
    synchronous: int


class OwnSqliteSession:
    def __init__(self, library: SqliteLibrary) -> None:
        self.library = library
        self.values = SqliteValues()
        self._statements = statements("sqlite")

    def rows(self, query: str, parameters: Parameters) -> list[Row]:
        return self.run(self._statements[query], parameters)

    def execute(self, query: str, parameters: Parameters) -> int:
        return self.execute_many(query, [parameters])

    def execute_many(self, query: str, parameters: list[Parameters]) -> int:
        changed_before = self.library.changes()
        self.rows_many(query, parameters)
        return self.library.changes() - changed_before

    def execute_later(self, query: str, parameters: list[Parameters]) -> None:
        self.execute_many(query, parameters)

    def rows_many(self, query: str, parameters: list[Parameters]) -> list[Row]:
        return [row for one in parameters for row in self.rows(query, one)]

    def savepoint(self) -> None:
        self.run(f"SAVEPOINT {_INNER_SAVEPOINT}")

    def undo_to_savepoint(self) -> None:
        self.run(f"ROLLBACK TO {_INNER_SAVEPOINT}")

    def run(self, statement: str, parameters: Parameters | None = None) -> list[Row]:
        return self.translated(lambda: self.library.run(statement, parameters or {}))

    def translated(self, run: Callable[[], Result]) -> Result:
        try:
            return run()
        except self.library.errors as error:
            raise _translated_error(error, self.library.error_code(error)) from error


def _translated_error(error: Exception, code: int) -> Exception:
    """The error of ours that an SQLite error means; the error itself where it is a defect."""
    detail = f"{type(error).__name__}: {error}"
    if code == _BUSY_SNAPSHOT:
        return Conflict(_OVERTAKEN, detail=detail)
    if code & 0xFF in _BUSY_CODES:
        return Conflict("the database is locked by another connection", detail=detail)
    if code & 0xFF in _OUTSIDE_CODES:
        return StoreUnavailable("the database cannot be used at the moment", detail=detail)
    return error if code else StoreRefused(f"the connection cannot be used: {error}")


class OwnSqliteDatabase:
    """One file, seen through one connection that is not ours to begin, commit or close."""

    name = "sqlite"
    reads_inline = True

    def __init__(self, library: SqliteLibrary) -> None:
        self.library = library
        self._session = OwnSqliteSession(library)

    def facts(self) -> SqliteFacts:
        """Errors: StoreRefused for a connection that is closed or of another thread."""
        run = self._session.run
        ((version,),) = run("SELECT sqlite_version()")
        ((journal_mode,),) = run("PRAGMA journal_mode")
        ((synchronous,),) = run("PRAGMA synchronous")
        files = {row[1]: row[2] for row in run("PRAGMA database_list")}
        return SqliteFacts(
            file=files.get("main") or "",
            version=tuple(map(int, version.split("."))),
            journal_mode=journal_mode,
            synchronous=synchronous,
        )

    @contextmanager
    def read(self) -> Iterator[OwnSqliteSession]:
        """What the caller's transaction sees, or, outside one, the database as it is now."""
        yield self._session

    @contextmanager
    def write(self) -> Iterator[OwnSqliteSession]:
        """Inside the caller's transaction, under the file's write lock; undone when it raises.

        Errors: StoreRefused without an open transaction; Conflict if the lock is not free within
            the connection's own busy timeout, or the transaction has read what is now outdated.
        """
        has_begun = self._begin()
        try:
            self._take_write_lock()
            self._session.run(f"SAVEPOINT {_SAVEPOINT}")
            try:
                yield self._session
            except BaseException:
                self._undo(f"ROLLBACK TO {_SAVEPOINT}")
                raise
            finally:
                self._undo(f"RELEASE {_SAVEPOINT}")
        except BaseException:
            if has_begun:
                self._undo("ROLLBACK")
            raise

    def _begin(self) -> bool:
        """Whether the transaction is one that the library would have begun by itself."""
        if self.library.in_transaction():
            return False
        if not self.library.begins_by_itself():
            raise StoreRefused("the connection has no open transaction: run BEGIN IMMEDIATE first")
        self._session.run("BEGIN IMMEDIATE")
        return True

    def _take_write_lock(self) -> None:
        try:
            self._session.run(_TAKE_WRITE_LOCK)
        except self.library.errors as error:
            # Without tables yet: the first statement that makes one takes the lock.
            if self.library.error_code(error) != _SQLITE_ERROR or self.has_table(
                self._session, "seriatim_store_state"
            ):
                raise

    def _undo(self, statement: str) -> None:
        """SQLite itself has undone the whole transaction where the disk was full, and the like."""
        if self.library.in_transaction():
            self._session.run(statement)

    def data_version(self) -> int | None:
        """None: what the caller's transaction has changed does not count in it."""
        return None

    def hold_server_lock(self) -> None:
        """A connection of the caller's serves nobody."""

    def migration_lock(self) -> AbstractContextManager[None]:
        """The write lock is held, and only an empty file gets its tables through here."""
        return nullcontext()

    def run_script(self, session: OwnSqliteSession, script: str) -> None:
        """One statement at a time: sqlite3 commits before it runs a script."""
        for statement in _statements_of(script):
            session.run(statement)

    def has_table(self, session: Session, table: str) -> bool:
        """As the caller's transaction sees it. `session` is the only one there is."""
        found = self._session.run(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table", {"table": table}
        )
        return bool(found)

    def close(self) -> None:
        """The caller's to close."""


def file_identity(file: str) -> tuple[int, int] | None:
    """What makes two paths the same file; None where there is none."""
    try:
        found = Path(file).stat() if file else None
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def _statements_of(script: str) -> Iterator[str]:
    """The statements of a script; a trigger holds semicolons of its own."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if line.rstrip().endswith(";") and apsw.complete(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


_OVERTAKEN = (
    "the transaction has read what another connection has changed since; roll it back and begin "
    "with BEGIN IMMEDIATE"
)
