"""A database in memory that loses commits, or the answers to them, when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from functools import cache

import apsw

from seriatim.domain.errors import OutcomeUnknown, StoreUnavailable
from seriatim.store.migrate import migrate
from seriatim.store.sql_store import SqlStore, Transaction
from seriatim.store.sqlite import SqliteDatabase, SqliteSession


class Fate(Enum):
    """What becomes of a transaction."""

    WELL = auto()
    AWAY = auto()  # it cannot even begin
    LOST_AND_UNDONE = auto()  # no answer to COMMIT, and it was not done
    LOST_AND_KEPT = auto()  # no answer to COMMIT, though it was done
    CRASH_BEFORE = auto()  # the process dies before COMMIT
    CRASH_AFTER = auto()  # the process dies after COMMIT, before anybody is told


class Crash(BaseException):
    """The process is gone: nothing of it may handle this."""


class MemoryDatabase(SqliteDatabase):
    """The very statements and triggers of SQLite, on one connection and without a disk."""

    def __init__(self, template: MemoryDatabase | None = None) -> None:
        self._template = template
        super().__init__(":memory:")

    def _connect(self, _: int) -> SqliteSession:
        if not self._all_sessions:
            connection = apsw.Connection(":memory:", statementcachesize=200)
            if self._template is not None:
                source = self._template._writer.connection
                with connection.backup("main", source, "main") as copying:
                    copying.step()
            connection.pragma("foreign_keys", True)
            self._all_sessions.append(SqliteSession(connection))
        return self._all_sessions[0]

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        yield


@cache
def _migrated() -> MemoryDatabase:
    database = MemoryDatabase()
    migrate(database)
    return database


class FaultyStore(SqlStore):
    """Shape: `fates` are those of the next transactions, in order; then all goes well."""

    def __init__(self) -> None:
        super().__init__(MemoryDatabase(_migrated()))
        self.fates: list[Fate] = []

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        fate = self.fates.pop(0) if self.fates else Fate.WELL
        if fate is Fate.AWAY:
            raise StoreUnavailable("the database cannot be used at the moment")
        try:
            with super().write() as transaction:
                yield transaction
                if fate is Fate.CRASH_BEFORE:
                    raise Crash
                if fate is Fate.LOST_AND_UNDONE:
                    raise _Undone
        except _Undone:
            raise OutcomeUnknown("no answer to COMMIT") from None
        if fate is Fate.CRASH_AFTER:
            raise Crash
        if fate is Fate.LOST_AND_KEPT:
            raise OutcomeUnknown("no answer to COMMIT")


class _Undone(BaseException):
    """Undoes the transaction on its way out."""
