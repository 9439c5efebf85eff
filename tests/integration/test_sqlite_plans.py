"""SQLite finds the rows of every statement by an index, and not by walking an entity or a series.

It plans by the schema alone, as a database in use has no statistics: nobody runs ANALYZE on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import apsw
import pytest

from seriatim.store.queries import statements

# Read from end to end on purpose.
WHOLE_SERIES = {"count_entries"}
LONG = {
    "seriatim_register",
    "seriatim_series",
    "seriatim_number_text",
    "seriatim_idempotency_key",
    "seriatim_document",
    "seriatim_account",
}
OF_AN_ENTITY = {"sequence_set", "sequence_set_key", "set_numbering", "prefix_owner"} | {
    *("document", "document_item", "application", "account", "audit_entry", "open_hold"),
    *("checkpoint", "number_text", "import_upload", "import_part", "certificate"),
}
# Those that follow an index in its order, and end early; and the few uploads of an entity.
IN_ORDER = {"find_last_account_position", "find_set_position", "list_sets_by_name_backwards"} | {
    *("count_holds", "count_import_uploads", "list_holds_by_deadline")
}
STEP = re.compile(r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?:.*?\((?P<bounds>.*)\))?")
OWNER = {"tenant_id=?", "entity_id=?", "series_id=?"}


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    yield connection
    connection.close()


def steps(connection: apsw.Connection, statement: str) -> list[tuple[str, str, set[str]]]:
    """How each table is read: `SCAN` or `SEARCH`, which, and the bounds of a search."""
    names = set(re.findall(r":([a-z_]+)", statement))
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(names, "1"))
    tables = _aliases(statement)
    found = []
    for row in plan:
        step = STEP.match(str(row[3]))
        if step is not None:
            bounds = set((step["bounds"] or "").split(" AND "))
            found.append((step["how"], tables.get(step["table"], step["table"]), bounds))
    return found


def _aliases(statement: str) -> dict[str, str]:
    pairs = re.findall(r"(?:FROM|JOIN)\s+(\w+)\s+([a-z]\w?)\b", statement)
    return {alias: table for table, alias in pairs}


def needs_a_plan(statement: str) -> bool:
    return not statement.lstrip().upper().startswith(("INSERT", "CREATE"))


@pytest.mark.parametrize(
    "query", sorted(name for name, text in statements("sqlite").items() if needs_a_plan(text))
)
def test_statement_reads_no_long_table_from_end_to_end(
    connection: apsw.Connection, query: str
) -> None:
    for how, table, bounds in steps(connection, statements("sqlite")[query]):
        assert how == "SEARCH" or table not in LONG, (query, table)
        if table == "seriatim_register" and query not in WHOLE_SERIES:
            assert bounds - OWNER, f"{query} walks a whole series or entity"
        if table == "seriatim_series":
            assert bounds - {"tenant_id=?", "entity_id=?"}, f"{query} walks all series of an entity"


@pytest.mark.parametrize(
    "query", sorted(name for name, text in statements("sqlite").items() if needs_a_plan(text))
)
def test_statement_walks_no_entity(connection: apsw.Connection, query: str) -> None:
    """However many sets, documents and accounts the entity has."""
    for _, table, bounds in steps(connection, statements("sqlite")[query]):
        if table.removeprefix("seriatim_") in OF_AN_ENTITY and query not in IN_ORDER:
            assert bounds - {"tenant_id=?", "entity_id=?"}, f"{query} walks {table}"


def test_check_notices_a_statement_that_walks(connection: apsw.Connection) -> None:
    walking = {
        "SELECT hash FROM seriatim_register": ("SCAN", "seriatim_register", {""}),
        "SELECT r.hash FROM seriatim_register r WHERE r.tenant_id = :t AND r.entity_id = :e": (
            "SEARCH",
            "seriatim_register",
            {"tenant_id=?", "entity_id=?"},
        ),
    }
    for statement, expected in walking.items():
        assert steps(connection, statement) == [expected]


def test_sets_are_counted_in_an_index_alone(connection: apsw.Connection) -> None:
    """One set read for each set passed took a fifth of a second for a hundred thousand."""
    statement = statements("sqlite")["find_set_position"]
    names = set(re.findall(r":([a-z_]+)", statement))
    (step,) = connection.execute(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(names, "1"))
    assert "COVERING INDEX seriatim_sequence_set_in_order" in str(step[3])
