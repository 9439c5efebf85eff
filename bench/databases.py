"""Databases for the benchmarks: each new, founded, and with as many sets as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final, Literal
from uuid import uuid4

import psycopg

from bench.contest import Place
from bench.filling import fill
from bench.service import Founding, new_founding
from seriatim.domain.document_type import DocumentType

Database = Literal["SQLite", "PostgreSQL"]
DATABASES: Final[tuple[Database, ...]] = ("SQLite", "PostgreSQL")

POSTGRES_SETTINGS: Final = {"shared_buffers": "256MB", "max_wal_size": "4GB"}
"""For the server of the benchmarks; all else is as in the tests, fsync and all."""


@contextmanager
def founded_database(
    place: Place,
    database: Database,
    *,
    sets: int = 0,
    document_types: Sequence[DocumentType] = tuple(DocumentType),
) -> Iterator[Founding]:
    """A database with DEFAULT and so many sets behind it; it ends with the block."""
    with _empty_database(place, database) as url:
        founding = new_founding(url)
        with founding.store() as store:
            fill(store, founding.founded, sets, document_types)
        if database == "PostgreSQL":
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")  # as autovacuum would have done by then
        yield founding


@contextmanager
def _empty_database(place: Place, database: Database) -> Iterator[str]:
    if database == "SQLite":
        with TemporaryDirectory(dir=place.folder, prefix="sqlite-") as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    name = f"bench_{uuid4().hex[:12]}"
    yield place.postgres.create_database(name)
    place.postgres.drop_database(name)
