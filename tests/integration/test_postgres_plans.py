"""Every statement finds its rows by an index, and costs as much with 100 000 sets as with ten."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from seriatim.store.queries import statements
from tests.integration.postgres_plans import (
    BUSY,
    ENTRIES,
    LAST_SET,
    SETS,
    SHARED,
    explain,
    fill,
)
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.timeout(300)

# Read whole on purpose: they hold a row or a few.
WHOLE = {
    "get_store_state": {"seriatim_store_state"},
    "list_migrations": {"seriatim_schema_migration"},
    "list_tenants": {"seriatim_tenant"},
}


@pytest.fixture(scope="module")
def connection(
    postgres_server: PostgresServer, postgres_template: str
) -> Iterator[psycopg.Connection[Any]]:
    """To a filled database, made by whichever worker comes first and only read."""
    made = postgres_server.folder / "plans.made"
    with (postgres_server.folder / "plans.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            fill(postgres_server.create_database("plans", template=postgres_template))
            made.touch()
    with psycopg.connect(postgres_server.url("plans"), autocommit=True) as connection:
        yield connection


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
    connection.execute("SET enable_seqscan = on")
    large = {
        "seriatim_sequence_set",
        "seriatim_sequence_set_key",
        "seriatim_set_numbering",
        "seriatim_series",
        "seriatim_prefix_owner",
    }
    series_id = SHARED if query == "count_entries" else BUSY  # that one reads a whole series
    plan = explain(connection, query, series_id=series_id)
    assert plan.scanned & (large | {"seriatim_register"}) == set()


@pytest.mark.parametrize(
    ("query", "given", "pages_max"),
    [
        ("get_set_rows", {}, 40),
        ("find_key_holder", {}, 12),
        ("get_series", {}, 6),
        ("find_series_by_prefix", {}, 6),
        ("find_series_with_prefixes", {}, 8),
        ("find_series_extending", {"lowest_prefix": "busy-1", "beyond_prefix": "busy-:"}, 6),
        ("find_prefix_owner", {}, 6),
        ("lock_series", {"series_ids": [BUSY, SHARED]}, 16),
        ("find_covering", {"first_number": 777, "last_number": 778}, 16),
        ("find_covering", {"first_number": ENTRIES + 1, "last_number": ENTRIES + 9}, 16),
        ("list_entries", {"after_entry_number": ENTRIES - 5}, 8),
        ("is_chronological", {}, 6),
        ("is_chronological", {"series_id": SHARED}, 6),  # that a hundred thousand sets name
        ("find_sets_naming", {"series_id": SHARED}, 200),
        ("list_set_places", {"after_position": -1}, 12),
        ("list_set_places", {"after_position": SETS - 50}, 12),
        ("list_set_rows", {}, 40),
        ("count_set_use", {}, 12),
    ],
)
def test_statement_touches_few_pages(
    connection: psycopg.Connection[Any], query: str, given: dict[str, object], pages_max: int
) -> None:
    connection.execute("SET enable_seqscan = on")
    explain(connection, query, run=True, **given)  # once for the catalogue
    assert explain(connection, query, run=True, **given).pages <= pages_max


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


@pytest.mark.parametrize("query", ["get_set_rows", "list_set_rows"])
def test_joins_follow_whole_keys_even_while_nothing_is_known_of_the_tables(
    postgres_url: str, query: str
) -> None:
    """A young table without statistics once made the planner join by tenant and entity alone."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        plan = explain(connection, query, sequence_set_ids=[LAST_SET])
        assert plan.scanned == set()
        joins = [node for node in plan.nodes if "Join" in str(node.get("Join Type", ""))]
        assert not [node for node in joins if "Join Filter" in node]
