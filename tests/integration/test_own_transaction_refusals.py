"""Connections that must not carry numbers are refused, with the reason and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import apsw
import psycopg
import pytest
import sqlalchemy

from seriatim import Numbering
from tests.integration.own_callers import caller_on, numbering_on, refusal


@pytest.fixture
def on_file(empty_sqlite_url: str) -> Iterator[Numbering]:
    """Of a file that is initialised, in WAL, through apsw."""
    with numbering_on(empty_sqlite_url) as numbering:
        numbering.initialise()
        yield numbering


@pytest.fixture
def on_server(postgres_url: str) -> Iterator[Numbering]:
    with numbering_on(postgres_url) as numbering:
        numbering.initialise()
        yield numbering


def test_connection_of_another_kind_is_refused(on_file: Numbering) -> None:
    for stranger in ("numbers.db", object(), sqlalchemy.create_engine("sqlite://")):
        message = refusal(partial(on_file.issue, "invoice", connection=stranger))
        assert message.startswith("'connection' must be a connection of SQLAlchemy 2")


def test_closed_connection_is_refused(
    on_file: Numbering, on_server: Numbering, postgres_url: str, tmp_path: Path
) -> None:
    with_apsw = apsw.Connection(str(tmp_path / "empty.db"))
    with_apsw.close()
    assert "cannot be used" in refusal(lambda: on_file.issue("invoice", connection=with_apsw))
    with psycopg.connect(postgres_url) as with_psycopg:
        pass
    assert "closed" in refusal(lambda: on_server.issue("invoice", connection=with_psycopg))
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.connect() as with_sqlalchemy:
        pass
    assert "closed" in refusal(lambda: on_file.issue("invoice", connection=with_sqlalchemy))
    engine.dispose()


def test_reason_of_a_library_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    connection = sqlite3.connect(path)
    connection.close()
    with Numbering(f"sqlite:///{path}") as numbering:
        assert "closed database" in refusal(
            lambda: numbering.issue("invoice", connection=connection)
        )


def test_connection_of_an_asynchronous_library_that_is_unknown_is_refused(
    on_file: Numbering,
) -> None:
    class Connection:
        async def execute(self, statement: str) -> None: ...

    message = refusal(lambda: on_file.issue("invoice", connection=Connection()))
    assert "is asynchronous" in message


def test_sqlite_and_postgres_are_not_taken_for_one_another(
    on_server: Numbering, on_file: Numbering, postgres_url: str, empty_sqlite_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        message = refusal(lambda: on_file.issue("invoice", connection=connection))
    assert message == "the connection is one to PostgreSQL, this Numbering's to SQLite"
    with caller_on("apsw", empty_sqlite_url) as caller:
        message = refusal(lambda: on_server.issue("invoice", connection=caller.connection))
    assert message == "the connection is one to SQLite, this Numbering's to PostgreSQL"
