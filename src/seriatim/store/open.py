"""From a database URL to an open store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from seriatim.domain.errors import StoreRefused
from seriatim.store.migrate import migrate as apply_migrations
from seriatim.store.migrate import pending_migrations
from seriatim.store.sql_store import Database, SqlStore
from seriatim.store.sqlite import SqliteDatabase


def open_database(url: str, *, connections_max: int = 10) -> Database:
    """`sqlite:///file.db`, `sqlite:////absolute/file.db` or `postgresql://user@host/name`.

    Errors: StoreRefused for another URL, a missing driver or an unreachable server.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteDatabase(_sqlite_path(url))
    if scheme in {"postgresql", "postgres"}:
        try:
            from seriatim.store.postgres import PostgresDatabase
        except ImportError as error:
            message = "PostgreSQL needs its driver: pip install 'seriatim[postgres]'"
            raise StoreRefused(message) from error
        database = PostgresDatabase(url, connections_max=connections_max)
        database.open()
        return database
    raise StoreRefused(
        "the database URL must begin with sqlite:/// or postgresql://", detail=f"scheme {scheme!r}"
    )


def open_store(url: str, *, migrate: bool = False, connections_max: int = 10) -> SqlStore:
    """An open store whose tables are those of this version.

    Errors: StoreRefused if migrations are pending and `migrate` is False; SQLite is migrated
        on open, unless a server is using the file.
    """
    database = open_database(url, connections_max=connections_max)
    try:
        if migrate or database.name == "sqlite":
            apply_migrations(database)
        elif pending_migrations(database):
            message = "the database has no tables of this version yet: run 'seriatim init'"
            raise StoreRefused(message)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


def _sqlite_path(url: str) -> str:
    path = unquote(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else ""
    if not path or path == ":memory:":
        raise StoreRefused("an SQLite URL names a file: sqlite:///seriatim.db")
    folder = Path(path).parent
    if not folder.is_dir():
        raise StoreRefused(f"the folder '{folder}' for the SQLite database does not exist")
    return path
