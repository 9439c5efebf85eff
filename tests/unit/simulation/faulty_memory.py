"""A database in memory: the statements of SQLite without its disk, for thousands of lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import apsw

from seriatim.store.migrate import migrate
from seriatim.store.sqlite import SqliteDatabase, SqliteSession
from tests.faulty_store import FaultyStore


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


class FaultyMemory(FaultyStore):
    def __init__(self) -> None:
        super().__init__(MemoryDatabase(_migrated()))
