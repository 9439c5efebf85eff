"""SQL stands in files, and a query bears the name of the method that runs it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from tests.shape.tree import SOURCE, functions, project_files, python_files, shown

STORE = SOURCE / "store"
SQL = STORE / "sql"
DATABASES = ("postgres", "sqlite")
QUERY = re.compile(r"^--\s*name:\s*(\w+)", re.MULTILINE)


# Methods that need more than one statement: the others bear names of their own.
PARTS = {
    "advance_import_upload": "append_import_part",
    "delete_import_parts": "delete_import_upload",
    "find_client_entities": "_entities_of",
    "find_series_extending": "_extending",
    "get_set_rows": "get_sets",
    "insert_client_entity": "insert_client",
    "insert_import_part": "append_import_part",
    "insert_migration": "migrate",
    "list_account_documents_in_state": "list_documents_in_states",
    "list_account_documents_in_state_backwards": "list_documents_in_states_backwards",
    "list_accounts_without_set": "list_accounts_of_set",
    "list_client_entities": "list_clients",
    "list_documents_in_state": "list_documents_in_states",
    "list_documents_in_state_backwards": "list_documents_in_states_backwards",
    "list_migrations": "migration_status",
    "list_set_rows": "list_sets",
    "mark_series": "_mark_series",
    "mark_series_of_set": "_note_chronology",
    "note_chronology": "_note_chronology",
    "set_last_audit_number": "insert_audit_entry",
}


def test_query_is_named_as_the_method_that_runs_it() -> None:
    runners = _runners()
    misnamed = {
        name: sorted(runners[name])
        for name in _queries()
        if PARTS.get(name, name) not in runners[name]
    }
    assert misnamed == {}


def test_part_of_a_method_is_still_a_query() -> None:
    assert set(PARTS) - set(_queries()) == set()


def test_query_name_stands_once_for_each_database() -> None:
    for database in DATABASES:
        other = SQL / next(name for name in DATABASES if name != database)
        files = [path for path in _sql_files() if not path.is_relative_to(other)]
        names = Counter(name for path in files for name in QUERY.findall(path.read_text()))
        assert [name for name, number in names.items() if number > 1] == [], database


def test_query_that_differs_exists_for_both_databases() -> None:
    postgres, sqlite = (
        {name for name, places in _queries().items() if any(f"/{one}/" in p for p in places)}
        for one in DATABASES
    )
    assert postgres == sqlite


def _sql_files() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".sql" and path.is_relative_to(SQL)]


def _queries() -> dict[str, list[str]]:
    """Each query's name with the files in which it stands."""
    found: dict[str, list[str]] = {}
    for path in _sql_files():
        for name in QUERY.findall(path.read_text()):
            found.setdefault(name, []).append(shown(path))
    return found


def _runners() -> dict[str, set[str]]:
    """Each query's name with the functions of the store that mention it."""
    runners: dict[str, set[str]] = {name: set() for name in _queries()}
    for path in python_files(STORE):
        for function in functions(path):
            for name in _mentions(function) & runners.keys():
                runners[name].add(function.name)
    return runners


def _mentions(function: ast.AST) -> set[str]:
    """The names that a function takes a query by: an attribute, or a text."""
    return {
        node.attr if isinstance(node, ast.Attribute) else str(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute | ast.Constant)
    }
