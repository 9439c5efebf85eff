"""Numbers inside the caller's own transaction, on every kind of connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw
import psycopg
import pytest
import sqlalchemy
from psycopg.rows import dict_row
from psycopg.types.numeric import FloatLoader

from seriatim import Conflict, InvariantBroken, NotFound, Numbering, NumberState, Rejected
from seriatim.store.series_queries import SeriesQueries
from tests.integration.own_callers import EVERY_KIND, Caller, caller_on, make_table, numbering_on


@dataclass(frozen=True, slots=True)
class Setting:
    kind: str
    url: str
    numbering: Numbering
    caller: Caller

    def entries(self) -> int:
        """How many entries the register has, seen outside of any transaction."""
        verified = self.numbering.verify(connection=self.caller.connection)
        self.caller.rollback() if self.kind != "apsw" else None
        assert verified.is_verified
        return sum(series.entries for series in verified.series)


def url_for(kind: str, request: pytest.FixtureRequest) -> str:
    name = "postgres_url" if "psycopg" in kind else "empty_sqlite_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=EVERY_KIND)
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    url = url_for(request.param, request)
    with numbering_on(url) as numbering, caller_on(request.param, url) as caller:
        if request.param == "apsw":
            numbering.verify()  # makes the file, in WAL
        make_table(caller)
        if request.param != "apsw":
            numbering.initialise(connection=caller.connection)
            caller.commit()
        yield Setting(request.param, url, numbering, caller)


def test_number_and_row_are_committed_together(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    for _ in range(2):
        caller.begin()
        number = numbering.issue("invoice", connection=caller.connection).number
        caller.insert(number)
        caller.commit()
    assert caller.numbers() == ["INV00000001", "INV00000002"]
    assert setting.entries() == 2


def test_number_is_rolled_back_with_its_row_and_leaves_no_trace(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    caller.begin()
    caller.insert(numbering.issue("invoice", connection=caller.connection).number)
    caller.commit()
    caller.begin()
    lost = numbering.issue("invoice", count=3, connection=caller.connection)
    caller.insert(lost.first_number)
    caller.rollback()
    assert setting.entries() == 1
    with pytest.raises(NotFound):
        numbering.explain(lost.first_number, connection=caller.connection)
    if setting.kind != "apsw":
        caller.rollback()
    caller.begin()
    again = numbering.issue("invoice", connection=caller.connection)
    caller.commit()
    assert again.number == lost.first_number == "INV00000002"
    assert caller.numbers() == ["INV00000001"]


def test_rows_written_before_the_number_belong_to_the_same_transaction(setting: Setting) -> None:
    caller = setting.caller
    caller.begin()
    caller.insert("draft")
    setting.numbering.issue("invoice", connection=caller.connection)
    caller.rollback()
    assert caller.numbers() == []
    assert setting.entries() == 0


def test_several_numbers_of_one_transaction_rise(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    caller.begin()
    connection = caller.connection
    numbering.create_set(
        "FR", invoice=("F-", 10), credit_memo="FC-", debit_memo="FD-", connection=connection
    )
    given = [
        *numbering.issue("invoice", sequence_set="FR", connection=connection).numbers(),
        *numbering.issue("invoice", sequence_set="FR", count=2, connection=connection).numbers(),
        *numbering.issue(
            "invoice", sequence_set="FR", references=["a", "b"], connection=connection
        ).numbers(),
    ]
    caller.commit()
    assert given == [f"F-000000{number}" for number in range(10, 15)]
    found = numbering.explain("F-00000014", connection=connection)
    assert [entry.reference for entry in found.history] == ["b"]
    assert found.history[0].actor == "library:test"


def test_held_number_can_be_confirmed_and_voided_in_the_transaction(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    caller.begin()
    connection = caller.connection
    held = numbering.reserve("payment", hold_seconds=60, count=3, connection=connection)
    assert held.state is NumberState.RESERVED
    assert held.hold_until is not None
    numbering.confirm(held.first_number, connection=connection)
    numbering.void(
        "P-00000002", last_number=held.last_number, reason="not needed", connection=connection
    )
    caller.commit()
    first = numbering.explain("P-00000001", connection=connection)
    last = numbering.explain("P-00000003", connection=connection)
    assert (first.state, last.state) == (NumberState.ISSUED, NumberState.VOIDED)
    assert last.reason == "not needed"
    if setting.kind != "apsw":
        caller.rollback()
    assert setting.entries() == 3


def test_refused_request_leaves_the_transaction_as_it_was(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    caller.begin()
    caller.insert("first")
    with pytest.raises(Rejected):
        numbering.issue("invoice", sequence_set="unknown", connection=caller.connection)
    caller.insert("second")
    caller.insert(numbering.issue("invoice", connection=caller.connection).number)
    caller.commit()
    assert caller.numbers() == ["INV00000001", "first", "second"]


def test_failure_in_the_middle_leaves_nothing_for_the_caller_to_commit(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is written already when the series cannot be moved."""
    caller, numbering = setting.caller, setting.numbering

    def broken(*_: object) -> None:
        raise InvariantBroken("the series changed while it was locked")

    caller.begin()
    caller.insert("kept")
    with monkeypatch.context() as patched:
        patched.setattr(SeriesQueries, "advance_series", broken)
        with pytest.raises(InvariantBroken):
            numbering.issue("invoice", connection=caller.connection)
    caller.commit()
    assert caller.numbers() == ["kept"]
    assert setting.entries() == 0


def test_callers_own_savepoint_takes_the_number_back(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    caller.begin()
    caller.run("SAVEPOINT seriatim_own")  # even with our own name
    numbering.issue("invoice", connection=caller.connection)
    caller.run("ROLLBACK TO SAVEPOINT seriatim_own")
    number = numbering.issue("invoice", connection=caller.connection).number
    caller.run("RELEASE SAVEPOINT seriatim_own")
    caller.commit()
    assert number == "INV00000001"
    assert setting.entries() == 1


@pytest.mark.parametrize("setting", [kind for kind in EVERY_KIND if kind != "apsw"], indirect=True)
def test_failed_first_call_leaves_no_transaction_open(setting: Setting) -> None:
    """One that the driver began for us is ended, so that its lock is free."""
    with pytest.raises(Rejected):
        setting.numbering.issue("nothing", connection=setting.caller.connection)
    driver = setting.caller.driver
    if isinstance(driver, psycopg.Connection):
        assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    else:
        assert not driver.in_transaction


def test_callers_adapters_and_factories_neither_matter_nor_change(setting: Setting) -> None:
    caller, numbering = setting.caller, setting.numbering
    driver = caller.driver
    twenty_digits = 10**20 - 5
    if isinstance(driver, psycopg.Connection):
        driver.row_factory = dict_row
        driver.adapters.register_loader("numeric", FloatLoader)
        driver.execute("SET datestyle = 'German, DMY'")
        driver.execute("SET timezone = 'Asia/Kolkata'")
        driver.commit()
    elif isinstance(driver, apsw.Connection):
        driver.row_trace = lambda _, row: {"row": row}
    else:
        driver.row_factory = lambda _, row: {"row": row}
        driver.text_factory = bytes
    caller.begin()
    numbering.create_set(
        "Long",
        invoice=("L-", twenty_digits),
        credit_memo="LC-",
        debit_memo="LD-",
        connection=caller.connection,
    )
    first = numbering.issue("invoice", sequence_set="Long", connection=caller.connection)
    second = numbering.issue("invoice", sequence_set="Long", connection=caller.connection)
    caller.commit()
    assert [first.number, second.number] == [f"L-{twenty_digits}", f"L-{twenty_digits + 1}"]
    assert setting.entries() == 2
    if isinstance(driver, psycopg.Connection):
        assert driver.execute("SELECT 1.5 AS a").fetchone() == {"a": 1.5}
    elif isinstance(driver, apsw.Connection):
        traced: Any = driver.execute("SELECT 1").fetchall()
        assert traced == [{"row": (1,)}]
    else:
        assert driver.execute("SELECT 'a'").fetchall() == [{"row": (b"a",)}]


@pytest.mark.parametrize("kind", ["apsw", "sqlite3", "sqlalchemy-sqlite3"])
def test_second_writer_of_a_file_waits_or_is_told_so(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = url_for(kind, request)
    with numbering_on(url) as numbering, caller_on(kind, url) as one, caller_on(kind, url) as other:
        if kind == "apsw":
            numbering.verify()
        make_table(one)
        one.begin()
        first = numbering.issue("invoice", connection=one.connection)
        other.driver.execute("PRAGMA busy_timeout=1").fetchall()
        other.begin()
        with pytest.raises(Conflict):
            numbering.issue("invoice", connection=other.connection)
        other.rollback() if kind != "sqlite3" else None
        one.commit()
        other.begin()
        second = numbering.issue("invoice", connection=other.connection)
        other.commit()
    assert (first.number, second.number) == ("INV00000001", "INV00000002")


def test_transaction_that_has_read_what_is_outdated_is_told_to_begin_anew(
    request: pytest.FixtureRequest,
) -> None:
    url = url_for("apsw", request)
    with numbering_on(url) as numbering, caller_on("apsw", url) as caller:
        numbering.verify()
        make_table(caller)
        caller.begin("BEGIN DEFERRED")
        assert caller.driver.execute("SELECT * FROM own_invoice").fetchall() == []
        numbering.issue("invoice")
        with pytest.raises(Conflict, match="BEGIN IMMEDIATE"):
            numbering.issue("invoice", connection=caller.connection)
        caller.rollback()
        caller.begin("BEGIN IMMEDIATE")
        assert numbering.issue("invoice", connection=caller.connection).number == "INV00000002"
        caller.commit()


def test_rolled_back_first_use_of_a_file_is_begun_anew(request: pytest.FixtureRequest) -> None:
    """The tables themselves were made inside the caller's transaction."""
    url = url_for("sqlite3", request)
    with numbering_on(url) as numbering, caller_on("sqlite3", url) as caller:
        make_table(caller)
        numbering.issue("invoice", connection=caller.connection)
        caller.rollback()
        tables = caller.driver.execute("SELECT name FROM sqlite_schema").fetchall()
        assert [name for (name,) in tables if not name.startswith("sqlite_")] == ["own_invoice"]
        for expected in ("INV00000001", "INV00000002"):
            number = numbering.issue("invoice", connection=caller.connection).number
            assert number == expected
            caller.commit()


def test_sqlalchemy_commits_what_began_with_the_number(postgres_url: str) -> None:
    """`commit()` of a connection does nothing unless SQLAlchemy knows of a transaction."""
    with (
        numbering_on(postgres_url) as numbering,
        caller_on("sqlalchemy-psycopg", postgres_url) as caller,
    ):
        assert isinstance(caller.connection, sqlalchemy.Connection)
        assert not caller.connection.in_transaction()
        number = numbering.issue("invoice", connection=caller.connection).number
        caller.connection.commit()
        assert numbering.explain(number).state is NumberState.ISSUED
