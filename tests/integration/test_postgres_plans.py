"""Every statement finds its rows by the index it should, among ten million entries and 100 000 sets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from seriatim.store.postgres_options import connection_options
from seriatim.store.queries import statements
from tests.integration.expected_indexes import EXPECTED_INDEXES
from tests.integration.postgres_plans import (
    BUSY,
    ENTRIES,
    ENTRIES_PER_SET,
    GROWING,
    LAST_SET,
    LESSER_ROWS,
    NUMBERING,
    SETS,
    SHARED,
    TENANT,
    Plan,
    explain,
    fill,
)
from tests.postgres_server import PostgresServer

# The first test fills the database, which takes a minute: see tests/one_worker.py.
pytestmark = pytest.mark.timeout(1800)

# Read whole on purpose: they hold a row or a few.
WHOLE = {
    "get_store_state": {"seriatim_store_state"},
    "list_migrations": {"seriatim_schema_migration"},
    "list_tenants": {"seriatim_tenant"},
}


@pytest.fixture(scope="module")
def filled_url(
    postgres_server: PostgresServer, postgres_template: str, worker_id: str
) -> Iterator[str]:
    """A filled database that is only read, until the last of these tests."""
    name = f"plans_{worker_id}"
    url = postgres_server.create_database(name, template=postgres_template)
    fill(url)
    yield url
    postgres_server.drop_database(name)


@pytest.fixture(scope="module")
def connection(filled_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def tables(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The table of each index."""
    rows = connection.execute(
        "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public'"
    )
    return dict(rows.fetchall())


@pytest.mark.parametrize("query", sorted(statements("postgres")))
def test_statement_needs_to_read_no_table_from_end_to_end(
    connection: psycopg.Connection[Any], query: str
) -> None:
    """Small tables too, which the planner would rather read whole: it is told not to."""
    connection.execute("SET enable_seqscan = off")
    assert explain(connection, query).scanned <= WHOLE.get(query, set())


@pytest.mark.parametrize("query", sorted(statements("postgres")))
def test_statement_reads_no_large_table_from_end_to_end(
    connection: psycopg.Connection[Any], query: str
) -> None:
    """Left to itself, with what it knows of tables of this size."""
    plan = _plan_by_choice(connection, query)
    assert plan.scanned & GROWING == set()


@pytest.mark.parametrize("query", sorted(statements("postgres")))
def test_statement_uses_the_index_it_should(
    connection: psycopg.Connection[Any], tables: dict[str, str], query: str
) -> None:
    """One of the numbers' tables must stand in `expected_indexes.py`, another should."""
    used = {name for name in _plan_by_choice(connection, query).indexes if tables[name] in GROWING}
    expected = {f"seriatim_{name}" for name in EXPECTED_INDEXES.get(query, "").split()}
    if query in EXPECTED_INDEXES or {tables[name] for name in used} & NUMBERING:
        assert used == expected


def test_expected_indexes_are_those_of_statements_there_are() -> None:
    assert EXPECTED_INDEXES.keys() <= statements("postgres").keys()


def test_register_has_ten_million_entries(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("SELECT count(*) FROM seriatim_register").fetchone()
    assert row == (ENTRIES + SETS * ENTRIES_PER_SET,) == (10_000_000,)


def _plan_by_choice(connection: psycopg.Connection[Any], query: str) -> Plan:
    connection.execute("SET enable_seqscan = on")
    series_id = SHARED if query == "count_entries" else BUSY  # that one reads a whole series
    return explain(connection, query, series_id=series_id)


@pytest.mark.parametrize(
    ("query", "given", "pages_max"),
    [
        ("get_set_rows", {}, 40),
        ("find_key_holder", {}, 12),
        ("get_series", {}, 6),
        ("find_series_by_prefix", {}, 6),
        ("find_series_with_prefixes", {}, 8),
        ("find_series_extending", {"lowest_prefix": "busy-1", "beyond_prefix": "busy-:"}, 6),
        ("find_series_extending", {"lowest_prefix": "s1", "beyond_prefix": "s:"}, 40),
        ("find_prefix_owner", {}, 6),
        ("lock_series", {"series_id": [BUSY, SHARED]}, 16),
        ("find_covering", {"first_number": 777, "last_number": 778}, 16),
        ("find_covering", {"first_number": ENTRIES + 1, "last_number": ENTRIES + 9}, 16),
        ("list_entries", {"after_entry_number": ENTRIES - 5}, 8),
        ("get_entries", {"entry_numbers": [5, ENTRIES]}, 12),
        ("list_covering", {"from_number": ENTRIES - 50}, 24),
        ("list_exceptional", {"after_number": ENTRIES // 2}, 40),
        ("list_referring", {"entry_numbers": [9, ENTRIES - 41]}, 16),
        ("list_moves", {"after_refers_to": ENTRIES // 2, "up_to_entry_number": ENTRIES}, 150),
        ("list_by_reference", {"reference": "order 771"}, 8),
        ("list_by_date", {"after_date": date(2010, 1, 1), "until_date": date(2011, 1, 1)}, 12),
        ("find_numbers_dated", {}, 8),
        ("find_key", {"client_id": TENANT, "key": "key 5000"}, 6),
        ("list_series_with_expired_holds", {}, 100),  # a look-up for each hold
        ("find_latest_checkpoint", {"up_to_entry_number": ENTRIES // 10}, 8),
        ("find_sets_naming", {"series_id": SHARED}, 200),
        ("list_set_places", {"after_position": -1}, 12),
        ("list_set_places", {"after_position": SETS - 50}, 12),
        ("list_sets_by_name", {"pattern": "", "after_name": "s5"}, 40),
        ("list_sets_by_name_backwards", {"pattern": "", "after_name": "s5"}, 40),
        ("list_sets_by_position", {"pattern": "", "after_position": SETS - 50}, 40),
        ("list_sets_by_position_backwards", {"pattern": "", "after_position": 50}, 40),
        ("list_set_rows", {}, 40),
        ("count_set_use", {}, 12),
        ("list_documents_in_state", {"state": "Posted", "after_position": 0}, 20),
        ("list_documents_in_state", {"state": "Posted", "after_position": LESSER_ROWS - 50}, 20),
        ("list_documents_in_state_backwards", {"state": "Posted", "before_position": 50}, 20),
        ("list_account_documents_in_state", {"account_id": LAST_SET, "after_position": 0}, 8),
        (
            "list_account_documents_in_state_backwards",
            {"account_id": LAST_SET, "before_position": 2**60},
            8,
        ),
        ("list_daily_totals", {"first_day": date(2024, 12, 1)}, 60),
        ("list_most_used_series", {}, 24),
        ("list_entangled_series", {"after_series_id": uuid.UUID(int=0)}, 30),
        ("list_stopped_series", {"after_series_id": uuid.UUID(int=0)}, 30),
        ("list_holds_by_deadline", {}, 24),
        ("count_holds", {"row_count": 1000}, 24),
        ("find_latest_verification", {}, 6),
        ("list_faulty_verifications", {}, 30),
        ("list_first_series_to_count", {"row_count": 200}, 900),  # a look-up for each of them
        ("count_moved_by_minute", {"after_entry_number": 100, "up_to_entry_number": 2100}, 200),
        ("list_accounts_of_set", {"sequence_set_id": uuid.UUID(int=5), "after_position": 0}, 8),
        ("list_accounts_without_set", {"after_position": 0}, 8),
        ("list_documents_in_state_backwards", {"before_position": SETS}, 40),
        ("list_account_documents_in_state_backwards", {"before_position": SETS}, 40),
        ("list_documents_referring", {}, 8),
        ("list_documents_applied_to", {}, 8),
        ("list_documents_applied_from", {}, 8),
    ],
)
def test_statement_touches_few_pages(
    connection: psycopg.Connection[Any], query: str, given: dict[str, object], pages_max: int
) -> None:
    connection.execute("SET enable_seqscan = on")
    explain(connection, query, run=True, **given)  # once for the catalogue
    assert explain(connection, query, run=True, **given).pages <= pages_max


def test_days_of_a_year_are_ranked_in_reasonable_time(
    connection: psycopg.Connection[Any],
) -> None:
    """The one statement of the overview that grows: with the days, and the series used on them."""
    connection.execute("SET enable_seqscan = on")
    plan = explain(connection, "list_busiest_series", run=True, first_day=date(2026, 12, 2))
    assert plan.pages < 1000  # thirty days of a thousand series each


def test_page_of_sets_costs_the_same_at_either_end(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("SET enable_seqscan = on")
    for position in (-1, SETS - 40):
        plan = explain(connection, "list_set_places", run=True, after_position=position)
        assert plan.pages < 40, position  # the way to it, and a page for each of its rows


def test_page_asked_for_by_its_number_is_counted_in_an_index(
    connection: psycopg.Connection[Any],
) -> None:
    """It grows with the number of the page, as the original's paging makes it."""
    connection.execute("SET enable_seqscan = on")
    plan = explain(connection, "find_set_position", run=True, skipped_rows=SETS - 40)
    assert plan.nodes[-1]["Node Type"] == "Index Only Scan"
    assert plan.pages < 2500
    assert plan.milliseconds < 500


def test_locks_are_taken_in_the_order_of_ids(connection: psycopg.Connection[Any]) -> None:
    """Sorted below the lock, not above it."""
    kinds = [node["Node Type"] for node in explain(connection, "lock_series").nodes]
    assert kinds.index("LockRows") < (
        kinds.index("Sort") if "Sort" in kinds else kinds.index("Index Scan")
    )


@pytest.fixture(params=["never analyzed", "analyzed while empty"])
def young(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    """As the service connects to a database in which there is nothing yet.

    Plans are kept: those of now are used until somebody analyzes the tables, full by then.
    """
    options = connection_options(postgres_url)
    with psycopg.connect(postgres_url, **options, autocommit=True) as connection:
        if request.param == "analyzed while empty":
            connection.execute("VACUUM ANALYZE")
        yield connection


def test_statement_reads_no_young_table_from_end_to_end(young: psycopg.Connection[Any]) -> None:
    for query in statements("postgres"):
        assert explain(young, query).scanned <= WHOLE.get(query, set()), query


@pytest.mark.parametrize("query", ["get_set_rows", "list_set_rows"])
def test_joins_follow_whole_keys_in_a_young_database(
    young: psycopg.Connection[Any], query: str
) -> None:
    """Where nothing is known of the tables, the planner once joined by tenant and entity alone."""
    plan = explain(young, query, sequence_set_ids=[LAST_SET])
    assert not [node for node in plan.nodes if "Join Filter" in node]


@pytest.mark.parametrize("query", ["advance_series", "change_documents", "finish_keys"])
def test_changes_of_many_rows_look_up_each_in_a_young_database(
    young: psycopg.Connection[Any], query: str
) -> None:
    """Told that a table is empty, the planner once read all of it, for each row to be changed."""
    looked_up, changed = (
        node
        for node in explain(young, query).nodes
        if node.get("Relation Name") in GROWING and node["Node Type"] != "ModifyTable"
    )
    assert "Index Cond" in looked_up
    assert "TID Cond" in changed
