"""Both databases have the same tables and columns, and both understand every statement."""

from __future__ import annotations

import re
from typing import Any

import pytest

from seriatim.store.queries import statements
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import execute

# What a type of PostgreSQL is in SQLite.
TYPES = {
    "uuid": "TEXT",
    "text": "TEXT",
    "numeric": "TEXT",
    "date": "TEXT",
    "timestamp with time zone": "TEXT",
    "boolean": "INTEGER",
    "integer": "INTEGER",
    "bigint": "INTEGER",
    "smallint": "INTEGER",
    "bytea": "BLOB",
}


def _postgres_columns(store: SqlStore) -> dict[str, dict[str, tuple[str, bool]]]:
    rows = execute(
        store,
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'public'",
    )
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, nullable in rows:
        found.setdefault(table, {})[column] = (TYPES[kind], nullable == "YES")
    return found


def _sqlite_columns(store: SqlStore) -> dict[str, dict[str, tuple[str, bool]]]:
    rows = execute(
        store,
        'SELECT t.name, c.name, c.type, c."notnull" OR c.pk > 0 FROM sqlite_schema t '
        "JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, is_required in rows:
        found.setdefault(table, {})[column] = (kind.upper(), not is_required)
    return found


def test_tables_and_columns_are_the_same(
    sqlite_shared_store: SqlStore, postgres_shared_store: SqlStore
) -> None:
    ours, theirs = _sqlite_columns(sqlite_shared_store), _postgres_columns(postgres_shared_store)
    assert ours.keys() == theirs.keys()
    for table in ours.keys() - {"seriatim_schema_migration"}:
        assert ours[table] == theirs[table], table


def test_column_order_is_the_same(
    sqlite_shared_store: SqlStore, postgres_shared_store: SqlStore
) -> None:
    """A copy of one database fits into the other."""
    ours, theirs = (
        {table: list(columns) for table, columns in catalogue.items()}
        for catalogue in (
            _sqlite_columns(sqlite_shared_store),
            _postgres_columns(postgres_shared_store),
        )
    )
    assert ours == {table: theirs[table] for table in ours}


def _indexes(store: SqlStore, query: str) -> dict[str, tuple[str, str, bool]]:
    """Of each named index its table, its columns and whether it has a condition."""
    found = {}
    for table, name, definition in execute(store, query):
        columns, _, condition = re.sub(r"\s+", " ", definition).partition(" WHERE ")
        inner = columns[columns.rindex("(") : columns.rindex(")")]
        found[name] = (table, re.sub(r"[^a-z_,]", "", inner), bool(condition))
    return found


def test_indexes_are_the_same(
    sqlite_shared_store: SqlStore, postgres_shared_store: SqlStore
) -> None:
    ours = _indexes(
        sqlite_shared_store,
        "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    )
    theirs = _indexes(
        postgres_shared_store,
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'",
    )
    assert ours == theirs


def test_every_table_is_strict_in_sqlite(sqlite_shared_store: SqlStore) -> None:
    rows = execute(
        sqlite_shared_store,
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict "
        "AND name NOT LIKE 'sqlite_%' AND schema = 'main'",
    )
    assert [name for (name,) in rows] == ["seriatim_schema_migration"]


def test_every_table_of_an_entity_leads_with_its_tenant_and_entity(
    postgres_shared_store: SqlStore,
) -> None:
    """A distributed database can place the rows. Source: design/architecture.md, Decisions."""
    columns = _postgres_columns(postgres_shared_store)
    for table, names in columns.items():
        if "entity_id" in names and table not in {
            "seriatim_oauth_client_entity",
            "seriatim_idempotency_key",
        }:
            assert list(names)[:2] == ["tenant_id", "entity_id"], table
    foreign = execute(
        postgres_shared_store, "SELECT conname FROM pg_constraint WHERE contype = 'f'"
    )
    serial = execute(postgres_shared_store, "SELECT relname FROM pg_class WHERE relkind = 'S'")
    assert (foreign, serial) == ([], [])


@pytest.mark.parametrize("name", sorted(statements("postgres")))
def test_statement_is_understood_by_postgres(name: str, postgres_shared_store: SqlStore) -> None:
    text = statements("postgres")[name]
    nothing: dict[str, Any] = dict.fromkeys(re.findall(r"%\((\w+)\)s", text))
    with postgres_shared_store.database.read() as session:
        session.connection.execute(f"EXPLAIN {text}".encode(), nothing)


@pytest.mark.parametrize("name", sorted(statements("sqlite")))
def test_statement_is_understood_by_sqlite(name: str, sqlite_shared_store: SqlStore) -> None:
    text = statements("sqlite")[name]
    nothing: dict[str, Any] = dict.fromkeys(re.findall(r"(?<![:\w]):(\w+)", text))
    with sqlite_shared_store.database.read() as session:
        session.connection.execute(f"EXPLAIN {text}", nothing)


def test_statements_are_the_same_on_both() -> None:
    assert statements("sqlite").keys() == statements("postgres").keys()
