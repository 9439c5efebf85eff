"""The database itself refuses to change what was written for good."""

from __future__ import annotations

import apsw
import psycopg
import pytest

from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, execute, insert_statement, new_desk
from tests.samples import new_set

TABLES = {
    "seriatim_register": "actor = 'nobody'",
    "seriatim_audit_entry": "actor = 'nobody'",
    "seriatim_checkpoint": "key_id = 'x'",
}
REFUSED = (apsw.ConstraintError, psycopg.errors.IntegrityConstraintViolation)


UPSERT = (
    "INSERT INTO {table} SELECT * FROM {table} WHERE entity_id = :entity_id "
    "ON CONFLICT (tenant_id, entity_id, {key}) DO UPDATE SET {change}"
)


@pytest.fixture
def written(desk: Desk) -> Desk:
    """A row in each of the tables."""
    return _written(desk)


@pytest.fixture
def written_in_sqlite(sqlite_shared_store: SqlStore) -> Desk:
    return _written(new_desk(sqlite_shared_store))


def _written(desk: Desk) -> Desk:
    desk.create(new_set("EU", invoice=("EU-", 1)))
    desk.issue(sequence_set="EU", count=5)
    series = desk.series("EU-")
    checkpoint: dict[str, object] = {
        "tenant_id": series.key.tenant_id,
        "entity_id": series.key.entity_id,
        "series_id": series.key.series_id,
        "entry_number": 1,
        "head_hash": series.head_hash,
        "last_number": "00000000000000000005",
        "key_id": "k",
        "signature": b"s" * 64,
        "signed_at": "2026-11-23T12:00:00.000000Z",
    }
    execute(desk.store, insert_statement("seriatim_checkpoint", checkpoint), checkpoint)
    return desk


def _rows(desk: Desk, table: str) -> list[object]:
    statement = f"SELECT * FROM {table} WHERE entity_id = :entity_id"
    rows: list[object] = execute(desk.store, statement, {"entity_id": desk.caller.entity_id})
    return rows


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {change} WHERE entity_id = :entity_id",
        "UPDATE {table} SET entity_id = entity_id WHERE entity_id = :entity_id",
        "DELETE FROM {table} WHERE entity_id = :entity_id",
        UPSERT,
    ],
)
def test_change_of_what_was_written_for_good_is_refused(
    written: Desk, table: str, statement: str
) -> None:
    before = _rows(written, table)
    assert before
    key = "audit_number" if table == "seriatim_audit_entry" else "series_id, entry_number"
    text = statement.format(table=table, change=TABLES[table], key=key)
    if written.store.database.name == "sqlite":
        text = text.replace(" ON CONFLICT", " AND true ON CONFLICT")
    with pytest.raises(REFUSED):
        execute(written.store, text, {"entity_id": written.caller.entity_id})
    assert _rows(written, table) == before


@pytest.mark.parametrize("table", TABLES)
def test_emptying_a_table_at_once_is_refused(written: Desk, table: str) -> None:
    before = _rows(written, table)
    statement = f"TRUNCATE {table}"
    if written.store.database.name == "sqlite":
        statement = f"DELETE FROM {table}"  # its own optimised way to truncate
    with pytest.raises(REFUSED, match="append-only"):
        execute(written.store, statement)
    assert _rows(written, table) == before


@pytest.mark.parametrize("table", TABLES)
def test_replacing_a_row_in_sqlite_is_refused(written_in_sqlite: Desk, table: str) -> None:
    """`INSERT OR REPLACE` deletes the old row without asking the triggers on DELETE."""
    before = _rows(written_in_sqlite, table)
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(REFUSED, match="append-only"):
        execute(written_in_sqlite.store, statement)
    assert _rows(written_in_sqlite, table) == before


def test_replacing_a_row_by_its_numbers_in_sqlite_is_refused(written_in_sqlite: Desk) -> None:
    """A new entry number, but the first number of a covering entry that is there."""
    store, before = written_in_sqlite.store, _rows(written_in_sqlite, "seriatim_register")
    columns = [row[1] for row in execute(store, "PRAGMA table_info(seriatim_register)")]
    selected = ", ".join("99" if one == "entry_number" else one for one in columns)
    statement = f"INSERT OR REPLACE INTO seriatim_register SELECT {selected} FROM seriatim_register"
    with pytest.raises(REFUSED, match="append-only"):
        execute(store, statement)
    assert _rows(written_in_sqlite, "seriatim_register") == before
