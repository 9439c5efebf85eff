"""The libraries through which a caller's connection to SQLite may have been made.

Shape: each gets a cursor of its own, so that the caller's row and text factories are left alone
and do not matter.
"""

from __future__ import annotations

from typing import Any, Protocol

import apsw

from seriatim.domain.errors import StoreRefused
from seriatim.store.session import Row

Parameters = dict[str, Any]

_LEGACY_TRANSACTIONS = -1  # sqlite3.LEGACY_TRANSACTION_CONTROL, of Python 3.12


class SqliteLibrary(Protocol):
    """What apsw and the modules like sqlite3 do differently."""

    name: str
    errors: type[Exception]

    def run(self, statement: str, parameters: Parameters) -> list[Row]: ...
    def changes(self) -> int:
        """How many rows the connection has changed since it was opened."""
        ...

    def in_transaction(self) -> bool: ...
    def begins_by_itself(self) -> bool:
        """Whether the library would open a transaction before the next write."""
        ...

    def error_code(self, error: Exception) -> int:
        """SQLite's extended result code; 0 for an error of the library's own."""
        ...


class ApswLibrary:
    name = "apsw"
    errors: type[Exception] = apsw.Error

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        try:
            self._cursor = apsw.Cursor(connection)
            self._cursor.row_trace = lambda _, row: row  # the caller's would make other rows
        except apsw.Error as error:
            raise StoreRefused(f"the connection cannot be used: {error}") from error

    def run(self, statement: str, parameters: Parameters) -> list[Row]:
        return self._cursor.execute(statement, parameters).fetchall()

    def changes(self) -> int:
        return self._connection.total_changes()

    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def begins_by_itself(self) -> bool:
        return False

    def error_code(self, error: Exception) -> int:
        return getattr(error, "extendedresult", 0)


class StandardCursor(Protocol):
    row_factory: Any

    def execute(self, statement: str, parameters: Parameters, /) -> object: ...
    def fetchall(self) -> list[Any]: ...


class StandardConnection(Protocol):
    """The connections of sqlite3 and of modules built like it."""

    isolation_level: str | None
    text_factory: Any

    @property
    def in_transaction(self) -> bool: ...
    @property
    def total_changes(self) -> int: ...
    @property
    def Error(self) -> type[Exception]: ...  # noqa: N802 - the name that PEP 249 gives it
    def cursor(self) -> StandardCursor: ...


class SqliteModuleLibrary:
    name = "sqlite3"

    def __init__(self, connection: StandardConnection) -> None:
        self._connection = connection
        self.errors = connection.Error
        try:
            self._cursor = connection.cursor()
        except self.errors as error:
            raise StoreRefused(f"the connection cannot be used: {error}") from error
        self._cursor.row_factory = None

    def run(self, statement: str, parameters: Parameters) -> list[Row]:
        text_factory = self._connection.text_factory
        self._connection.text_factory = str
        try:
            self._cursor.execute(statement, parameters)
            return self._cursor.fetchall()
        finally:
            self._connection.text_factory = text_factory

    def changes(self) -> int:
        return self._connection.total_changes

    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def begins_by_itself(self) -> bool:
        autocommit = getattr(self._connection, "autocommit", _LEGACY_TRANSACTIONS)
        is_legacy: bool = autocommit == _LEGACY_TRANSACTIONS
        return is_legacy and self._connection.isolation_level is not None

    def error_code(self, error: Exception) -> int:
        return getattr(error, "sqlite_errorcode", 0)
