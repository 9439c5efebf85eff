"""Which connections to an SQLite file may carry numbers, and which are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import apsw
import pytest

from seriatim import Conflict, Numbering
from tests.integration.own_callers import caller_on, numbering_on, refusal


@pytest.fixture
def on_file(empty_sqlite_url: str) -> Iterator[Numbering]:
    """Of a file that is initialised, in WAL, through apsw."""
    with numbering_on(empty_sqlite_url) as numbering:
        numbering.initialise()
        yield numbering


def test_connection_to_another_file_is_refused(on_file: Numbering, tmp_path: Path) -> None:
    for name in (str(tmp_path / "other.db"), ":memory:"):
        other = apsw.Connection(name)
        other.execute("BEGIN")
        message = refusal(partial(on_file.issue, "invoice", connection=other))
        assert "this Numbering's to" in message
        other.close()


def test_connection_to_the_file_by_another_path_is_accepted(
    on_file: Numbering, empty_sqlite_url: str, tmp_path: Path
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(empty_sqlite_url.removeprefix("sqlite:///"))
    with caller_on("apsw", f"sqlite:///{link}") as caller:
        caller.begin()
        assert on_file.issue("invoice", connection=caller.connection).number == "INV00000001"
        caller.commit()


def test_connection_without_a_transaction_is_refused(
    on_file: Numbering, empty_sqlite_url: str
) -> None:
    with caller_on("apsw", empty_sqlite_url) as caller:
        message = refusal(lambda: on_file.issue("invoice", connection=caller.connection))
    assert message == "the connection has no open transaction: run BEGIN IMMEDIATE first"


def test_sqlite3_in_autocommit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=EXTRA")
    connection.execute("CREATE TABLE own_invoice (number TEXT)")
    with Numbering(f"sqlite:///{path}") as numbering:
        message = refusal(lambda: numbering.issue("invoice", connection=connection))
        assert "no open transaction" in message
        connection.execute("BEGIN IMMEDIATE")
        assert numbering.issue("invoice", connection=connection).number == "INV00000001"
        connection.execute("COMMIT")
    connection.close()


@pytest.mark.parametrize(
    ("pragmas", "reason"),
    [
        (["synchronous=NORMAL"], "run PRAGMA synchronous=FULL"),
        (["synchronous=OFF"], "run PRAGMA synchronous=FULL"),
        (["journal_mode=MEMORY"], "run PRAGMA journal_mode=TRUNCATE"),
        (["journal_mode=OFF"], "run PRAGMA journal_mode=TRUNCATE"),
        (["journal_mode=DELETE"], "run PRAGMA synchronous=EXTRA"),
    ],
)
def test_mode_that_can_lose_commits_is_refused(
    pragmas: list[str], reason: str, empty_sqlite_url: str
) -> None:
    with numbering_on(empty_sqlite_url) as first:
        first.initialise()
    with numbering_on(empty_sqlite_url) as numbering, caller_on("apsw", empty_sqlite_url) as caller:
        for pragma in pragmas:
            caller.run(f"PRAGMA {pragma}")
        caller.begin()
        assert reason in refusal(lambda: numbering.issue("invoice", connection=caller.connection))
        numbering.verify(connection=caller.connection)  # reading loses nothing
        caller.rollback()


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="this SQLite is a mended one")
def test_sqlite_that_can_corrupt_a_wal_is_refused_in_wal_only(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    with Numbering(f"sqlite:///{path}") as numbering:
        message = refusal(lambda: numbering.issue("invoice", connection=connection))
        assert "can corrupt a file in WAL mode" in message
        connection.execute("PRAGMA journal_mode=TRUNCATE")
        assert numbering.issue("invoice", connection=connection).number == "INV00000001"
        connection.commit()
    connection.close()


def test_two_libraries_on_one_file_are_refused_in_either_order(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    url = f"sqlite:///{path}"
    with caller_on("sqlite3", url) as caller, Numbering(url) as numbering:
        numbering.issue("invoice", connection=caller.connection)
        caller.commit()
        assert "two copies of SQLite" in refusal(lambda: numbering.issue("invoice"))
    with Numbering(url) as numbering:
        numbering.issue("invoice")
        with caller_on("sqlite3", url) as caller:
            message = refusal(lambda: numbering.issue("invoice", connection=caller.connection))
    assert "two copies of SQLite" in message


def test_file_with_tables_of_an_older_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    with Numbering(f"sqlite:///{path}") as numbering:
        numbering.initialise()
    with caller_on("apsw", f"sqlite:///{path}") as caller:
        caller.run("DELETE FROM seriatim_schema_migration")
        caller.begin()
        with Numbering(f"sqlite:///{path}") as numbering:
            message = refusal(lambda: numbering.issue("invoice", connection=caller.connection))
    assert "of an older version: run 'seriatim init'" in message


def test_empty_file_can_not_be_read_through_a_connection(tmp_path: Path) -> None:
    with caller_on("apsw", f"sqlite:///{tmp_path / 'numbers.db'}") as caller:
        caller.run("CREATE TABLE own_invoice (number TEXT)")
        with Numbering(f"sqlite:///{tmp_path / 'numbers.db'}") as numbering:
            message = refusal(lambda: numbering.explain("INV1", connection=caller.connection))
    assert "no tables of Seriatim" in message


def test_file_that_another_connection_holds_is_a_conflict(
    on_file: Numbering, empty_sqlite_url: str
) -> None:
    with caller_on("apsw", empty_sqlite_url) as caller, caller_on("apsw", empty_sqlite_url) as two:
        caller.begin("BEGIN IMMEDIATE")
        two.begin()
        with pytest.raises(Conflict):
            on_file.issue("invoice", connection=two.connection)
        two.rollback()
        caller.rollback()
