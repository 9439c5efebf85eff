"""A register filled by the million stands as if its numbers had been issued one by one."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import apsw
import psycopg
import pytest

from bench.callers import invoice_series
from bench.contest import Place
from bench.databases import DATABASES, Database, founded_database
from bench.filling_register import fill_register
from bench.service import Founding
from seriatim import Numbering
from tests.postgres_server import PostgresServer

ENTRIES = 70_000  # three days' worth


@pytest.mark.parametrize("database", DATABASES)
def test_filled_register_is_that_of_as_many_issues(
    tmp_path: Path, postgres_server: PostgresServer, database: Database
) -> None:
    place = Place(tmp_path, postgres_server, ExitStack())
    with founded_database(place, database) as founding:
        before = _schema(founding)
        fill_register(founding, ENTRIES)
        assert _schema(founding) == before
        series, _ = invoice_series(founding)
        with founding.store() as store, store.read() as transaction:
            books = transaction.books(series.key.tenant_id, series.key.entity_id)
            (last,) = books.list_entries(
                series.key.series_id, after_entry_number=ENTRIES - 1, row_count=5
            )
            assert books.count_entries(series.key.series_id) == ENTRIES
        assert (series.last_number, series.last_entry_number) == (ENTRIES, ENTRIES)
        assert series.issued_count == ENTRIES
        assert (series.head_hash, series.last_document_date) == (
            last.hash,
            last.content.document_date,
        )
        with Numbering(founding.url) as numbering:
            assert numbering.issue("invoice").number == f"INV{ENTRIES + 1:08d}"
            assert numbering.explain("INV00000007").number == "INV00000007"


def _schema(founding: Founding) -> set[tuple[str, ...]]:
    """The register's indexes and triggers."""
    if founding.url.startswith("postgresql"):
        with psycopg.connect(founding.url) as connection:
            return set(
                connection.execute(
                    "SELECT indexdef FROM pg_indexes WHERE tablename = 'seriatim_register'"
                )
            )
    with closing(apsw.Connection(founding.url.removeprefix("sqlite:///"))) as file:
        return set(
            file.execute(
                "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'seriatim_register'"
            )
        )
