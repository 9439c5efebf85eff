"""The named SQL statements, loaded once for each database.

Common statements stand in `sql/*.sql`; one that must differ stands under the same name in
`sql/sqlite/` and `sql/postgres/`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import aiosql

Database = Literal["sqlite", "postgres"]

_AIOSQL_DRIVERS = {"sqlite": "apsw", "postgres": "psycopg"}


@cache
def statements(database: Database) -> dict[str, str]:
    """Every statement by its name, in the parameter style of the database's driver."""
    found: dict[str, str] = {}
    folder = files("seriatim.store") / "sql"
    for place in (folder, folder / database):
        for file in place.iterdir():
            if not file.name.endswith(".sql"):
                continue
            queries = aiosql.from_str(
                file.read_text(encoding="utf-8"),
                _AIOSQL_DRIVERS[database],
                mandatory_parameters=False,
            )
            for name in queries.available_queries:
                if name.endswith("_cursor"):
                    continue
                if name in found:
                    raise ValueError(f"two statements are named {name}")
                found[name] = getattr(queries, name).sql
    return found
