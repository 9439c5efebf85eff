"""The SQLite file that a database URL names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from seriatim.domain.errors import StoreRefused

_SQLITE = "sqlite:///"


def is_sqlite(database_url: str) -> bool:
    return database_url.startswith(_SQLITE)


def refuse_missing_file(database_url: str) -> None:
    """An SQLite file comes into being by `init` and `serve`, never by a typing error.

    Errors: StoreRefused.
    """
    if is_sqlite(database_url):
        path = Path(unquote(database_url.removeprefix(_SQLITE)))
        if not path.exists():
            raise StoreRefused(f"there is no database at {path}: run 'seriatim init'")
