"""The caller's own connection: recognised, unwrapped, and made a database of ours.

Writes go through the caller's open transaction, under a savepoint: they neither commit nor roll it
back, and a failed one leaves it as it was.
Source: contract/numbering.md, Inside your own transaction; ADR 11.
"""

from __future__ import annotations

import inspect
import sqlite3
import sys
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import apsw

from seriatim.domain.errors import StoreRefused
from seriatim.store.own_sqlite import OwnSqliteDatabase
from seriatim.store.own_sqlite_library import (
    ApswLibrary,
    SqliteModuleLibrary,
    StandardConnection,
)
from seriatim.store.session import Session

if TYPE_CHECKING:
    from seriatim.store.own_postgres import DatabasePlace, OwnPostgresDatabase

ACCEPTED = (
    "a connection of SQLAlchemy 2 (over psycopg 3 or sqlite3), psycopg 3, apsw or sqlite3, "
    "with its transaction open"
)
# Modules with the interface and the transactions of Python's own sqlite3, built on another SQLite.
_SQLITE_MODULES = {"sqlite3", "pysqlite3"}


def own_database(connection: object) -> OwnSqliteDatabase | OwnPostgresDatabase:
    """The database behind a connection that somebody else opened and will close.

    Errors: StoreRefused for anything but a synchronous connection of a driver we know.
    """
    driver = _driver_connection(connection)
    if isinstance(driver, apsw.Connection):
        return OwnSqliteDatabase(ApswLibrary(driver))
    modules = {one.__module__.partition(".")[0] for one in type(driver).__mro__}
    if isinstance(driver, sqlite3.Connection) or modules & _SQLITE_MODULES:
        return OwnSqliteDatabase(SqliteModuleLibrary(cast("StandardConnection", driver)))
    if "psycopg" in modules:
        return _own_postgres(driver)
    raise _not_accepted(driver)


def _not_accepted(connection: object) -> StoreRefused:
    name = f"{type(connection).__module__}.{type(connection).__qualname__}"
    return StoreRefused(f"'connection' must be {ACCEPTED}, not {name}")


def postgres_place(session: Session) -> DatabasePlace:
    """Where a session of the store's own works."""
    return _own_postgres(getattr(session, "connection", None)).facts().place


def _own_postgres(driver: object) -> OwnPostgresDatabase:
    import psycopg

    from seriatim.store.own_postgres import OwnPostgresDatabase

    if not isinstance(driver, psycopg.Connection):
        raise _not_accepted(driver)
    return OwnPostgresDatabase(driver)


def sqlite_file(url: str) -> str | None:
    """The file that a database URL names; None for a server's."""
    return unquote(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def _driver_connection(connection: object) -> object:
    """What lies beneath an SQLAlchemy connection; another connection is itself."""
    _refuse_asynchronous(connection)
    engine = sys.modules.get("sqlalchemy.engine")
    if engine is None or not isinstance(connection, engine.Connection):
        return connection
    wrapping: Any = connection
    if wrapping.closed:
        raise StoreRefused("the SQLAlchemy connection is closed")
    if not wrapping.in_transaction():
        # As its own execute() would: only so does a later commit() know that there is something.
        wrapping.begin()
    driver: object = wrapping.connection.driver_connection
    _refuse_asynchronous(driver)
    return driver


def _refuse_asynchronous(connection: object) -> None:
    if inspect.iscoroutinefunction(getattr(connection, "commit", None)) or (
        inspect.iscoroutinefunction(getattr(connection, "execute", None))
    ):
        message = (
            f"{type(connection).__qualname__} is asynchronous: 'connection' must be {ACCEPTED}"
        )
        raise StoreRefused(message)
